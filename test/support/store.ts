/** A store on a file of its own, and callbacks for it. */
import { join } from 'node:path';
import type { Callback } from '../../src/callback/resolution.ts';
import { systemRandom } from '../../src/machine/random.ts';
import { openPeppers, type Peppers } from '../../src/store/peppers.ts';
import { databaseAt, openSqliteStore, type SqliteStoreOptions } from '../../src/store/sqlite/store.ts';
import type { Store } from '../../src/store/store.ts';

/** 2026-01-01T00:00:00.000Z */
export const NOW = Date.UTC(2026, 0, 1);
export const DAY = 86_400_000;

export interface OpenedStore extends AsyncDisposable {
  readonly store: Store;
  readonly path: string;
  readonly peppers: Peppers;
  readonly pepperPath: string;
}

export function openStore(
  directory: string,
  budgets: Pick<SqliteStoreOptions, 'openBudgetMs' | 'lockBudgetMs'> = {},
): OpenedStore {
  const path = join(directory, 'agent-paste.db');
  const pepperPath = join(directory, 'peppers.json');
  const random = systemRandom();
  const peppers = openPeppers(pepperPath, databaseAt(path), random);
  const store = openSqliteStore({ path, peppers, random, keyEnvironment: 'preview', ...budgets });
  return { store, path, peppers, pepperPath, [Symbol.asyncDispose]: () => store.close() };
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

/** The columns of an attempt whose token was verified, or could not be read. */
export const UNCLAIMED = {
  token_id: null,
  claimed_issuer: null,
  claimed_subject: null,
  claimed_session_id: null,
  claimed_token_id: null,
  email: null,
} as const;
