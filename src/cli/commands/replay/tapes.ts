/** `agent-paste replay <tape>`, and the comparison of two tapes. */
import { createHistory } from '../../../conformance/replay/history.ts';
import { NO_TOKEN, runSends, type TokenToSend, tokenOf } from '../../../conformance/replay/sends.ts';
import { judgeSends, sameAnswers } from '../../../conformance/replay/verdict.ts';
import { compareTapes, TAPE_RULES } from '../../../conformance/tape/compare.ts';
import { type Tape, type TapeSend, tapeOf, wantedAgain } from '../../../conformance/tape/tape.ts';
import { shellWord } from '../../../machine/values/shell-word.ts';
import type { Minter } from '../../../server/minter.ts';
import { interruption } from '../../interruption.ts';
import { replayAgainst } from './against.ts';
import { casesOf, ruleCases, unanswered } from './cases.ts';
import { conclude } from './conclude.ts';
import { commandLine, type ReplayRun } from './replay-run.ts';

/** Mints every token of the tape again, with the same user, jti and sid, and judges what comes back. */
export async function replayTape(run: ReplayRun, file: string, tape: Tape): Promise<void> {
  const { context, flags, settings } = run;
  const { concurrency = 1, retry = false, timeout } = flags;
  using minter = await run.openMinter();
  const stop = interruption(context.runtime);
  using progress = context.output.progress('sent');
  const sends = await runSends(
    {
      url: settings.url,
      times: tape.sends.length,
      concurrency,
      retry,
      timeoutMs: timeout,
      signal: stop.signal,
      token: (index) => mintAgain(minter, tape.sends[index]),
      onSent: (done) => progress.at(done, tape.sends.length),
    },
    createHistory(),
  );
  progress[Symbol.dispose]();
  const isWhole = sends.length === tape.sends.length;
  // The answers so far can be judged by themselves; a part of a tape is another tape.
  const {
    violations: differences,
    identical,
    records,
  } = isWhole ? compareTapes(tape, tapeOf(sends)) : { violations: [], identical: 0, records: 0 };
  const unreadable = judgeSends(
    sends.filter(({ answer }) => answer.problem !== undefined),
    { expect: [], concurrent: false },
  );
  const reproduce = commandLine(
    run,
    shellWord(file),
    ...(concurrency === 1 ? [] : ['--concurrency', String(concurrency)]),
    ...(retry ? ['--retry'] : []),
  );
  const violations = [...unreadable, ...sameAnswers(sends), ...differences].map((violation) => ({
    ...violation,
    reproduce,
  }));
  conclude(run, {
    name: `replay of ${file}`,
    sends,
    violations,
    cases: casesOf({
      sends,
      planned: tape.sends.length,
      violations,
      rules: ['readable-answer', 'same-key-same-answer', ...TAPE_RULES],
      isVerbose: flags.verbose === true,
    }),
    remark: `the bytes of the tape came back for ${identical} of ${counted(records, 'key')}`,
    ...unanswered(sends, tape.sends.length),
    stopped: stop.by(),
  });
}

/** The tokens of the tape, to two servers. */
export async function tapeAgainst(run: ReplayRun, file: string, tape: Tape, targets: readonly string[]): Promise<void> {
  using minter = await run.openMinter();
  await replayAgainst(run, targets, {
    times: tape.sends.length,
    token: (index) => mintAgain(minter, tape.sends[index]),
    isToBeAccepted: ({ n }) => tape.sends[n - 1]?.status === 200,
    words: [shellWord(file)],
  });
}

function mintAgain(minter: Minter, send: TapeSend | undefined): TokenToSend {
  const wanted = send === undefined ? null : wantedAgain(send);
  return wanted === null ? NO_TOKEN : tokenOf(minter.mint(wanted), wanted.faults);
}

export async function compareTwoTapes(run: ReplayRun, file: string, tape: Tape, other: Tape): Promise<void> {
  const { violations: differences, identical, records } = compareTapes(tape, other);
  const reproduce = `agent-paste replay ${shellWord(file)} --compare ${shellWord(run.flags.compare ?? '')}`;
  const violations = differences.map((violation) => ({ ...violation, reproduce }));
  conclude(run, {
    name: `comparison of ${file}`,
    sends: [],
    violations,
    cases: ruleCases(TAPE_RULES, violations),
    facts: { records, identical },
    remark: `${counted(records, 'key')} compared`,
  });
}

function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
