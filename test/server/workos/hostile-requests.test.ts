/** Each parameter of each WorkOS route with values that no client means: it works, or the answer is a 4xx in WorkOS's form. */
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LOCAL_API_KEY, LOCAL_CLIENT_ID } from '../../../src/machine/settings.ts';
import { AUTHKIT_ROUTES } from '../../../src/server/contract/authkit-routes.ts';
import { ROUTES, type Route } from '../../../src/server/contract/routes.ts';
import * as schemas from '../../../src/server/contract/schemas.ts';
import { GRANTS } from '../../../src/workos/authkit/grants/grants.ts';
import { assertMatchesContract } from '../../support/contract.ts';
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts';
import { type TestServer, testServer } from '../../support/server.ts';

const SEED = fileURLToPath(new URL('authkit/organizations.seed.yaml', import.meta.url));

const TEXTS = Object.values(HOSTILE_TEXTS);
/** Values of JSON that are no text. */
const OTHERS: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e300,
  [],
  ['x'],
  [[[]]],
  {},
  { length: 1 },
  { toString: 'x' },
  { x: { y: null } },
];
/** What an URL may hold that is no text at all. */
const RAW = [
  '%',
  '%zz',
  '%00',
  '%ff',
  '%ed%a0%80',
  '%c0%ae%c0%ae',
  '%2e%2e%2fx',
  '%2F',
  '%5c',
  '+',
  ';',
  '%0d%0aX:y',
  '%25zz',
];
const SEGMENTS = [...TEXTS.map((value) => encodeURIComponent(value.toWellFormed())), ...RAW].filter(
  (segment) => segment !== '..', // the path of another route
);

const LOCAL: readonly Route[] = [...ROUTES, ...AUTHKIT_ROUTES].filter(({ local }) => local);

/** A good value of each parameter of a path. */
const PLACES: Readonly<Record<string, string>> = {
  getJwks: LOCAL_CLIENT_ID,
  getOrganization: 'org_analytical',
  deleteUser: 'user_eve',
  getUserByExternalId: '4711',
};

/** Bodies that reach as far as possible; one member at a time is replaced. */
const BODIES: Readonly<Record<string, readonly object[]>> = {
  createUser: [{ email: 'new@example.com' }],
  updateUser: [{ first_name: 'Bob' }],
  createMagicAuth: [{}],
  confirmEmailVerification: [{}],
  revokeSession: [{}],
  authorizeDevice: [{ client_id: LOCAL_CLIENT_ID }],
  authenticate: Object.entries(GRANTS).map(([grant_type, { needs, takes = [] }]) => ({
    client_id: LOCAL_CLIENT_ID,
    client_secret: LOCAL_API_KEY,
    grant_type,
    ...Object.fromEntries([...needs, ...takes].map((name) => [name, name === 'email' ? 'ada@example.com' : 'x'])),
    ...(grant_type === 'password' ? {} : { ip_address: '192.0.2.1', user_agent: 'x' }), // a password takes long
  })),
};

const agent = new Agent({ keepAlive: true, maxSockets: 8 });
afterAll(() => agent.destroy());

let server: TestServer;
beforeAll(async () => {
  server = await testServer({ seed: SEED });
});
afterAll(() => server[Symbol.asyncDispose]());

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

interface Sent {
  readonly body?: string | Buffer;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

/** Sends a path as it is, and holds the answer against the contract. */
async function ask({ method, path: template }: Route, path: string, { body, type, headers }: Sent = {}) {
  const answer = await new Promise<{ status: number; headers: Record<string, string>; body: unknown }>(
    (resolve, reject) => {
      const sent = {
        authorization: `Bearer ${LOCAL_API_KEY}`,
        ...(type === undefined ? {} : { 'content-type': type }),
        ...headers,
      };
      request(`${server.url}/`, { method, path, headers: sent, agent }, async (response) => {
        const read = await text(response);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers as Record<string, string>,
          body: JSON.parse(read),
        });
      })
        .on('error', reject)
        .end(body);
    },
  );
  const said = JSON.stringify({ method, path, body: String(body), answer });
  expect(answer.status, said).toBeLessThan(500);
  const { error } = answer.body as { error?: unknown };
  expect(error === undefined || typeof error === 'string', said).toBe(true); // not our envelope
  // An id that is empty or has a slash leads to another route.
  if (answer.status !== 404 && answer.status !== 405)
    assertMatchesContract(method, template.replace(/:\w+/g, 'x'), answer);
  return answer;
}

const goodPath = ({ path, operationId }: Route) => path.replace(/:\w+/g, PLACES[operationId] ?? 'user_bob');
const membersOf = ({ body }: Route, base: object) => [
  ...new Set([...Object.keys((body && (schemas[body] as { shape?: object }).shape) ?? {}), ...Object.keys(base)]),
];
const isForm = ({ operationId }: Route) => ['authenticate', 'authorizeDevice'].includes(operationId);

const named = (routes: readonly Route[]) => routes.map((route) => [`${route.method} ${route.path}`, route] as const);

test.each(named(LOCAL.filter(({ path }) => path.includes(':'))))('%s with each place of its path', async (_, route) => {
  for (const segment of SEGMENTS) await ask(route, route.path.replace(/:\w+/g, segment));
  expect(server.bugs).toEqual([]);
});

test.each(named(LOCAL.filter(({ query }) => query.length > 0)))(
  '%s with each parameter of its query',
  async (_, route) => {
    for (const name of route.query) {
      for (const value of SEGMENTS) await ask(route, `${goodPath(route)}?${name}=${value}`);
      await ask(route, `${goodPath(route)}?${name}=1&${name}=2`);
    }
    expect(server.bugs).toEqual([]);
  },
);

const TAKING = LOCAL.filter(({ body }) => body !== undefined).flatMap((route) =>
  (BODIES[route.operationId] as readonly object[]).map(
    (base) => [`${route.method} ${route.path}`, JSON.stringify(base), route, base] as const,
  ),
);

test.each(TAKING)('%s with each member of %s, as JSON and as a form', async (_, _text, route, base) => {
  for (const name of membersOf(route, base)) {
    const bodies = [...TEXTS, ...OTHERS, undefined].map((value) => ({ ...base, [name]: value }));
    const forms = bodies.filter(
      (body) =>
        isForm(route) && Reflect.get(body, 'grant_type') !== 'password' && typeof Reflect.get(body, name) === 'string',
    );
    await Promise.all([
      ...bodies.map((body) => ask(route, goodPath(route), { body: JSON.stringify(body), type: JSON_TYPE })),
      ...forms.map((body) =>
        ask(route, goodPath(route), {
          body: `${new URLSearchParams(body as Record<string, string>)}`,
          type: FORM_TYPE,
        }),
      ),
    ]);
  }
  expect(server.bugs).toEqual([]);
});

const BODIES_OF_NOBODY = [
  ...['', ' ', 'null', '[]', '"x"', '1', '{', '{"a":1,"a":2}', '\ufeff{}', '['.repeat(9000), '{"a":'.repeat(3000)],
  ...[Buffer.from('{"email":"\xff@x.co"}', 'latin1'), Buffer.from('{}', 'utf16le'), Buffer.alloc(64)],
];
const TOO_LARGE = Buffer.alloc(17_000, ' ');
const TYPES = [JSON_TYPE, FORM_TYPE, 'text/plain', 'multipart/form-data', ', ;', undefined];
const KEYS = [
  'Bearer',
  'Bearer ',
  'Basic eDp5',
  `Bearer ${LOCAL_API_KEY} x`,
  `Bearer ${'x'.repeat(9000)}`,
  'Bearer \xff',
];
const COOKIES = ['=', ';;;', 'workos_refresh_token=%zz', '\xff=\xff', `agent_paste_page=${'x'.repeat(4000)}`];

test.each(named(LOCAL))('%s with bodies, types, keys and cookies that are none', async (_, route) => {
  for (const body of [TOO_LARGE, ...(route.body === undefined ? [] : BODIES_OF_NOBODY)])
    for (const type of TYPES) await ask(route, goodPath(route), { body, ...(type === undefined ? {} : { type }) });
  for (const authorization of KEYS) {
    const { status } = await ask(route, goodPath(route), { headers: { authorization } });
    if (route.auth === 'workos_api_key') expect(status, authorization).toBe(401);
  }
  for (const cookie of COOKIES)
    await ask(route, goodPath(route), { headers: { cookie, 'user-agent': '\xff'.repeat(2000) } });
  expect(server.bugs).toEqual([]);
});
