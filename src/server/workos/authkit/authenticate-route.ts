/** `POST /user_management/authenticate`: grants become tokens. */

import type { Grant, Granted, GrantValues } from '../../../workos/authkit/grants/grant.ts';
import { GRANTS } from '../../../workos/authkit/grants/grants.ts';
import { isRefusal, oauthRefusal, type Refusal } from '../../../workos/authkit/refusal.ts';
import type { Client } from '../../../workos/authkit/session.ts';
import { AUTHENTICATE_PATH } from '../../contract/authkit-routes.ts';
import { answer, type RequestOf, tell } from '../../http/answers.ts';
import { readBody } from '../../http/body.ts';
import { refusalAnswer } from '../errors.ts';
import { judgeClient } from './client.ts';
import { type AuthkitDeps, contextOf } from './deps.ts';
import { type Members, readMembers } from './grant-body.ts';
import { MAX_BODY_BYTES } from './sent-form.ts';
import { refreshCookie, withSessionCookies } from './session-cookies.ts';

export async function authenticate(c: RequestOf, deps: AuthkitDeps): Promise<Response> {
  const text = await readBody(c, MAX_BODY_BYTES, `${AUTHENTICATE_PATH} takes at most ${MAX_BODY_BYTES} bytes`);
  const granted = await judged(c, text, deps);
  if (isRefusal(granted)) {
    if (granted.mail !== undefined) deps.mail(granted.mail);
    return refusalAnswer(c, granted);
  }
  tell(c, { signIn: granted.outcome, user: granted.userId });
  return withSessionCookies(c, answer(c, 200, new Uint8Array(granted.answer)), granted.answer, deps.options);
}

async function judged(c: RequestOf, text: string, deps: AuthkitDeps): Promise<Granted | Refusal> {
  const members = readMembers(text, c.req.header('content-type'));
  if (members === undefined)
    return invalid('The body must be one JSON object, or a form, that names each member once.');
  const type = members.text('grant_type');
  const grant = type !== undefined && Object.hasOwn(GRANTS, type) ? GRANTS[type] : undefined;
  if (grant === undefined) return invalid(`grant_type must be one of ${Object.keys(GRANTS).join(', ')}.`);
  const known = judgeClient(c, members, deps.options);
  if (isRefusal(known)) return known;
  const values = valuesOf(c, grant, members);
  if (isRefusal(values)) return values;
  if (known.isPublic && !grant.isOpen(values as GrantValues)) return NEEDS_SECRET;
  const client = clientOf(c, members, known.isPublic);
  return grant.redeem({ values: values as GrantValues, client, signIns: deps.signIns, context: contextOf(c, deps) });
}

function valuesOf(c: RequestOf, { needs, takes = [] }: Grant, members: Members): GrantValues | Refusal {
  const given = (name: string) => members.text(name) ?? (members.has(name) ? undefined : refreshCookie(c, name));
  const missing = needs.find((name) => given(name) === undefined);
  if (missing !== undefined) return invalid(`${missing} must be given, as text.`);
  const unread = takes.find((name) => members.has(name) && members.text(name) === undefined);
  if (unread !== undefined) return invalid(`${unread} must be text.`);
  return Object.fromEntries([...needs, ...takes].map((name) => [name, given(name)]));
}

/** What the server of a dashboard says of the browser; a browser that comes by itself is asked itself. */
function clientOf(c: RequestOf, members: Members, isPublic: boolean): Client {
  const userAgent = members.text('user_agent') ?? (isPublic ? c.req.header('user-agent') : undefined);
  return {
    public: isPublic,
    ipAddress: members.text('ip_address')?.slice(0, 100) ?? null,
    userAgent: userAgent?.slice(0, 1000) ?? null,
  };
}

const NEEDS_SECRET = oauthRefusal(
  'invalid_client',
  'client_secret must be given; without it, a code needs a code_verifier.',
);

function invalid(description: string): Refusal {
  return oauthRefusal('invalid_request', description);
}
