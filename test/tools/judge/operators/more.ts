/** Further ways to read claims, ids and tokens loosely or too strictly, and answers of another form. */
import { CLAIMS } from '../api/correct.ts';
import type { Asked, ClaimCheck, Claims, Expected, Reply, Rules } from '../api/rules.ts';
import { afterwards, claimsOf, credentialOf, isCallback, refusal, rewritten, surrounded } from './around.ts';
import { lapses, type Mistake, mistakes } from './operator.ts';

const orElse =
  (claim: keyof typeof CLAIMS, check: ClaimCheck): (() => Partial<Rules>) =>
  () => ({
    claims: {
      ...CLAIMS,
      [claim]: (claims: Claims, expected: Expected) => CLAIMS[claim](claims, expected) || check(claims, expected),
    },
  });
const andAlso =
  (check: ClaimCheck): ((rules: Rules) => Partial<Rules>) =>
  ({ claims }) => ({ claims: { ...claims, more: check } });
const text = (value: unknown) => (typeof value === 'string' ? value : '');
const bare = (issuer: string) => issuer.replace(/\/+$/, '');
const through =
  (change: (id: string) => string, which?: 'jti' | 'sid') =>
  ({ idOf }: Rules): Partial<Rules> => ({
    idOf: (value, claim) => {
      const id = idOf(value, claim);
      return id === undefined || (which !== undefined && which !== claim) ? id : change(id);
    },
  });
const iss = (check: (issuer: string, right: string, claims: Claims) => boolean) =>
  orElse('iss', (claims, { issuer }) => check(text(claims.iss), bare(issuer), claims));
const client = (check: (claims: Claims, right: string) => boolean) =>
  orElse('client', (claims, { clientId }) => check(claims, clientId));
const isRefusal = (reply: Reply, asked: Asked) => isCallback(asked) && reply.status === 401;
const isOk = (reply: Reply, asked: Asked) => isCallback(asked) && reply.status === 200;
const refused = (change: (reply: Reply) => Reply) =>
  afterwards((reply, asked) => (isRefusal(reply, asked) ? change(reply) : reply));
const accepted = (change: (reply: Reply) => Reply) =>
  afterwards((reply, asked) => (isOk(reply, asked) ? change(reply) : reply));
const answering = (why: RegExp, status: number) => (): Partial<Rules> => ({
  statusOf: (right, message) => (why.test(message) ? status : right),
});
const without = (name: string, isMeant: (reply: Reply, asked: Asked) => boolean) =>
  afterwards((reply, asked) =>
    isMeant(reply, asked)
      ? { ...reply, headers: Object.fromEntries(Object.entries(reply.headers).filter(([key]) => key !== name)) }
      : reply,
  );
const typed = (type: string, isMeant: (reply: Reply, asked: Asked) => boolean) =>
  afterwards((reply, asked) =>
    isMeant(reply, asked) ? { ...reply, headers: { ...reply.headers, 'content-type': type } } : reply,
  );
const replaying = (change: (reply: Reply, count: number) => Reply) =>
  surrounded(() => {
    const counts = new Map<string, number>();
    return async (asked, next) => {
      const reply = await next(asked);
      if (!isOk(reply, asked)) return reply;
      const { sub, jti, sid } = claimsOf(asked);
      const name = `${sub} ${jti} ${jti === undefined ? sid : ''}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
      return (counts.get(name) ?? 0) > 1 ? change(reply, counts.get(name) ?? 0) : reply;
    };
  });

export const MORE_MISTAKES: readonly Mistake[] = [
  ...mistakes('a date is of another type', {
    'exp 0 never expires': orElse('exp', ({ exp }) => exp === 0),
    'exp false never expires': orElse('exp', ({ exp }) => exp === false),
    'exp true never expires': orElse('exp', ({ exp }) => exp === true),
    'exp in a list': orElse('exp', ({ exp }, { now }) => Array.isArray(exp) && Number(exp[0]) > now),
    'exp as a date': orElse('exp', ({ exp }, { now }) => Date.parse(text(exp)) / 1000 > now),
    'exp in milliseconds is not converted': orElse(
      'exp',
      ({ exp }, { now }) => typeof exp === 'number' && exp > now - 120,
    ),
    'exp of two minutes ago': orElse('exp', ({ exp }, { now }) => typeof exp === 'number' && exp > now - 150),
    'nbf in two minutes': orElse('nbf', ({ nbf }, { now }) => typeof nbf === 'number' && nbf < now + 150),
    'nbf as a text is not looked at': orElse('nbf', ({ nbf }) => typeof nbf === 'string'),
    'iat stands for exp': orElse(
      'exp',
      ({ iat, exp }, { now }) => exp === undefined && typeof iat === 'number' && iat > now - 3600,
    ),
  }),
  ...mistakes('an issuer of another form', {
    'its end alone': iss((given, right) => given !== '' && right.endsWith(given)),
    'blanks around it': iss((given, right) => bare(given.trim()) === right),
    'without its scheme': iss((given, right) => given === right.replace(/^https?:\/\//, '')),
    'http for https': iss(
      (given, right) => bare(given).replace(/^http:/, 'https:') === right.replace(/^http:/, 'https:'),
    ),
    'with its port': iss((given, right) => given.replace(/:443\b/, '') === right),
    'with a query': iss((given, right) => given.split(/[?#]/)[0] === right),
    'the newer form too': iss((given, right) => given.startsWith(`${right}/user_management/`)),
    'an object with it': orElse(
      'iss',
      ({ iss: given }, { issuer }) => JSON.stringify(given)?.includes(issuer) === true && typeof given === 'object',
    ),
    'a subdomain': iss(
      (given, right) => URL.canParse(given) && new URL(given).host.endsWith(`.${new URL(right).host}`),
    ),
  }),
  ...mistakes('a client of another form', {
    'azp although client_id is another': client(({ azp }, right) => azp === right),
    'in another case': client(
      ({ client_id, azp }, right) => text(client_id ?? azp).toLowerCase() === right.toLowerCase(),
    ),
    'one that begins so': client(({ client_id, azp }, right) => text(client_id ?? azp).startsWith(right)),
    'its beginning': client(
      ({ client_id, azp }, right) => text(client_id ?? azp).length > 6 && right.startsWith(text(client_id ?? azp)),
    ),
    'a list with it': client(
      ({ client_id, azp }, right) =>
        Array.isArray(client_id ?? azp) && ((client_id ?? azp) as unknown[]).includes(right),
    ),
    'blanks around it': client(({ client_id, azp }, right) => text(client_id ?? azp).trim() === right),
    'aud although client_id is another': client(({ aud }, right) => [aud].flat().includes(right)),
    'an empty one': client(({ client_id }) => client_id === ''),
    null: client(({ client_id, azp }) => client_id === null && azp === undefined),
  }),
  ...mistakes('a good token is refused', {
    'without a session': andAlso(({ sid }) => sid !== undefined),
    'of azp alone': andAlso(({ client_id }) => client_id !== undefined),
    'of an organization': andAlso(({ org_id }) => org_id === undefined),
    'with aud of an API': andAlso(({ aud }, { clientId }) => aud === undefined || aud === clientId),
    'with nbf': andAlso(({ nbf }) => nbf === undefined),
    'that lives longer than an hour': andAlso(({ exp, iat }, { now }) => Number(exp) - Number(iat ?? now) <= 3700),
    'of an impersonator': andAlso(({ act }) => act === undefined),
    'with an unknown claim': andAlso((claims) =>
      Object.keys(claims).every((name) => !/^(urn:|https?:|custom|x_)/.test(name)),
    ),
    'beyond 2,000 characters': surrounded(
      () => async (asked, next) => (isCallback(asked) && credentialOf(asked).length > 2000 ? refusal() : next(asked)),
    ),
  }),
  ...mistakes('a token of another form', {
    'four parts': () => ({ shape: /^[\w-]+\.[\w-]+\.[\w-]+(\.[\w-]*)?$/ }),
    'a dot at its end': surrounded(
      () => async (asked, next) =>
        next({
          ...asked,
          headers: { ...asked.headers, authorization: asked.headers.authorization?.replace(/\.+$/, '') },
        }),
    ),
    'a kid in another case': ({ keyOf }) => ({
      keyOf: (kid, keys, header) =>
        keyOf(kid, keys, header) ?? [...keys].find(([name]) => name.toLowerCase() === text(kid).toLowerCase())?.[1],
    }),
    'the beginning of a kid': ({ keyOf }) => ({
      keyOf: (kid, keys, header) =>
        keyOf(kid, keys, header) ?? [...keys].find(([name]) => text(kid) !== '' && name.startsWith(text(kid)))?.[1],
    }),
    'a kid with more behind': ({ keyOf }) => ({
      keyOf: (kid, keys, header) =>
        keyOf(kid, keys, header) ?? [...keys].find(([name]) => text(kid).startsWith(name))?.[1],
    }),
    'a kid that is a list': ({ keyOf }) => ({ keyOf: (kid, keys, header) => keyOf([kid].flat()[0], keys, header) }),
    'any alg, verified as RS256': () => ({ algorithms: ['RS256', 'HS256', 'RS512', 'ES256', 'none', 'PS256'] }),
  }),
  ...mistakes('an id is read otherwise', {
    'letters of ULIDs that look alike': through((id) => id.replace(/[oO]/g, '0').replace(/[iIlL]/g, '1')),
    'its first 10 characters': through((id) => (/^[0-9A-Z]{26}$/.test(id) ? id.slice(0, 10) : id)),
    'its last 16 characters': through((id) => id.slice(-16)),
    'its first 48 characters': through((id) => id.slice(0, 48)),
    'its first 100 characters': through((id) => id.slice(0, 100)),
    'its first 250 characters': through((id) => id.slice(0, 250)),
    'blanks before it are dropped': through((id) => id.trimStart()),
    'blanks after it are dropped': through((id) => id.trimEnd()),
    'without hyphens': through((id) => id.replace(/-/g, '')),
    'without quotes': through((id) => id.replace(/^["']|["']$/g, '')),
    'without what is not seen': through((id) => id.replace(/[\u200b-\u200f\u2060\ufeff\u00ad]/g, '')),
    'case beyond ASCII': through((id) => [...id].map((c) => (c > '\x7f' ? c.toLowerCase() : c)).join('')),
    'case of hexadecimal': through((id) => (/^[0-9a-f-]+$/i.test(id) ? id.toLowerCase() : id)),
    'its first item': through((id) => id.split(/[,;]/)[0] || id),
    'without a slash at its end': through((id) => id.replace(/\/+$/, '')),
    'in ASCII, others dropped': through((id) => id.replace(/[^\x00-\x7f]/g, '') || id),
    'its letters in order': through((id) => [...id].sort().join('')),
    'without dots at its end': through((id) => id.replace(/\.+$/, '')),
    'a number in it': through((id) => (Number.isFinite(Number(id)) && id.trim() !== '' ? String(Number(id)) : id)),
    'entities decoded': through((id) =>
      id.replace(/&amp;/g, '&').replace(/&#(\d+);/g, (_, n) => String.fromCharCode(Number(n))),
    ),
    'backslashes dropped': through((id) => id.replace(/\\/g, '')),
    'as base64': through((id) => Buffer.from(id, 'base64').toString('base64') || id),
    'a colon for a blank': through((id) => id.replace(/[:\s]/g, ':')),
    'the session after its prefix': through((id) => id.split('_').at(-1) || id, 'sid'),
    'the session in 27 characters': through((id) => id.slice(0, 27), 'sid'),
  }),
  ...mistakes('another record is found', {
    'a token id that looks like a session': () => ({
      idempotencyKeyOf: (token, session) => token ?? (session && `workos-session:${session}`),
    }),
    'a session that looks like a token id': () => ({
      idempotencyKeyOf: (token, session) => (token ? `workos-jti:${token}` : session),
    }),
    'null is an id': ({ idOf }) => ({
      idOf: (value, claim) => (value === null && claim === 'jti' ? 'null' : idOf(value, claim)),
    }),
    'that of its session, if there is one': () => {
      const sessions = new Set<string>();
      return {
        idempotencyKeyOf: (token, session) => {
          if (token === undefined && session !== undefined) sessions.add(session);
          return session !== undefined && sessions.has(session) ? `sid:${session}` : token && `jti:${token}`;
        },
      };
    },
    'that of the first token of its session': () => {
      const first = new Map<string, string>();
      return {
        idempotencyKeyOf: (token, session) => {
          if (token !== undefined && session !== undefined && !first.has(session)) first.set(session, token);
          if (token !== undefined) return `jti:${token}`;
          const known = session === undefined ? undefined : first.get(session);
          return known ? `jti:${known}` : session && `sid:${session}`;
        },
      };
    },
  }),
  ...mistakes('a record goes', {
    'when its user signs in again': surrounded(() => {
      const last = new Map<unknown, string>();
      return async (asked, next, { store }) => {
        const reply = await next(asked);
        const { sub, jti, sid } = claimsOf(asked);
        if (!isOk(reply, asked)) return reply;
        const record = `${sub} ${jti === undefined ? `sid:${sid}` : `jti:${jti}`}`;
        const before = last.get(sub);
        if (before !== undefined && before !== record) store.records.remove(before);
        last.set(sub, record);
        return reply;
      };
    }),
    'when the address changes': surrounded(() => {
      const held = new Map<unknown, { email: string; records: string[] }>();
      return async (asked, next, { store }) => {
        const reply = await next(asked);
        const { sub, jti, sid } = claimsOf(asked);
        if (!isOk(reply, asked)) return reply;
        const email = JSON.parse(reply.body).workspace_member.email;
        const mine = held.get(sub) ?? { email, records: [] };
        if (email !== mine.email) for (const record of mine.records) store.records.remove(record);
        held.set(sub, {
          email,
          records: [...mine.records, `${sub} ${jti === undefined ? `sid:${sid}` : `jti:${jti}`}`],
        });
        return reply;
      };
    }),
    'when the key is used': surrounded(() => {
      const made = new Map<unknown, string>();
      return async (asked, next, { store }) => {
        const reply = await next(asked);
        const { sub, jti, sid } = claimsOf(asked);
        if (isOk(reply, asked) && !made.has(sub))
          made.set(sub, `${sub} ${jti === undefined ? `sid:${sid}` : `jti:${jti}`}`);
        const publicId = /^ap_pk_preview_(\w{16})_/.exec(credentialOf(asked))?.[1] ?? '';
        if (asked.url === '/v1/whoami') store.records.remove(made.get(store.keys.get(publicId)?.subject) ?? '');
        return reply;
      };
    }),
    'when 30 others were made': surrounded(() => {
      const order: string[] = [];
      return async (asked, next, { store }) => {
        const reply = await next(asked);
        const { sub, jti, sid } = claimsOf(asked);
        if (!isOk(reply, asked)) return reply;
        const record = `${sub} ${jti === undefined ? `sid:${sid}` : `jti:${jti}`}`;
        if (!order.includes(record)) order.push(record);
        if (order.length > 30) store.records.remove(order.shift() ?? '');
        return reply;
      };
    }),
    'when the dashboard is read': surrounded(() => {
      const made = new Map<unknown, string>();
      return async (asked, next, { store }) => {
        const reply = await next(asked);
        const { sub, jti, sid } = claimsOf(asked);
        if (isOk(reply, asked)) made.set(sub, `${sub} ${jti === undefined ? `sid:${sid}` : `jti:${jti}`}`);
        if (asked.url.startsWith('/v1/web/')) store.records.remove(made.get(sub) ?? '');
        return reply;
      };
    }),
  }),
  ...mistakes('a repeated answer is of another form', {
    '201': replaying((reply) => ({ ...reply, status: 201 })),
    '208': replaying((reply) => ({ ...reply, status: 208 })),
    'without a body': replaying((reply) => ({ ...reply, body: '' })),
    cut: replaying((reply) => ({ ...reply, body: reply.body.slice(0, -10) })),
    twice: replaying((reply) => ({ ...reply, body: reply.body + reply.body })),
    'the third time': replaying((reply, count) =>
      count === 3
        ? { ...reply, body: reply.body.replace(/"default_api_key": ?\{.*\}/, '"default_api_key":null}') }
        : reply,
    ),
    'scopes in another order': replaying((reply) => ({
      ...reply,
      body: reply.body.replace(/"publish", ?"read", ?"admin"/g, '"admin","publish","read"'),
    })),
    'times without milliseconds': replaying((reply) => ({
      ...reply,
      body: reply.body.replace(/\.\d{3}(\d{3})?(Z|\+00:00)/g, 'Z'),
    })),
    'text/plain': replaying((reply) => ({ ...reply, headers: { ...reply.headers, 'content-type': 'text/plain' } })),
  }),
  ...mistakes('a refusal is of another form', {
    '302': refused((reply) => ({ ...reply, status: 302, headers: { location: '/login' }, body: '' })),
    '200 with an error': refused((reply) => ({ ...reply, status: 200 })),
    '422': answering(/refused|WorkOS/, 422),
    'no body': refused((reply) => ({ ...reply, body: '' })),
    'an error as text': rewritten(isRefusal, ({ error }) => ({ error: error.message })),
    'an error without message': rewritten(isRefusal, ({ error: { message: _, ...error } }) => ({ error })),
    'a message that is no text': rewritten(isRefusal, ({ error }) => ({ error: { ...error, message: ['no'] } })),
    'a list of errors': rewritten(isRefusal, ({ error }) => ({ errors: [error] })),
    'no token is 400': answering(/no access token/, 400),
    'no token is 403': answering(/no access token/, 403),
    'no ids is 400': answering(/token_id/, 400),
    'no ids is 422': answering(/token_id/, 422),
    'a removed user is 403': answering(/WorkOS/, 403),
    'a removed user is 404': answering(/WorkOS/, 404),
    'a removed user is 500': answering(/WorkOS/, 500),
    'an expired token is 403': answering(/refused: exp/, 403),
    'another issuer is 403': answering(/refused: iss/, 403),
    'another client is 403': answering(/refused: client/, 403),
    'a token that is none is 400': answering(/refused: (shape|header|payload)/, 400),
    'a token that is none is 500': answering(/refused: (shape|header|payload)/, 500),
    'an unknown key is 500': answering(/refused: key/, 500),
    'another algorithm is 500': answering(/refused: header/, 500),
    'not yet good is 503': answering(/refused: nbf/, 503),
    'a text of HTML': typed('text/html', isRefusal),
  }),
  ...mistakes('an answer has other bytes', {
    'a mark before it': accepted((reply) => ({ ...reply, body: `\ufeff${reply.body}` })),
    'text after it': accepted((reply) => ({ ...reply, body: `${reply.body}{}` })),
    'a guard before it': accepted((reply) => ({ ...reply, body: `)]}',\n${reply.body}` })),
    'reads as text': typed('text/plain', (reply, { url }) => url.startsWith('/v1/web/') && reply.status === 200),
    'whoami as text': typed('text/plain', (reply, { url }) => url === '/v1/whoami' && reply.status === 200),
    'wrong keys as text': typed('text/plain', (reply, { url }) => url === '/v1/whoami' && reply.status === 401),
    'unknown members as text': typed('text/plain', (reply) => reply.status === 403),
    'text/json': typed('text/json', isOk),
  }),
  ...mistakes('many at the same time', {
    'those who come second get 500': surrounded(() => {
      const running = new Map<unknown, number>();
      return async (asked, next) => {
        if (!isCallback(asked)) return next(asked);
        const { sub } = claimsOf(asked);
        const count = (running.get(sub) ?? 0) + 1;
        running.set(sub, count);
        try {
          return count > 1 ? refusal('internal_error', 500) : await next(asked);
        } finally {
          running.set(sub, (running.get(sub) ?? 1) - 1);
        }
      };
    }),
    'those who come second get 401': surrounded(() => {
      const running = new Map<unknown, number>();
      return async (asked, next) => {
        if (!isCallback(asked)) return next(asked);
        const { sub } = claimsOf(asked);
        const count = (running.get(sub) ?? 0) + 1;
        running.set(sub, count);
        try {
          return count > 1 ? refusal() : await next(asked);
        } finally {
          running.set(sub, (running.get(sub) ?? 1) - 1);
        }
      };
    }),
    'duplicates of a later sign-in run apart': surrounded(() => {
      const running = new Map<string, number>();
      return async (asked, next) => {
        if (!isCallback(asked)) return next(asked);
        const name = credentialOf(asked);
        const count = (running.get(name) ?? 0) + 1;
        running.set(name, count);
        try {
          const reply = await next(asked);
          if (count < 2 || reply.status !== 200 || !/"default_api_key": ?null/.test(reply.body)) return reply;
          return {
            ...reply,
            body: reply.body.replace(
              /("last_seen_at": ?"[^"]+)(\d)(\D*")/,
              (_, a, n, z) => `${a}${(Number(n) + 1) % 10}${z}`,
            ),
          };
        } finally {
          running.set(name, (running.get(name) ?? 1) - 1);
        }
      };
    }),
  }),
  ...lapses('an unusual token is refused', {
    'with a slash after its issuer': andAlso(({ iss: given }, { issuer }) => given === issuer),
    'without iat': andAlso(({ iat }) => iat !== undefined),
    'beyond 4,000 characters': surrounded(
      () => async (asked, next) => (isCallback(asked) && credentialOf(asked).length > 4000 ? refusal() : next(asked)),
    ),
    'with exp beyond 2038': andAlso(({ exp }) => Number(exp) < 2 ** 31),
    'with a fraction in exp': andAlso(({ exp }) => Number.isInteger(exp)),
  }),
  ...lapses('an issuer is read a little loosely', {
    'any number of slashes': iss((given, right) => bare(given) === right),
  }),
  ...lapses('a header is missing in places', {
    'Cache-Control of refusals': without('cache-control', isRefusal),
    'Cache-Control of reads': without(
      'cache-control',
      (reply, { url }) => url.startsWith('/v1/web/') && reply.status === 200,
    ),
    'WWW-Authenticate of reads': without(
      'www-authenticate',
      (reply, { url }) => url.startsWith('/v1/web/') && reply.status === 401,
    ),
    'X-Request-Id of refusals': without('x-request-id', isRefusal),
    'request_id of errors': rewritten(
      (reply) => reply.status >= 400 && reply.body !== '',
      ({ error: { request_id: _, ...error } }) => ({ error }),
    ),
    'request_id of errors is another': rewritten(
      (reply) => reply.status >= 400 && reply.body !== '',
      ({ error }) => ({ error: { ...error, request_id: 'req_another_one' } }),
    ),
    'Retry-After of 409': ({ around: _ }) => ({
      ...without('retry-after', ({ status }) => status === 409)(),
      duplicates: 'conflict',
      latencyMs: 60,
    }),
  }),
];
