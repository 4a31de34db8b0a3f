/** `replay` and `check` without a process of their own: the judges of the commands, and the documents of their `--json`. */
import { type CheckPlan, runChecks } from '../conformance/check/checks.ts';
import { checkDocument } from '../conformance/check/document.ts';
import { INVARIANT_IDS, type InvariantId } from '../conformance/check/invariants/ids.ts';
import { DEFAULT_PATIENCE_MS, openTrustingTarget } from '../conformance/check/trusting-target.ts';
import { claimsOf } from '../conformance/replay/claims.ts';
import { collapsed, sendDocument, violationDocument } from '../conformance/replay/document.ts';
import { createHistory } from '../conformance/replay/history.ts';
import { freshToken, runSends, type TokenToSend, tokenOf } from '../conformance/replay/sends.ts';
import { judgeSends, parseExpectations } from '../conformance/replay/verdict.ts';
import { isLoopback } from '../machine/values/network.ts';
import type { Minter } from '../server/minter.ts';
import {
  CHECK_OPTIONS,
  HTTP_URL,
  judged,
  REPLAY_OPTIONS,
  refuseArgument,
  refuseName,
  refuseOptions,
  timeOf,
  wrong,
} from './options.ts';
import type { CheckOptions, CheckReport, ReplayOptions, ReplayReport } from './types.ts';

/** Signs tokens that the judged server trusts. */
export interface Judge {
  readonly minter: Minter;
  /** Base URL; that of the server of a test by default. */
  readonly url: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: Parameters<typeof runChecks>[2]['random'];
  /** Milliseconds within which the server notices a changed key, if it is one of this process. */
  readonly patienceMs?: number;
}

/** @throws TypeError; Failure unreachable, timed_out */
export async function replayOn({ minter, url }: Judge, options: ReplayOptions): Promise<ReplayReport> {
  refuseOptions('replay', options, REPLAY_OPTIONS);
  refuseRemote('replay', url, options);
  const { times = 1, concurrency = 1, interval = 0, timeout = 10, retry = false, signal } = options;
  const intervalMs = timeOf('replay: interval', interval, '24h');
  if (intervalMs > 0 && concurrency > 1)
    throw wrong('replay: interval does not go with concurrency: a pause needs one send after the other');
  const expect = judged('replay', () =>
    options.expect === undefined ? [] : parseExpectations(listed(options.expect)),
  );
  const plan = {
    url,
    times,
    concurrency,
    intervalMs,
    retry,
    timeoutMs: Math.max(1, timeOf('replay: timeout', timeout, '10m')),
    token: judged('replay', () => tokens(minter, options)),
    signal,
  };
  const sends = await runSends(plan, createHistory());
  signal?.throwIfAborted();
  const reproduce = callOf('replay', { ...options, ...(options.token === undefined ? {} : { token: '…' }) });
  const violations = judgeSends(sends, { expect, concurrent: concurrency > 1, planned: times });
  return {
    ok: violations.length === 0,
    sends: sends.map(sendDocument),
    violations: collapsed(violations.map((one) => ({ ...one, reproduce }))).map((one) => {
      const { scenario, step, ...document } = violationDocument(one); // of files alone
      return document;
    }),
  } as ReplayReport;
}

function listed(expect: NonNullable<ReplayOptions['expect']>): string {
  return typeof expect === 'string' ? expect : expect.join(',');
}

/** @throws TypeError for a token beside what it is minted from */
function tokens(minter: Minter, options: ReplayOptions): (index: number) => TokenToSend {
  const { token, email, sub, sid, jti, fresh = false } = options;
  const wanted = Object.fromEntries(
    Object.entries({ email, sub, sid, jti }).filter(([, value]) => value !== undefined),
  );
  if (token === undefined) {
    const first = minter.mint(wanted);
    return (index) => tokenOf(fresh ? minter.mint(freshToken(wanted, first, index)) : first);
  }
  const [other] = [...Object.keys(wanted), ...(fresh ? ['fresh'] : [])];
  if (other !== undefined) throw wrong(`replay: ${other} is for tokens that are minted here, and token brings one`);
  return () => ({ token, claims: claimsOf(token), email: null, faults: [] });
}

/** @throws TypeError; Failure unreachable, timed_out, credentials_refused, conflict */
export async function checkOn(judge: Judge, options: CheckOptions): Promise<CheckReport> {
  refuseOptions('check', options, CHECK_OPTIONS);
  refuseRemote('check', judge.url, options);
  const { random, now, minter, url } = judge;
  const { seed = 1 + (random.bytes(4).readUInt32BE() % MOST_SEED), repeat = 1, strict = false, signal, keep } = options;
  const { patience } = options;
  const patienceMs =
    patience === undefined ? (judge.patienceMs ?? DEFAULT_PATIENCE_MS) : timeOf('check: patience', patience, '24h');
  const plan: CheckPlan = { ids: selected(options), seed, repeat, strict };
  const edge = { now, random, signal };
  await using target = await openTrustingTarget({ url, patienceMs, minter }, plan, edge, keep);
  const results = await runChecks(target, plan, edge);
  signal?.throwIfAborted();
  const again = (id: string) => callOf('check', { ...options, seed: undefined, only: [id], skip: undefined });
  const shown = { target, isForeign: true, plan, isVerbose: false };
  return checkDocument(results, shown, ({ id }) => again(id)) as CheckReport;
}

const MOST_SEED = 999_999_999;

/** @throws TypeError */
function selected({ only = INVARIANT_IDS, skip = [] }: CheckOptions): readonly InvariantId[] {
  for (const id of only) refuseName('check: only', id, INVARIANT_IDS);
  for (const id of skip) refuseName('check: skip', id, INVARIANT_IDS);
  const ids = INVARIANT_IDS.filter((id) => only.includes(id) && !skip.includes(id));
  if (ids.length === 0) throw wrong('check: only and skip leave nothing to check');
  return ids;
}

/** A token that is sent to another machine can be misused. @throws TypeError */
function refuseRemote(what: string, url: string, { allowRemote = false }: Pick<CheckOptions, 'allowRemote'>): void {
  refuseArgument(`${what}: url`, url, HTTP_URL);
  if (!allowRemote && !isLoopback(new URL(url).hostname))
    throw wrong(`${what}: ${url} is not on this machine; allowRemote: true sends tokens there all the same`);
}

function callOf(name: string, options: object): string {
  return `${name}(${JSON.stringify(options)})`;
}
