/** A sign-in on the page: for a dashboard that the person returns to, or for a device that waits. */
import { html } from 'hono/html';
import { isLoopback } from '../../../machine/values/network.ts';
import { issueCode } from '../../../workos/authkit/code.ts';
import { approveDevice, denyDevice } from '../../../workos/authkit/device.ts';
import type { SignInTarget } from '../../../workos/authkit/sign-in.ts';
import type { Returned } from '../../../workos/authkit/sign-in-failures.ts';
import type { DeviceRow } from '../../../workos/authkit/sign-ins.ts';
import type { RequestOf } from '../../http/answers.ts';
import { type OpenRequest, returnTo } from './open-request.ts';
import { formTarget, type Html, pageAnswer } from './page/layout.ts';

export interface OpenSignIn extends SignInTarget {
  readonly screen: 'sign-in' | 'sign-up';
  readonly loginHint: string | undefined;
  /** Of the page, for a form that is sent by GET. */
  readonly query: URLSearchParams;
  /** Says what the sign-in is for. */
  readonly lead: Html;
  readonly notes: readonly string[];
  /** Beside this server, where the answer to a form may lead. */
  readonly formTarget: string | undefined;
  /** Where the person goes once it is over. */
  leave(c: RequestOf, parameters: Returned): Response | Promise<Response>;
}

export function forDashboard(c: RequestOf, { request, query }: OpenRequest): OpenSignIn {
  const { redirectUri, challenge, provider, organizationId, screen, loginHint } = request;
  const target = formTarget(redirectUri);
  return {
    provider,
    organizationId,
    screen,
    loginHint,
    query,
    lead: html`<p>You return to <strong>${target}</strong>.</p>`,
    notes: notesOf(c, redirectUri),
    formTarget: target,
    complete: (rows, signedIn, context) => ({
      code: issueCode(rows, signedIn, { redirect_uri: redirectUri, challenge }, context),
    }),
    deny: () => undefined,
    leave: (answering, parameters) => returnTo(answering, 303, request, parameters),
  };
}

export function forDevice(device: DeviceRow, query: URLSearchParams): OpenSignIn {
  return {
    provider: 'authkit',
    organizationId: undefined,
    screen: 'sign-in',
    loginHint: undefined,
    query,
    lead: html`<p>A device asks to be signed in. Continue only if it shows this code:</p>
<p><output>${device.user_code}</output></p>`,
    notes: [],
    formTarget: undefined,
    complete: (rows, signedIn, context) => {
      approveDevice(rows, device, signedIn, context);
      return {};
    },
    deny: (rows) => denyDevice(rows, device),
    leave: (c, { error }) => devicePage(c, error === undefined),
  };
}

function devicePage(c: RequestOf, isSignedIn: boolean): Promise<Response> {
  const title = isSignedIn ? 'The device is signed in' : 'The device is not signed in';
  return pageAnswer(c, { title, body: html`<h1>${title}</h1><p>You may close this page.</p>` });
}

/** Cookies of `localhost` and of `127.0.0.1` are of different sites, though both are this machine. */
function notesOf(c: RequestOf, redirectUri: string): readonly string[] {
  const [here, there] = [new URL(c.req.url).hostname, new URL(redirectUri).hostname];
  if (!isLoopback(here) || !isLoopback(there) || here === there) return [];
  return [
    `This page is at ${here}, and your dashboard at ${there}: some cookies get lost between the two. Use one name for both, with WORKOS_API_HOSTNAME=${there}.`,
  ];
}
