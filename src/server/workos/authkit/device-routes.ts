/** Devices: `POST /user_management/authorize/device`, and the page at `/device` where a person signs one in. */
import { beginDevice, waitingDevice } from '../../../workos/authkit/device.ts';
import { isRefusal, oauthRefusal } from '../../../workos/authkit/refusal.ts';
import { DEVICE_PATH } from '../../contract/authkit-routes.ts';
import { json, type RequestOf, tell } from '../../http/answers.ts';
import { readBody } from '../../http/body.ts';
import { refusalAnswer } from '../errors.ts';
import { judgeClient } from './client.ts';
import { type AuthkitDeps, contextOf } from './deps.ts';
import { readMembers } from './grant-body.ts';
import { forDevice, type OpenSignIn } from './open-sign-in.ts';
import { devicePage } from './page/device-page.ts';
import { problemPage } from './page/error-page.ts';
import { pageAnswer } from './page/layout.ts';
import { takeForm } from './page-steps.ts';
import { MAX_BODY_BYTES, readForm } from './sent-form.ts';
import { showWho } from './shown-page.ts';

export async function authorizeDevice(c: RequestOf, deps: AuthkitDeps): Promise<Response> {
  const text = await readBody(c, MAX_BODY_BYTES, `a body takes at most ${MAX_BODY_BYTES} bytes`);
  const members = readMembers(text, c.req.header('content-type'));
  if (members === undefined)
    return refusalAnswer(c, oauthRefusal('invalid_request', 'The body must be one JSON object, or a form.'));
  const client = judgeClient(c, members, deps.options);
  if (isRefusal(client)) return refusalAnswer(c, client);
  const codes = await deps.signIns.write((rows) => beginDevice(rows, contextOf(c, deps)));
  const page = `${new URL(c.req.url).origin}${DEVICE_PATH}`;
  return json(c, {
    device_code: codes.deviceCode,
    user_code: codes.userCode,
    verification_uri: page,
    verification_uri_complete: `${page}?user_code=${codes.userCode}`,
    expires_in: codes.expiresIn,
    interval: codes.interval,
  });
}

/** Asks for the code of a device that waits, and then who signs it in. */
export async function showDevice(c: RequestOf, deps: AuthkitDeps): Promise<Response> {
  const open = await openDevice(c, deps);
  if (open !== undefined) return showWho(c, open, {}, deps);
  tell(c, { signIn: 'page' });
  const typed = queryOf(c, deps).get('user_code');
  const problem =
    typed === null ? undefined : 'No device waits with this code. Look at the device, or begin there again.';
  return pageAnswer(c, {
    title: 'Sign in a device',
    body: devicePage(typed?.slice(0, 20) ?? '', problem),
    status: problem === undefined ? 200 : 400,
  });
}

export async function submitDevice(c: RequestOf, deps: AuthkitDeps): Promise<Response> {
  const form = await readForm(c, deps);
  if (form instanceof Response) return form;
  const open = await openDevice(c, deps);
  if (open !== undefined) return takeForm(c, form, open, deps);
  tell(c, { outcome: 'refused', reason: 'device_not_waiting' });
  return problemPage(c, { status: 400, message: 'This device does not wait any more.', remedy: 'Begin there again.' });
}

async function openDevice(c: RequestOf, deps: AuthkitDeps): Promise<OpenSignIn | undefined> {
  const query = queryOf(c, deps);
  const { now } = c.get('context');
  const device = await deps.signIns.read((rows) => waitingDevice(rows, query.get('user_code') ?? '', now));
  return device && forDevice(device, query);
}

/** That of the page, where its search was used. */
function queryOf(c: RequestOf, { forms }: AuthkitDeps): URLSearchParams {
  const given = new URL(c.req.url).searchParams;
  const sealed = given.get('request');
  return sealed === null ? given : new URLSearchParams(forms.openQuery(sealed) ?? '');
}
