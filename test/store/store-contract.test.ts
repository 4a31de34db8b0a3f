import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Callback, Resolution } from '../../src/callback/resolution.ts';
import { parseApiKey } from '../../src/callback/workspace/api-key.ts';
import { Failure } from '../../src/errors/failure.ts';
import { systemRandom } from '../../src/machine/random.ts';
import { temporaryPeppers } from '../../src/store/peppers.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { Store } from '../../src/store/store.ts';
import { temporaryDirectory } from '../support/directory.ts';
import { ENGINES } from '../support/engines.ts';
import { HAS_POSTGRES } from '../support/postgres.ts';
import { callbackOf, DAY, NOW, openStore } from '../support/store.ts';

/** What every backend promises. A backend is a row: how to open an empty one, and how to clean up after it. */
interface Backend extends AsyncDisposable {
  readonly store: Store;
}

const BACKENDS: Record<string, () => Promise<Backend>> = {
  'a SQLite file': async () => {
    const directory = temporaryDirectory();
    const { store } = openStore(directory.path);
    return {
      store,
      [Symbol.asyncDispose]: async () => {
        await store.close();
        directory[Symbol.dispose]();
      },
    };
  },
  'SQLite in memory': async () => {
    const random = systemRandom();
    const peppers = temporaryPeppers(random);
    const store = openSqliteStore({ path: ':memory:', peppers, random, keyEnvironment: 'preview' });
    return { store, [Symbol.asyncDispose]: () => store.close() };
  },
  ...(HAS_POSTGRES && { PostgreSQL: postgresBackend }),
};

async function postgresBackend(): Promise<Backend> {
  const state = ENGINES.PostgreSQL!();
  const { store } = await state.make();
  return { store, [Symbol.asyncDispose]: () => state[Symbol.asyncDispose]() };
}

const bodyOf = ({ body }: Resolution) => JSON.parse(Buffer.from(body).toString());

describe.each(Object.keys(BACKENDS))('%s', (name) => {
  const open = BACKENDS[name]!;

  // What the checks of a token, of a user and of the settings let through at most, in letters of three bytes each where
  // they are not ASCII; random, so that no index makes it smaller.
  const wide = (length: number) =>
    Array.from(randomBytes(length * 2).subarray(0, length), (byte, at) =>
      String.fromCharCode(0x4e00 + ((byte * 31 + at * 977) % 0x51a0)),
    ).join('');
  const ascii = (length: number) => randomBytes(length).toString('hex').slice(0, length);
  const LONGEST: readonly (readonly [string, Partial<Callback>])[] = [
    ['issuer', { issuer: `https://${ascii(992)}` }],
    ['sub', { subject: wide(255) }],
    ['jti', { idempotencyKey: `workos-jti:${wide(255)}` }],
    ['sid', { idempotencyKey: `workos-session:${wide(255)}` }],
    ['e-mail address', { email: `${wide(318)}@x` }],
    ['request id', { requestId: ascii(128) }],
    ['sub of pairs of surrogates', { subject: '\u{1f600}'.repeat(127) }],
  ];

  test.each([
    ...LONGEST,
    ['of everything', Object.assign({}, ...LONGEST.slice(0, 6).map(([, value]) => value))] as const,
  ])('stores, replays and sees the longest %s', async (_, longest) => {
    await using backend = await open();
    const callback = callbackOf(longest as Partial<Callback>);
    const first = await backend.store.resolveMember(callback);
    const again = await backend.store.resolveMember(callback);
    const later = await backend.store.resolveMember({ ...callback, now: NOW + 2 * DAY, expiresAt: NOW + 3 * DAY });
    expect([first.outcome, again.outcome, later.outcome]).toEqual(['provisioned', 'replayed', 'seen']);
    expect(Buffer.from(again.body).equals(first.body)).toBe(true);
    expect((await backend.store.memberOf(callback.subject))?.member.email).toBe(callback.email);
  });

  test('resolves a new user, then replays, then knows the member', async () => {
    await using backend = await open();
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
    await using backend = await open();
    const answers = await Promise.all(
      Array.from({ length: 32 }, (_, index) =>
        backend.store.resolveMember(callbackOf({ idempotencyKey: `workos-jti:${index}` })),
      ),
    );
    expect(answers.filter((answer) => bodyOf(answer).default_api_key !== null)).toHaveLength(1);
  });

  test('gives no user the answer of another, and reports that the key was used twice', async () => {
    await using backend = await open();
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
    await using backend = await open();
    const { store } = backend;
    await store.resolveMember(callbackOf());
    expect(await store.sweep(NOW + DAY - 1)).toBe(0);
    expect((await store.resolveMember(callbackOf({ now: NOW + DAY - 1 }))).outcome).toBe('replayed');
    expect(await store.sweep(NOW + DAY)).toBe(1);
    expect(await store.sweep(NOW + DAY)).toBe(0);
    expect((await store.resolveMember(callbackOf({ now: NOW + DAY }))).outcome).toBe('seen');
  });

  test('knows an API key by its secret and notes its use', async () => {
    await using backend = await open();
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
    await using backend = await open();
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

  test('seeds missing rows only', async () => {
    await using backend = await open();
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

  test('seeds nothing when an id belongs to another workspace', async () => {
    await using backend = await open();
    const { store } = backend;
    await store.resolveMember(callbackOf());
    const { workspace, member } = (await store.memberOf('user_1'))!;
    const other = (id: string, user: string) => ({
      workspace: { ...workspace, id },
      member: { ...member, id: `mem_${user.padStart(26, '0')}`, workspace_id: id, workos_user_id: user },
      key: null,
      events: [],
      artifacts: [],
    });
    const fresh = other('11111111-1111-4111-8111-111111111111', '2');
    const error = await store.seed([fresh, other(workspace.id, '3')]).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(Failure);
    expect(error).toMatchObject({ code: 'conflict', hint: expect.stringMatching(/--db/) });
    expect(await store.memberOf('2')).toBeUndefined();
    expect(await store.seed([fresh])).toBe(1);
  });

  test('rejects every call once closed, and closes twice', async () => {
    await using backend = await open();
    const { store } = backend;
    await store.close();
    await store.close();
    await expect(store.resolveMember(callbackOf())).rejects.toMatchObject({ reason: 'database_busy' });
    await expect(store.memberOf('user_1')).rejects.toMatchObject({ reason: 'database_busy' });
  });
});
