/** One try of an invariant: its users, ways to send, and claims for the end of the run. */
import { performance } from 'node:perf_hooks';
import type { RandomSource } from '../../../machine/random.ts';
import type { Minter } from '../../../server/minter.ts';
import { isNotNow } from '../../replay/answer.ts';
import { pause } from '../../replay/pause.ts';
import { type CallbackAnswer, sendCallback } from '../../replay/send.ts';
import { type Asked, type Asking, ask } from './asking.ts';
import type { BorrowedKeys } from './borrowed-keys.ts';
import { type Read, readRoute } from './reading.ts';
import { seededNumber, seededUlid } from './seeded.ts';
import { settled } from './settling.ts';
import type { OwnTarget, Target } from './target.ts';
import { sendTogether } from './together.ts';
import { type TrialUser, trialUser } from './trial-user.ts';
import type { Claim } from './verdict.ts';

export type { TrialTokenOptions, TrialUser } from './trial-user.ts';

export interface Trial {
  readonly url: string;
  readonly canMint: boolean;
  /** Whether this run started the target. */
  readonly hasOwn: boolean;
  readonly patienceMs: number;
  /** A user that the target has never seen, with the given id or a random one. Only if `needs` has `mint`. */
  user(subject?: string): TrialUser;
  /** A token of a new user, or one of the given tokens. */
  token(): string;
  /** An id for `jti` or `sid` that only this try uses. */
  id(): string;
  /** A whole number from 0 to below `limit`, which depends on the seed. */
  number(limit: number): number;
  /** Posts a callback until its answer is settled. */
  post(token: string | undefined, options?: PostOptions): Promise<CallbackAnswer>;
  /** Sends in another way until the answer is settled. */
  settle(send: () => Promise<CallbackAnswer>, budgetMs?: number): Promise<CallbackAnswer>;
  /** Posts callbacks that are all under way before the first answer is read. */
  postTogether(tokens: readonly string[]): Promise<CallbackAnswer[]>;
  /** Sends a request of any form until its answer is settled. */
  ask(asking: Asking): Promise<Asked>;
  /** Reads a route of the API with an access token, an API key, or nothing. */
  read(path: string, credential?: string): Promise<Read>;
  /** Reads until the condition holds, for as long as reads may be delayed. Returns the last read. */
  readUntil(path: string, credential: string, isSo: (read: Read) => boolean): Promise<Read>;
  /** Waits for as long as the reads of a target may be delayed; those of our own server are not. */
  readsHaveCaughtUp(): Promise<void>;
  /** Claims that are made at the end of the run, when other traffic and some time have passed. */
  later(claims: () => Promise<readonly Claim[]>): void;
  /** The claims of `later`, and every accepted token with its first answer. */
  readonly ending: Ending;
  /** Answers that said "not now" and were sent again. */
  readonly deferred: readonly CallbackAnswer[];
  /** Shows a watching person the reason for a wait. */
  say(what: string): void;
  /** This and the next two are present only if `needs` has them. */
  keys(): BorrowedKeys;
  minter(): Minter;
  own(): OwnTarget;
  now(): number;
  pause(milliseconds: number): Promise<void>;
  /** The same users and tokens, sent to another server. */
  at(url: string, minter: Minter): Trial;
}

interface PostOptions {
  /** For so many milliseconds, a request is sent again after "not now". */
  readonly budgetMs?: number;
  /** false for a token that may be invalid at the end of the run. */
  readonly isRepeated?: boolean;
}

interface Ending {
  readonly claims: (() => Promise<readonly Claim[]>)[];
  readonly accepted: Map<string, { readonly answer: CallbackAnswer; readonly at: number }>;
}

export interface TrialEdge {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: RandomSource;
  /** Ends every send and every pause with its reason. */
  readonly signal?: AbortSignal | undefined;
  readonly onWait?: ((what: string) => void) | undefined;
}

/** The reads of a target may be delayed by so many milliseconds (docs/target-contract.md). */
const READ_LAG_MS = 2000;
const READ_AGAIN_MS = 100;

/** @param name identifies the try; users and ids depend on it */
export function createTrial(target: Target, name: readonly (string | number)[], edge: TrialEdge): Trial {
  const { url, minter, nextToken, own, patienceMs, kid, made: makes, keys } = target;
  const { signal } = edge;
  const ending: Ending = { claims: [], accepted: new Map() };
  const deferred: CallbackAnswer[] = [];
  let made = 0;
  const id = () => seededUlid(...name, made++);
  const user = (subject = `user_${id()}`) =>
    trialUser(subject, { minter: given(minter, 'minter'), kid, made: makes, newId: id });

  const remember = (token: string | undefined, answer: CallbackAnswer): CallbackAnswer => {
    const isGood = answer.status === 200 && answer.problem === undefined;
    if (token !== undefined && isGood && !ending.accepted.has(token))
      ending.accepted.set(token, { answer, at: performance.now() });
    return answer;
  };
  const settle: Trial['settle'] = (send, budgetMs) => {
    const read = (answer: CallbackAnswer) => {
      if (isNotNow(answer.status)) deferred.push(answer);
      return { status: answer.status, retryAfter: answer.headers.retryAfter };
    };
    return settled(send, read, { url, budgetMs, signal });
  };
  const post: Trial['post'] = async (token, { budgetMs, isRepeated = true } = {}) => {
    const answer = await settle(() => sendCallback({ url, token, signal }), budgetMs);
    return isRepeated ? remember(token, answer) : answer;
  };
  const read: Trial['read'] = (path, credential) => readRoute(url, path, credential, signal);

  return {
    url,
    canMint: minter !== undefined,
    hasOwn: own !== undefined,
    patienceMs,
    user,
    token: () => (minter ? user().token() : given(nextToken, 'token')()),
    id,
    number: (limit) => seededNumber(limit, ...name, made++),
    post,
    settle,
    postTogether: async (tokens) => {
      const answers = await sendTogether(url, tokens, {
        signal,
        settle: (token) => post(token, { isRepeated: false }),
        onNotNow: (answer) => deferred.push(answer),
      });
      return answers.map((answer, index) => remember(tokens[index], answer));
    },
    ask: (asking) =>
      settled(
        () => ask(url, asking, signal),
        (asked) => asked,
        { url, signal },
      ),
    read,
    async readUntil(path, credential, isSo) {
      const began = performance.now();
      for (;;) {
        const shown = await read(path, credential);
        if (isSo(shown) || performance.now() - began > READ_LAG_MS) return shown;
        await pause(READ_AGAIN_MS, signal);
      }
    },
    readsHaveCaughtUp: async () => void (own === undefined && (await pause(READ_LAG_MS, signal))),
    later: (claims) => void ending.claims.push(claims),
    ending,
    deferred,
    say: (what) => edge.onWait?.(what),
    keys: () => given(keys, 'borrowed key'),
    minter: () => given(minter, 'minter'),
    own: () => given(own, 'own server'),
    now: edge.now,
    pause: (milliseconds) => pause(milliseconds, signal),
    at: (otherUrl, otherMinter) => createTrial(elsewhere(target, otherUrl, otherMinter), [...name, 'own'], edge),
  };
}

function elsewhere({ patienceMs, own }: Target, url: string, minter: Minter): Target {
  return { url, minter, patienceMs, ...(own === undefined ? {} : { own }) };
}

function given<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new TypeError(`an invariant uses a ${what} that it does not need`);
  return value;
}
