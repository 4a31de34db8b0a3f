/** Headers and queries that are believed, and requests of clients that are answered only in part. */

import type { Asked, Reply, Rules } from '../api/rules.ts';
import { userOf } from '../api/workos.ts';
import { afterwards, beforehand, CALLBACK, isCallback, refusal, rewritten, surrounded } from './around.ts';
import { lapses, type Mistake, mistakes } from './operator.ts';

const header = (asked: Asked, name: string) => [asked.headers[name]].flat().join() || undefined;
const isOk = (reply: Reply, asked: Asked) => isCallback(asked) && reply.status === 200;

/** The answer is about whom something beside the token names. */
const named = (who: (asked: Asked) => string | undefined) =>
  afterwards((reply, asked) => {
    const email = who(asked);
    return isOk(reply, asked) && email !== undefined
      ? { ...reply, body: reply.body.replace(/("email": ?")[^"]+/, `$1${email}`) }
      : reply;
  });

const overridden = (name: string, from: string) =>
  beforehand((asked) =>
    asked.method === from && asked.url.startsWith(CALLBACK) && header(asked, name) !== undefined
      ? { ...asked, method: header(asked, name)?.toUpperCase() ?? asked.method }
      : asked,
  );

/** Without an answer the connection is closed. */
const dropping = (isMeant: (asked: Asked) => boolean) =>
  surrounded(() => async (asked, next) => {
    if (isMeant(asked)) throw new Error('this mistake closes the connection');
    return next(asked);
  });

const claims = (asked: Asked): Record<string, unknown> => {
  try {
    return JSON.parse(Buffer.from(asked.headers.authorization?.split('.')[1] ?? '', 'base64url').toString());
  } catch {
    return {};
  }
};
const later = (status: 409 | 503): Reply => ({
  ...refusal(status === 409 ? 'idempotency_in_flight' : 'database_unavailable', status),
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store', 'retry-after': '1' },
});
const deferring = (status: 409 | 503, isMeant: (asked: Asked) => boolean) =>
  surrounded(() => async (asked, next) => (isCallback(asked) && isMeant(asked) ? later(status) : next(asked)));

/** The second user of a name gets the status. */
const second = (status: 409 | 500, nameOf: (asked: Asked, reply: Reply) => unknown) =>
  surrounded(() => {
    const owners = new Map<unknown, unknown>();
    return async (asked, next) => {
      const reply = await next(asked);
      if (!isOk(reply, asked)) return reply;
      const [name, { sub }] = [nameOf(asked, reply), claims(asked)];
      if (!owners.has(name)) owners.set(name, sub);
      if (name === undefined || owners.get(name) === sub) return reply;
      return status === 409 ? later(409) : refusal('internal_error', 500);
    };
  });

const emailOf = (_: Asked, { body }: Reply) => JSON.parse(body).workspace_member.email;

export const BELIEVED_MISTAKES: readonly Mistake[] = [
  ...mistakes('a header is believed', {
    'X-User-Email': named((asked) => header(asked, 'x-user-email')),
    'X-Forwarded-Email': named((asked) => header(asked, 'x-forwarded-email')),
    'X-User-Id': named((asked) => header(asked, 'x-user-id')),
    'email in the query': named(
      ({ url }) => new URL(url, 'http://x').searchParams.get('email')?.replace('@', '%40') ?? undefined,
    ),
    'X-HTTP-Method-Override of a GET': overridden('x-http-method-override', 'GET'),
  }),
  ...lapses('a request is answered in part', {
    'as another method, by X-HTTP-Method-Override': overridden('x-http-method-override', 'POST'),
    'a Range': afterwards((reply, asked) =>
      isOk(reply, asked) && header(asked, 'range') !== undefined
        ? { ...reply, status: 206, body: reply.body.slice(0, 10) }
        : reply,
    ),
    'If-None-Match': afterwards((reply, asked) =>
      isOk(reply, asked) && header(asked, 'if-none-match') !== undefined ? { ...reply, status: 304, body: '' } : reply,
    ),
    'Prefer: return=minimal': afterwards((reply, asked) =>
      isOk(reply, asked) && /minimal/.test(header(asked, 'prefer') ?? '') ? { ...reply, status: 204, body: '' } : reply,
    ),
  }),
  ...mistakes('a second user is in the way', {
    '409 for an id that another has used': second(409, (asked) => claims(asked).jti),
    '500 for an id that another has used': second(500, (asked) => claims(asked).jti),
    '409 for an address that another has': second(409, emailOf),
    '500 for an address that another has': second(500, emailOf),
    '500 for a known user with an address that another has': surrounded(() => {
      const owners = new Map<unknown, unknown>();
      return async (asked, next) => {
        const reply = await next(asked);
        if (!isOk(reply, asked)) return reply;
        const [email, { sub }] = [emailOf(asked, reply), claims(asked)];
        const isKnown = /"default_api_key": ?null/.test(reply.body);
        if (!owners.has(email)) owners.set(email, sub);
        return isKnown && owners.get(email) !== sub ? refusal('internal_error', 500) : reply;
      };
    }),
    '500 for a session that another has': second(500, (asked) => claims(asked).sid),
  }),
  ...mistakes('not now means never', {
    '409 for tokens of a session alone': deferring(409, (asked) => claims(asked).jti === undefined),
    '503 for tokens of a session alone': deferring(503, (asked) => claims(asked).jti === undefined),
    '503 for an organization': deferring(503, (asked) => claims(asked).org_id !== undefined),
    '409 for tokens without a session': deferring(409, (asked) => claims(asked).sid === undefined),
    'no answer to tokens of a session alone': dropping(
      (asked) => isCallback(asked) && asked.headers.authorization !== undefined && claims(asked).jti === undefined,
    ),
    'no answer to a token of three thousand characters': dropping(
      (asked) => isCallback(asked) && (asked.headers.authorization?.length ?? 0) > 3000,
    ),
    'no answer to a token that is none': dropping(
      (asked) => isCallback(asked) && asked.headers.authorization !== undefined && claims(asked).sub === undefined,
    ),
  }),
  ...mistakes('an outage of WorkOS is read out of a refusal', {
    'an unknown user is a 503': (): Partial<Rules> => ({
      statusOf: (right, why) => (/WorkOS/.test(why) ? 503 : right),
      findUser: userOf,
    }),
  }),
  ...lapses('a request id is taken as it comes', {
    'of any length': surrounded(() => async (asked, next) => {
      const reply = await next(asked);
      const given = header(asked, 'x-request-id');
      return given === undefined ? reply : { ...reply, headers: { ...reply.headers, 'x-request-id': given } };
    }),
  }),
  ...lapses('a refusal says too much', {
    'the token': surrounded(() => async (asked, next) => {
      const reply = await next(asked);
      const error = reply.status === 401 && isCallback(asked) ? JSON.parse(reply.body).error : undefined;
      if (error === undefined) return reply;
      const message = error.message.startsWith('missing')
        ? error.message
        : `${error.message}: ${asked.headers.authorization}`;
      return { ...reply, body: JSON.stringify({ error: { ...error, message } }) };
    }),
    'a stack': rewritten(
      (reply, asked) => isCallback(asked) && reply.status === 401,
      ({ error }) => ({ error: { ...error, stack: 'Error: refused\n    at verify (/srv/api/src/verify.ts:10:5)' } }),
    ),
  }),
];
