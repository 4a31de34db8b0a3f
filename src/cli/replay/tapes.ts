/** `agent-paste replay <tape>`, and two tapes side by side. */
import { createHistory } from '../../replay/history.ts';
import type { Minter } from '../../replay/minter.ts';
import type { ReportCase } from '../../replay/reports.ts';
import { NO_TOKEN, runSends, type TokenToSend, tokenOf } from '../../replay/run.ts';
import { compareTapes } from '../../replay/tape/compare.ts';
import { type Tape, type TapeSend, tapeOf, wantedAgain } from '../../replay/tape/tape.ts';
import { judgeSends, sameAnswers } from '../../replay/verdict.ts';
import { showProgress } from '../progress.ts';
import { caseVerdict, conclude, sendCases, type Violation } from './conclude.ts';
import { commandLine, type ReplayRun, shellWord } from './run.ts';

/** Mints every token of the tape again, with the same user, jti and sid, and judges what comes back. */
export async function replayTape(run: ReplayRun, file: string, tape: Tape): Promise<void> {
  const { context, flags, settings } = run;
  const { concurrency = 1, retry = false, timeout } = flags;
  using minter = await run.openMinter();
  using progress = showProgress(context, 'sent');
  const sends = await runSends(
    {
      url: settings.url,
      times: tape.sends.length,
      concurrency,
      retry,
      timeoutMs: timeout,
      token: (index) => mintAgain(minter, tape.sends[index]),
      onSent: (done) => progress.at(done, tape.sends.length),
    },
    createHistory(),
  );
  progress[Symbol.dispose]();
  const { findings, identical, records } = compareTapes(tape, tapeOf(sends));
  const unreadable = judgeSends(
    sends.filter(({ sent }) => sent.problem !== undefined),
    { expect: [], concurrent: false },
  );
  const reproduce = commandLine(
    run,
    shellWord(file),
    ...(concurrency === 1 ? [] : ['--concurrency', String(concurrency)]),
    ...(retry ? ['--retry'] : []),
  );
  const violations = [...unreadable, ...sameAnswers(sends), ...findings].map((finding) => ({ ...finding, reproduce }));
  conclude(run, {
    name: `replay of ${file}`,
    sends,
    violations,
    cases: sendCases(sends, violations),
    remark: `the bytes of the tape came back for ${identical} of ${counted(records, 'key')}`,
  });
}

function mintAgain(minter: Minter, send: TapeSend | undefined): TokenToSend {
  const wanted = send === undefined ? null : wantedAgain(send);
  return wanted === null ? NO_TOKEN : tokenOf(minter.mint(wanted), wanted.faults);
}

export async function compareTwoTapes(run: ReplayRun, file: string, tape: Tape, other: Tape): Promise<void> {
  const { findings, identical, records } = compareTapes(tape, other);
  const reproduce = `agent-paste replay ${shellWord(file)} --compare ${shellWord(run.flags.compare ?? '')}`;
  const violations: readonly Violation[] = findings.map((finding) => ({ ...finding, reproduce }));
  const cases: readonly ReportCase[] = Object.entries(DESCRIPTIONS).map(([id, description]) => ({
    id,
    description,
    milliseconds: 0,
    ...caseVerdict(violations.filter(({ invariant }) => invariant === id)),
  }));
  conclude(run, {
    name: `comparison of ${file}`,
    sends: [],
    violations,
    cases,
    facts: { records, identical },
    remark: `${counted(records, 'key')} compared`,
  });
}

const DESCRIPTIONS = {
  'tape-answers': 'each key has the same statuses and reasons on both tapes',
  'tape-outcomes': 'each key was provisioned, seen, replayed or refused as often',
  'tape-same-bytes': 'each key has as many different answers',
} as const;

function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
