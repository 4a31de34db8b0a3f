/** One line for each request, made only of named fields, so that no header, query or token can get into it. */
import { printable } from '../../errors/foreign-text.ts';
import { isoTime } from '../../machine/values/time.ts';
import { type Answered, outcomeOf, senderOf } from './answered.ts';

export interface RequestLogEntry {
  readonly time: string;
  readonly request_id: string;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
  /**
   * `provisioned`, `seen`, `replayed`, `refused`, `in_flight`, `unavailable`; of the sign-in `page`, `signed_in`, `denied`,
   * `exchanged`, `refreshed`, `refresh_repeated`, `signed_out`; nothing for other routes.
   */
  readonly outcome?: string;
  readonly reason?: string;
  readonly user?: string;
  /** What a token says whose signature was not verified. */
  readonly claimed_user?: string;
  readonly key?: string;
  readonly warning?: string;
  /** The page of the inspector sent it. */
  readonly via?: 'inspector';
  readonly ms: number;
}

export interface ServerLog {
  request(entry: RequestLogEntry): void;
  warning(message: string): void;
  /** What the local WorkOS would have mailed. */
  mail(mail: { readonly to: string; readonly code: string }): void;
  /** An unexpected error, with its request. */
  bug(error: unknown, requestId: string): void;
}

/** @param isTold whether the request has an outcome, as callbacks and sign-ins have */
export function requestLine(
  { method, path }: { readonly method: string; readonly path: string },
  answered: Answered,
  isTold: boolean,
  isOwn = false,
): RequestLogEntry {
  const { context, account, error, status, milliseconds } = answered;
  const outcome = account.outcome ?? (error && isTold ? outcomeOf(error) : account.signIn);
  const reason = account.reason ?? error?.reason ?? (isTold ? error?.code : undefined);
  const { verified, claimed } = senderOf(answered);
  const user = account.user ?? verified?.subject;
  const warning = account.warning ?? (error?.detail.remedy === undefined ? undefined : printable(error.detail.remedy));
  return {
    time: isoTime(context.now),
    request_id: context.requestId,
    method: printable(method),
    path: printable(path),
    status,
    ms: milliseconds,
    ...(outcome && { outcome }),
    ...(reason && { reason }),
    ...(user && { user: printable(user) }),
    ...(claimed?.subject && { claimed_user: claimed.subject }),
    ...(account.idempotencyKey && { key: printable(account.idempotencyKey) }),
    ...(warning && { warning }),
    ...(isOwn && { via: 'inspector' as const }),
  };
}
