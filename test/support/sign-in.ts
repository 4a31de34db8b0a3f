/** The sign-in of the local WorkOS as a browser and a dashboard do it, without either. */
import { createHash, randomBytes } from 'node:crypto';
import { LOCAL_API_KEY, LOCAL_CLIENT_ID } from '../../src/machine/settings.ts';

export const REDIRECT = 'http://localhost:3000/callback';

export interface Pkce {
  readonly verifier: string;
  readonly challenge: string;
}

export function pkce(): Pkce {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

/** The query of an authorize URL; `undefined` leaves a parameter out. */
export function authorizeQuery(changed: Readonly<Record<string, string | undefined>> = {}): string {
  const parameters = {
    client_id: LOCAL_CLIENT_ID,
    redirect_uri: REDIRECT,
    response_type: 'code',
    provider: 'authkit',
    ...changed,
  };
  const given = Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return new URLSearchParams(given as [string, string][]).toString();
}

export interface ShownPage {
  readonly url: string;
  readonly status: number;
  readonly html: string;
  readonly headers: Headers;
  readonly cookie: string;
  readonly token: string;
  /** Sends one of its forms, as a browser would. */
  send(fields: Readonly<Record<string, string>>, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

/** @param base of the server, such as `http://127.0.0.1:8787` */
export async function openPage(base: string, query = authorizeQuery(), cookie?: string): Promise<ShownPage> {
  const url = `${base}/user_management/authorize?${query}`;
  const response = await fetch(url, { redirect: 'manual', headers: cookie === undefined ? {} : { cookie } });
  return shownPage(url, response, cookie);
}

/** Reads a page as a browser would, to go on with its forms. */
export async function shownPage(url: string, response: Response, cookie?: string): Promise<ShownPage> {
  const html = await response.text();
  const set = response.headers.get('set-cookie')?.split(';')[0] ?? cookie ?? '';
  const fields = [...html.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)];
  const hidden = Object.fromEntries(fields.map(([, name = '', value = '']) => [name, value]));
  return {
    url,
    status: response.status,
    html,
    headers: response.headers,
    cookie: set,
    token: hidden.token ?? '',
    send: (sent, headers = {}) =>
      fetch(url, {
        method: 'POST',
        redirect: 'manual',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          origin: new URL(url).origin,
          cookie: set,
          ...headers,
        },
        body: new URLSearchParams({ ...hidden, ...sent }).toString(),
      }),
  };
}

/** The parameters with which the browser is sent back. */
export function returned(response: Response): URLSearchParams {
  return new URL(response.headers.get('location') ?? 'none:').searchParams;
}

/** A sign-in of that address, up to its code. */
export async function codeFor(
  base: string,
  email = 'ada@example.com',
  parameters: Readonly<Record<string, string | undefined>> = {},
): Promise<string> {
  const page = await openPage(base, authorizeQuery(parameters));
  return returned(await page.send({ email })).get('code') ?? '';
}

export interface GrantAnswer {
  readonly status: number;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: the body of an answer is whatever the test says it is
  readonly body: any;
  readonly headers: Headers;
}

/** Asks for tokens, with the secret unless it is left out. */
export async function authenticate(
  base: string,
  members: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<GrantAnswer> {
  const body = { client_id: LOCAL_CLIENT_ID, client_secret: LOCAL_API_KEY, ...members };
  const response = await fetch(`${base}/user_management/authenticate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text), headers: response.headers };
}

export const exchange = (base: string, code: string, more: Readonly<Record<string, unknown>> = {}) =>
  authenticate(base, { grant_type: 'authorization_code', code, ...more });

export const refresh = (base: string, refreshToken: string, more: Readonly<Record<string, unknown>> = {}) =>
  authenticate(base, { grant_type: 'refresh_token', refresh_token: refreshToken, ...more });
