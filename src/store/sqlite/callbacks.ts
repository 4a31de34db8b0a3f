/** Answers a callback exactly once: by a replay, or by a sign-in whose record is in the same commit (contract §1, steps 5 to 7). */
import type { Callback, CallbackStore, Resolution } from '../../callback/resolution.ts';
import { inSpan } from '../../callback/trace.ts';
import type { Peppers } from '../peppers.ts';
import { type Making, type SignIn, signIn } from '../sign-in.ts';
import type { CallbackRecords } from './callback-records.ts';
import type { Connection } from './connection.ts';
import type { AddWorkspace } from './inserts.ts';
import type { Members } from './members.ts';

/** The statements that a callback needs. */
export interface CallbackTables {
  readonly records: CallbackRecords;
  readonly members: Members;
  readonly addWorkspace: AddWorkspace;
}

export function callbacksOver(
  { read, write }: Pick<Connection, 'read' | 'write'>,
  { records, members, addWorkspace }: CallbackTables,
  { peppers, ...making }: Omit<Making, 'pepper'> & { readonly peppers: Peppers },
): CallbackStore {
  const replay = (callback: Callback): Resolution | undefined => {
    const answer = records.find(callback);
    return answer && { outcome: 'replayed', ...answer };
  };

  const decide = (callback: Callback): SignIn =>
    signIn(
      callback,
      { known: members.find(callback.subject), keyReused: records.keyUsedByAnother(callback) },
      { ...making, pepper: peppers.current },
    );

  const carryOut = (decided: SignIn, now: number): void => {
    if (decided.made) addWorkspace(decided.made);
    else members.update(decided.member);
    records.insert(decided.record, now);
  };

  return {
    async resolveMember(callback) {
      // A replay needs no lock: a record, once committed, does not change.
      const { trace } = callback;
      const stored = await inSpan(trace, 'record.read', () => read(() => replay(callback)));
      if (stored) return stored;
      return write(() => {
        const meanwhile = replay(callback); // another process may have answered it in the meantime
        if (meanwhile) return meanwhile;
        const decided = decide(callback);
        carryOut(decided, callback.now);
        return decided.resolution;
      }, trace);
    },
  };
}
