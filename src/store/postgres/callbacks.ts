/**
 * A callback answered exactly once: replayed, or signed in with its record in one statement (contract §1, steps 5 to 7).
 * Every error and every silence ends in the read: whether a statement whose answer never came was committed, only the
 * table knows.
 */

import type { Callback, CallbackStore, Resolution } from '../../callback/resolution.ts';
import { inSpan } from '../../callback/trace.ts';
import { refusal } from '../../errors/api-error.ts';
import { isoTime } from '../../machine/values/time.ts';
import { openedAnswer, type StoredAnswer } from '../callback-record.ts';
import type { Peppers } from '../peppers.ts';
import { createUnsealer } from '../seal.ts';
import { type Making, type SignIn, signIn } from '../sign-in.ts';
import type { MemberContext } from '../store.ts';
import { callbackStatements, lockTimeout } from './callback-statements.ts';
import { isConstraint } from './errors.ts';
import { patiently } from './patience.ts';
import type { Pool, Row } from './pool.ts';
import type { Rows } from './rows.ts';

interface CallbackOptions extends Omit<Making, 'pepper'> {
  readonly peppers: Peppers;
  readonly databaseId: string;
  readonly onReplaced: () => void;
}

/** Rows that contradict others are removed or written meanwhile; more often than this, it is a bug. */
const MOST_CONTRADICTIONS = 3;

export function callbacksOver(pool: Pool, rows: Rows, options: CallbackOptions): CallbackStore {
  const { peppers, databaseId, onReplaced, ...making } = options;
  const { read, provision, seen } = callbackStatements(rows);
  const open = createUnsealer();

  const refuseReplaced = ({ database_id }: Row): void => {
    if (database_id === databaseId) return;
    onReplaced();
    throw refusal('database_replaced', { expected: databaseId, received: String(database_id ?? 'none') });
  };

  const decide = (callback: Callback, row: Row): SignIn =>
    signIn(
      callback,
      { known: knownMember(row, rows), keyReused: row.key_reused === true },
      { ...making, pepper: peppers.current },
    );

  return {
    resolveMember(callback) {
      const { idempotencyKey, subject, issuer, now, trace } = callback;
      const key = [idempotencyKey, subject, issuer, isoTime(now)];
      /** What was sent for this callback, and may have been committed unseen. */
      const tried: SignIn[] = [];
      let contradictions = 0;
      return patiently<Resolution>(async ({ within }) => {
        const [row] = (await inSpan(trace, 'record.read', () => pool.query(read, key, within()))) as [Row];
        refuseReplaced(row);
        const record = storedAnswer(row);
        if (record !== undefined) {
          const mine = tried.find((each) => record.body_sealed.equals(each.record.body_sealed));
          if (mine !== undefined) return mine.resolution;
          return { outcome: 'replayed', status: record.status, body: openedAnswer(callback, record, peppers, open) };
        }
        const decided = decide(callback, row);
        const { statement, values } = decided.made ? provision(decided.made, decided.record) : seen(decided);
        tried.push(decided);
        try {
          const left = within();
          const committed = await inSpan(trace, 'transaction', () =>
            pool.query(statement, [...values, lockTimeout(left)], left),
          );
          return committed.length > 0 ? decided.resolution : undefined; // another writer was first
        } catch (error) {
          if (!isConstraint(error) || ++contradictions > MOST_CONTRADICTIONS) throw error;
          return undefined;
        }
      });
    },
  };
}

function knownMember(row: Row, { members, workspaces }: Rows): MemberContext | undefined {
  if (row.member_id === null) return undefined;
  return { member: members.read(row, 'member_'), workspace: workspaces.read(row, 'workspace_') };
}

function storedAnswer(row: Row): (StoredAnswer & { readonly body_sealed: Buffer }) | undefined {
  if (row.record_status === null) return undefined;
  return { ...row, status: row.record_status, created_at: row.record_created_at } as unknown as StoredAnswer & {
    readonly body_sealed: Buffer;
  };
}
