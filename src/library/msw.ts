/** `agent-paste/msw`: request handlers that play the WorkOS endpoints in somebody's own tests. */
import { type HttpHandler, http } from 'msw';
import { LOCAL_API_KEY, LOCAL_CLIENT_ID, WORKOS_ISSUER } from '../config.ts';
import { createWorkosApp } from '../http/workos-app.ts';
import { generateSigningKey, publicJwk } from '../issuer/signing-key.ts';
import { newUser, refuseBadEmail } from '../local-users.ts';
import { systemRandom } from '../random.ts';
import { openDirectory } from '../store/directory.ts';
import type { Token, TokenRequest, User } from './types.ts';
import { userToken } from './user-token.ts';

export type { Token, TokenRequest, User } from './types.ts';

export interface WorkosOptions {
  /** Where the code under test expects WorkOS; `https://api.workos.com` by default. */
  readonly baseUrl?: string;
  readonly clientId?: string;
  /** What requests for users must carry; `sk_test_local` by default. */
  readonly apiKey?: string;
  /** `iss` of the tokens; `https://api.workos.com` by default. */
  readonly issuer?: string;
  /** The clock, in milliseconds since 1970. */
  readonly now?: () => number;
}

export interface PlayedWorkos extends Disposable {
  /** For `setupServer(...workos.handlers)`, or `server.use(...workos.handlers)`. */
  readonly handlers: HttpHandler[];
  /** A token of its key, of a user who is added if new. @throws Error for a fault that does not exist */
  mint(request?: TokenRequest): Token;
  addUser(user: { readonly email: string; readonly id?: string }): User;
  /** @returns whether there was one */
  removeUser(id: string): boolean;
  /** Publishes no key any more: every token meets an unknown `kid`. */
  withdrawKeys(): void;
}

/** One key and no users, kept in memory: JWKS, user by id, users by e-mail, and creating users. */
export async function playWorkos(options: WorkosOptions = {}): Promise<PlayedWorkos> {
  const { clientId = LOCAL_CLIENT_ID, apiKey = LOCAL_API_KEY, issuer = WORKOS_ISSUER, now = Date.now } = options;
  const baseUrl = (options.baseUrl ?? 'https://api.workos.com').replace(/\/+$/, '');
  const random = systemRandom();
  const key = await generateSigningKey(now());
  let published = [publicJwk(key)];
  const jwks = () => ({ keys: published });
  const users = openDirectory(':memory:');
  const app = createWorkosApp(
    { clientId, apiKey, jwks, users, random },
    new URL(baseUrl).pathname.replace(/\/$/, ''),
    now,
  );
  return {
    handlers: app.routes.map(({ method, path }) =>
      (method === 'GET' ? http.get : http.post)(`${baseUrl}${path}`, ({ request }) => app.fetch(request)),
    ),
    mint: (request = {}) =>
      userToken(request, { users, keyring: { jwks, signingKey: () => key }, issuer, clientId, now: now(), random }),
    addUser({ email, id }) {
      refuseBadEmail(email);
      const at = now();
      const user = newUser(id ?? `user_${random.ulid(at)}`, email, new Date(at).toISOString());
      users.add(user);
      return user;
    },
    removeUser: (id) => users.remove(id),
    withdrawKeys() {
      published = [];
    },
    [Symbol.dispose]: () => users.close(),
  };
}
