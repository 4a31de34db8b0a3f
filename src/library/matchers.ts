/**
 * `agent-paste/matchers`: matchers on answers and servers, for `expect.extend` of Vitest, Jest, Playwright and the like. They
 * are asynchronous, because a body and a database are read.
 */
import { textDifferences } from '../conformance/replay/difference.ts';
import { closest } from '../errors/closest.ts';
import { REASONS } from '../errors/reasons.ts';
import { describeAnswer, readAnswer } from './answers.ts';
import { refuseArgument, TEXT, wrong } from './options.ts';
import { isServer, provisioned, whoOf } from './provisioned.ts';
import type { AnswerLike, MatcherResult, ProvisionedUser, TestServer } from './types.ts';

export type { AgentPasteMatchers, AnswerLike, MatcherResult, ProvisionedUser } from './types.ts';

export const matchers = { toBeReplayOf, toBeRefusedFor, toHaveProvisioned };

/** @throws TypeError for what is no answer, and for one whose body was read */
async function toBeReplayOf(received: AnswerLike, first: AnswerLike): Promise<MatcherResult> {
  if (received === first) throw wrong('toBeReplayOf: the received answer is the first one itself');
  const [again, before] = [await readAnswer('toBeReplayOf', received), await readAnswer('toBeReplayOf', first)];
  const pass = before.status === 200 && again.status === 200 && again.text === before.text;
  const differing = textDifferences(before.text, again.text);
  const why =
    before.status !== 200
      ? ['an answer that is no 200 is not replayed']
      : again.status === 200 && differing.length === 0
        ? ['the JSON is the same, in other bytes']
        : differing;
  return result(pass, {
    wanted: 'a replay of the first answer',
    lines: [`first:    ${describeAnswer(before)}`, `received: ${describeAnswer(again)}`, ...(pass ? [] : why)],
  });
}

/** @throws TypeError as above, and for an unknown reason */
async function toBeRefusedFor(received: AnswerLike, reason: string): Promise<MatcherResult> {
  refuseArgument('toBeRefusedFor: the reason', reason, TEXT);
  if (!Object.hasOwn(REASONS, reason))
    throw wrong(
      `toBeRefusedFor: no answer has the reason ${JSON.stringify(reason)}${closest(reason, Object.keys(REASONS))}`,
    );
  const answer = await readAnswer('toBeRefusedFor', received);
  return result(answer.status >= 400 && answer.reason === reason, {
    wanted: `a refusal for ${reason}`,
    lines: [`received: ${describeAnswer(answer)}`, ...(answer.message === undefined ? [] : [answer.message])],
  });
}

/** @throws TypeError for what is no server, and for what names no user */
async function toHaveProvisioned(server: TestServer, who: ProvisionedUser): Promise<MatcherResult> {
  if (!isServer(server)) throw wrong('toHaveProvisioned: the received value must be a server of startServer()');
  const user = whoOf(who);
  const { isOnce, lines } = await provisioned(server, user);
  return result(isOnce, { wanted: `${user.email ?? user.sub} to be provisioned once`, lines });
}

function result(pass: boolean, { wanted, lines }: { wanted: string; lines: readonly string[] }): MatcherResult {
  const first = `expected ${pass ? 'not ' : ''}${wanted}`;
  return { pass, message: () => [first, ...lines.map((line) => `  ${line}`)].join('\n') };
}
