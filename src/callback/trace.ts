/** What one callback asked for, and when. Only the inspector watches: a callback that is not watched has no trace. */
import type { ApiError } from '../errors/api-error.ts';

/** What a check had read of the token when it ended. */
interface Seen {
  readonly header?: { readonly [name: string]: unknown };
  readonly payload?: { readonly [name: string]: unknown };
  readonly isSigned?: true;
}

export interface Trace {
  /** Begins a span. @returns ends it */
  begin(span: string): () => void;
  /** The credential that is judged. */
  judging(credential: string): void;
  checked(name: string, result: { readonly expected: string; readonly received: string } | ApiError, seen: Seen): void;
  /** The token was accepted before: only its key and lifetime are judged again. */
  remembered(): void;
  /** The callback of the same key in this process that this one waits for. */
  waitsFor(requestId: string): void;
  answered(body: string | Uint8Array | null, headers: Readonly<Record<string, string>>): void;
}

/** Does the work within a span, if there is a trace. */
export function inSpan<T>(trace: Trace | undefined, span: string, work: () => Promise<T>): Promise<T> {
  if (trace === undefined) return work();
  const end = trace.begin(span);
  return work().finally(end);
}
