/** A run of sends: tokens out, results in. */
import { type Claims, keyOf, recordOf } from './claims.ts';
import type { History } from './history.ts';
import type { MintedForUser, WantedToken } from './minter.ts';
import { pause } from './pause.ts';
import type { SendResult } from './result.ts';
import { type Attempts, retrying } from './retry.ts';
import { sendAll, sendCallback } from './send.ts';

export interface TokenToSend {
  /** Undefined sends no Authorization header. */
  readonly token: string | undefined;
  readonly claims: Claims | null;
  readonly email: string | null;
  readonly faults: readonly string[];
}

export interface SendPlan {
  /** Base URL of the API. */
  readonly url: string;
  readonly times: number;
  readonly concurrency: number;
  /** Milliseconds between the end of a send and the next one. */
  readonly intervalMs?: number;
  /** Whether 409 and 503 are sent again. */
  readonly retry: boolean;
  /** What the sends are numbered from; 1 by default. */
  readonly from?: number;
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** @param index from 0 */
  readonly token: (index: number) => TokenToSend;
  readonly onSent?: ((done: number) => void) | undefined;
}

export const NO_TOKEN: TokenToSend = { token: undefined, claims: null, email: null, faults: [] };

export function tokenOf({ token, claims, user }: MintedForUser, faults: readonly string[] = []): TokenToSend {
  return { token, claims, email: user.email, faults };
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

/** @throws what `sendAll` throws */
export async function runSends(plan: SendPlan, history: History): Promise<SendResult[]> {
  const { url, times, concurrency, intervalMs = 0, retry, from = 1, timeoutMs, signal, onSent } = plan;
  const tokens: TokenToSend[] = [];
  const attempts: Attempts = new WeakMap();
  let done = 0;
  const answers = await sendAll(
    times,
    concurrency,
    async (index) => {
      if (index > 0 && intervalMs > 0) await pause(intervalMs, signal);
      const token = plan.token(index);
      tokens[index] = token;
      return { url, token: token.token, timeoutMs };
    },
    { signal, onSent: () => onSent?.(++done), send: retry ? retrying(attempts) : sendCallback },
  );
  const results = answers.map((sent, index) => {
    const { claims, email, faults } = tokens[index] ?? NO_TOKEN;
    const record = recordOf(claims);
    return {
      n: from + index,
      key: keyOf(claims),
      record,
      sent,
      attempts: attempts.get(sent) ?? 1,
      claims,
      email,
      faults,
    };
  });
  const outcomes = history.add(results);
  return results.map((result, index) => ({ ...result, outcome: outcomes[index] ?? result.sent.outcome }));
}
