/** The bearer token alone decides a callback: no other part of the request, and no token elsewhere. */
import { CALLBACK_PATH } from '../../../server/contract/constants.ts';
import { textDifferences } from '../../replay/difference.ts';
import type { CallbackAnswer } from '../../replay/send.ts';
import { type Asked, type Asking, jsonOf } from '../trial/asking.ts';
import { isFirstSignIn } from '../trial/claims.ts';
import type { Trial } from '../trial/trial.ts';
import { type Claim, judge, must, should } from '../trial/verdict.ts';
import type { Invariant } from './invariant.ts';

export const REQUEST_INVARIANTS = {
  'token-alone-counts': {
    meaning:
      'the bearer token alone decides a callback: not a token elsewhere, other headers, a query, a body or a method',
    needs: 'mint',
    async run(trial) {
      const token = trial.user().token();
      const first = await trial.post(token);
      const claims: Claim[] = [isFirstSignIn('a new user', first)];
      for (const [what, more] of Object.entries(besides(trial)))
        claims.push(...(await isSame(trial, what, more, token, first)));
      const lowerCase = { headers: { authorization: `bearer ${token}` } };
      claims.push(...(await isSame(trial, 'its scheme in lower case', lowerCase, token, first)));
      return judge(...claims, ...(await isNoSignIn(trial, first)));
    },
  },
} as const satisfies Record<string, Invariant>;

type Request = Partial<Asking> & { readonly query?: string };

/** Parts of a request that a client, a browser or a proxy may add. */
function besides(trial: Trial): Readonly<Record<string, Request>> {
  const believed = { email: 'body@example.com', jti: trial.id(), sid: trial.id(), sub: `user_${trial.id()}` };
  const json = JSON.stringify({ ...believed, user: believed });
  return {
    'an Idempotency-Key': { headers: { 'idempotency-key': trial.id() } },
    'another User-Agent': { headers: { 'user-agent': 'Mozilla/5.0' } },
    'an address in X-Forwarded-For': { headers: { 'x-forwarded-for': '203.0.113.7', 'x-real-ip': '203.0.113.7' } },
    'another X-Request-Id': { headers: { 'x-request-id': `check-${trial.id()}` } },
    'the Origin of the API': { headers: { origin: new URL(trial.url).origin } },
    'a media type and no body': { headers: { 'content-type': 'application/json' } },
    'another language': { headers: { 'accept-language': 'fi', 'accept-charset': 'iso-8859-1' } },
    'Accept: text/html': { headers: { accept: 'text/html,*/*;q=0.8' } },
    'the names of another user': {
      headers: Object.fromEntries(
        ['x-user-id', 'x-user-email', 'x-forwarded-user', 'x-forwarded-email', 'x-workos-user-id'].map((name) => [
          name,
          name.endsWith('email') ? believed.email : believed.sub,
        ]),
      ),
    },
    'another method in a header': { headers: { 'x-http-method-override': 'GET', 'x-method-override': 'GET' } },
    'conditions and a range': { headers: { 'if-none-match': '*', range: 'bytes=0-9', prefer: 'return=minimal' } },
    'a cookie': { headers: { cookie: `session=${trial.id()}` } },
    'a query': { query: `?${new URLSearchParams(believed).toString()}` },
    'a body of JSON': { headers: { 'content-type': 'application/json' }, body: json },
    'an empty body of JSON': { headers: { 'content-type': 'application/json' }, body: '{}' },
    'a form': {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(believed).toString(),
    },
    'a body of text': { headers: { 'content-type': 'text/plain' }, body: 'signed in' },
  };
}

function callback(trial: Trial, { query = '', headers, ...request }: Request, token?: string): Promise<Asked> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return trial.ask({
    method: 'POST',
    ...request,
    path: `${CALLBACK_PATH}${query}`,
    headers: { ...authorization, ...headers },
  });
}

/** An API of JSON may refuse other bodies. */
function isOtherText({ headers, body }: Request): boolean {
  return body !== undefined && headers?.['content-type'] !== 'application/json';
}

/** An API may refuse what it does not expect, but must not take it for another callback. */
async function isSame(
  trial: Trial,
  what: string,
  more: Request,
  token: string,
  first: CallbackAnswer,
): Promise<readonly Claim[]> {
  const { status, text } = await callback(trial, more, token);
  const differing = status === 200 ? textDifferences(first.bytes.toString(), text) : [];
  return [
    must(differing.length === 0, `a replay with ${what} is not the first answer again: ${differing.join('; ')}`, first),
    should(status === 200 || isOtherText(more), `a replay with ${what} was answered with ${status}`, first),
    must(status < 500, `a replay with ${what} was answered with ${status}`, first),
  ];
}

/** Many an API reads what stands behind a blank, or takes a known word away. */
function otherSchemes(token: string): Readonly<Record<string, string>> {
  return {
    'a token without a scheme': token,
    'a token of the scheme Basic': `Basic ${token}`,
    'a token of the scheme Token': `Token ${token}`,
  };
}

/** Where a token must not be taken from. */
function elsewhere(token: string): Readonly<Record<string, Request>> {
  return {
    'a token in the query': { query: `?access_token=${token}&token=${token}` },
    'a token in a cookie': {
      headers: {
        cookie: ['access_token', 'token', 'session', 'wos-session'].map((name) => `${name}=${token}`).join('; '),
      },
    },
    'a token in X-Access-Token': { headers: { 'x-access-token': token, 'x-authorization': `Bearer ${token}` } },
    'a token in a body of JSON': {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ access_token: token, token }),
    },
    'a token in a form': {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `access_token=${token}&token=${token}`,
    },
  };
}

const ODD = { 'text after the token': ' more', 'a second token after a comma': ', Bearer x' };
const METHODS = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'];

async function isNoSignIn(trial: Trial, first: CallbackAnswer): Promise<readonly Claim[]> {
  const user = trial.user();
  const claims: Claim[] = [];
  for (const [what, request] of Object.entries(elsewhere(user.token()))) {
    const { status, text } = await callback(trial, request);
    const observed = `a callback with ${what} and no bearer token was answered with ${status}`;
    const isUnauthenticated = status === 401 && codeOf(text) === 'not_authenticated';
    claims.push(must(status !== 200 && status < 500, observed), should(isUnauthenticated, observed));
  }
  for (const [what, authorization] of Object.entries(otherSchemes(trial.user().token()))) {
    const { status } = await callback(trial, { headers: { authorization } });
    const observed = `a callback with ${what} was answered with ${status}`;
    claims.push(must(status < 500, observed), should(status === 401, observed));
  }
  for (const [method, headers] of [
    ...METHODS.map((name) => [name, {}] as const),
    ['GET', { 'x-http-method-override': 'POST', 'x-method-override': 'POST' }] as const,
  ]) {
    const { status } = await callback(trial, { method, headers }, user.token());
    const observed = `${[method, ...Object.keys(headers)].join(' with ')} ${CALLBACK_PATH} was answered with ${status}`;
    // A server may say that it implements no such method.
    claims.push(must(status !== 200 && (status < 500 || status === 501), observed));
    claims.push(should(status === 405 || status === 404, observed));
  }
  claims.push(isFirstSignIn('the user of such requests', await trial.post(user.token())));
  for (const [what, more] of Object.entries(ODD)) {
    const { status } = await callback(trial, {}, `${trial.user().token()}${more}`);
    claims.push(should(status === 401 || status === 400, `a callback with ${what} was answered with ${status}`, first));
  }
  return claims;
}

function codeOf(text: string): unknown {
  const { error } = (jsonOf(text) ?? {}) as { error?: { code?: unknown } };
  return error?.code;
}
