/** The request log of `serve`, on stderr: a line a request, for people or as JSON. */

import { printable } from '../../errors/foreign-text.ts';
import { REASONS } from '../../errors/reasons.ts';
import { shellWord } from '../../machine/values/shell-word.ts';
import { isoTime } from '../../machine/values/time.ts';
import type { RequestLogEntry, ServerLog } from '../../server/log/request-log.ts';
import type { Runtime } from '../runtime.ts';
import type { Output, Painter } from './output.ts';

/** Only its callbacks are in the log that `explain` reads. */
const CALLBACK_PATH = '/v1/auth/web/callback';

export interface CommandLog extends ServerLog {
  /** What the server itself does, which is no request and no trouble. */
  note(message: string): void;
}

interface LogPlace extends Pick<Runtime, 'now'> {
  readonly stderr: { write(text: string): unknown };
}

/** @param explain the command that a refused callback is explained by, to which its request id is added */
export function createServerLog(
  { stderr, now }: LogPlace,
  output: Output,
  form: 'pretty' | 'json' | 'off',
  explain?: string,
  page: () => string | undefined = () => undefined,
): CommandLog {
  const write = (line: string) => void stderr.write(`${line}\n`);
  const silent = form === 'off' || output.quiet;
  const event = (level: 'info' | 'warning' | 'error', message: string, fields: object = {}) => {
    if (form === 'json') write(JSON.stringify({ time: isoTime(now()), level, message, ...fields }));
    else if (level === 'info') output.note(message);
    else if (level === 'warning') output.warning(message);
    else write(`${output.paintNote.red('bug:')} ${message}`);
  };
  return {
    request: silent
      ? () => undefined
      : (entry) => {
          const link = linkOf(entry, page());
          write(
            form === 'json'
              ? JSON.stringify(link === undefined ? entry : { ...entry, inspector_url: link })
              : pretty(entry, output.paintNote, explain, link),
          );
        },
    note: (message) => {
      if (!output.quiet) event('info', message);
    },
    mail: ({ to, code }) => {
      if (!output.quiet) event('info', `mail to ${printable(to)}: your code is ${code}`);
    },
    warning: (message) => event('warning', printable(message)),
    bug: (error, request_id) => event('error', `${request_id}: ${traceOf(error)}`, { request_id }),
  };
}

/** A callback on the page of the inspector. */
function linkOf({ path, request_id }: RequestLogEntry, page: string | undefined): string | undefined {
  return page === undefined || path !== CALLBACK_PATH
    ? undefined
    : `${page}/callbacks/${encodeURIComponent(request_id)}`;
}

/** The lines of a stack trace; its message may repeat a foreign text. */
function traceOf(error: unknown): string {
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return trace.split('\n').map(printable).join('\n');
}

function pretty(
  {
    time,
    request_id,
    method,
    path,
    status,
    outcome,
    reason,
    user,
    claimed_user,
    key,
    warning,
    via,
    ms,
  }: RequestLogEntry,
  { green, yellow, red, dim, cyan }: Painter,
  explain: string | undefined,
  link: string | undefined,
): string {
  const colour = status < 400 ? green : status < 500 ? yellow : red;
  const what = [outcome, reason].filter(Boolean).join(' ');
  const known =
    reason !== undefined && Object.hasOwn(REASONS, reason) ? REASONS[reason as keyof typeof REASONS] : undefined;
  const hint = known === undefined ? '' : dim(` — ${known.message}`);
  const isExplained = known !== undefined && path === CALLBACK_PATH && explain !== undefined;
  const next = isExplained ? dim(`\n  → ${explain} ${shellWord(request_id)}`) : '';
  const isShown = link !== undefined && (outcome === 'refused' || outcome === 'unavailable');
  const shown = isShown ? dim(`\n  → ${link}`) : '';
  const parts = [
    dim(time.slice(11)),
    method,
    path,
    colour(String(status)),
    what === '' ? '' : `${colour(what)}${hint}`,
    user === undefined ? '' : cyan(user),
    claimed_user === undefined ? '' : dim(`(claimed) ${claimed_user}`),
    key === undefined ? '' : dim(key),
    warning === undefined ? '' : yellow(warning),
    via === undefined ? '' : dim(`via ${via}`),
    dim(`${ms.toFixed(1)} ms`),
    dim(request_id),
  ];
  return parts.filter((part) => part !== '').join(' ') + next + shown;
}
