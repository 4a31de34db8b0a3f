/** A run of sends: tokens out, results in. */

import type { MintedForUser, WantedToken } from '../../server/minter.ts';
import { type Claims, keyOf, recordOf } from './claims.ts';
import type { History } from './history.ts';
import { pause } from './pause.ts';
import type { SendResult } from './result.ts';
import { type AttemptCounts, retrying } from './retry.ts';
import { type CallbackAnswer, sendAll, sendCallback } from './send.ts';

export interface TokenToSend {
  /** undefined for requests without an Authorization header. */
  readonly token: string | undefined;
  readonly claims: Claims | null;
  readonly email: string | null;
  readonly faults: readonly string[];
  /** The status that its faults must get. */
  readonly wantedStatus?: number;
}

export interface SendPlan {
  /** Base URL of the API. */
  readonly url: string;
  readonly times: number;
  readonly concurrency: number;
  /** Milliseconds between the end of a send and the next one. */
  readonly intervalMs?: number;
  /** Whether 409, 429 and 503 are sent again. */
  readonly retry: boolean;
  /** Number of the first send; 1 by default. */
  readonly from?: number;
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** @param index from 0 */
  readonly token: (index: number) => TokenToSend;
  readonly onSent?: ((done: number) => void) | undefined;
}

export const NO_TOKEN: TokenToSend = { token: undefined, claims: null, email: null, faults: [] };

export function tokenOf({ token, claims, user, expected }: MintedForUser, faults: readonly string[] = []): TokenToSend {
  return { token, claims, email: user.email, faults, wantedStatus: expected.status };
}

/** Another token of the same user and ids: an extra claim makes its text differ within the same second. */
export function freshToken(wanted: WantedToken, { claims, user }: MintedForUser, index: number): WantedToken {
  const id = (value: unknown) => (typeof value === 'string' ? value : null);
  return {
    ...wanted,
    sub: user.id,
    jti: id(claims.jti),
    sid: id(claims.sid),
    claims: { ...wanted.claims, send: index + 1 },
  };
}

/** @returns the answered sends; not all of them if the signal ended the run. @throws the failures of `sendAll` */
export async function runSends(plan: SendPlan, history: History): Promise<SendResult[]> {
  const { url, times, concurrency, intervalMs = 0, retry, from = 1, timeoutMs, signal, onSent } = plan;
  const tokens: TokenToSend[] = [];
  const attempts: AttemptCounts = new WeakMap();
  const answers = new Map<number, CallbackAnswer>();
  try {
    await sendAll(
      times,
      concurrency,
      async (index) => {
        if (index > 0 && intervalMs > 0) await pause(intervalMs, signal);
        const token = plan.token(index);
        tokens[index] = token;
        return { url, token: token.token, timeoutMs };
      },
      {
        signal,
        onSent(answer, index) {
          answers.set(index, answer);
          onSent?.(answers.size);
        },
        send: retry ? retrying(attempts) : sendCallback,
      },
    );
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
  const answered = [...answers].sort(([one], [other]) => one - other);
  const results = answered.map(([index, answer]) => {
    const { claims, email, faults } = tokens[index] ?? NO_TOKEN;
    const record = recordOf(claims);
    return {
      n: from + index,
      key: keyOf(claims),
      record,
      answer,
      attempts: attempts.get(answer) ?? 1,
      claims,
      email,
      faults,
    };
  });
  const outcomes = history.add(results);
  return results.map((result, index) => ({ ...result, outcome: outcomes[index] ?? result.answer.outcome }));
}
