/** `agent-paste replay` with flags: one callback, sent as often and as concurrently as the flags say. */
import { claimsOf } from '../../../conformance/replay/claims.ts';
import { createHistory } from '../../../conformance/replay/history.ts';
import { freshToken, runSends, type TokenToSend, tokenOf } from '../../../conformance/replay/sends.ts';
import { judgeSends, rulesOf, type SendExpectation } from '../../../conformance/replay/verdict.ts';
import { shellWord } from '../../../machine/values/shell-word.ts';
import type { Minter, WantedToken } from '../../../server/minter.ts';
import { interruption } from '../../interruption.ts';
import { readToken } from '../../token-input.ts';
import { replayAgainst } from './against.ts';
import { casesOf, unanswered } from './cases.ts';
import { conclude } from './conclude.ts';
import { commandLine, type ReplayFlags, type ReplayRun } from './replay-run.ts';

/** @param tokenGiven whether a token is read instead of minted */
export async function replaySends(run: ReplayRun, tokenGiven: boolean): Promise<void> {
  const { context, flags, settings } = run;
  const { times = 1, concurrency = 1, interval = 0, retry = false, timeout } = flags;
  using minter = tokenGiven ? undefined : await run.openMinter();
  const token = minter === undefined ? await givenToken(run) : mintedTokens(minter, flags);
  if (flags.against !== undefined)
    return replayAgainst(run, flags.against, {
      times,
      token,
      isToBeAccepted: ({ faults }) => faults.length === 0 && flags.claim === undefined,
      words: sameAgain(flags),
    });
  const stop = interruption(context.runtime);
  using progress = context.output.progress('sent');
  const sends = await runSends(
    {
      url: settings.url,
      times,
      concurrency,
      intervalMs: interval,
      retry,
      timeoutMs: timeout,
      signal: stop.signal,
      token,
      onSent: (done) => progress.at(done, times),
    },
    createHistory(),
  );
  progress[Symbol.dispose]();
  const reproduce = commandLine(run, ...sameAgain(flags));
  const { expect = flags.fault === undefined ? [] : wantedOf(token(0)), verbose: isVerbose = false } = flags;
  const violations = judgeSends(sends, { expect, concurrent: concurrency > 1, planned: times }).map((violation) => ({
    ...violation,
    reproduce,
  }));
  const cases = casesOf({ sends, planned: times, violations, rules: rulesOf(expect), isVerbose });
  conclude(run, { name: 'replay', sends, violations, cases, ...unanswered(sends, times), stopped: stop.by() });
}

/** A token that was broken on purpose is refused as its faults say. */
function wantedOf({ wantedStatus = 200 }: TokenToSend): readonly SendExpectation[] {
  return wantedStatus === 200 ? [] : [{ status: wantedStatus }];
}

async function givenToken({ context, flags }: ReplayRun): Promise<(index: number) => TokenToSend> {
  const token = await readToken(context.runtime, flags.token);
  const given: TokenToSend = { token, claims: claimsOf(token), email: null, faults: [] };
  return () => given;
}

function mintedTokens(
  minter: Minter,
  { email, sub, sid, jti, profile, claim, fault = [], fresh }: ReplayFlags,
): (index: number) => TokenToSend {
  const wanted: WantedToken = {
    ...(email === undefined ? {} : { email }),
    ...(sub === undefined ? {} : { sub }),
    ...(typeof sid === 'string' ? { sid } : sid === false ? { sid: null } : {}),
    ...(typeof jti === 'string' ? { jti } : jti === false ? { jti: null } : {}),
    ...(claim === undefined ? {} : { claims: claim }),
    faults: fault,
    ...(profile === undefined ? {} : { profile }),
  };
  const first = minter.mint(wanted);
  if (!fresh) return () => tokenOf(first, fault);
  return (index) => tokenOf(minter.mint(freshToken(wanted, first, index)), fault);
}

/** The arguments of the same command, without flags that only record. A token is never repeated. */
function sameAgain({
  token,
  email,
  sub,
  sid,
  jti,
  claim = {},
  fault,
  profile,
  times,
  concurrency,
  fresh,
  interval,
  timeout,
  retry,
  expect,
}: ReplayFlags): string[] {
  const word = (flag: string, value: string | number | undefined) =>
    value === undefined ? [] : [flag, shellWord(String(value))];
  const id = (name: 'sid' | 'jti', value: string | boolean | undefined) =>
    value === false ? [`--no-${name}`] : word(`--${name}`, typeof value === 'string' ? value : undefined);
  return [
    ...word('--token', token === undefined || token.startsWith('@') ? token : '-'),
    ...word('--email', email),
    ...word('--sub', sub),
    ...id('sid', sid),
    ...id('jti', jti),
    ...Object.entries(claim).flatMap(([name, value]) => word('--claim', `${name}=${JSON.stringify(value)}`)),
    ...word('--fault', fault?.join(',')),
    ...word('--profile', profile),
    ...word('--times', times),
    ...word('--concurrency', concurrency),
    ...(fresh ? ['--fresh'] : []),
    ...word('--interval', interval === undefined ? undefined : `${interval}ms`),
    ...word('--timeout', timeout === undefined ? undefined : `${timeout}ms`),
    ...(retry ? ['--retry'] : []),
    ...word('--expect', expect?.map((one) => ('status' in one ? one.status : one.outcome)).join(',')),
  ];
}
