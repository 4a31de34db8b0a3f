/** What the list shows: all of it is in the query, so that it is a link. */
import { DAY } from '../../../machine/values/time.ts';
import type { CallbackRow, Outcome } from '../../api-types.ts';
import type { Query } from '../browser/link.ts';
import { OUTCOMES } from '../parts/outcomes.ts';

export interface Filters {
  readonly outcome: readonly Outcome[];
  readonly reason: string | null;
  readonly subject: string | null;
  readonly email: string | null;
  /** ISO 8601, or a duration such as `1h`. */
  readonly since: string | null;
  readonly until: string | null;
}

const MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: DAY };

export function filtersOf(query: URLSearchParams): Filters {
  const named = query.get('outcome')?.split(',') ?? [];
  const since = query.get('since');
  return {
    outcome: OUTCOMES.filter((outcome) => named.includes(outcome)),
    reason: query.get('reason'),
    subject: query.get('subject'),
    email: query.get('email'),
    since: since === 'all' ? null : since,
    until: query.get('until'),
  };
}

/** As the routes take them. */
export function asQuery({ outcome, ...rest }: Filters): Query {
  return { ...rest, outcome: outcome.join(',') };
}

export function isFiltered({ outcome, reason, subject, email, since, until }: Filters): boolean {
  return outcome.length > 0 || [reason, subject, email, since, until].some((value) => value !== null);
}

/** Whether a row that just arrived belongs to the list. */
export function accepts(filters: Filters, row: CallbackRow, now: number): boolean {
  const { outcome, reason, subject, email, since, until } = filters;
  if (outcome.length > 0 && !outcome.includes(row.outcome)) return false;
  if (reason !== null && !reason.split(',').includes(row.reason ?? '')) return false;
  if (subject !== null && row.subject !== subject) return false;
  if (email !== null && row.email?.toLowerCase() !== email.toLowerCase()) return false;
  const at = Date.parse(row.at);
  return at >= (timeOf(since, now) ?? at) && at <= (timeOf(until, now) ?? at);
}

/** Milliseconds since 1970; null for no time. */
export function timeOf(text: string | null, now: number): number | null {
  if (text === null) return null;
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return now - Number(count) * (MS[unit ?? ''] ?? 0);
  const time = Date.parse(text);
  return Number.isFinite(time) ? time : null;
}

/** What a text in the search box can only mean, as filters; null if the server has to look. */
export function filterFor(text: string): Query | null {
  if (/^[^\s@]+@[^\s@]+$/.test(text)) return { email: text };
  if (/^user_\w{20,}$/.test(text)) return { subject: text };
  return null;
}
