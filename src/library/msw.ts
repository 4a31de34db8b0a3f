/** `agent-paste/msw`: request handlers that play the WorkOS endpoints in tests of other projects. */
import { type HttpHandler, http } from 'msw';
import { Failure } from '../errors/failure.ts';
import { systemRandom } from '../machine/random.ts';
import { LOCAL_API_KEY, LOCAL_CLIENT_ID, WORKOS_ISSUER } from '../machine/settings.ts';
import { createWorkosApp } from '../server/workos/workos-app.ts';
import { openUsers } from '../store/open.ts';
import { mintForUser } from '../workos/user-token.ts';
import { type FailingWorkos, failingWorkos } from './failing-workos.ts';
import { leaseKeys } from './key-pool.ts';
import { FUNCTION, HTTP_URL, judged, refuseArgument, refuseOptions, TEXT, TIME, tokenRequest } from './options.ts';
import { playKeys } from './played-keys.ts';
import { shownToken } from './token.ts';
import type { NewUser, Token, TokenRequest, User, WorkosFailure, WorkosFailureOptions } from './types.ts';
import { addUser, changeEmail, removeUser } from './users.ts';

export type { NewUser, Token, TokenRequest, User, WorkosFailure, WorkosFailureOptions, WorkosPart } from './types.ts';

export interface WorkosOptions {
  /** The URL at which the code under test expects WorkOS; `https://api.workos.com` by default. */
  readonly baseUrl?: string;
  readonly clientId?: string;
  /** The API key that requests for users must have; `sk_test_local` by default. */
  readonly apiKey?: string;
  /** `iss` of the tokens; `https://api.workos.com` by default. */
  readonly issuer?: string;
  /** The clock, in milliseconds since 1970. */
  readonly now?: () => number;
}

export interface PlayedWorkos extends Disposable {
  /** For `setupServer(...workos.handlers)`, or `server.use(...workos.handlers)`. */
  readonly handlers: HttpHandler[];
  /** Makes a token with its key. A new user is added. @throws Error for an unknown fault or kid */
  mint(request?: TokenRequest): Token;
  /** @throws Error if the id is taken */
  addUser(user: NewUser): User;
  /** @throws Error for an unknown user */
  changeEmail(id: string, email: string): void;
  /** @returns whether the user existed */
  removeUser(id: string): boolean;
  /** Makes a key, which signs from now on; the others stay published. @returns its kid */
  rotateKeys(): Promise<string>;
  /** Publishes the key no longer. @throws Error for an unknown kid, and for the last published key */
  retireKey(kid: string): void;
  /** Publishes no key, so that every token has an unknown `kid`. */
  withdrawKeys(): void;
  /** From now on requests fail: with a status, without any answer, or with a connection that breaks. */
  fail(how: WorkosFailure, options?: WorkosFailureOptions): void;
  /** Ends what `fail` began. Requests that have no answer break. */
  recover(): void;
}

const WORKOS_OPTIONS = { baseUrl: TEXT, clientId: TEXT, apiKey: TEXT, issuer: TEXT, now: FUNCTION };
/** Keys and users in memory: JWKS, user by id, users by e-mail, and creating users. @throws TypeError for wrong options */
export async function playWorkos(options: WorkosOptions = {}): Promise<PlayedWorkos> {
  refuseOptions('playWorkos', options, WORKOS_OPTIONS);
  const { clientId = LOCAL_CLIENT_ID, apiKey = LOCAL_API_KEY, issuer = WORKOS_ISSUER, now = Date.now } = options;
  const baseUrl = (options.baseUrl ?? 'https://api.workos.com').replace(/\/+$/, '');
  refuseArgument('playWorkos: baseUrl', baseUrl, HTTP_URL);
  refuseArgument('playWorkos: the time of now()', now(), TIME);
  const random = systemRandom();
  const lease = leaseKeys();
  const keys = playKeys(lease, await lease.take(now()));
  const { keyring } = keys;
  const users = openUsers(':memory:');
  const workos = { clientId, apiKey, jwks: keyring.jwks, users, random };
  const failing = failingWorkos();
  let isOver = false;
  const refuseOver = (what: string) => {
    if (isOver) throw new Failure('invalid_argument', `${what}: this WorkOS was disposed of`);
  };
  return {
    handlers: handlersOf(workos, baseUrl, now, failing),
    mint(request = {}) {
      refuseOver('mint');
      const wanted = tokenRequest('mint', request);
      return shownToken(
        judged('mint', () => mintForUser(wanted, { users, keyring, issuer, clientId, now: now(), random })),
      );
    },
    addUser(user) {
      refuseOver('addUser');
      return addUser({ users, now, random }, user);
    },
    changeEmail(id, email) {
      refuseOver('changeEmail');
      changeEmail({ users, now }, id, email);
    },
    removeUser(id) {
      refuseOver('removeUser');
      return removeUser({ users }, id);
    },
    async rotateKeys() {
      refuseOver('rotateKeys');
      return keys.rotate(now());
    },
    retireKey: keys.retire,
    withdrawKeys: keys.withdraw,
    fail: failing.fail,
    recover: failing.recover,
    [Symbol.dispose]() {
      if (isOver) return;
      isOver = true;
      failing.recover();
      users.close();
      lease[Symbol.dispose]();
    },
  };
}

function handlersOf(
  workos: Parameters<typeof createWorkosApp>[0],
  baseUrl: string,
  now: () => number,
  failing: FailingWorkos,
): HttpHandler[] {
  const app = createWorkosApp(workos, new URL(baseUrl).pathname.replace(/\/$/, ''), now);
  return app.routes.map(({ method, path }) =>
    (method === 'GET' ? http.get : http.post)(
      `${baseUrl}${path}`,
      ({ request }) => failing.answer(path.includes('/jwks/') ? 'keys' : 'users') ?? app.fetch(request),
    ),
  );
}
