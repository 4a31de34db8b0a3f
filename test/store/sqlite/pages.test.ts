import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemRandom } from '../../../src/machine/random.ts';
import { temporaryPeppers } from '../../../src/store/peppers.ts';
import { openSqliteStore } from '../../../src/store/sqlite/store.ts';
import type { Page, PageRequest, SeedWorkspace, Store } from '../../../src/store/store.ts';

const AT = '2026-01-01T00:00:00.000Z';
const ADA = '11111111-1111-4111-8111-111111111111';
const BOB = '22222222-2222-4222-8222-222222222222';
const id = (prefix: string, number: number) => `${prefix}_${String(number).padStart(26, '0')}`;

/** Bits of two rows that share an instant; the later of two has the greater id. */
const PUBLISHED = ['2026-01-03', '2026-01-01', '2026-01-02', '2026-01-02', '2026-01-01'].map(
  (day) => `${day}T00:00:00.000Z`,
);

function seedOf(workspace_id: string, user: number): SeedWorkspace {
  const offset = user * 10;
  return {
    workspace: { id: workspace_id, name: 'A', contact_email: 'a@example.com', created_at: AT },
    member: {
      id: id('mem', user),
      workspace_id,
      workos_user_id: `user_${user}`,
      email: 'a@example.com',
      scopes: ['read'],
      created_at: AT,
      last_seen_at: AT,
    },
    key: {
      id: id('key', user),
      workspace_id,
      name: 'Default',
      public_id: String(user).repeat(16),
      secret_hmac: 'h'.repeat(43),
      pepper_kid: 1,
      scopes: ['publish', 'read'],
      revoked_at: AT,
      created_at: AT,
      last_used_at: AT,
    },
    events: [1, 2, 3].map((number) => ({
      id: id('evt', offset + number),
      workspace_id,
      actor_type: 'system',
      actor_id: 'seed',
      action: `action.${number}`,
      target_type: 'workspace',
      target_id: workspace_id,
      details: { number: String(number) },
      request_id: 'request_1',
      created_at: AT,
    })),
    artifacts: PUBLISHED.map((last_published_at, index) => ({
      id: id('art', offset + index),
      workspace_id,
      title: `Artifact ${index}`,
      status: 'Published' as const,
      latest_revision_id: id('rev', offset + index),
      pinned: index % 2 === 0,
      lockdown: index % 2 === 1,
      last_published_at,
      auto_delete_at: index === 0 ? AT : null,
      entrypoint: 'index.html',
      file_count: index,
      size_bytes: 10 * index,
    })),
  };
}

const ada = seedOf(ADA, 1);
let store: Store;
beforeEach(async () => {
  const random = systemRandom();
  store = openSqliteStore({ path: ':memory:', peppers: temporaryPeppers(random), random, keyEnvironment: 'preview' });
  await store.seed([ada, seedOf(BOB, 2)]);
});
afterEach(() => store.close());

type List = 'keys' | 'events' | 'artifacts';
const page = (list: List, request: PageRequest, workspace = ADA): Promise<Page<{ readonly id: string }>> =>
  store[list](workspace, request);

/** Every page, and the cursor that each ended with. */
async function all(list: List, limit: number) {
  const pages: unknown[][] = [];
  const cursors: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const { items, nextCursor } = await page(list, { limit, cursor });
    pages.push([...items]);
    if (nextCursor !== null) cursors.push(nextCursor);
    cursor = nextCursor;
  }
  return { pages, cursors };
}

const LISTS: Record<List, readonly { readonly id: string }[]> = {
  keys: [ada.key!],
  events: ada.events.toReversed(),
  artifacts: [0, 3, 2, 4, 1].map((index) => ada.artifacts[index]!),
};

describe.each(['keys', 'events', 'artifacts'] as const)('the list of %s', (list) => {
  const rows = LISTS[list];

  test.each([1, 2, 3, 4, 5, 6])('in pages of %i has every row once, as written, and no empty page', async (limit) => {
    const { pages, cursors } = await all(list, limit);
    expect(pages.flat()).toEqual(rows);
    expect(pages.map(({ length }) => length).every((length) => length > 0 && length <= limit)).toBe(true);
    expect(pages).toHaveLength(Math.ceil(rows.length / limit));
    expect(cursors).toHaveLength(pages.length - 1);
  });

  test('starts at the top for another workspace, and is empty for an unknown one', async () => {
    expect((await page(list, { limit: 100 }, BOB)).items).toHaveLength(rows.length);
    expect(await page(list, { limit: 100 }, 'nowhere')).toEqual({ items: [], nextCursor: null });
  });
});

test('finds an artifact in its own workspace only', async () => {
  expect(await store.artifact(ADA, ada.artifacts[1]!.id)).toEqual(ada.artifacts[1]);
  expect(await store.artifact(ADA, ada.artifacts[2]!.id)).toEqual(ada.artifacts[2]);
  expect(await store.artifact(BOB, ada.artifacts[1]!.id)).toBeUndefined();
});

const cursorOf = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

test('accepts cursors of earlier versions', async () => {
  expect((await page('events', { limit: 1 })).nextCursor).toBe(cursorOf(['events', 3]));
  expect((await page('artifacts', { limit: 1 })).nextCursor).toBe(
    cursorOf(['artifacts', [PUBLISHED[0], id('art', 10)]]),
  );
  expect((await page('keys', { limit: 1, cursor: cursorOf(['keys', 2]) })).items).toHaveLength(1);
  expect((await page('keys', { limit: 1, cursor: cursorOf(['keys', 1]) })).items).toEqual([]);
});

const INSTANT = [PUBLISHED[0], id('art', 10)];

test.each<[List, string, string]>([
  ['events', 'nothing', ''],
  ['events', 'no JSON', Buffer.from('[').toString('base64url')],
  ['events', 'null', cursorOf(null)],
  ['events', 'an object', cursorOf({ 0: 'events', 1: 3 })],
  ['events', 'a text', cursorOf('events')],
  ['events', 'a list without a position', cursorOf(['events'])],
  ['events', 'a list with more than a position', cursorOf(['events', 3, 3])],
  ['events', 'a position of another list', cursorOf(['keys', 3])],
  ['events', 'a position as text', cursorOf(['events', '3'])],
  ['events', 'half a position', cursorOf(['events', 2.5])],
  ['events', 'a position that SQLite does not know', cursorOf(['events', 1e300])],
  ['events', 'padding', `${cursorOf(['events', 3])}=`],
  ['events', 'white space within', Buffer.from('["events", 3]').toString('base64url')],
  ['artifacts', 'a number', cursorOf(['artifacts', 3])],
  ['artifacts', 'a text of two letters', cursorOf(['artifacts', 'ab'])],
  ['artifacts', 'an object of two', cursorOf(['artifacts', { length: 2 }])],
  ['artifacts', 'an instant alone', cursorOf(['artifacts', INSTANT.slice(0, 1)])],
  ['artifacts', 'more than an instant and an id', cursorOf(['artifacts', [...INSTANT, 'x']])],
  ['artifacts', 'an instant and a number', cursorOf(['artifacts', [PUBLISHED[0], 1]])],
  ['artifacts', 'a number and an id', cursorOf(['artifacts', [1, 'x']])],
])('the list of %s refuses a cursor of %s', async (list, _, cursor) => {
  const error = await page(list, { limit: 1, cursor }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'ApiError', code: 'invalid_cursor', message: expect.stringMatching(/\S/) });
});

test('keeps the cause of an unreadable cursor for the log', async () => {
  await expect(page('events', { limit: 1, cursor: 'x' })).rejects.toMatchObject({ cause: expect.any(SyntaxError) });
});

test('inserts the rows of a seed once, whatever existed before', async () => {
  expect(await store.seed([ada, seedOf(BOB, 2)])).toBe(0);
  expect((await page('artifacts', { limit: 100 })).items).toHaveLength(5);
});
