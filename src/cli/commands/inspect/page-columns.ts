/** The tables that several pages share. */
import { moment, relative } from '../../../machine/values/time.ts';
import type { CallbackItem } from '../../../store/read-store.ts';
import type { ShownKey, ShownRecord } from '../../../store/view/shown.ts';
import type { Column } from '../../terminal/fitted-table.ts';
import { describeOutcome, outcomePaint } from './columns.ts';
import type { PageText } from './page.ts';

/** A line of a timeline: its time, its outcome, and ids for further questions. */
export function timelineColumns({ paint, now }: PageText): readonly Column<CallbackItem>[] {
  return [
    { name: 'time', cell: ({ at }) => moment(at) },
    { name: 'ago', cell: ({ at }) => relative(at, now), drop: 1, align: 'right', paint: paint.dim },
    { name: 'outcome', cell: describeOutcome, cut: ['end', 25], paint: outcomePaint(paint) },
    { name: 'key', cell: ({ idempotency_key }) => idempotency_key ?? '-', cut: ['middle', 18] },
    { name: 'request', cell: ({ request_id }) => request_id, cut: ['middle', 13], paint: paint.dim },
  ];
}

/** A stored answer, where there is no log of callbacks. */
export function answerColumns({ paint, now }: PageText): readonly Column<ShownRecord>[] {
  return [
    { name: 'time', cell: ({ created_at }) => moment(created_at) },
    { name: 'ago', cell: ({ created_at }) => relative(created_at, now), drop: 1, align: 'right', paint: paint.dim },
    { name: 'outcome', cell: ({ outcome }) => outcome ?? '-', paint: outcomePaint(paint) },
    { name: 'key', cell: ({ idempotency_key }) => idempotency_key, cut: ['middle', 18] },
  ];
}

export function keyColumns({ paint, now, shownKey }: PageText): readonly Column<ShownKey>[] {
  return [
    { name: 'key', cell: ({ public_id }) => shownKey(public_id), paint: paint.cyan },
    { name: 'name', cell: ({ name }) => name, cut: ['end', 7] },
    { name: 'scopes', cell: ({ scopes }) => scopes.join(' '), drop: 1 },
    {
      name: 'use',
      cell: ({ last_used_at }) => (last_used_at === null ? 'never used' : `used ${relative(last_used_at, now)}`),
    },
    {
      name: 'state',
      cell: ({ revoked_at }) => (revoked_at === null ? '' : `revoked ${moment(revoked_at)}`),
      paint: paint.red,
    },
  ];
}
