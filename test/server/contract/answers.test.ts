/** Every answer that the OpenAPI document lists for a route is asked of a running server, and held against the document. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusal } from '../../../src/errors/api-error.ts';
import { HTTP_STATUS } from '../../../src/errors/codes.ts';
import { ROUTES, type RouteId } from '../../../src/server/contract/routes.ts';
import type { Store } from '../../../src/store/store.ts';
import { assertMatchesContract, DOCUMENT } from '../../support/contract.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { gateBefore } from '../../support/gate.ts';
import { rawRequest } from '../../support/raw-socket.ts';
import { type Flags, type TestServer, testServer } from '../../support/server.ts';

const CLIENT_ID = 'client_01K9AGENTPASTE000000000000';
const ARTIFACT = 'art_01KJQ5T4G2V3W4X5Y6Z7A8B9CD';
const SEED = new URL('seed.yaml', import.meta.url).pathname;

interface Asked {
  readonly path?: string;
  readonly credential?: string | undefined;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

const ids = ROUTES.map(({ operationId }) => operationId);
const routeOf = (id: RouteId) => ROUTES.find(({ operationId }) => operationId === id) as (typeof ROUTES)[number];
const withAuth = (...kinds: readonly string[]) => ids.filter((id) => kinds.includes(routeOf(id).auth));

/** `operation status code`, as answered so far. */
const answered = new Set<string>();

async function ask(server: TestServer, id: RouteId, { path, credential, headers, body }: Asked = {}): Promise<number> {
  const { method, path: template } = routeOf(id);
  return send(server, id, method, path ?? template.replace(':client_id', CLIENT_ID).replace(':id', ARTIFACT), {
    headers: { ...(credential === undefined ? {} : { authorization: `Bearer ${credential}` }), ...headers },
    ...(body === undefined ? {} : { body }),
  });
}

async function send(server: TestServer, id: RouteId, method: string, path: string, init: RequestInit): Promise<number> {
  const response = await fetch(`${server.url}${path}`, { ...init, method });
  note(id, method, path, { status: response.status, headers: response.headers, body: await response.json() });
  return response.status;
}

function note(id: RouteId, method: string, path: string, answer: Parameters<typeof assertMatchesContract>[2]): void {
  assertMatchesContract(method, path, answer);
  const body = answer.body as { error?: { code: string }; code?: string };
  const code = body.error?.code ?? (Object.hasOwn(HTTP_STATUS, body.code ?? '') ? body.code : undefined);
  answered.add(`${id} ${answer.status} ${code ?? (answer.status < 300 ? 'success' : 'workos')}`);
}

/** A credential that the route takes. */
function goodCredential(server: TestServer, id: RouteId): string | undefined {
  const { auth } = routeOf(id);
  if (auth === 'workos_token') return server.mint().token;
  if (auth === 'workos_api_key') return 'sk_test_local';
  return auth === 'api_key' ? secret : undefined;
}

const NEW_USER = { body: '{"email":"grace@example.com"}', headers: { 'content-type': 'application/json' } };

let server: TestServer;
let secret: string;
beforeAll(async () => {
  server = await testServer({ seed: SEED });
  const first = await server.post(server.mint({ email: 'grete@example.com' }).token);
  secret = first.body.default_api_key.secret;
});
afterAll(() => server[Symbol.asyncDispose]());

/** What each route needs beyond its credential to answer well. */
const GOOD: Partial<Record<RouteId, Asked>> = {
  getUser: { path: '/user_management/users/user_ada' },
  createUser: NEW_USER,
};

describe('success', () => {
  test.each(ids)('%s', async (id) => {
    const { status } = routeOf(id).success;
    expect(await ask(server, id, { credential: goodCredential(server, id), ...GOOD[id] })).toBe(status);
  });

  test('a first sign-in, its replay and the next sign-in', async () => {
    const { token } = server.mint({ email: 'fresh@example.com' });
    for (const credential of [token, token, server.mint({ email: 'fresh@example.com' }).token])
      expect(await ask(server, 'webCallback', { credential })).toBe(200);
  });
});

describe('a bad request', () => {
  test.each(ids)('rejects %s with another host, an expectation, from a web page, and by another method', async (id) => {
    const { method, path } = routeOf(id);
    const target = path.replaceAll(/:\w+/g, 'some_id');
    const stranger = await rawRequest(server.running.port, { method, target, host: 'evil.example' });
    note(id, method, target, stranger);
    expect(stranger.status).toBe(421);
    const demanding = await rawRequest(server.running.port, { method, target, lines: ['Expect: more'] });
    note(id, method, target, demanding);
    expect(demanding.status).toBe(417);
    expect(await ask(server, id, { headers: { origin: 'https://evil.example' } })).toBe(403);
    expect(await send(server, id, 'PATCH', target, {})).toBe(405);
  });

  test.each(withAuth('workos_token', 'api_key', 'workos_api_key'))(
    '%s: without or with a bad credential',
    async (id) => {
      for (const credential of [undefined, 'a.b.c', 'ap_pk_preview_0000000000000000_', 'x'])
        expect(await ask(server, id, { credential, ...(id === 'createUser' ? NEW_USER : {}) })).toBe(401);
    },
  );

  test('a dashboard read by a user without a sign-in', async () => {
    for (const id of withAuth('workos_token').filter((name) => name !== 'webCallback'))
      expect(await ask(server, id, { credential: server.mint({ email: 'nobody@example.com' }).token })).toBe(403);
  });

  test('a list with a bad limit or cursor', async () => {
    for (const id of ['listWebArtifacts', 'listWebKeys', 'listWebAudit'] as const) {
      const { path } = routeOf(id);
      const credential = goodCredential(server, id);
      expect(await ask(server, id, { credential, path: `${path}?limit=0` })).toBe(400);
      expect(await ask(server, id, { credential, path: `${path}?cursor=x` })).toBe(400);
    }
  });

  test('an unknown artifact', async () => {
    const credential = goodCredential(server, 'getWebArtifact');
    expect(await ask(server, 'getWebArtifact', { credential, path: '/v1/web/artifacts/art_0' })).toBe(404);
  });

  test('a callback with an unsupported body', async () => {
    const credential = goodCredential(server, 'webCallback');
    expect(await ask(server, 'webCallback', { credential, body: 'text' })).toBe(400);
    expect(await ask(server, 'webCallback', { ...NEW_USER, credential, body: 'x'.repeat(1025) })).toBe(413);
  });

  test('the local WorkOS with an unknown user or an unreadable body', async () => {
    const credential = 'sk_test_local';
    expect(await ask(server, 'getJwks', { path: '/sso/jwks/client_other' })).toBe(404);
    expect(await ask(server, 'getUser', { credential, path: '/user_management/users/user_nobody' })).toBe(404);
    for (const query of ['limit=0', 'limit=1e1', 'limit=1&limit=2', 'order=up', 'after=user_nobody', 'email=a&email=b'])
      expect(await ask(server, 'listUsers', { credential, path: `/user_management/users?${query}` })).toBe(422);
    for (const body of ['', '[]', 'null', '{', '{"email":"nobody"}', '{"email":"a@b.c","first_name":1}'])
      expect(await ask(server, 'createUser', { ...NEW_USER, credential, body })).toBe(422);
    expect(await ask(server, 'createUser', { ...NEW_USER, credential })).toBe(400);
    expect(await ask(server, 'createUser', { ...NEW_USER, credential, body: 'x'.repeat(17_000) })).toBe(413);
    // A body that breaks off is bad, too, but its client has disconnected: see the tests of bodies.
    answered.add('createUser 400 invalid_request');
  });
});

describe('a failure of this server', () => {
  test('a callback whose duplicate is still running', async () => {
    const gate = gateBefore('commit');
    await using busy = await testServer({ 'in-flight': 'conflict' }, temporaryDirectory(), gate.wrapping);
    const credential = busy.mint().token;
    const twins = [1, 2].map(() => ask(busy, 'webCallback', { credential }));
    expect(await Promise.race(twins)).toBe(409);
    gate.open();
    expect((await Promise.all(twins)).sort()).toEqual([200, 409]);
  });

  test('keys that are unavailable', async () => {
    await using cut = await testServer({ 'jwks-url': 'http://127.0.0.1:1/jwks' });
    for (const id of withAuth('workos_token')) expect(await ask(cut, id, { credential: cut.mint().token })).toBe(503);
  });

  test('an unusable database', async () => {
    const outage = () => {
      throw refusal('database_busy');
    };
    const locked = (store: Store): Store => ({
      ...store,
      memberOf: outage,
      resolveMember: outage,
      authenticateKey: outage,
      ready: outage,
    });
    await using server = await testServer({}, temporaryDirectory(), { store: locked });
    for (const id of withAuth('workos_token', 'api_key')) {
      const credential = routeOf(id).auth === 'api_key' ? secret : server.mint().token;
      expect(await ask(server, id, { credential })).toBe(503);
    }
    expect(await ask(server, 'getReadiness')).toBe(503);
    expect(server.bugs).toEqual([]);
  });

  test('reports a bug without details, and logs it', async () => {
    const bug = () => {
      throw new TypeError('a bug with a canary');
    };
    const broken = (store: Store): Store => ({
      ...store,
      memberOf: bug,
      resolveMember: bug,
      authenticateKey: bug,
      ready: bug,
    });
    await using server = await testServer({}, temporaryDirectory(), { store: broken });
    for (const id of withAuth('workos_token', 'api_key')) {
      const credential = routeOf(id).auth === 'api_key' ? secret : server.mint().token;
      expect(await ask(server, id, { credential })).toBe(500);
    }
    expect(await ask(server, 'getReadiness')).toBe(500);
    expect(server.bugs.map(String)).toEqual(server.bugs.map(() => 'TypeError: a bug with a canary'));
    expect(server.bugs.length).toBe(withAuth('workos_token', 'api_key').length + 1);
    const answer = await server.post(server.mint().token);
    expect(answer.bytes.toString()).not.toContain('canary');
  });

  test('serves no local WorkOS in remote mode', async () => {
    const flags: Flags = { 'workos-api-url': 'http://127.0.0.1:1', 'workos-api-key': 'sk_test_other' };
    await using remote = await testServer(flags);
    for (const id of withAuth('workos_api_key')) {
      expect(await ask(remote, id, { credential: 'sk_test_local', ...GOOD[id] })).toBe(404);
    }
    expect(await ask(remote, 'getJwks')).toBe(404);
  });
});

/** Routes that ask nothing of a store, a verifier or a directory have no way to fail. */
const CANNOT_FAIL: readonly RouteId[] = [
  'getOpenApi',
  'getHealth',
  'getVerifierSettings',
  'getJwks',
  'getUser',
  'listUsers',
  'createUser',
];

test('gives every answer that the document lists, except bugs of routes that cannot fail', () => {
  const listed = ids.flatMap((id) => {
    const { method, path } = routeOf(id);
    const operation = (
      DOCUMENT.paths as Record<string, Record<string, { responses: Record<string, { description: string }> }>>
    )[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
    return Object.entries(operation?.responses ?? {}).flatMap(([status, { description }]) =>
      Number(status) < 300
        ? [`${id} ${status} success`]
        : description
            .split(', ')
            .filter((part) => part.startsWith('`'))
            .map((code) => `${id} ${status} ${code.replaceAll('`', '')}`),
    );
  });
  const missing = listed.filter((entry) => !answered.has(entry));
  expect(missing).toEqual(CANNOT_FAIL.map((id) => `${id} 500 internal_error`));
  expect([...answered].filter((entry) => !entry.endsWith('workos') && !listed.includes(entry))).toEqual([]);
});
