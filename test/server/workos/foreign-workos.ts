/** A WorkOS that is not ours, and answers as a test wants: msw catches the requests, and a server of ours makes them. */
import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { LOCAL_CLIENT_ID } from '../../../src/machine/settings.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';
import { type Flags, type TestServer, testServer } from '../../support/server.ts';

export const WORKOS = 'https://workos.example';
export const API_KEY = 'sk_test_canary_of_the_foreign_workos';
/** Where cloud machines keep their credentials; a redirect to it must lead nowhere. */
export const METADATA = 'http://169.254.169.254/latest/meta-data/';

export type Answer = () => Response | Promise<Response>;

export interface ForeignWorkos {
  /** Requests in the order in which they came. */
  readonly requests: Request[];
  /** Answers of the JWKS URL and of the user endpoint; undefined for those of a healthy WorkOS. */
  keys: Answer | undefined;
  users: ((id: string) => Response | Promise<Response>) | undefined;
  /** A server that asks this WorkOS; its `mint` makes tokens that a healthy WorkOS would have issued. */
  server(flags?: Flags, directory?: TemporaryDirectory): Promise<TestServer>;
  fetchesOf(part: 'jwks' | 'users' | 'metadata'): number;
}

/** For the tests of one file, each of which begins with a healthy WorkOS. */
export function foreignWorkos(): ForeignWorkos {
  let current: TestServer | undefined;
  const workos: ForeignWorkos = {
    requests: [],
    keys: undefined,
    users: undefined,
    async server(flags = {}, directory = temporaryDirectory()) {
      current = await testServer({ 'workos-api-url': WORKOS, 'workos-api-key': API_KEY, ...flags }, directory);
      return current;
    },
    fetchesOf(part) {
      const beginnings = { jwks: `${WORKOS}/sso/jwks/`, users: `${WORKOS}/user_management/users/`, metadata: METADATA };
      return workos.requests.filter(({ url }) => url.startsWith(beginnings[part])).length;
    },
  };
  const worker = setupServer(
    http.get(`${WORKOS}/sso/jwks/${LOCAL_CLIENT_ID}`, ({ request }) => {
      workos.requests.push(request);
      return workos.keys?.() ?? HttpResponse.json(current?.keyring.jwks());
    }),
    http.get<{ id: string }>(`${WORKOS}/user_management/users/:id`, ({ request, params }) => {
      workos.requests.push(request);
      if (workos.users) return workos.users(params.id);
      const user = current?.users.find(params.id);
      return user ? HttpResponse.json({ object: 'user', ...user }) : new HttpResponse(null, { status: 404 });
    }),
    http.get(`${METADATA}*`, ({ request }) => {
      workos.requests.push(request);
      return HttpResponse.json({ keys: [] });
    }),
  );
  // Our own server is asked by the same `fetch`.
  beforeAll(() => worker.listen({ onUnhandledFrame: 'bypass' }));
  afterEach(() => {
    workos.requests.length = 0;
    workos.keys = undefined;
    workos.users = undefined;
  });
  afterAll(() => worker.close());
  return workos;
}

export const text =
  (body: string, status = 200, headers: Record<string, string> = {}): Answer =>
  () =>
    new HttpResponse(body === '' ? null : body, { status, headers });

export const redirect = (status: number, location: string): Answer => text('', status, { location });

export const unreachable: Answer = () => HttpResponse.error();
