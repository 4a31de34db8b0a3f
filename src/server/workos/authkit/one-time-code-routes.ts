/** Codes that are mailed: made, shown, and taken to verify an address. */
import { isoTime } from '../../../machine/values/time.ts';
import { isEmail } from '../../../machine/values/user.ts';
import {
  issueOneTimeCode,
  judgeOneTimeCode,
  mailOf,
  oneTimeCodeObject,
} from '../../../workos/authkit/one-time-code.ts';
import { isRefusal } from '../../../workos/authkit/refusal.ts';
import type { OneTimeCodeRow } from '../../../workos/authkit/sign-ins.ts';
import { userObject } from '../../../workos/user-object.ts';
import { newUser } from '../../../workos/users.ts';
import { json, type RequestOf } from '../../http/answers.ts';
import { readBody } from '../../http/body.ts';
import { refusalAnswer } from '../errors.ts';
import { INVALID_PARAMETERS, withApiKey, workosError } from '../workos-request.ts';
import { type AuthkitDeps, contextOf } from './deps.ts';
import { readMembers } from './grant-body.ts';
import { MAX_BODY_BYTES } from './sent-form.ts';

/** For the oldest user with the address; an unknown address makes a new user. */
export const createMagicAuth = withApiKey<AuthkitDeps>(async (c: RequestOf, deps) => {
  const email = await memberOf(c, 'email');
  if (!isEmail(email)) return workosError(c, 422, INVALID_PARAMETERS, 'email must be an e-mail address.');
  const { now, random } = contextOf(c, deps);
  const wanted = { ...newUser(`user_${random.ulid(now)}`, email, isoTime(now)), email_verified: false };
  const mailed = await deps.signIns.write((rows) => {
    const [user] = rows.users.findOrAdd(wanted);
    return issueOneTimeCode(rows, user, 'magic_auth', contextOf(c, deps));
  });
  deps.mail(mailOf(mailed));
  return json(c, oneTimeCodeObject(mailed), 201);
});

export const getMagicAuth = shown('magic_auth');
export const getEmailVerification = shown('email_verification');

export const sendEmailVerification = withApiKey<AuthkitDeps>(async (c: RequestOf, deps) => {
  const sent = await deps.signIns.write((rows) => {
    const user = rows.users.find(c.req.param('id') ?? '');
    return user && { user, mailed: issueOneTimeCode(rows, user, 'email_verification', contextOf(c, deps)) };
  });
  if (sent === undefined) return notFound(c, 'User');
  deps.mail(mailOf(sent.mailed));
  return json(c, { user: userObject(sent.user) });
});

export const confirmEmailVerification = withApiKey<AuthkitDeps>(async (c: RequestOf, deps) => {
  const code = await memberOf(c, 'code');
  if (code === undefined) return workosError(c, 422, INVALID_PARAMETERS, 'code must be given, as text.');
  const confirmed = await deps.signIns.write((rows) => {
    const user = rows.users.find(c.req.param('id') ?? '');
    if (user === undefined) return undefined;
    const mailed = rows.oneTimeCodes.newestOf(user.id, 'email_verification');
    return judgeOneTimeCode(rows, mailed, code, contextOf(c, deps));
  });
  if (confirmed === undefined) return notFound(c, 'User');
  return isRefusal(confirmed) ? refusalAnswer(c, confirmed) : json(c, { user: userObject(confirmed) });
});

function shown(purpose: OneTimeCodeRow['purpose']) {
  return withApiKey<AuthkitDeps>(async (c: RequestOf, { signIns }) => {
    const row = await signIns.read(({ oneTimeCodes }) => oneTimeCodes.find(c.req.param('id') ?? ''));
    return row?.purpose === purpose ? json(c, oneTimeCodeObject(row)) : notFound(c, 'Code');
  });
}

async function memberOf(c: RequestOf, name: string): Promise<string | undefined> {
  const text = await readBody(c, MAX_BODY_BYTES, `a body takes at most ${MAX_BODY_BYTES} bytes`);
  return readMembers(text, c.req.header('content-type'))?.text(name);
}

function notFound(c: RequestOf, what: string): Response {
  return workosError(c, 404, 'entity_not_found', `${what} not found.`);
}
