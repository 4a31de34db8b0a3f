/** `--sign-in-as`: a sign-in without a click, for tests. A page of another site must not be able to cause it. */
import { isLoopback } from '../../../machine/values/network.ts';
import { isoTime } from '../../../machine/values/time.ts';
import type { AuthorizationRequest } from '../../../workos/authkit/authorization-request.ts';
import type { DirectoryUser } from '../../../workos/users.ts';
import { newUser } from '../../../workos/users.ts';
import type { RequestOf } from '../../http/answers.ts';
import type { AuthkitDeps } from './deps.ts';

const OWN_SITES = [undefined, 'none', 'same-origin', 'same-site'];

/** @returns undefined if the page must be shown */
export async function userWithoutPerson(
  c: RequestOf,
  request: AuthorizationRequest,
  { options: { signInAs }, signIns, random }: AuthkitDeps,
): Promise<DirectoryUser | undefined> {
  if (signInAs === undefined || c.req.method !== 'GET') return undefined;
  if (request.asksForPerson || request.screen === 'sign-up' || !isOwnDoing(c, request)) return undefined;
  const { now } = c.get('context');
  const user = newUser(`user_${random.ulid(now)}`, signInAs, isoTime(now));
  const { loginHint } = request;
  const meant = await signIns.write(({ users }) =>
    loginHint === undefined ? users.findOrAdd(user) : users.sharing(loginHint),
  );
  return meant.length === 1 ? meant[0] : undefined;
}

function isOwnDoing(c: RequestOf, { redirectUri }: AuthorizationRequest): boolean {
  if (!isLoopback(new URL(c.req.url).hostname)) return false;
  if (OWN_SITES.includes(c.req.header('sec-fetch-site'))) return true;
  const referer = c.req.header('referer') ?? '';
  return URL.canParse(referer) && new URL(referer).origin === new URL(redirectUri).origin;
}
