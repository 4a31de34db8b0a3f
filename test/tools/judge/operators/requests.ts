/** Requests of which more is believed than the token, or which must look in a certain way. */
import type { Asked } from '../api/rules.ts';
import { afterwards, beforehand, CALLBACK, isCallback, refusal, surrounded, withToken } from './around.ts';
import { lapses, type Mistake, mistakes } from './operator.ts';

/** Something beside the token makes another callback: as if it stood in the token id. */
const counts = (part: (asked: Asked) => string | undefined) =>
  surrounded(() => {
    const first = new Map<string, string>();
    return async (asked, next) => {
      const [token, given] = [asked.headers.authorization ?? '', part(asked) ?? ''];
      const reply = await next(asked);
      if (!isCallback(asked) || reply.status !== 200) return reply;
      if (!first.has(token)) first.set(token, given);
      return first.get(token) === given ? reply : { ...reply, body: asSeen(reply.body) };
    };
  });

function asSeen(text: string): string {
  const body = JSON.parse(text);
  const workspace_member = { ...body.workspace_member, last_seen_at: new Date().toISOString() };
  return JSON.stringify({ ...body, workspace_member, default_api_key: null });
}

const header = (name: string) => counts(({ headers }) => [headers[name]].flat().join());
const tokenFrom = (find: (asked: Asked) => string | undefined) =>
  beforehand((asked) => {
    const token =
      asked.headers.authorization === undefined || !/^bearer /i.test(asked.headers.authorization)
        ? find(asked)
        : undefined;
    return token === undefined ? asked : withToken(asked, token);
  });
const refusing = (isMeant: (asked: Asked) => boolean, status: number, code = 'invalid_request') =>
  surrounded(() => async (asked, next) => (isMeant(asked) ? refusal(code, status) : next(asked)));
const signsInBy = (method: string) =>
  beforehand((asked) => (asked.method === method && asked.url === CALLBACK ? { ...asked, method: 'POST' } : asked));

export const REQUEST_MISTAKES: readonly Mistake[] = [
  ...mistakes('a token is taken from elsewhere', {
    'the query': tokenFrom(({ url }) => new URL(url, 'http://x').searchParams.get('access_token') ?? undefined),
    'a cookie': tokenFrom(
      ({ headers }) => /(?:^|; )(?:access_token|token|wos-session|session)=([^;]+)/.exec(headers.cookie ?? '')?.[1],
    ),
  }),
  ...mistakes('more than the token makes a callback', {
    'Idempotency-Key': header('idempotency-key'),
    'User-Agent': header('user-agent'),
    'X-Forwarded-For': header('x-forwarded-for'),
    Origin: header('origin'),
    'X-Request-Id': header('x-request-id'),
    'the query': counts(({ url }) => url.split('?')[1]),
    'the body': counts(({ body }) => body),
    'Content-Type': header('content-type'),
    Accept: header('accept'),
  }),
  ...mistakes('more than the ids makes a key', {
    iat: () => ({ recordOf: (key, subject, { iat }) => `${subject} ${key} ${iat}` }),
    exp: () => ({ recordOf: (key, subject, { exp }) => `${subject} ${key} ${exp}` }),
    'the organization': () => ({ recordOf: (key, subject, { org_id }) => `${subject} ${key} ${org_id}` }),
    'the whole token': () => ({ recordOf: (key, subject, claims) => `${subject} ${key} ${JSON.stringify(claims)}` }),
    'its client': () => ({
      recordOf: (key, subject, { client_id, azp }) => `${subject} ${key} ${client_id ?? azp} ${azp}`,
    }),
    'its issuer as written': () => ({ recordOf: (key, subject, { iss }) => `${subject} ${key} ${iss}` }),
  }),
  ...mistakes('a method does what it should not', {
    'GET signs in': signsInBy('GET'),
    'HEAD signs in': signsInBy('HEAD'),
    'PUT signs in': signsInBy('PUT'),
  }),
  ...mistakes('a body is believed', {
    'its address': afterwards((reply, asked) => {
      const email = /"email":\s*"([^"]+)"/.exec(asked.body)?.[1];
      return email && isCallback(asked)
        ? { ...reply, body: reply.body.replace(/("email": ?")[^"]+/, `$1${email}`) }
        : reply;
    }),
  }),
  ...lapses('a form of the header', {
    'a token without a scheme is taken': tokenFrom(
      ({ headers }) => /^[\w-]+\.[\w-]+\.[\w-]+$/.exec(headers.authorization ?? '')?.[0],
    ),
    'a token of any scheme is taken': tokenFrom(({ headers }) => /^\w+ (\S+)$/.exec(headers.authorization ?? '')?.[1]),
    'the scheme in lower case is refused': refusing(
      ({ headers }) => /^bearer /.test(headers.authorization ?? ''),
      401,
      'not_authenticated',
    ),
  }),
  ...lapses('a right request is refused', {
    'with a body': refusing((asked) => isCallback(asked) && asked.body !== '', 400),
    'with a query': refusing((asked) => isCallback(asked) && asked.url.includes('?'), 404, 'not_found'),
    'of a browser': refusing((asked) => /text\/html/.test(asked.headers.accept ?? ''), 406),
  }),
  ...lapses('a token is cut out of its header', {
    'the first of a list': beforehand((asked) => ({
      ...asked,
      headers: { ...asked.headers, authorization: asked.headers.authorization?.split(',')[0] },
    })),
    'text after it is dropped': beforehand((asked) => ({
      ...asked,
      headers: { ...asked.headers, authorization: /^\S+ \S+/.exec(asked.headers.authorization ?? '')?.[0] },
    })),
  }),
];
