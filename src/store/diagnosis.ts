/** The findings of `doctor`: one for each subject, with a stable code. */

import { Failure } from '../errors/failure.ts';
import { type Attempt, callbacksOf, SHARED_ROW } from './attempt-log.ts';

export interface Diagnosis<Code extends string = string> {
  /** Stable, because scripts match it. */
  readonly code: Code;
  readonly severity: 'ok' | 'warning' | 'error';
  readonly message: string;
  /** What to do, for each finding that is not ok. */
  readonly remedy?: string;
}

/** The subjects of an engine, in the order in which they are printed. */
export const STORE_DIAGNOSIS_CODES = [
  'database',
  'database_integrity',
  'database_schema',
  'database_pepper',
  'database_durability',
  'database_clock',
  'database_log',
  'callback_log',
  'sign_ins',
  'user_directory',
] as const;

export type StoreDiagnosisCode = (typeof STORE_DIAGNOSIS_CODES)[number];
export type StoreDiagnosis = Diagnosis<StoreDiagnosisCode>;

export function ok<Code extends string>(code: Code, message: string): Diagnosis<Code> {
  return { code, severity: 'ok', message };
}

export function warning<Code extends string>(code: Code, message: string, remedy: string): Diagnosis<Code> {
  return { code, severity: 'warning', message, remedy };
}

export function error<Code extends string>(code: Code, message: string, remedy: string): Diagnosis<Code> {
  return { code, severity: 'error', message, remedy };
}

/** The log of callbacks, and the floods in it. @param shared rows of refused callbacks without `expected` */
export function callbackLog(place: string, shared: readonly FloodRow[]): StoreDiagnosis {
  const floods = shared.map((row) => ({
    ...row,
    callbacks: callbacksOf({ ...row, outcome: 'refused', expected: null }),
  }));
  const callbacks = floods.reduce((sum, row) => sum + row.callbacks, 0);
  const last = floods
    .map(({ at }) => at)
    .sort()
    .at(-1);
  if (last === undefined) return ok('callback_log', place);
  return warning(
    'callback_log',
    `${place}: ${callbacks} refused callbacks share ${floods.length === 1 ? '1 row' : `${floods.length} rows`}, the last at ${last}`,
    'A client sent bad tokens in a flood: `agent-paste inspect callbacks --outcome refused` shows the last of each minute.',
  );
}

/** The condition for such a row, in SQL of every engine. */
export const IS_FLOOD_ROW = `outcome = 'refused' AND expected IS NULL AND received LIKE '${SHARED_ROW.start}%'`;

/** A row that stands for several callbacks: see `sharedRow`. */
export type FloodRow = Pick<Attempt, 'at' | 'received'>;

/** A failure of the check becomes the finding. */
export function judged<Code extends string>(code: Code, look: () => Diagnosis<Code>): Diagnosis<Code> {
  try {
    return look();
  } catch (failure) {
    if (failure instanceof Failure)
      return error(code, failure.message, failure.hint ?? 'See `agent-paste doctor --help`.');
    throw failure;
  }
}

export function megabytes(bytes: number): string {
  const size = bytes / 1024 / 1024;
  return size < 1024 ? `${size.toFixed(1)} MB` : `${(size / 1024).toFixed(1)} GB`;
}
