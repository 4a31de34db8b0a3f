/** A store on a file of its own, and callbacks for it. */
import { join } from 'node:path';
import { systemRandom } from '../../src/random.ts';
import { openPeppers, type Peppers } from '../../src/store/peppers.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { Callback, Store } from '../../src/store/store.ts';

/** 2026-01-01T00:00:00.000Z */
export const NOW = Date.UTC(2026, 0, 1);
export const DAY = 86_400_000;

export interface OpenedStore extends Disposable {
  readonly store: Store;
  readonly path: string;
  readonly peppers: Peppers;
  readonly pepperPath: string;
}

export function openStore(directory: string): OpenedStore {
  const path = join(directory, 'agent-paste.db');
  const pepperPath = join(directory, 'peppers.json');
  const random = systemRandom();
  const peppers = openPeppers(pepperPath, path, random);
  const store = openSqliteStore({ path, peppers, random, keyEnvironment: 'preview' });
  return { store, path, peppers, pepperPath, [Symbol.dispose]: () => store.close() };
}

export function callbackOf(changes: Partial<Callback> = {}): Callback {
  const now = changes.now ?? NOW;
  return {
    issuer: 'https://api.workos.com',
    subject: 'user_1',
    email: 'ada@example.com',
    idempotencyKey: 'workos-jti:jti_1',
    now,
    expiresAt: now + DAY,
    requestId: 'request_1',
    ...changes,
  };
}
