/** The row of the attempts log: the outcome of one callback, at whatever point it was answered. */

import { printable } from '../../errors/foreign-text.ts';
import { isoTime } from '../../machine/values/time.ts';
import type { Attempt } from '../../store/attempt-log.ts';
import { internalError } from '../http/answers.ts';
import { type Answered, outcomeOf, senderOf } from '../log/answered.ts';

export function attemptOf(answered: Answered): Attempt {
  const { context, account, error, status, milliseconds } = answered;
  const { verified, claimed } = senderOf(answered);
  const { expected, received } = error?.detail ?? {};
  return {
    at: isoTime(context.now),
    request_id: context.requestId,
    status,
    outcome: account.outcome ?? outcomeOf(error ?? internalError()),
    reason: error === undefined ? null : (error.reason ?? error.code),
    issuer: verified?.issuer ?? null,
    subject: verified?.subject ?? null,
    session_id: verified?.sessionId ?? null,
    idempotency_key: account.idempotencyKey ?? null,
    expected: expected === undefined ? null : printable(expected),
    received: received === undefined ? null : printable(received),
    milliseconds,
    token_id: verified?.tokenId ?? null,
    claimed_issuer: claimed?.issuer ?? null,
    claimed_subject: claimed?.subject ?? null,
    claimed_session_id: claimed?.sessionId ?? null,
    claimed_token_id: claimed?.tokenId ?? null,
    email: account.email ?? null,
  };
}
