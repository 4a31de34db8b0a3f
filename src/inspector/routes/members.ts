/** The list of members, and one with everything that its story needs. */

import { memberView } from '../../store/view/member.ts';
import { membersNamed } from '../../store/view/member-names.ts';
import type { MemberAnswer, MembersAnswer } from '../api-types.ts';
import type { Inspected } from '../inspected.ts';
import { MOST_ROWS, type Query } from './query.ts';

export async function members({ reads }: Inspected, query: Query): Promise<MembersAnswer> {
  const q = query.text('q') ?? '';
  if (q !== '') {
    const items = await membersNamed(reads, q);
    return { schema_version: 1, items, page_info: { next_cursor: null, has_more: false } };
  }
  const { items, nextCursor } = await reads.list('members', { limit: query.limit(), cursor: query.text('cursor') });
  return { schema_version: 1, items, page_info: { next_cursor: nextCursor, has_more: nextCursor !== null } };
}

export async function member({ reads, now, signingKeys }: Inspected, id: string): Promise<MemberAnswer> {
  const view = await memberView(reads, id, { limit: MOST_ROWS, now: now() });
  return {
    schema_version: 1,
    ...view,
    callbacks: view.callbacks.map((item) => ({ callbacks: 1, ...item })),
    claimed_callbacks: view.claimed_callbacks.map((item) => ({ callbacks: 1, ...item })),
    signing_keys: signingKeys(),
  };
}
