/** Sessions: signing out, listing, revoking. */

import { html } from 'hono/html';
import { isAllowedOrigin, parseRedirectUri } from '../../../workos/authkit/redirect-uris.ts';
import { sessionObject } from '../../../workos/authkit/session-object.ts';
import type { SessionRow } from '../../../workos/authkit/sign-ins.ts';
import { answer, json, type RequestOf, tell } from '../../http/answers.ts';
import { readBody } from '../../http/body.ts';
import { INVALID_PARAMETERS, listAnswer, withApiKey, workosError } from '../workos-request.ts';
import type { AuthkitDeps, AuthkitOptions } from './deps.ts';
import { readMembers } from './grant-body.ts';
import { problemPage } from './page/error-page.ts';
import { pageAnswer } from './page/layout.ts';
import { MAX_BODY_BYTES } from './sent-form.ts';
import { withoutSessionCookies } from './session-cookies.ts';

/** Needs no key: a caller that knows the id of a session may end it. */
export async function signOut(c: RequestOf, { options, signIns }: AuthkitDeps): Promise<Response> {
  const [ids, targets] = [c.req.queries('session_id') ?? [], c.req.queries('return_to') ?? []];
  const [id = ''] = ids;
  if (ids.length !== 1 || id === '') {
    tell(c, { outcome: 'refused', reason: 'session_id_missing' });
    return workosError(c, 422, INVALID_PARAMETERS, 'session_id must be given once.');
  }
  const target = targets.length === 0 ? undefined : allowedTarget(targets, options);
  if (target === null) return refusedTarget(c);
  const session = await endedSession(c, id, signIns);
  const to = target ?? options.signOutRedirect ?? session?.redirect_origin ?? undefined;
  const response = to === undefined ? await signedOutPage(c) : answer(c, 302, null, { Location: to });
  return c.req.method === 'HEAD' ? response : withoutSessionCookies(c, response, options.clientId);
}

function signedOutPage(c: RequestOf): Promise<Response> {
  return pageAnswer(c, { title: 'Signed out', body: html`<h1>Signed out</h1><p>You may close this page.</p>` });
}

/** HEAD changes nothing. */
async function endedSession(
  c: RequestOf,
  id: string,
  signIns: AuthkitDeps['signIns'],
): Promise<SessionRow | undefined> {
  if (c.req.method === 'HEAD') return signIns.read(({ sessions }) => sessions.find(id));
  const found = await signIns.write(({ sessions }) => {
    const session = sessions.find(id);
    if (session !== undefined) sessions.end(id, c.get('context').now);
    return session;
  });
  tell(c, { signIn: 'signed_out' });
  return found;
}

/** @returns null for a return_to that is not allowed */
function allowedTarget(targets: readonly string[], { redirectUris }: AuthkitOptions): string | null {
  const url = targets.length === 1 ? parseRedirectUri(targets[0] ?? '') : undefined;
  return url !== undefined && isAllowedOrigin(url, redirectUris) ? url.href : null;
}

function refusedTarget(c: RequestOf): Promise<Response> {
  tell(c, { outcome: 'refused', reason: 'return_to_not_allowed' });
  return problemPage(c, {
    status: 400,
    message: 'The return_to of this sign-out is not allowed, so no session was ended.',
    remedy: 'It must be one absolute URI with the origin of an allowed redirect URI; see --redirect-uri.',
  });
}

export const listSessions = withApiKey<AuthkitDeps>((c: RequestOf, { signIns }) => {
  const { now } = c.get('context');
  const id = c.req.param('id') ?? '';
  return listAnswer(
    c,
    (session: SessionRow) => sessionObject(session, now),
    (query) =>
      signIns.read(({ users, sessions }) =>
        users.find(id) === undefined ? undefined : sessions.activeOf(id, now, query),
      ),
  );
});

export const revokeSession = withApiKey<AuthkitDeps>(async (c: RequestOf, { signIns }) => {
  const { now } = c.get('context');
  const text = await readBody(c, MAX_BODY_BYTES, `a body takes at most ${MAX_BODY_BYTES} bytes`);
  const id = readMembers(text, c.req.header('content-type'))?.text('session_id');
  if (id === undefined) return workosError(c, 422, INVALID_PARAMETERS, 'session_id must be given, as text.');
  const session = await signIns.write(({ sessions }) => {
    sessions.end(id, now);
    return sessions.find(id);
  });
  if (session === undefined) return workosError(c, 404, 'entity_not_found', `Session not found: '${id.slice(0, 80)}'.`);
  return json(c, sessionObject(session, now));
});
