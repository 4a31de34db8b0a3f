/** `agent-paste replay --against <url> --against <url>`: the same tokens to two servers, whose answers must agree. */
import { createHistory } from '../../../conformance/replay/history.ts';
import type { SendResult } from '../../../conformance/replay/result.ts';
import { runSends, type TokenToSend } from '../../../conformance/replay/sends.ts';
import { judgeSends } from '../../../conformance/replay/verdict.ts';
import { compareTargets, TARGET_RULES } from '../../../conformance/tape/targets.ts';
import { SETTINGS } from '../../../machine/settings.ts';
import { interruption } from '../../interruption.ts';
import { refuseRemote } from '../../remote-target.ts';
import { casesOf } from './cases.ts';
import { conclude } from './conclude.ts';
import { commandLine, type ReplayRun } from './replay-run.ts';

export interface SendsToCompare {
  readonly times: number;
  /** Made once, so that both servers get the same one. @param index from 0 */
  readonly token: (index: number) => TokenToSend;
  /** Whether a server must accept this send, as far as is known. */
  readonly isToBeAccepted: (send: SendResult) => boolean;
  /** The arguments that describe the sends. */
  readonly words: readonly string[];
}

export async function replayAgainst(
  run: ReplayRun,
  targets: readonly string[],
  { times, token, isToBeAccepted, words }: SendsToCompare,
): Promise<void> {
  const { context, flags, settings } = run;
  const { interval = 0, retry = false, timeout, verbose: isVerbose = false } = flags;
  for (const url of targets) refuseRemote(context, { ...settings, url });
  const tokens = Array.from({ length: times }, (_, index) => token(index));
  const stop = interruption(context.runtime);
  using progress = context.output.progress('sent');
  const answers: SendResult[][] = [];
  for (const [place, url] of targets.entries()) {
    if (stop.signal.aborted) break;
    const plan = { url, times, concurrency: 1, intervalMs: interval, retry, timeoutMs: timeout, signal: stop.signal };
    const onSent = (done: number) => progress.at(done + place * times, targets.length * times);
    answers.push(await runSends({ ...plan, token: (index) => tokens[index] as TokenToSend, onSent }, createHistory()));
  }
  progress[Symbol.dispose]();
  const [one = [], other = []] = answers;
  const again = { ...run, settings: { ...settings, url: SETTINGS.url.fallback } };
  const reproduce = commandLine(again, ...words, ...targets.flatMap((url) => ['--against', url]));
  const unreadable = [...one, ...other].filter(({ answer }) => answer.problem !== undefined);
  const violations = [
    ...judgeSends(unreadable, { expect: [], concurrent: false }),
    ...compareTargets(one, other, isToBeAccepted),
  ].map((violation) => ({ ...violation, reproduce }));
  const agreeing = other.length - new Set(violations.map(({ n }) => n)).size;
  conclude(run, {
    name: 'replay against two servers',
    sends: answers.flatMap((sends, place) => sends.map((send) => ({ ...send, target: targets[place] }))),
    violations,
    cases: casesOf({
      sends: other,
      planned: times,
      violations,
      rules: ['readable-answer', ...TARGET_RULES],
      isVerbose,
    }),
    remark: `the servers agree on ${agreeing} of ${other.length} sends`,
    stopped: stop.by(),
  });
}
