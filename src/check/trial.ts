/** One try of an invariant: users of its own, and ways to send. */

import type { MintOptions } from '../issuer/mint.ts';
import type { RandomSource } from '../random.ts';
import type { Minter } from '../replay/minter.ts';
import { pause } from '../replay/pause.ts';
import { type Sent, sendAll, sendCallback } from '../replay/send.ts';
import { type Read, readAs } from './read.ts';
import { seededUlid } from './seeded.ts';
import type { OwnTarget, Target } from './target.ts';

export type TokenOptions = Partial<Pick<MintOptions, 'sid' | 'jti' | 'issuedAt' | 'faults' | 'kid'>>;

export interface TrialUser {
  /** WorkOS user id. */
  readonly subject: string;
  readonly email: string;
  /** A token with ids of its own where none are given. */
  token(options?: TokenOptions): string;
  /** From now on, WorkOS knows the user under this address. */
  changeEmail(email: string): void;
  /** From now on, WorkOS does not know the user, until the next token. */
  forget(): void;
}

export interface Trial {
  readonly url: string;
  readonly canMint: boolean;
  /** Whether this run started the target. */
  readonly hasOwn: boolean;
  readonly patienceMs: number;
  /** A user whom the target has never seen. Only where `needs` says so. */
  user(): TrialUser;
  /** A token to judge with: of a new user, else one of those that were given. */
  token(): string;
  /** An id for `jti` or `sid` that only this try uses. */
  id(): string;
  /** Posts a callback, again after `Retry-After` for as long as the answer is 409. */
  post(token: string | undefined): Promise<Sent>;
  /** Posts callbacks that are all under way before the first answer is read. */
  postTogether(tokens: readonly string[]): Promise<Sent[]>;
  /** Reads a route of the API with an access token or an API key. */
  read(path: string, credential: string): Promise<Read>;
  /** Only where `needs` says so, as are the next two. */
  keyring(): Pick<Minter['keyring'], 'rotate' | 'retire'>;
  own(): OwnTarget;
  now(): number;
  pause(milliseconds: number): Promise<void>;
  /** The same users and tokens, sent to another server. */
  at(url: string, minter: Minter): Trial;
}

export interface TrialEdge {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: RandomSource;
  /** Ends every send and every pause with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A 409 is retried this often at most, and for this long in seconds. */
const MOST_RETRIES = 10;
const MOST_RETRY_AFTER = 5;

/** @param name says which try this is; users and ids follow from it */
export function createTrial(target: Target, name: readonly (string | number)[], edge: TrialEdge): Trial {
  const { url, minter, nextToken, own, patienceMs } = target;
  const { signal } = edge;
  let made = 0;
  const id = () => seededUlid(...name, made++);

  const user = (): TrialUser => {
    const signer = given(minter, 'minter');
    const subject = `user_${id()}`;
    let email = `check-${subject.slice(-12).toLowerCase()}@example.com`;
    return {
      subject,
      get email() {
        return email;
      },
      token: (options) => signer.mint({ jti: id(), sid: `session_${id()}`, ...options, sub: subject, email }).token,
      changeEmail(to) {
        email = to;
        signer.mint({ sub: subject, email });
      },
      forget: () => void signer.users.remove(subject),
    };
  };

  const post = async (token: string | undefined): Promise<Sent> => {
    for (let retries = 0; ; retries++) {
      const sent = await sendCallback({ url, token, signal });
      const wait = sent.headers.retryAfter;
      if (sent.status !== 409 || wait === undefined || retries === MOST_RETRIES) return sent;
      await pause(Math.min(wait, MOST_RETRY_AFTER) * 1000, signal);
    }
  };

  return {
    url,
    canMint: minter !== undefined,
    hasOwn: own !== undefined,
    patienceMs,
    user,
    token: () => (minter ? user().token() : given(nextToken, 'token')()),
    id,
    post,
    async postTogether(sendable) {
      const { length } = sendable;
      const sent = await sendAll(length, length, (index) => ({ url, token: sendable[index] }), { signal });
      return Promise.all(sent.map((each, index) => (mustRetry(each) ? post(sendable[index]) : each)));
    },
    read: (path, credential) => readAs(url, path, credential),
    keyring: () => given(minter, 'minter').keyring,
    own: () => given(own, 'own server'),
    now: edge.now,
    pause: (milliseconds) => pause(milliseconds, signal),
    at: (otherUrl, otherMinter) =>
      createTrial({ ...target, url: otherUrl, minter: otherMinter }, [...name, 'own'], edge),
  };
}

function mustRetry({ status, headers }: Sent): boolean {
  return status === 409 && headers.retryAfter !== undefined;
}

function given<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new TypeError(`an invariant uses a ${what} that it does not need`);
  return value;
}
