/** `agent-paste explain <request id>`: what the log of attempts has about a callback. */

import type { Settings } from '../config.ts';
import { Failure, REASONS, type Reason } from '../errors.ts';
import { databasePath } from '../serve.ts';
import { statePaths } from '../state-directory.ts';
import { type Attempt, attemptsOfRequest, attemptsPath } from '../store/attempts.ts';
import type { CommandContext } from './commands.ts';
import { faultFor } from './mint-like.ts';

/** What `X-Request-Id` may look like; a token has dots. */
export function isRequestId(text: string): boolean {
  return /^[A-Za-z0-9_-]{8,128}$/.test(text);
}

/** @throws Failure not_found */
export function explainRequest({ output, exitWith }: CommandContext, settings: Settings, requestId: string): void {
  const attempts = attemptsOfRequest(
    attemptsPath(databasePath(settings, statePaths(settings['state-dir']))),
    requestId,
  );
  const attempt = attempts.at(-1);
  if (attempt === undefined) {
    throw new Failure(
      'not_found',
      `no callback has the request id ${requestId}`,
      'Request ids stand in X-Request-Id and in the log. See `agent-paste inspect callbacks`.',
    );
  }
  const reason = attempt.reason !== null && attempt.reason in REASONS ? (attempt.reason as Reason) : undefined;
  const accepted = attempt.status === 200;
  const fault = reason && faultFor(reason);
  const command = fault === undefined ? null : `agent-paste mint --fault ${fault}`;
  if (output.json) {
    output.document({
      accepted,
      status: attempt.status,
      reason: attempt.reason,
      advice: reason ? [REASONS[reason].remedy] : [],
      mint: command,
      callbacks: attempts,
    });
  } else {
    for (const each of attempts) output.line(story(each));
    if (reason) {
      output.line('');
      output.line(REASONS[reason].message);
      if (attempt.expected !== null) output.line(`  expected  ${attempt.expected}`);
      if (attempt.received !== null) output.line(`  received  ${attempt.received}`);
      output.line('');
      output.line('What to do');
      output.line(`  ${REASONS[reason].remedy}`);
    }
    if (command !== null) {
      output.line('');
      output.line('Make a token that is refused for the same reason');
      output.line(`  ${command}`);
    }
  }
  if (!accepted) exitWith(1);
}

function story({ at, status, outcome, reason, subject, idempotency_key, milliseconds }: Attempt): string {
  const whose = subject === null ? 'from nobody that could be verified' : `of ${subject}`;
  const key = idempotency_key === null ? '' : `, key ${idempotency_key}`;
  return `${at}  ${status} ${outcome}${reason === null ? '' : ` ${reason}`}  ${whose}${key}, ${milliseconds} ms`;
}
