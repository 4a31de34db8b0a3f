import { describe, expect, test } from 'vitest';
import { systemRandom } from '../../src/random.ts';
import { temporaryPeppers } from '../../src/store/peppers.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { Resolution, Store } from '../../src/store/store.ts';
import { parseApiKey } from '../../src/workspace/api-key.ts';
import { temporaryDirectory } from '../support/directory.ts';
import { callbackOf, DAY, NOW, openStore } from '../support/store.ts';

/** What every backend promises. A backend is a row: how to open an empty one, and how to clean up after it. */
const BACKENDS: Record<string, () => { readonly store: Store } & Disposable> = {
  'a SQLite file': () => {
    const directory = temporaryDirectory();
    const { store } = openStore(directory.path);
    return {
      store,
      [Symbol.dispose]: () => {
        store.close();
        directory[Symbol.dispose]();
      },
    };
  },
  'SQLite in memory': () => {
    const random = systemRandom();
    const peppers = temporaryPeppers(random);
    const store = openSqliteStore({ path: ':memory:', peppers, random, keyEnvironment: 'preview' });
    return { store, [Symbol.dispose]: () => store.close() };
  },
};

const bodyOf = ({ body }: Resolution) => JSON.parse(Buffer.from(body).toString());

describe.each(Object.keys(BACKENDS))('%s', (name) => {
  const open = BACKENDS[name]!;

  test('resolves a new user, then replays, then knows the member', async () => {
    using backend = open();
    const { store } = backend;
    const first = await store.resolveMember(callbackOf());
    const again = await store.resolveMember(callbackOf({ email: 'renamed@example.com', now: NOW + 1 }));
    const later = await store.resolveMember(callbackOf({ idempotencyKey: 'workos-jti:jti_2', now: NOW + 1 }));
    expect([first.outcome, again.outcome, later.outcome]).toEqual(['provisioned', 'replayed', 'seen']);
    expect([first.status, again.status, later.status]).toEqual([200, 200, 200]);
    expect(Buffer.from(again.body).equals(first.body)).toBe(true);
    expect(bodyOf(later).default_api_key).toBeNull();
    const context = await store.memberOf('user_1');
    expect(context?.member.last_seen_at).toBe('2026-01-01T00:00:00.001Z');
    expect(context?.workspace.id).toBe(bodyOf(first).workspace.id);
    expect(await store.memberOf('user_2')).toBeUndefined();
  });

  test('answers many first sign-ins of one user at once with one key', async () => {
    using backend = open();
    const answers = await Promise.all(
      Array.from({ length: 32 }, (_, index) =>
        backend.store.resolveMember(callbackOf({ idempotencyKey: `workos-jti:${index}` })),
      ),
    );
    expect(answers.filter((answer) => bodyOf(answer).default_api_key !== null)).toHaveLength(1);
  });

  test('gives no user the answer of another, and says that the key was used twice', async () => {
    using backend = open();
    const ada = await backend.store.resolveMember(callbackOf());
    const bob = await backend.store.resolveMember(callbackOf({ subject: 'user_2' }));
    expect(bob.outcome).toBe('provisioned');
    expect(bodyOf(bob).workspace.id).not.toBe(bodyOf(ada).workspace.id);
    expect([ada.warning, bob.warning]).toEqual([undefined, 'jti_reused_across_subjects']);
    const session = { idempotencyKey: 'workos-session:session_1' };
    await backend.store.resolveMember(callbackOf(session));
    const other = await backend.store.resolveMember(callbackOf({ ...session, subject: 'user_2' }));
    expect(other.warning).toBe('sid_reused_across_subjects');
  });

  test('replays until the record expires, then drops it', async () => {
    using backend = open();
    const { store } = backend;
    await store.resolveMember(callbackOf());
    expect(await store.sweep(NOW + DAY - 1)).toBe(0);
    expect((await store.resolveMember(callbackOf({ now: NOW + DAY - 1 }))).outcome).toBe('replayed');
    expect(await store.sweep(NOW + DAY)).toBe(1);
    expect(await store.sweep(NOW + DAY)).toBe(0);
    expect((await store.resolveMember(callbackOf({ now: NOW + DAY }))).outcome).toBe('seen');
  });

  test('knows an API key by its secret and notes its use', async () => {
    using backend = open();
    const { store } = backend;
    const text = parseApiKey(bodyOf(await store.resolveMember(callbackOf())).default_api_key.secret)!;
    const context = await store.authenticateKey(text, NOW + 5);
    expect(context?.key.last_used_at).toBe('2026-01-01T00:00:00.005Z');
    expect((await store.keys(context!.workspace.id, { limit: 1 })).items[0]?.last_used_at).toBe(
      '2026-01-01T00:00:00.005Z',
    );
    expect(await store.authenticateKey({ ...text, secret: 'A'.repeat(43) }, NOW)).toBeUndefined();
    expect(await store.authenticateKey({ ...text, publicId: '0'.repeat(16) }, NOW)).toBeUndefined();
  });

  test('lists events newest first, a page at a time, and refuses a cursor of another list', async () => {
    using backend = open();
    const { store } = backend;
    const { workspace } = bodyOf(await store.resolveMember(callbackOf()));
    const first = await store.events(workspace.id, { limit: 1 });
    const second = await store.events(workspace.id, { limit: 1, cursor: first.nextCursor! });
    expect([...first.items, ...second.items].map(({ action }) => action)).toEqual([
      'api_key.created',
      'workspace.created',
    ]);
    expect(second.nextCursor).toBeNull();
    for (const cursor of [first.nextCursor!, 'nonsense', ''])
      await expect(store.keys(workspace.id, { limit: 1, cursor })).rejects.toMatchObject({ code: 'invalid_cursor' });
    expect((await store.events('another workspace', { limit: 1 })).items).toEqual([]);
  });

  test('seeds what is not there yet', async () => {
    using backend = open();
    const { store } = backend;
    const { workspace, member } = (await store
      .resolveMember(callbackOf())
      .then(() => store.memberOf('user_1'))) as NonNullable<Awaited<ReturnType<Store['memberOf']>>>;
    const fresh = {
      workspace: { ...workspace, id: '11111111-1111-4111-8111-111111111111' },
      member: {
        ...member,
        id: 'mem_00000000000000000000000000',
        workspace_id: '11111111-1111-4111-8111-111111111111',
        workos_user_id: 'user_2',
      },
      key: null,
      events: [],
      artifacts: [],
    };
    const known = { workspace, member, key: null, events: [], artifacts: [] };
    expect(await store.seed([known, fresh])).toBe(1);
    expect(await store.seed([known, fresh])).toBe(0);
    expect((await store.resolveMember(callbackOf({ subject: 'user_2' }))).outcome).toBe('seen');
  });

  test('refuses everything once it is closed, and closes twice without complaint', async () => {
    using backend = open();
    const { store } = backend;
    store.close();
    store.close();
    await expect(store.resolveMember(callbackOf())).rejects.toMatchObject({ reason: 'database_busy' });
    await expect(store.memberOf('user_1')).rejects.toMatchObject({ reason: 'database_busy' });
  });
});
