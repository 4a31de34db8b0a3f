/**
 * The stream of callbacks, one for each visible tab: a browser has six connections for an origin, and a tab that is hidden
 * lets others have its own.
 */
import { signal } from '@preact/signals';
import type { CallbackRow, StreamLine } from '../../api-types.ts';
import { ask, connection, denied, Refusal } from '../browser/client.ts';
import { now, setClock } from '../browser/clock.ts';
import { readLines } from '../browser/lines.ts';
import { generation, loadServer } from './server.ts';

export const paused = signal(false);

/** Callbacks that arrived in the last second, those that were left out too; 0 while it is calm. */
export const tooFast = signal(0);

/** Callbacks that this process has begun to answer. */
export const running = signal<ReadonlySet<string>>(new Set());

type Listener = (rows: readonly CallbackRow[]) => void;

/** Without a line for so long, the stream is given up: the server sends a ping every 15 seconds. */
const SILENT_MS = 40_000;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15_000;
/** From so many in a second on, a reader cannot follow. */
const FAST = 200;

const listeners = new Set<Listener>();
const waiting: CallbackRow[] = [];
const recent: { at: number; count: number }[] = [];

/** @returns a function that ends it */
export function subscribe(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Follows while the tab is visible and not paused. */
export function startLive(): void {
  let abort: AbortController | undefined;
  const update = () => {
    const wanted = document.visibilityState === 'visible' && !paused.value && !denied.value;
    if (wanted === (abort !== undefined)) return;
    abort?.abort();
    abort = wanted ? new AbortController() : undefined;
    if (abort !== undefined) void follow(abort.signal);
  };
  document.addEventListener('visibilitychange', update);
  addEventListener('pagehide', () => abort?.abort());
  paused.subscribe(update);
  denied.subscribe(update);
  setInterval(measure, 500);
}

async function follow(abort: AbortSignal): Promise<void> {
  for (let wait = FIRST_WAIT_MS; !abort.aborted; ) {
    try {
      await streamOnce(abort, () => {
        wait = FIRST_WAIT_MS;
      });
    } catch (error) {
      if (abort.aborted || (error instanceof Refusal && error.status === 401)) return;
    }
    if (abort.aborted) return;
    connection.value = { ...connection.value, retryAt: now() + wait };
    await pause(wait, abort);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }
}

async function streamOnce(abort: AbortSignal, opened: () => void): Promise<void> {
  const silence = new AbortController();
  const signal = AbortSignal.any([abort, silence.signal]);
  let timer = setTimeout(() => silence.abort(), SILENT_MS);
  try {
    const { body } = await ask(['callbacks', 'stream'], {}, { signal });
    opened();
    // Whatever came while no stream was open is fetched by those who show it.
    await loadServer();
    generation.value++;
    if (body === null) return;
    await readLines(body, (line) => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENT_MS);
      take(line as StreamLine | undefined);
    });
    connection.value = { ...connection.value, answers: false };
  } finally {
    clearTimeout(timer);
  }
}

function take(line: StreamLine | undefined): void {
  switch (line?.type) {
    case 'callback':
      if (waiting.push(line.callback) === 1) requestAnimationFrame(deliver);
      count(1);
      break;
    case 'gap':
      count(line.skipped);
      break;
    case 'began':
      running.value = new Set([...running.value, line.request_id]);
      break;
    case 'ping':
      setClock(line.now);
      break;
  }
}

/** All that came since the last frame, at once. */
function deliver(): void {
  const rows = waiting.splice(0);
  if (running.value.size > 0) {
    const ended = new Set(rows.map(({ request_id }) => request_id));
    running.value = new Set([...running.value].filter((id) => !ended.has(id)));
  }
  for (const listener of listeners) listener(rows);
}

function count(callbacks: number): void {
  recent.push({ at: now(), count: callbacks });
}

function measure(): void {
  const since = now() - 1000;
  while (recent.length > 0 && (recent[0]?.at ?? since) < since) recent.shift();
  const sum = recent.reduce((total, each) => total + each.count, 0);
  tooFast.value = sum > FAST ? sum : 0;
}

function pause(ms: number, abort: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    abort.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
