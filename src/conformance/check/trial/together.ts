/** Sends callbacks that are all under way before the first answer is read. */
import { Failure } from '../../../errors/failure.ts';
import { isNotNow } from '../../replay/answer.ts';
import { type CallbackAnswer, type CallbackToSend, SEND_TIMEOUT_MS, sendAll, sendCallback } from '../../replay/send.ts';

export interface TogetherEdge {
  readonly signal: AbortSignal | undefined;
  /** Posts a callback again until it is settled. */
  readonly settle: (token: string) => Promise<CallbackAnswer>;
  readonly onNotNow: (answer: CallbackAnswer) => void;
}

/** Milliseconds that each may take, where a server answers callbacks of one user one after the other. */
const IN_TURN_MS = 2000;

export async function sendTogether(
  url: string,
  tokens: readonly string[],
  { signal, settle, onNotNow }: TogetherEdge,
): Promise<CallbackAnswer[]> {
  const { length } = tokens;
  const timeoutMs = SEND_TIMEOUT_MS + length * IN_TURN_MS;
  const answers = await sendAll(length, length, (index) => ({ url, token: tokens[index], timeoutMs }), {
    signal,
    send: (callback) => sendOnce(callback, () => settle(callback.token ?? '')),
  });
  return Promise.all(
    answers.map((answer, index) => {
      if (!isNotNow(answer.status)) return answer;
      onNotNow(answer);
      return settle(tokens[index] ?? '');
    }),
  );
}

/** A lost connection is made again, and does not delay the others. */
async function sendOnce(
  { whenConnected, ...callback }: CallbackToSend,
  again: () => Promise<CallbackAnswer>,
): Promise<CallbackAnswer> {
  let hasArrived = false;
  const arrive = async () => {
    hasArrived = true;
    await whenConnected?.();
  };
  try {
    return await sendCallback({ ...callback, whenConnected: arrive });
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'unreachable' || error.cause === undefined) throw error;
    if (!hasArrived) void whenConnected?.();
    return again();
  }
}
