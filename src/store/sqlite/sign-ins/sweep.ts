/** Drops rows that no sign-in needs any more. */
import type { DatabaseSync } from 'node:sqlite';

const EXPIRING = [
  'authorization_codes',
  'sessions',
  'one_time_codes',
  'pending_authentications',
  'device_authorizations',
] as const;

export interface Sweep {
  hasExpired(now: number): boolean;
  /** @returns the number of rows; a dropped answer counts as one */
  dropExpired(now: number): number;
}

/** The refresh tokens of a session are deleted with it. */
export function prepareSweep(db: DatabaseSync): Sweep {
  const expired = EXPIRING.map((table) => `EXISTS (SELECT 1 FROM ${table} WHERE expires_at <= :now)`);
  const answered = 'EXISTS (SELECT 1 FROM refresh_tokens WHERE answer_until <= :now)';
  const hasExpired = db.prepare(`SELECT ${[...expired, answered].join(' OR ')} AS there`);
  const deletions = EXPIRING.map((table) => db.prepare(`DELETE FROM ${table} WHERE expires_at <= :now`));
  const forget = db.prepare('UPDATE refresh_tokens SET answer = NULL, answer_until = NULL WHERE answer_until <= :now');
  return {
    hasExpired: (now) => (hasExpired.get({ now }) as { there: number }).there === 1,
    dropExpired: (now) =>
      [...deletions, forget].reduce((sum, statement) => sum + Number(statement.run({ now }).changes), 0),
  };
}
