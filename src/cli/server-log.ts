/** The request log of `serve`, on stderr: a line a request, for people or as JSON. */
import { REASONS } from '../errors.ts';
import { printable, type RequestLogEntry, type ServerLog } from '../http/request-log.ts';
import type { CommandContext } from './command.ts';
import type { Painter } from './output.ts';

export interface CommandLog extends ServerLog {
  /** What the server itself does, which is no request and no trouble. */
  note(message: string): void;
}

export function createServerLog(
  { runtime, output, options }: CommandContext,
  form: 'pretty' | 'json' | 'off',
): CommandLog {
  const write = (line: string) => void runtime.stderr.write(`${line}\n`);
  const silent = form === 'off' || options.quiet === true;
  const event = (level: 'info' | 'warning' | 'error', message: string, fields: object = {}) => {
    if (form === 'json')
      write(JSON.stringify({ time: new Date(runtime.now()).toISOString(), level, message, ...fields }));
    else if (level === 'info') output.note(message);
    else if (level === 'warning') output.warning(message);
    else write(`${output.paintNote.red('bug:')} ${message}`);
  };
  return {
    request: silent
      ? () => undefined
      : (entry) => write(form === 'json' ? JSON.stringify(entry) : pretty(entry, output.paintNote)),
    note: (message) => {
      if (options.quiet !== true) event('info', message);
    },
    warning: (message) => event('warning', printable(message)),
    bug: (error, request_id) => event('error', `${request_id}: ${traceOf(error)}`, { request_id }),
  };
}

/** The lines of a stack trace; its message may repeat a foreign text. */
function traceOf(error: unknown): string {
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return trace.split('\n').map(printable).join('\n');
}

function pretty(
  { time, method, path, status, outcome, reason, user, key, warning, ms }: RequestLogEntry,
  { green, yellow, red, dim, cyan }: Painter,
): string {
  const colour = status < 400 ? green : status < 500 ? yellow : red;
  const what = [outcome, reason].filter(Boolean).join(' ');
  const hint =
    reason !== undefined && reason in REASONS ? dim(` — ${REASONS[reason as keyof typeof REASONS].message}`) : '';
  const parts = [
    dim(time.slice(11, 23)),
    method,
    path,
    colour(String(status)),
    what === '' ? '' : `${colour(what)}${hint}`,
    user === undefined ? '' : cyan(user),
    key === undefined ? '' : dim(key),
    warning === undefined ? '' : yellow(warning),
    dim(`${ms.toFixed(1)} ms`),
  ];
  return parts.filter((part) => part !== '').join(' ');
}
