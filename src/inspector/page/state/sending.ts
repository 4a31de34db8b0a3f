/** Sending is off until this tab switches it on. What allows it lives in the memory of the tab alone. */
import { signal } from '@preact/signals';
import type { SendingAnswer, SendLine, SendRequest } from '../../api-types.ts';
import { ask, Refusal } from '../browser/client.ts';
import { announce } from '../browser/copy.ts';
import { readLines } from '../browser/lines.ts';

export const ticket = signal<string | null>(null);

export async function switchSending(on: boolean): Promise<void> {
  const body = on ? { on } : { on, ticket: ticket.peek() };
  ticket.value = null;
  try {
    const answer = (await (await ask(['sending'], {}, { method: 'POST', body })).json()) as SendingAnswer;
    ticket.value = answer.ticket;
  } catch (error) {
    announce(error instanceof Refusal ? error.message : 'The server does not answer.');
  }
}

/** Off again with the tab. */
export function endSendingWithTab(): void {
  addEventListener('pagehide', () => {
    if (ticket.peek() === null) return;
    const body = { on: false, ticket: ticket.peek() };
    ask(['sending'], {}, { method: 'POST', body, keepalive: true }).catch(() => undefined);
  });
}

/** @throws Refusal, Silence */
export async function send(wish: SendRequest, take: (line: SendLine) => void): Promise<void> {
  const headers = { 'x-sending-ticket': ticket.peek() ?? '' };
  const { body } = await ask(['send'], {}, { method: 'POST', body: wish, headers });
  if (body !== null) await readLines(body, (line) => line !== undefined && take(line as SendLine));
}
