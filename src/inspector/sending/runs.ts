/** Sending: off until a tab switches it on, one run at a time, and to this server alone. */
import { timingSafeEqual } from 'node:crypto';
import type { Outcome } from '../../callback/outcome.ts';
import { sendCallback } from '../../conformance/replay/send.ts';
import type { ReadStore } from '../../store/read-store.ts';
import type { PredictAnswer, SendingAnswer, SendLine } from '../api-types.ts';
import { safeLine } from '../recorder/safe-text.ts';
import { Refusal } from '../web/refusal.ts';
import type { Stream } from '../web/stream.ts';
import { stateOf, whatChanged } from './changes.ts';
import type { SendingParts } from './parts.ts';
import type { Plan } from './plan.ts';

export interface Runs {
  /** Switches sending on, for the tab that asks, and off. */
  switchTo(on: boolean): SendingAnswer;
  /** @returns ends the run, at its first call. @throws Refusal 403 for another ticket than that of the tab which switched it on last, 409 during a run */
  begin(ticket: string | undefined): () => void;
  run(plan: Plan, predicted: PredictAnswer, stream: Stream): Promise<void>;
}

const TICKET_BYTES = 32;

export function openRuns({ url, random, recorder }: SendingParts, reads: ReadStore, now: () => number): Runs {
  let ticket: string | undefined;
  let isRunning = false;
  return {
    switchTo(on) {
      ticket = on ? random.bytes(TICKET_BYTES).toString('base64url') : undefined;
      return { schema_version: 1, on, ticket: ticket ?? null };
    },
    begin(given) {
      if (ticket === undefined || given === undefined || !same(given, ticket))
        throw new Refusal(403, 'forbidden', 'sending is not switched on in this tab');
      if (isRunning) throw new Refusal(409, 'conflict', 'another run of sends goes on: wait for its end');
      isRunning = true;
      let isMine = true;
      return () => {
        if (isMine) isRunning = false;
        isMine = false;
      };
    },
    async run(plan, predicted, stream) {
      const write = (line: SendLine) => stream.write(line);
      const before = await stateOf(reads, plan.subject);
      const outcomes: Partial<Record<Outcome, number>> = {};
      let next = 0;
      const lane = async () => {
        while (next < plan.wish.times && !stream.ended.aborted) {
          const index = next++;
          const line = await sent(index, plan.token(index).token);
          if (line.type === 'sent') outcomes[line.outcome] = (outcomes[line.outcome] ?? 0) + 1;
          write(line);
        }
      };
      const sent = async (index: number, token: string): Promise<Exclude<SendLine, { type: 'done' }>> => {
        const requestId = `req_${random.ulid(now())}`;
        recorder.expectOwn(requestId);
        const n = index + 1;
        try {
          const answer = await sendCallback({ url, token, requestId, signal: stream.ended });
          return {
            type: 'sent',
            n,
            request_id: requestId,
            status: answer.status,
            outcome: answer.outcome === 'unreadable' ? 'unavailable' : answer.outcome,
            reason: answer.reason ?? answer.code,
            sha256: answer.sha256,
            bytes: answer.bytes.byteLength,
            milliseconds: Math.round(answer.milliseconds * 100) / 100,
          };
        } catch (error) {
          return { type: 'failed', n, message: safeLine(error instanceof Error ? error.message : String(error)) };
        }
      };
      await Promise.all(Array.from({ length: plan.wish.at_once }, lane));
      write({
        type: 'done',
        sentence: sentenceOf(outcomes),
        outcomes,
        predicted: predicted.sentence,
        prediction_held: sameCounts(outcomes, predicted.outcomes),
        changed: whatChanged(before, await stateOf(reads, plan.subject)),
      });
    },
  };
}

function sentenceOf(outcomes: Partial<Record<Outcome, number>>): string {
  return (
    Object.entries(outcomes)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ') || 'nothing was answered'
  );
}

function sameCounts(one: Partial<Record<Outcome, number>>, other: Partial<Record<Outcome, number>>): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]) as Set<Outcome>;
  return [...names].every((name) => (one[name] ?? 0) === (other[name] ?? 0));
}

function same(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
