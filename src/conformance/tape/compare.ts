/**
 * Two tapes side by side. Bodies of two servers differ (ids, times, secrets), so hashes are not compared across them:
 * what must agree is, for each record, what was answered how often, and which of its answers were the same bytes.
 */
import type { Claims } from '../replay/claims.ts';
import { recordOf } from '../replay/claims.ts';
import type { Violation } from '../replay/result.ts';
import type { Rule } from '../replay/rules.ts';
import type { Tape, TapeSend } from './tape.ts';

export interface TapeComparison {
  readonly violations: readonly Violation[];
  /** Records whose successes have the same bytes on both tapes: the server is the same and remembers. */
  readonly identical: number;
  readonly records: number;
}

/** The rules of `compareTapes`. */
export const TAPE_RULES = ['tape-answers', 'tape-outcomes', 'tape-same-bytes'] as const satisfies readonly Rule[];

/** @param later what is judged; violations name its sends */
export function compareTapes(earlier: Tape, later: Tape): TapeComparison {
  const before = byRecord(earlier);
  const after = aligned(before, byRecord(later));
  const violations: Violation[] = [];
  let identical = 0;
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const then = before.get(name) ?? [];
    const now = after.get(name) ?? [];
    const n = now[0]?.n ?? then[0]?.n ?? 0;
    const key = now[0]?.key ?? then[0]?.key ?? 'no key';
    const differ = (invariant: Rule, expected: string, observed: string) => {
      if (expected !== observed)
        violations.push({ invariant, n, expected: `${key}: ${expected}`, observed: `${key}: ${observed}` });
    };
    const remembered = now.length > 0 && remembers(then, now);
    if (remembered) identical += 1;
    differ('tape-answers', answers(then, false), answers(now, false));
    // A server that still has the record replays where it once provisioned: the same bytes prove it.
    if (!remembered) differ('tape-outcomes', answers(then, true), answers(now, true));
    differ('tape-same-bytes', distinct(then), distinct(now));
  }
  return { violations, identical, records: after.size };
}

function byRecord({ sends }: Tape): ReadonlyMap<string, readonly TapeSend[]> {
  return Map.groupBy(sends, ({ claims, n }) => recordName(claims) ?? `send ${n}`);
}

/** Without the issuer, which may be another one. */
function recordName(claims: Claims | null): string | null {
  return recordOf(claims === null ? null : { ...claims, iss: '' });
}

/** Runs with fresh ids have other keys: they are compared in the order in which their records appear. */
function aligned(
  before: ReadonlyMap<string, readonly TapeSend[]>,
  after: ReadonlyMap<string, readonly TapeSend[]>,
): ReadonlyMap<string, readonly TapeSend[]> {
  if (after.keys().some((name) => before.has(name))) return after;
  const names = [...before.keys()];
  return new Map([...after].map(([name, sends], index) => [names[index] ?? name, sends]));
}

function remembers(then: readonly TapeSend[], now: readonly TapeSend[]): boolean {
  const known = new Set(then.filter(({ status }) => status === 200).map(({ sha256 }) => sha256));
  const successes = now.filter(({ status }) => status === 200);
  return successes.length > 0 && successes.every(({ sha256, outcome }) => outcome === 'replayed' && known.has(sha256));
}

/** `1 provisioned, 2 replayed`, or by status `3 × 200`. */
function answers(sends: readonly TapeSend[], byOutcome: boolean): string {
  const named = ({ status, outcome, reason, code }: TapeSend) =>
    byOutcome ? outcome : `${status}${status === 200 ? '' : ` ${reason ?? code ?? ''}`}`.trimEnd();
  const groups = Object.entries(Object.groupBy(sends, named)).map(([name, group = []]) => `${group.length} × ${name}`);
  return groups.length === 0 ? 'not sent' : groups.sort().join(', ');
}

function distinct(sends: readonly TapeSend[]): string {
  const hashes = new Set(sends.filter(({ status }) => status === 200).map(({ sha256 }) => sha256));
  return `${hashes.size} different successes`;
}
