/** `agent-paste explain <request id>`: what the log of attempts has about a callback. */
import type { Settings } from '../config.ts';
import { Failure, REASONS, type Reason } from '../errors.ts';
import { databasePath } from '../serve.ts';
import { statePaths } from '../state-directory.ts';
import { type Attempt, attemptsOfRequest, attemptsPath } from '../store/attempts.ts';
import type { CommandContext } from './command.ts';
import { findRequest } from './inspect/callback-page.ts';
import { withState } from './inspect/state.ts';
import { mintFlags, mintLike } from './mint-like.ts';
import { visible } from './output.ts';
import { paragraph } from './paragraph.ts';

/** What `X-Request-Id` may look like, also as narrow tables show it; a token has dots. */
export function isRequestId(text: string): boolean {
  return /^[A-Za-z0-9_-]{8,128}$/.test(text.replace('…', ''));
}

/** @throws Failure not_found, invalid_argument for the beginning of several */
export async function explainRequest(context: CommandContext, settings: Settings, requestId: string): Promise<void> {
  const { output, runtime, exitWith } = context;
  let attempts = attemptsOf(settings, requestId);
  if (attempts.length === 0)
    await withState(context, ({ inspection }) => {
      attempts = attemptsOf(settings, findRequest(inspection, requestId));
    });
  const attempt = attempts.at(-1) as Attempt; // what was not found has thrown
  const accepted = attempt.status === 200;
  const reason = attempt.reason !== null && attempt.reason in REASONS ? (attempt.reason as Reason) : null;
  const flags = await mintFlags(context, { issuer: settings.issuer, clientId: settings['client-id'] });
  const mint = mintLike({ accepted, reason, claims: claimsOf(attempt) }, flags);
  if (output.json) {
    const advice = reason ? [REASONS[reason].remedy] : [];
    output.document({ accepted, status: attempt.status, reason: attempt.reason, advice, mint, callbacks: attempts });
  } else for (const line of requestLines(attempts, reason, mint, runtime.stdout.columns)) output.line(visible(line));
  if (!accepted) exitWith(1);
}

function attemptsOf(settings: Settings, requestId: string): readonly Attempt[] {
  const path = attemptsPath(databasePath(settings, statePaths(settings['state-dir'])));
  if (path === ':memory:')
    throw new Failure('not_found', 'the log of callbacks of a database in memory ends with its server');
  return attemptsOfRequest(path, requestId);
}

/** The ids of a callback as its token had them (contract §1, step 4), and the issuer that it was refused for. */
function claimsOf({
  subject,
  session_id,
  idempotency_key,
  reason,
  received,
}: Attempt): Readonly<Record<string, unknown>> {
  const [, jti = null] = /^workos-jti:(.*)$/s.exec(idempotency_key ?? '') ?? [];
  return { sub: subject, jti, sid: session_id, ...(reason === 'issuer_mismatch' ? { iss: received } : {}) };
}

function requestLines(
  attempts: readonly Attempt[],
  reason: Reason | null,
  mint: string | null,
  width: number | undefined,
): string[] {
  const { expected = null, received = null } = attempts.at(-1) ?? {};
  const text = (words: string) => paragraph(words, { width, indent: '  ' });
  const beside = (label: string, words: string) =>
    paragraph(words, { width, indent: `  ${label}  `, hanging: ' '.repeat(12) });
  return [
    ...attempts.flatMap((attempt) => paragraph(story(attempt), { width, indent: '', hanging: '  ' })),
    ...(reason === null ? [] : ['', REASONS[reason].message]),
    ...(expected === null ? [] : beside('expected', expected)),
    ...(received === null ? [] : beside('received', received)),
    ...(reason === null ? [] : ['', 'What to do', ...text(REASONS[reason].remedy)]),
    ...(mint === null ? [] : ['', 'Make one like it', `  ${mint}`]),
  ];
}

function story({ at, status, outcome, reason, subject, idempotency_key, milliseconds }: Attempt): string {
  const whose = subject === null ? 'from nobody that could be verified' : `of ${subject}`;
  const key = idempotency_key === null ? '' : `, key ${idempotency_key}`;
  return `${at}  ${status} ${outcome}${reason === null ? '' : ` ${reason}`}  ${whose}${key}, ${milliseconds} ms`;
}
