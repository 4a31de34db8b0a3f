/** API keys that do not live as they should, open for others, or show themselves. */
import type { Asked, Inside, Reply, Rules } from '../api/rules.ts';
import { afterwards, claimsOf, credentialOf, isCallback, type Json, refusal, rewritten, surrounded } from './around.ts';
import { lapses, type Mistake, mistakes } from './operator.ts';

const isWhoami = ({ url }: Asked) => url === '/v1/whoami';
const publicIdOf = (asked: Asked) => /^ap_pk_preview_(\w{16})_/.exec(credentialOf(asked))?.[1] ?? '';

/** A key is refused once something has happened to its user. */
const diesWhen = (happens: (asked: Asked, reply: Reply) => boolean) =>
  surrounded(() => {
    const dead = new Set<string>();
    return async (asked, next, { store }) => {
      const owner = store.keys.get(publicIdOf(asked))?.subject;
      if (isWhoami(asked) && owner !== undefined && dead.has(owner)) return refusal();
      const reply = await next(asked);
      const subject = claimsOf(asked).sub ?? owner;
      if (typeof subject === 'string' && happens(asked, reply)) dead.add(subject);
      return reply;
    };
  });

const answered = (asked: Asked, reply: Reply) => isCallback(asked) && reply.status === 200;
const counted = (most: number, isMeant: (asked: Asked, reply: Reply) => boolean) => {
  const counts = new Map<string, number>();
  return diesWhen((asked, reply) => {
    if (!isMeant(asked, reply)) return false;
    counts.set(credentialOf(asked), (counts.get(credentialOf(asked)) ?? 0) + 1);
    return (counts.get(credentialOf(asked)) ?? 0) > most;
  });
};

/** Another credential that is taken for the key of that public id. */
const takes = (right: (given: string, secret: string, inside: Inside) => boolean) =>
  surrounded(() => async (asked, next, inside) => {
    const given = credentialOf(asked);
    const publicId = /^ap_pk_[a-z]+_(\w{16})/i.exec(given)?.[1] ?? '';
    const subject = (inside.store.keys.get(publicId) ?? inside.store.keys.get(publicId.toUpperCase()))?.subject;
    const secret = subject === undefined ? undefined : inside.secretOf(subject);
    const isTaken = isWhoami(asked) && secret !== undefined && right(given, secret, inside);
    return next(isTaken ? { ...asked, headers: { ...asked.headers, authorization: `Bearer ${secret}` } } : asked);
  });

const subjectOf = (asked: Asked, { store }: Inside) =>
  String(claimsOf(asked).sub ?? store.keys.get(publicIdOf(asked))?.subject);
const shows = (
  isMeant: (asked: Asked, reply: Reply) => boolean,
  show: (reply: Reply, secret: string) => Reply,
): (() => Partial<Rules>) =>
  afterwards((reply, asked, inside) => {
    const secret = inside.secretOf(subjectOf(asked, inside));
    return secret !== undefined && isMeant(asked, reply) ? show(reply, secret) : reply;
  });
const header = (name: string) => (reply: Reply, secret: string) => ({
  ...reply,
  headers: { ...reply.headers, [name]: secret },
});
const whoami = (change: (body: Json) => unknown) =>
  rewritten(({ status }, asked) => isWhoami(asked) && status === 200, change);
const isRoute =
  (path: string) =>
  (asked: Asked, { status }: Reply) =>
    asked.url === path && status === 200;
const inBody = (change: (body: Json, secret: string) => unknown) => (reply: Reply, secret: string) => ({
  ...reply,
  body: JSON.stringify(change(JSON.parse(reply.body), secret)),
});
const keys = (change: (items: Json[]) => unknown) =>
  rewritten(
    ({ status }, { url }) => url === '/v1/web/keys' && status === 200,
    (body) => ({ ...body, items: change(body.items) }),
  );

export const KEY_MISTAKES: readonly Mistake[] = [
  ...mistakes('a key dies', {
    'after one use': () => counted(0, (asked) => isWhoami(asked))(),
    'after three uses': () => counted(2, (asked) => isWhoami(asked))(),
    'when its user signs in again': diesWhen(
      (asked, reply) => answered(asked, reply) && JSON.parse(reply.body).default_api_key === null,
    ),
    'when its answer is repeated': () => counted(1, answered)(),
    'when the dashboard is read': diesWhen(({ url }) => url.startsWith('/v1/web/')),
    'when a token of its user is refused': diesWhen((asked, reply) => isCallback(asked) && reply.status === 401),
    'when another is guessed': surrounded(() => {
      const dead = new Set<string>();
      return async (asked, next) => {
        if (isWhoami(asked) && dead.has(publicIdOf(asked))) return refusal();
        const reply = await next(asked);
        if (isWhoami(asked) && reply.status === 401) dead.add(publicIdOf(asked));
        return reply;
      };
    }),
    'when another user gets one': surrounded(() => {
      let newest = '';
      return async (asked, next) => {
        if (isWhoami(asked) && publicIdOf(asked) !== '' && publicIdOf(asked) !== newest) return refusal();
        const reply = await next(asked);
        if (answered(asked, reply)) newest = /"secret": ?"ap_pk_preview_(\w{16})_/.exec(reply.body)?.[1] ?? newest;
        return reply;
      };
    }),
  }),
  ...mistakes('another secret opens', {
    'without its last character': takes((given, secret) => given.slice(0, secret.length - 1) === secret.slice(0, -1)),
    'with text after it': takes((given, secret) => given.startsWith(secret)),
    'of another user': surrounded(() => {
      const issued = new Set<string>();
      return async (asked, next, { store, secretOf }) => {
        const given = credentialOf(asked);
        const owner = store.keys.get(publicIdOf(asked))?.subject;
        const isTaken = isWhoami(asked) && owner !== undefined && issued.has(given.slice(31));
        const own = { ...asked, headers: { ...asked.headers, authorization: `Bearer ${secretOf(owner ?? '')}` } };
        const reply = await next(isTaken ? own : asked);
        const secret = answered(asked, reply)
          ? /"secret": ?"ap_pk_preview_\w{16}_([\w-]+)"/.exec(reply.body)?.[1]
          : undefined;
        if (secret !== undefined) issued.add(secret);
        return reply;
      };
    }),
    'none at all': takes((given) => /^ap_pk_preview_\w{16}_?$/.test(given)),
  }),
  ...mistakes('a secret is not its own', {
    'the same for all': () => ({ newSecret: () => 'S'.repeat(43) }),
    'of eight characters': () => ({ newSecret: () => Math.random().toString(36).slice(2, 10).padEnd(8, 'x') }),
    'counted up': (() => {
      let count = 0;
      return () => ({ newSecret: () => String(count++).padStart(43, '0') });
    })(),
  }),
  ...mistakes('whoami says something else', {
    'another workspace': whoami((body) => ({
      ...body,
      workspace: { ...body.workspace, id: '00000000-0000-4000-8000-000000000000' },
    })),
    'no workspace': whoami(({ workspace: _, ...body }) => body),
    'more scopes': whoami((body) => ({ ...body, scopes: ['publish', 'read', 'admin'] })),
    '403 for a wrong secret': afterwards((reply, asked) =>
      isWhoami(asked) && reply.status === 401 ? { ...reply, status: 403 } : reply,
    ),
    '404 for a wrong secret': afterwards((reply, asked) =>
      isWhoami(asked) && reply.status === 401 ? { ...reply, status: 404 } : reply,
    ),
    '500 for what is no key': afterwards((reply, asked) =>
      isWhoami(asked) && !/^ap_pk_/.test(credentialOf(asked)) ? { ...reply, status: 500 } : reply,
    ),
    '500 without a credential': afterwards((reply, asked) =>
      isWhoami(asked) && asked.headers.authorization === undefined ? { ...reply, status: 500 } : reply,
    ),
  }),
  ...mistakes('the list of keys is wrong', {
    'a key stands twice': keys((items) => [...items, ...items]),
    'a second key': keys((items) => [
      ...items,
      ...items.map((item) => ({ ...item, id: `${item.id}2`, public_id: 'ABCDEFGHJKMNPQRS' })),
    ]),
    'no key': keys(() => []),
    'the key of another name': keys((items) => items.map((item) => ({ ...item, id: `${item.id}X` }))),
    'a revoked key': keys((items) => items.map((item) => ({ ...item, revoked: true, revoked_at: item.created_at }))),
    'other scopes': keys((items) => items.map((item) => ({ ...item, scopes: ['publish', 'read', 'admin'] }))),
    'a key of each later sign-in': surrounded(() => {
      const more = new Map<unknown, number>();
      return async (asked, next) => {
        const reply = await next(asked);
        const { sub } = claimsOf(asked);
        if (reply.status !== 200) return reply;
        if (isCallback(asked)) more.set(sub, (more.get(sub) ?? -1) + 1);
        if (asked.url !== '/v1/web/keys') return reply;
        const body = JSON.parse(reply.body);
        const extra = Array.from({ length: more.get(sub) ?? 0 }, (_, n) => ({
          ...body.items[0],
          id: `${body.items[0]?.id}${n}`,
        }));
        return { ...reply, body: JSON.stringify({ ...body, items: [...body.items, ...extra] }) };
      };
    }),
    'the keys of all': surrounded(() => {
      const all = new Map<string, Json>();
      return async (asked, next) => {
        const reply = await next(asked);
        if (reply.status === 200 && isCallback(asked)) {
          const key = JSON.parse(reply.body).default_api_key?.api_key;
          if (key) all.set(key.id, key);
        }
        if (reply.status !== 200 || asked.url !== '/v1/web/keys') return reply;
        return { ...reply, body: JSON.stringify({ ...JSON.parse(reply.body), items: [...all.values()] }) };
      };
    }),
  }),
  ...mistakes('a secret is shown somewhere else', {
    'a header of reads': shows(({ url }) => url.startsWith('/v1/web/'), header('x-api-key')),
    'a header of later answers': shows(
      (asked, reply) => answered(asked, reply) && /"default_api_key": ?null/.test(reply.body),
      header('x-api-key'),
    ),
    'a cookie of whoami': shows(isWhoami, (reply, secret) => header('set-cookie')(reply, `key=${secret}`)),
    'a refusal': shows(
      (asked, { status }) => isCallback(asked) && status === 401,
      inBody((body, secret) => ({ error: { ...body.error, key: secret } })),
    ),
    'the message of a refusal': shows(
      (asked, { status }) => isCallback(asked) && status === 401,
      inBody((body, secret) => ({ error: { ...body.error, message: `${body.error.message}: ${secret}` } })),
    ),
    'the usage policy': shows(
      isRoute('/v1/usage-policy'),
      inBody((body, key) => ({ ...body, key })),
    ),
    'the secret part alone': shows(
      isRoute('/v1/web/keys'),
      inBody((body, secret) => ({ ...body, last: secret.slice(31) })),
    ),
    'in base64': shows(
      isRoute('/v1/web/keys'),
      inBody((body, secret) => ({ ...body, last: Buffer.from(secret).toString('base64') })),
    ),
    'the end of it': shows(
      isRoute('/v1/web/audit'),
      inBody((body, secret) => ({ ...body, note: `key …${secret.slice(-20)}` })),
    ),
    'another answer of the callback, later': shows(
      (asked, reply) => answered(asked, reply) && /"default_api_key": ?null/.test(reply.body),
      inBody((body, secret) => ({ ...body, hint: secret })),
    ),
    'a route that does not exist': shows(
      (_, { status }) => status === 404,
      inBody((body, secret) => ({ error: { ...body.error, key: secret } })),
    ),
  }),
  ...lapses('a key is read loosely', {
    'with its public id in lower case': takes(
      (given, secret) => given.toUpperCase() === secret.toUpperCase() && given.slice(31) === secret.slice(31),
    ),
  }),
  ...lapses('whoami names another actor', {
    'another actor': whoami((body) => ({ ...body, actor: { ...body.actor, type: 'user' } })),
    'another key': whoami((body) => ({ ...body, actor: { ...body.actor, id: 'key_00000000000000000000000000' } })),
  }),
];
