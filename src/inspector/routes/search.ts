/** What a text may mean: the beginning of an id, or an address. */
import type { SearchAnswer } from '../api-types.ts';
import type { Inspected } from '../inspected.ts';
import { invalid, type Query } from './query.ts';

const MOST_OF_A_KIND = 10;
const LONGEST = 320;

type Matches = SearchAnswer['matches'];

export async function search(inspected: Inspected, query: Query): Promise<SearchAnswer> {
  const q = (query.text('q') ?? '').trim();
  if (q === '' || q.length > LONGEST) throw invalid(`q must be a text of at most ${LONGEST} characters`);
  const found = await Promise.all([membersOf, callbacksOf, recordsOf].map((find) => find(inspected, q)));
  const keys = inspected.signingKeys().filter(({ kid }) => kid.startsWith(q));
  const matches = [...found.flat(), ...keys.map(({ kid }) => ({ kind: 'signing_key' as const, id: kid, label: kid }))];
  return { schema_version: 1, q, matches };
}

async function membersOf({ reads }: Inspected, q: string): Promise<Matches> {
  if (!(await reads.has('database'))) return [];
  const names = async (kind: 'member_id' | 'workos_user_id' | 'email') =>
    reads.namesBeginning(kind, { beginning: q, end: '' }, MOST_OF_A_KIND);
  const [ids, subjects, emails] = await Promise.all([names('member_id'), names('workos_user_id'), names('email')]);
  const pages = await Promise.all([
    reads.list('members', { limit: MOST_OF_A_KIND, where: { id: ids } }),
    reads.list('members', { limit: MOST_OF_A_KIND, where: { workos_user_id: subjects } }),
    reads.list('members', { limit: MOST_OF_A_KIND, where: { email: emails } }),
  ]);
  const members = new Map(pages.flatMap(({ items }) => items.map((item) => [item.id, item])));
  return [...members.values()].map(({ id, email }) => ({ kind: 'member', id, label: email }));
}

async function callbacksOf({ reads }: Inspected, q: string): Promise<Matches> {
  if (!(await reads.has('attempts'))) return [];
  const ids = await reads.namesBeginning('request_id', { beginning: q, end: '' }, MOST_OF_A_KIND);
  if (ids.length === 0) return [];
  const { items } = await reads.list('callbacks', { limit: MOST_OF_A_KIND, where: { request_id: ids } });
  return items.map(({ request_id, outcome, reason, email }) => ({
    kind: 'callback',
    id: request_id,
    label: [outcome, reason ?? email].filter(Boolean).join(' · '),
  }));
}

async function recordsOf({ reads }: Inspected, q: string): Promise<Matches> {
  if (!(await reads.has('database'))) return [];
  const beginnings = [q, `workos-jti:${q}`, `workos-session:${q}`];
  const names = await Promise.all(
    beginnings.map((beginning) => reads.namesBeginning('idempotency_key', { beginning, end: '' }, MOST_OF_A_KIND)),
  );
  return [...new Set(names.flat())].slice(0, MOST_OF_A_KIND).map((id) => ({ kind: 'record', id, label: id }));
}
