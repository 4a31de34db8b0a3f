/** The time of the server, which may differ from that of this machine. */
import { signal } from '@preact/signals';

const offset = signal(0);

/** @param serverTime ISO 8601, from an answer that just came */
export function setClock(serverTime: string): void {
  const time = Date.parse(serverTime);
  if (Number.isFinite(time)) offset.value = time - Date.now();
}

/** Milliseconds since 1970, by the clock of the server. */
export function now(): number {
  return Date.now() + offset.peek();
}

/** The same; a view that reads it is drawn again each second. */
export const tick = signal(Date.now());

export function startTicking(): void {
  setInterval(() => {
    if (document.visibilityState === 'visible') tick.value = now();
  }, 1000);
}
