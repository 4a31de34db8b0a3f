/** Judges a request for a sign-in: it goes on, or it is answered at once. */
import {
  type AuthorizationRequest,
  judgeAuthorization,
  type RedirectedError,
  type ShownError,
} from '../../../workos/authkit/authorization-request.ts';
import { withParameters } from '../../../workos/authkit/redirect-uris.ts';
import { answer, type RequestOf, tell } from '../../http/answers.ts';
import type { AuthkitDeps } from './deps.ts';
import { problemPage } from './page/error-page.ts';

/** A request that may go on, and its query. */
export interface OpenRequest {
  readonly request: AuthorizationRequest;
  readonly query: URLSearchParams;
}

/** @returns an answer for a request that cannot go on */
export async function openRequest(
  c: RequestOf,
  { options, signIns, forms }: AuthkitDeps,
): Promise<OpenRequest | Response> {
  const given = new URL(c.req.url).searchParams;
  const sealed = given.get('request');
  const opened = sealed === null ? undefined : forms.openQuery(sealed);
  if (sealed !== null && opened === undefined) return staleRequest(c);
  const query = opened === undefined ? given : new URLSearchParams(opened);
  const judged = await signIns.read(({ organizations }) =>
    judgeAuthorization(query, {
      clientId: options.clientId,
      redirectUris: options.redirectUris,
      hasOrganization: (id) => organizations.find(id) !== undefined,
    }),
  );
  return judged.kind === 'request' ? { request: judged.request, query } : refused(c, judged);
}

/** Back to the dashboard. `303` after a form, so that the browser sends no form there. */
export function returnTo(
  c: RequestOf,
  status: 302 | 303,
  { redirectUri, state }: Pick<AuthorizationRequest, 'redirectUri' | 'state'>,
  parameters: Readonly<Record<string, string>>,
): Response {
  return answer(c, status, null, {
    Location: withParameters(redirectUri, { ...parameters, state: parameters.state ?? state }),
  });
}

function refused(c: RequestOf, refusal: RedirectedError | ShownError): Promise<Response> | Response {
  const reason = refusal.kind === 'page' ? refusal.reason : refusal.error;
  tell(c, { outcome: 'refused', reason });
  if (refusal.kind === 'page') {
    return problemPage(c, { status: 400, message: refusal.message, remedy: refusal.remedy });
  }
  return returnTo(c, 302, refusal, { error: refusal.error, error_description: refusal.description });
}

function staleRequest(c: RequestOf): Promise<Response> {
  tell(c, { outcome: 'refused', reason: 'stale_page' });
  return problemPage(c, {
    status: 403,
    message: 'This page is from before a restart of the server.',
    remedy: 'Begin again at the dashboard.',
  });
}
