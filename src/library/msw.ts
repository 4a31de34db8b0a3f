/** `agent-paste/msw`: request handlers that play the WorkOS endpoints in tests of other projects. */
import { type HttpHandler, http } from 'msw';
import { systemRandom } from '../machine/random.ts';
import { LOCAL_API_KEY, LOCAL_CLIENT_ID, WORKOS_ISSUER } from '../machine/settings.ts';
import { createWorkosApp } from '../server/workos/workos-app.ts';
import { openUsers } from '../store/open.ts';
import { generateSigningKey, publicJwk } from '../workos/keys/signing-key.ts';
import { mintForUser } from '../workos/user-token.ts';
import { FUNCTION, judged, refuseOptions, TEXT, tokenRequest } from './options.ts';
import { shownToken } from './token.ts';
import type { NewUser, Token, TokenRequest, User } from './types.ts';
import { addUser, changeEmail, removeUser } from './users.ts';

export type { NewUser, Token, TokenRequest, User } from './types.ts';

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
  /** Makes a token with its key. A new user is added. @throws Error for an unknown fault */
  mint(request?: TokenRequest): Token;
  /** @throws Error if the id is taken */
  addUser(user: NewUser): User;
  /** @throws Error for an unknown user */
  changeEmail(id: string, email: string): void;
  /** @returns whether the user existed */
  removeUser(id: string): boolean;
  /** Removes the key from the JWKS, so that every token has an unknown `kid`. */
  withdrawKeys(): void;
}

const WORKOS_OPTIONS = { baseUrl: TEXT, clientId: TEXT, apiKey: TEXT, issuer: TEXT, now: FUNCTION };

/** One key and no users, kept in memory: JWKS, user by id, users by e-mail, and creating users. */
export async function playWorkos(options: WorkosOptions = {}): Promise<PlayedWorkos> {
  refuseOptions('playWorkos', options, WORKOS_OPTIONS);
  const { clientId = LOCAL_CLIENT_ID, apiKey = LOCAL_API_KEY, issuer = WORKOS_ISSUER, now = Date.now } = options;
  const baseUrl = (options.baseUrl ?? 'https://api.workos.com').replace(/\/+$/, '');
  const random = systemRandom();
  const key = await generateSigningKey(now());
  let published = [publicJwk(key)];
  const jwks = () => ({ keys: published });
  const users = openUsers(':memory:');
  const app = createWorkosApp(
    { clientId, apiKey, jwks, users, random },
    new URL(baseUrl).pathname.replace(/\/$/, ''),
    now,
  );
  return {
    handlers: app.routes.map(({ method, path }) =>
      (method === 'GET' ? http.get : http.post)(`${baseUrl}${path}`, ({ request }) => app.fetch(request)),
    ),
    mint(request = {}) {
      const wanted = tokenRequest('mint', request);
      const keyring = { jwks, signingKey: () => key };
      return shownToken(
        judged('mint', () => mintForUser(wanted, { users, keyring, issuer, clientId, now: now(), random })),
      );
    },
    addUser: (user) => addUser({ users, now, random }, user),
    changeEmail: (id, email) => changeEmail({ users, now }, id, email),
    removeUser: (id) => removeUser({ users }, id),
    withdrawKeys() {
      published = [];
    },
    [Symbol.dispose]: () => users.close(),
  };
}
