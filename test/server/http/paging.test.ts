import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assertMatchesContract } from '../../support/contract.ts';
import { type TestServer, testServer } from '../../support/server.ts';

const ARTIFACTS = 120;
let server: TestServer;
let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'agent-paste-test-'));
  const seed = join(directory, 'seed.json');
  // Every third one was published in the same instant as the one before it.
  const artifacts = Array.from({ length: ARTIFACTS }, (_, index) => ({
    title: `Artifact ${index}`,
    last_published_at: new Date(Date.UTC(2026, 0, 1) + (index - (index % 3 === 0 ? 1 : 0)) * 60_000).toISOString(),
  }));
  const users = [{ id: 'user_ada', email: 'ada@example.com' }];
  writeFileSync(seed, JSON.stringify({ users, workspaces: [{ user: 'user_ada', artifacts }] }));
  server = await testServer({ seed });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

interface Item {
  readonly id: string;
  readonly last_published_at: string;
}

async function list(path: string) {
  const answer = await server.get(path, server.mint().token);
  assertMatchesContract('GET', path, answer);
  return answer;
}

/** Every page, one after the other. */
async function pages(path: string, limit: number): Promise<Item[][]> {
  const found: Item[][] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body }: { body: { items: Item[]; page_info: { next_cursor: string | null; has_more: boolean } } } =
      await list(`${path}?limit=${limit}${cursor === '' ? '' : `&cursor=${cursor}`}`);
    found.push(body.items);
    expect(body.page_info.has_more).toBe(body.page_info.next_cursor !== null);
    cursor = body.page_info.next_cursor;
  }
  return found;
}

describe('pages of a list', () => {
  test.each([1, 7, 40, 60, 100])('of %i contain every item once, newest first', async (limit) => {
    const found = await pages('/v1/web/artifacts', limit);
    expect(found.map(({ length }) => length)).toEqual([
      ...Array.from({ length: Math.ceil(ARTIFACTS / limit) - 1 }, () => limit),
      ARTIFACTS % limit || limit,
    ]);
    const items = found.flat();
    expect(new Set(items.map(({ id }) => id)).size).toBe(ARTIFACTS);
    const times = items.map(({ last_published_at }) => last_published_at);
    expect(times).toEqual(times.toSorted().reverse());
  });

  test('have 50 items by default', async () => {
    expect((await list('/v1/web/artifacts')).body.items.length).toBe(50);
  });

  test('of events continue where the previous one ended', async () => {
    const found = await pages('/v1/web/audit', 1);
    const whole = (await list('/v1/web/audit')).body.items;
    expect(found.flat()).toEqual(whole);
    expect(whole.length).toBe(2);
  });

  test('stay the same when an artifact is published in between', async () => {
    const first = (await list('/v1/web/audit?limit=1')).body;
    await server.post(server.mint({ email: 'bert@example.com' }).token);
    const second = (await list(`/v1/web/audit?limit=1&cursor=${first.page_info.next_cursor}`)).body;
    expect(second.items.length).toBe(1);
    expect(second.items[0].id).not.toBe(first.items[0].id);
  });
});

describe('a page that does not exist', () => {
  test.each(['0', '101', '-1', '1.5', '1e1', '0x10', '', ' 5', '+5', 'ten', '٣', '1000000000000', '5&limit=6'])(
    'rejects limit=%s as invalid_request',
    async (limit) => {
      const { status, body } = await list(`/v1/web/artifacts?limit=${limit.replace('+', '%2B').replace(' ', '%20')}`);
      expect({ status, code: body.error.code }).toEqual({ status: 400, code: 'invalid_request' });
    },
  );

  const cursor = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

  test.each([
    '',
    'x',
    '%00',
    'null',
    cursor(null),
    cursor([]),
    cursor(['artifacts']),
    cursor(['artifacts', 1]),
    cursor(['artifacts', ['2026', 1]]),
    cursor(['artifacts', ['2026', 'art_1', 'x']]),
    cursor(['keys', 1]),
    cursor({ 0: 'artifacts' }),
    'a'.repeat(5000),
  ])('cursor=%s: invalid_cursor', async (text) => {
    const { status, body } = await list(`/v1/web/artifacts?cursor=${text}`);
    expect({ status, code: body.error.code }).toEqual({ status: 400, code: 'invalid_cursor' });
    expect(server.bugs).toEqual([]);
  });

  test('rejects a cursor of another list as invalid_cursor', async () => {
    const { next_cursor } = (await list('/v1/web/artifacts?limit=1')).body.page_info;
    for (const path of ['/v1/web/keys', '/v1/web/audit']) {
      expect((await list(`${path}?cursor=${next_cursor}`)).body.error.code).toBe('invalid_cursor');
    }
  });

  test('rejects two cursors as invalid_request', async () => {
    const { next_cursor } = (await list('/v1/web/artifacts?limit=1')).body.page_info;
    const { body } = await list(`/v1/web/artifacts?cursor=${next_cursor}&cursor=${next_cursor}`);
    expect(body.error.code).toBe('invalid_request');
  });
});

test('shows nothing of a workspace for its cursor in another', async () => {
  const { next_cursor } = (await list('/v1/web/artifacts?limit=1')).body.page_info;
  const { token } = server.mint({ email: 'carl@example.com' });
  await server.post(token);
  const { body } = await server.get(`/v1/web/artifacts?cursor=${next_cursor}`, token);
  expect(body).toEqual({ items: [], page_info: { next_cursor: null, has_more: false } });
});
