/** `agent-paste explain <request id>`: the entries of the log of attempts about a callback. */
import { visible } from '../../../errors/foreign-text.ts';
import { REASONS, type Reason } from '../../../errors/reasons.ts';
import type { Attempt } from '../../../store/attempt-log.ts';
import { attemptsNamed, knownReason, lastOf } from '../../../store/view/callback.ts';
import type { CommandContext } from '../../command.ts';
import { sayInspectorLink } from '../../inspector-link.ts';
import { openState } from '../../opened-state.ts';
import { onceWritten } from '../../recent-callback.ts';
import { paragraph } from '../../terminal/paragraph.ts';
import { mintFlags, mintLike } from './mint-like.ts';

/** The form of an `X-Request-Id`, also shortened as in narrow tables. A token has dots. */
export function isRequestId(text: string): boolean {
  return /^[A-Za-z0-9_-]{8,128}$/.test(text.replace('…', ''));
}

/** So many attempts with one request id are shown, the newest. */
const MOST = 100;

/** @throws Failure not_found, invalid_argument if several ids begin with the text */
export async function explainRequest(context: CommandContext, requestId: string): Promise<void> {
  const { output, runtime, exitWith } = context;
  await using state = await openState(context);
  const { store, settings } = state;
  const attempts = await onceWritten(state, () => attemptsNamed(store, requestId, MOST));
  const attempt = lastOf(attempts);
  const accepted = attempt.status === 200;
  const reason = knownReason(attempt);
  const flags = await mintFlags(context, { issuer: settings.issuer, clientId: settings['client-id'] });
  const mint = mintLike(
    { accepted, reason, received: attempt.received ?? undefined, claims: claimsOf(attempt) },
    flags,
  );
  if (output.json) {
    const known = reason === null ? null : REASONS[reason];
    output.document({
      accepted,
      status: attempt.status,
      reason: attempt.reason,
      usual_cause: known?.cause ?? null,
      advice: known === null ? [] : [known.remedy],
      mint,
      callbacks: attempts,
    });
  } else for (const line of requestLines(attempts, reason, mint, runtime.stdout.columns)) output.line(visible(line));
  sayInspectorLink(context, state, attempt.request_id);
  if (!accepted) exitWith(1);
}

/** The ids of a verified token, and the issuer that it was refused for. */
function claimsOf({ subject, session_id, token_id, reason, received }: Attempt): Readonly<Record<string, unknown>> {
  return { sub: subject, jti: token_id, sid: session_id, ...(reason === 'issuer_mismatch' ? { iss: received } : {}) };
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
    ...(reason === null ? [] : ['', 'Usual cause', ...text(REASONS[reason].cause)]),
    ...(reason === null ? [] : ['', 'What to do', ...text(REASONS[reason].remedy)]),
    ...(mint === null ? [] : ['', 'Make one like it', `  ${mint}`]),
  ];
}

function story(attempt: Attempt): string {
  const { at, status, outcome, reason, idempotency_key, milliseconds } = attempt;
  const key = idempotency_key === null ? '' : `, key ${idempotency_key}`;
  return `${at}  ${status} ${outcome}${reason === null ? '' : ` ${reason}`}  ${sender(attempt)}${key}, ${milliseconds} ms`;
}

/** With the ids of a token that was refused: an accepted one has them in its key. */
function sender(attempt: Attempt): string {
  const { idempotency_key, subject, session_id, token_id } = attempt;
  const { claimed_subject, claimed_session_id, claimed_token_id } = attempt;
  const ids = (tokenId: string | null, sessionId: string | null) =>
    [tokenId === null ? '' : `, jti ${tokenId}`, sessionId === null ? '' : `, sid ${sessionId}`].join('');
  if (subject !== null) return `of ${subject}${idempotency_key === null ? ids(token_id, session_id) : ''}`;
  const claims = `${claimed_subject ?? 'no user'}${ids(claimed_token_id, claimed_session_id)}`;
  const isClaimed = claimed_subject ?? claimed_session_id ?? claimed_token_id;
  return `sender not verified${isClaimed === null ? '' : `, claimed to be ${claims}`}`;
}
