import { afterEach, expect, test, vi } from 'vitest';
import { type CallbackSettings, createCallback, type Hold } from '../../../src/callback/callback.ts';
import { type Identity, idempotencyKeyOf } from '../../../src/callback/identity.ts';
import type { Resolution } from '../../../src/callback/resolution.ts';
import { systemRandom } from '../../../src/machine/random.ts';
import { temporaryPeppers } from '../../../src/store/peppers.ts';
import { openSqliteStore } from '../../../src/store/sqlite/store.ts';
import type { Store } from '../../../src/store/store.ts';
import { NOW } from '../../support/store.ts';

const ADA: Omit<Identity, 'idempotencyKey'> = {
  issuer: 'https://api.workos.com',
  subject: 'user_1',
  email: 'ada@example.com',
  tokenId: 'jti_1',
  sessionId: 'session_1',
  expiresAt: NOW / 1000 + 300,
};

const opened: Store[] = [];
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
});

/** Callbacks over a store in memory. */
function callbacks(settings: Partial<CallbackSettings> = {}, hold?: Hold) {
  const random = systemRandom();
  const store = openSqliteStore({
    path: ':memory:',
    peppers: temporaryPeppers(random),
    random,
    keyEnvironment: 'preview',
  });
  opened.push(store);
  const callback = createCallback(
    store,
    { idempotencyTtlMs: 86_400_000, inFlight: 'wait', inFlightWaitMs: 20_000, ...settings },
    hold,
  );
  let requests = 0;
  return (changes: Partial<typeof ADA> = {}, now = NOW) => {
    const changed = { ...ADA, ...changes };
    const context = { now, requestId: `request_${requests++}` };
    return callback({ ...changed, idempotencyKey: idempotencyKeyOf(changed) }, context);
  };
}

/** A hold that stops the first callback at one point until it is let go. */
function stopAt(point: string): { hold: Hold; go: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let stopped = false;
  return {
    hold: (at) => {
      if (at !== point || stopped) return undefined;
      stopped = true;
      return promise;
    },
    go: resolve,
  };
}

const text = ({ body }: Resolution) => Buffer.from(body).toString();
const inFlight = {
  code: 'idempotency_in_flight',
  status: 409,
  message: expect.stringMatching(/\S/),
  detail: { retryAfter: 1 },
};

test('uses the token id as the key, else the session id, each with its prefix', () => {
  expect(idempotencyKeyOf({ tokenId: 'x', sessionId: 'y' })).toBe('workos-jti:x');
  expect(idempotencyKeyOf({ tokenId: null, sessionId: 'x' })).toBe('workos-session:x');
});

test.each([
  ['the time to live', 86_400_000, 300, 86_400_000],
  ['the life of its token and a minute, when that is longer', 1000, 300, 360_000],
])('replays an answer for %s, and no longer', async (_, idempotencyTtlMs, lifetime, lasts) => {
  const callback = callbacks({ idempotencyTtlMs });
  const identity = { expiresAt: NOW / 1000 + lifetime };
  expect((await callback(identity)).outcome).toBe('provisioned');
  expect((await callback(identity, NOW + lasts - 1)).outcome).toBe('replayed');
  expect((await callback(identity, NOW + lasts)).outcome).toBe('seen');
});

test('pauses a callback before its commit and after it only', async () => {
  const points: string[] = [];
  const callback = callbacks({}, (point) => {
    points.push(point);
    return Promise.resolve();
  });
  await callback();
  expect(points).toEqual(['before-commit', 'after-commit']);
});

test.each(['before-commit', 'after-commit'])(
  'lets a duplicate of a callback paused %s wait, and replays the same bytes',
  async (point) => {
    const { hold, go } = stopAt(point);
    const callback = callbacks({}, hold);
    const first = callback();
    const second = callback({ email: 'renamed@example.com' });
    const settled: string[] = [];
    void first.then(() => settled.push('first'));
    void second.then(() => settled.push('second'));
    await new Promise(setImmediate);
    expect(settled).toEqual([]);
    go();
    expect((await first).outcome).toBe('provisioned');
    expect(await second).toEqual({ outcome: 'replayed', status: 200, body: (await first).body });
  },
);

test('answers duplicates with 409 at once when they may not wait, until the running callback ends', async () => {
  const { hold, go } = stopAt('before-commit');
  const callback = callbacks({ inFlight: 'conflict' }, hold);
  const first = callback();
  await expect(callback()).rejects.toMatchObject(inFlight);
  await expect(callback()).rejects.toMatchObject(inFlight);
  go();
  expect((await callback().catch(() => first.then(() => callback()))).outcome).toBe('replayed');
  expect(text(await callback())).toBe(text(await first));
});

test('answers a duplicate with 409 after its wait, and lets a later one wait again', async () => {
  const { hold, go } = stopAt('before-commit');
  const callback = callbacks({ inFlightWaitMs: 1 }, hold);
  const first = callback();
  await expect(callback()).rejects.toMatchObject(inFlight);
  await expect(callback()).rejects.toMatchObject(inFlight);
  go();
  expect((await first).outcome).toBe('provisioned');
  expect((await callback()).outcome).toBe('replayed');
});

test.each<[what: string, other: Partial<Identity>]>([
  ['another user', { subject: 'user_2' }],
  ['another issuer', { issuer: 'https://other.example', subject: 'user_2' }],
  ['another token', { tokenId: 'jti_2' }],
  ['no token but the same session', { tokenId: null }],
])('a callback of %s does not wait for a running one', async (_, other) => {
  const { hold, go } = stopAt('before-commit');
  const callback = callbacks({ inFlight: 'conflict' }, hold);
  const first = callback();
  expect((await callback(other)).outcome).toBe('provisioned');
  go();
  await first;
});

test('warns about a reused key only on the callback that ran', async () => {
  const callback = callbacks();
  await callback({ subject: 'user_2' });
  const [first, second] = await Promise.all([callback(), callback()]);
  expect(first.warning).toBe('jti_reused_across_subjects');
  expect(second).toEqual({ outcome: 'replayed', status: 200, body: first.body });
});

test('runs the next duplicate when a callback fails, and gives its answer to the others', async () => {
  let runs = 0;
  const callback = callbacks({}, (point) =>
    point === 'before-commit' && runs++ === 0 ? Promise.reject(new Error('failed on purpose')) : undefined,
  );
  const [first, second, third] = await Promise.allSettled([callback(), callback(), callback()]);
  expect(first).toMatchObject({ status: 'rejected', reason: { message: 'failed on purpose' } });
  expect([second, third]).toMatchObject([
    { status: 'fulfilled', value: { outcome: 'provisioned' } },
    { status: 'fulfilled', value: { outcome: 'replayed' } },
  ]);
  expect(runs).toBe(2);
});

test('lets a duplicate wait for its full time', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  try {
    const { hold, go } = stopAt('before-commit');
    const callback = callbacks({ inFlightWaitMs: 5000 }, hold);
    const first = callback();
    let refusal: unknown;
    const second = callback().catch((error: unknown) => {
      refusal = error;
    });
    await vi.advanceTimersByTimeAsync(4999);
    expect(refusal).toBeUndefined();
    await vi.advanceTimersByTimeAsync(2);
    expect(refusal).toMatchObject(inFlight);
    go();
    await Promise.all([first, second]);
  } finally {
    vi.useRealTimers();
  }
});

test('leaves no timer behind when a duplicate gets its answer', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const callback = callbacks();
    await Promise.all([callback(), callback(), callback()]);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
