/** `agent-paste wait` */
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { boundedRequest } from '../../callback/bounded-request.ts';
import { Failure } from '../../errors/failure.ts';
import { runningServers } from '../../machine/server-notes.ts';
import { duration } from '../../machine/values/duration.ts';
import { argument } from '../arguments.ts';
import type { Action, CommandContext } from '../command.ts';
import { addExamples } from '../examples.ts';
import { noteMissingState } from '../new-places.ts';
import { settingOptions } from '../setting-options.ts';
import { commandSettings } from '../settings.ts';

interface WaitFlags {
  /** Milliseconds. */
  readonly timeout?: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const LOOK_INTERVAL_MS = 50;
const ANSWER_TIMEOUT_MS = 3000;
const MAX_BYTES = 1024;

export function configure(command: Command, action: Action): void {
  addExamples(command, ['agent-paste wait --timeout 30s', 'URL=$(agent-paste wait)']);
  settingOptions(command, 'url')
    .option('--timeout <duration>', 'how long to wait (default 30s)', argument('--timeout', duration('1ms', '1h')))
    .addHelpText(
      'after',
      `
Prints the URL of the server once it answers. Without --url it is the server of
the state directory, on any port.

Exit codes: 0 ready, 3 not ready in time.
`,
    )
    .action(action((context, flags: WaitFlags) => wait(context, flags)));
}

async function wait(context: CommandContext, { timeout = DEFAULT_TIMEOUT_MS }: WaitFlags): Promise<void> {
  const { output } = context;
  const resolved = await commandSettings(context);
  const { values: settings, origins } = resolved;
  const stateDir = settings['state-dir'];
  const isNamed = origins.url !== 'default';
  if (!isNamed) noteMissingState(context, resolved);
  const candidate = () => (isNamed ? settings.url : runningServers(stateDir)[0]?.url);
  const deadline = performance.now() + timeout;
  for (;;) {
    const url = candidate();
    if (url !== undefined && (await answers(url, deadline - performance.now()))) {
      if (output.json) output.document({ url });
      else output.line(url);
      return;
    }
    if (performance.now() >= deadline)
      throw new Failure(
        'timed_out',
        `no server was ready in time: ${isNamed ? settings.url : `none runs with the state ${stateDir}`}`,
        'Start one with `agent-paste serve`, name its --state-dir or --url, or give a longer --timeout.',
      );
    await pause(Math.min(LOOK_INTERVAL_MS, Math.max(1, deadline - performance.now())));
  }
}

async function answers(url: string, leftMs: number): Promise<boolean> {
  const timeoutMs = Math.min(ANSWER_TIMEOUT_MS, Math.max(1, leftMs));
  try {
    const { status } = await boundedRequest(`${url}/healthz`, { headers: {}, timeoutMs, maxBytes: MAX_BYTES });
    return status === 200;
  } catch (error) {
    if (error instanceof Error) return false; // it may be starting
    throw error;
  }
}
