/** The page for a sign-in that cannot go on. */
import { html } from 'hono/html';
import type { ApiError } from '../../../../errors/api-error.ts';
import { errorHeaders, type RequestOf } from '../../../http/answers.ts';
import { pageAnswer } from './layout.ts';

export interface Problem {
  readonly status: number;
  readonly message: string;
  readonly remedy?: string | undefined;
  /** Whether the same address may be opened again. */
  readonly again?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

export function problemPage(c: RequestOf, { status, message, remedy, again = false, headers = {} }: Problem) {
  const body = html`<h1>This sign-in cannot go on</h1>
<p role="alert" class="error">${message}</p>
${remedy === undefined ? '' : html`<p>${remedy}</p>`}
${again ? html`<p><a href="">Begin this sign-in again</a></p>` : ''}
<p class="hint">Request ${c.get('context').requestId}</p>`;
  return pageAnswer(c, { title: 'Sign-in error', status, headers, body });
}

/** A refusal or an outage, on the path of a page. */
export function errorPage(c: RequestOf, error: ApiError): Promise<Response> {
  const message = `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`;
  return problemPage(c, { status: error.status, message, headers: errorHeaders(error.detail) });
}
