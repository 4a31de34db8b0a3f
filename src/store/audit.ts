/** The promises that an audit checks, and its findings. */
import { Failure } from '../errors/failure.ts';

export interface AuditResult {
  /** Stable, because scripts match it. */
  readonly id: PromiseId;
  readonly promise: string;
  readonly result: 'kept' | 'broken' | 'skipped';
  /** The first hundred violations, a sentence with ids each. */
  readonly broken_by: readonly string[];
  /** The number of all violations. */
  readonly broken_count: number;
  /** The reason for skipping it. */
  readonly note: string | null;
}

/** In the order in which they are checked. */
export const PROMISES = {
  integrity: 'the file is intact, and its indexes match its tables',
  'foreign-keys': 'every reference points to an existing row',
  'one-member-per-user': 'a WorkOS user has at most one member',
  'one-member-per-workspace': 'a workspace has at most one member',
  'one-default-key': 'a workspace has at most one default key',
  'no-half-provisioned-member': 'a workspace has member, key and two events',
  'no-orphans': 'every row of a workspace belongs to an existing workspace',
  'records-have-members': 'a record points to the member of its own user',
  'records-have-keys': 'a record names a key of its member',
  'sealed-answers-open': 'stored answers can be opened, and are unchanged',
} as const;

/** Judged only over the tables of the API itself; here, answers are sealed. */
const REFERENCE_PROMISES = { 'no-secret-at-rest': 'no stored answer shows a secret in clear' } as const;

const SENTENCES = { ...PROMISES, ...REFERENCE_PROMISES };

export type PromiseId = keyof typeof SENTENCES;

/** A limit for each promise. */
export const MOST_NAMED = 100;

/** @param broken the violations; a corrupt database that is found while reading counts as one more */
export async function judgedPromise(
  id: PromiseId,
  broken: Iterable<string> | AsyncIterable<string>,
): Promise<AuditResult> {
  const named: string[] = [];
  let count = 0;
  try {
    for await (const each of broken) if (++count <= MOST_NAMED) named.push(each);
  } catch (error) {
    // The database is too damaged to check the promise, so it counts as broken.
    if (!(error instanceof Failure) || error.code !== 'state_corrupt') throw error;
    named.push(error.message);
    count++;
  }
  return {
    id,
    promise: SENTENCES[id],
    result: count === 0 ? 'kept' : 'broken',
    broken_by: named,
    broken_count: count,
    note: null,
  };
}

export function skippedPromise(id: PromiseId, note: string): AuditResult {
  return { id, promise: SENTENCES[id], result: 'skipped', broken_by: [], broken_count: 0, note };
}
