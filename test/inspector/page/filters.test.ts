import { describe, expect, test } from 'vitest';
import {
  accepts,
  asQuery,
  filterFor,
  filtersOf,
  isFiltered,
  timeOf,
} from '../../../src/inspector/page/state/filters.ts';
import { row } from './rows.ts';

const NOW = Date.parse('2026-11-25T21:30:00.000Z');
const filters = (query: string) => filtersOf(new URLSearchParams(query));
const isIn = (query: string, given: Parameters<typeof row>[0]) => accepts(filters(query), row(given), NOW);

describe('the filters of the list', () => {
  test('come from the query, and go to the server as they are', () => {
    const given = filters('outcome=refused,nonsense,seen&reason=expired&since=1h&tab=table');
    expect(given).toMatchObject({ outcome: ['seen', 'refused'], reason: 'expired', since: '1h', email: null });
    expect(asQuery(given)).toMatchObject({ outcome: 'seen,refused', reason: 'expired', since: '1h' });
    expect([isFiltered(given), isFiltered(filters('since=all')), isFiltered(filters(''))]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('judge a row that arrives as the server judges those of a page', () => {
    expect(isIn('', {})).toBe(true);
    expect(isIn('outcome=refused,seen', {})).toBe(true);
    expect(isIn('outcome=refused', {})).toBe(false);
    expect(isIn('reason=expired,kid_unknown', { reason: 'kid_unknown' })).toBe(true);
    expect(isIn('reason=expired', {})).toBe(false);
    expect(isIn('email=ADA@example.com', {})).toBe(true);
    expect(isIn('email=grace@example.com', {})).toBe(false);
    expect(isIn('email=grace@example.com', { email: null })).toBe(false);
    expect(isIn('subject=user_other', {})).toBe(false);
    expect(isIn('since=5m', {})).toBe(false);
    expect(isIn('since=10m', {})).toBe(true);
    expect(isIn('until=2026-11-25T21:24:00.000Z', {})).toBe(false);
    expect(isIn('since=yesterday', {})).toBe(true);
  });

  test('read durations and times', () => {
    expect(timeOf('15m', NOW)).toBe(NOW - 900_000);
    expect(timeOf('2026-11-25T21:30:00Z', NOW)).toBe(NOW);
    expect([timeOf(null, NOW), timeOf('yesterday', NOW)]).toEqual([null, null]);
  });

  test('take an address and a user from the search, and leave the rest to the server', () => {
    expect(filterFor('ada@example.com')).toEqual({ email: 'ada@example.com' });
    expect(filterFor('user_01M8A9BF0QBYQCC8CT1RJG1S1G')).toEqual({ subject: 'user_01M8A9BF0QBYQCC8CT1RJG1S1G' });
    expect(['req_01', 'expired', 'user_ada', 'a b@c'].map(filterFor)).toEqual([null, null, null, null]);
  });
});
