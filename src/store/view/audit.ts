/** What `inspect --audit` tells: each promise, and the addresses that several users have. */
import { Failure } from '../../errors/failure.ts';
import type { PepperPlace } from '../../machine/state-directory.ts';
import type { AuditResult } from '../audit.ts';
import { type Peppers, readPeppers } from '../peppers.ts';
import type { ReadStore } from '../read-store.ts';
import { type SharedAddress, sharedAddresses } from '../shared-addresses.ts';

export interface AuditView {
  /** False if a promise is broken. */
  readonly ok: boolean;
  readonly database: string;
  readonly results: readonly AuditResult[];
  readonly shared_addresses: readonly SharedAddress[];
}

/**
 * @param place the database as it is shown, and where its peppers are
 * @param onResult told of each promise when it has been checked
 */
export async function auditView(
  store: ReadStore,
  { database, peppers }: { readonly database: string; readonly peppers: PepperPlace },
  onResult: (result: AuditResult) => void,
): Promise<AuditView> {
  const results: AuditResult[] = [];
  for await (const result of store.audit(pepperFile(peppers))) {
    results.push(result);
    onResult(result);
  }
  const ok = results.every(({ result }) => result !== 'broken');
  return { ok, database, results, shared_addresses: await sharedAddresses(store) };
}

/** The peppers, or why sealed answers cannot be opened. */
function pepperFile(place: PepperPlace): Peppers | string {
  try {
    return readPeppers(place) ?? `there is no pepper file at ${place}`;
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
}
