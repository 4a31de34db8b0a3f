/** Reads a form: it must have the right kind and size, and come from its own page. */

import { type RequestOf, tell } from '../../http/answers.ts';
import { readBody } from '../../http/body.ts';
import type { AuthkitDeps } from './deps.ts';
import { problemPage } from './page/error-page.ts';
import { hasPageCookie } from './page/forms.ts';

export interface SentForm {
  readonly values: URLSearchParams;
  /** The name of the form. */
  readonly step: string;
}

export const MAX_BODY_BYTES = 16_384;

/** Fields that must come back unchanged, because the token is made for them. */
const BOUND = ['user', 'failure'] as const;

/** The values that a form token is made for, besides the browser and the query. */
export function stepOf(name: string, bound: Readonly<Partial<Record<(typeof BOUND)[number], string>>> = {}): string {
  return JSON.stringify([name, ...BOUND.map((field) => bound[field] ?? null)]);
}

/** @returns an answer for a form that is not accepted. @throws ApiError payload_too_large */
export async function readForm(c: RequestOf, { forms }: AuthkitDeps): Promise<SentForm | Response> {
  const text = await readBody(c, MAX_BODY_BYTES, `a form takes at most ${MAX_BODY_BYTES} bytes`);
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded')
    return refused(c, 400, 'wrong_content_type', 'This address takes the form of its own page only.');
  const values = new URLSearchParams(text);
  const step = values.get('step') ?? '';
  const bound = step === 'who' ? {} : Object.fromEntries(BOUND.map((name) => [name, values.get(name) ?? undefined]));
  const { now } = c.get('context');
  const place = { browser: forms.browserOf(c), query: new URL(c.req.url).search, step: stepOf(step, bound) };
  if (!hasPageCookie(c) || !forms.isTokenFor(values.get('token') ?? '', place, now))
    return refused(
      c,
      403,
      'stale_page',
      'This form has expired, or is from before a restart, or belongs to another browser.',
    );
  return { values, step };
}

function refused(c: RequestOf, status: number, reason: string, message: string): Promise<Response> {
  tell(c, { outcome: 'refused', reason });
  return problemPage(c, { status, message, again: true });
}
