/** Routes of keys and of the dashboard that are open, or that say something else than the callback. */

import { CORRECT, crockford } from '../api/correct.ts';
import { USAGE_POLICY } from '../api/reads.ts';
import type { Asked, Reply } from '../api/rules.ts';
import {
  afterwards,
  claimsOf,
  credentialOf,
  isCallback,
  type Json,
  refusal,
  rewritten,
  surrounded,
  withToken,
} from './around.ts';
import { lapses, type Mistake, mistakes } from './operator.ts';

const POLICY = '/v1/usage-policy';
const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
const isRoute = (path: string) => (reply: Reply, asked: Asked) => asked.url === path && reply.status === 200;

const opens = (isMeant: (asked: Asked) => boolean) =>
  afterwards((reply, asked) =>
    asked.url === POLICY && reply.status === 401 && isMeant(asked)
      ? { status: 200, headers: JSON_HEADERS, body: JSON.stringify(USAGE_POLICY) }
      : reply,
  );
const items = (path: string, change: (item: Json, index: number) => Json | undefined) =>
  rewritten(isRoute(path), (body) => ({
    ...body,
    items: body.items.map(change).filter((item: Json) => item !== undefined),
  }));
const first = (change: (key: Json, body: Json) => Json) =>
  rewritten(
    (reply, asked) => isCallback(asked) && reply.status === 200 && !/"default_api_key": ?null/.test(reply.body),
    (body) => ({
      ...body,
      default_api_key: { ...body.default_api_key, api_key: change(body.default_api_key.api_key, body) },
    }),
  );
/** A list has a row for each sign-in of a user that ran beside another one. */
const together = (path: string) =>
  surrounded(() => {
    const running = new Map<unknown, number>();
    const most = new Map<unknown, number>();
    return async (asked, next) => {
      const { sub } = claimsOf(asked);
      if (isCallback(asked)) {
        running.set(sub, (running.get(sub) ?? 0) + 1);
        most.set(sub, Math.max(most.get(sub) ?? 1, running.get(sub) ?? 1));
      }
      const reply = await next(asked);
      if (isCallback(asked)) running.set(sub, (running.get(sub) ?? 1) - 1);
      if (asked.url !== path || reply.status !== 200) return reply;
      const body = JSON.parse(reply.body);
      const more = Array.from({ length: (most.get(sub) ?? 1) - 1 }, (_, n) => ({ ...body.items[0], id: `more_${n}` }));
      return { ...reply, body: JSON.stringify({ ...body, items: [...body.items, ...more] }) };
    };
  });
const dropsAll = (happens: (asked: Asked, reply: Reply) => boolean) =>
  surrounded(() => {
    const made = new Set<string>();
    return async (asked, next, { store }) => {
      const reply = await next(asked);
      const { sub, jti, sid } = claimsOf(asked);
      if (isCallback(asked) && reply.status === 200)
        made.add(`${sub} ${jti === undefined ? `sid:${sid}` : `jti:${jti}`}`);
      if (happens(asked, reply)) for (const record of made) store.records.remove(record);
      return reply;
    };
  });
const kidOf = (asked: Asked) => {
  try {
    return JSON.parse(Buffer.from(credentialOf(asked).split('.')[0] ?? '', 'base64url').toString()).kid as unknown;
  } catch {
    return undefined;
  }
};
const newKid = () => {
  const known = new Set<unknown>();
  return (asked: Asked, { status }: Reply) => {
    if (!isCallback(asked) || status !== 200 || known.has(kidOf(asked))) return false;
    known.add(kidOf(asked));
    return known.size > 1;
  };
};

export const ROUTE_MISTAKES: readonly Mistake[] = [
  ...mistakes('a route of keys is open', {
    'without a credential': opens((asked) => asked.headers.authorization === undefined),
    'to any key': opens((asked) => /^ap_pk_/.test(credentialOf(asked))),
    'to access tokens': opens((asked) => claimsOf(asked).sub !== undefined),
  }),
  ...mistakes('a route of keys refuses otherwise', {
    'whoami with another code': rewritten(
      (reply, { url }) => url === '/v1/whoami' && reply.status === 401,
      ({ error }) => ({ error: { ...error, code: 'invalid_api_key' } }),
    ),
    'the usage policy with 403': afterwards((reply, { url }) =>
      url === POLICY && reply.status === 401 ? { ...reply, status: 403 } : reply,
    ),
    'the usage policy never answers': afterwards((reply, asked) =>
      asked.url === POLICY ? refusal('internal_error', 500) : reply,
    ),
  }),
  ...mistakes('the list of keys differs from the callback', {
    'in public_id': items('/v1/web/keys', (key) => ({ ...key, public_id: 'ABCDEFGHJKMNPQRS' })),
    'in name': items('/v1/web/keys', (key) => ({ ...key, name: 'API key' })),
    'in created_at': items('/v1/web/keys', (key) => ({ ...key, created_at: '2020-01-01T00:00:00.000Z' })),
    'in workspace_id': items('/v1/web/keys', (key) => ({
      ...key,
      workspace_id: '00000000-0000-4000-8000-000000000000',
    })),
  }),
  ...mistakes('the audit differs from the callback', {
    'no event of the workspace': items('/v1/web/audit', (item) =>
      item.action === 'workspace.created' ? undefined : item,
    ),
    'no event of the key': items('/v1/web/audit', (item) => (item.action === 'api_key.created' ? undefined : item)),
    'the event of another key': items('/v1/web/audit', (item) => ({
      ...item,
      target: item.target.replace(/^api_key:.*/, 'api_key:key_00000000000000000000000000'),
    })),
  }),
  ...mistakes('the settings differ from the callback', {
    'in the name of the workspace': rewritten(isRoute('/v1/web/settings'), (body) => ({
      ...body,
      workspace_name: 'Workspace',
    })),
  }),
  ...mistakes('keys are alike', {
    'one id for all': first((key) => ({ ...key, id: 'key_00000000000000000000000000' })),
    'one public id for all': first((key) => ({ ...key, public_id: 'ABCDEFGHJKMNPQRS' })),
  }),
  ...mistakes('what arrives together leaves more', {
    'a key of each': together('/v1/web/keys'),
    'an event of each': together('/v1/web/audit'),
  }),
  ...mistakes('an API key signs in', {
    'as its owner': surrounded(() => {
      const tokens = new Map<string, string>();
      return async (asked, next) => {
        const known = isCallback(asked) ? tokens.get(credentialOf(asked)) : undefined;
        const reply = await next(known === undefined ? asked : withToken(asked, known));
        const secret = isCallback(asked) ? /"secret": ?"([^"]+)"/.exec(reply.body)?.[1] : undefined;
        if (secret !== undefined) tokens.set(secret, credentialOf(asked));
        return reply;
      };
    }),
  }),
  ...lapses('an id is of another form', {
    'the workspace': () => ({ newId: (kind) => (kind === '' ? crockford(26) : CORRECT.newId(kind)) }),
    'the member': () => ({ newId: (kind) => (kind === 'mem_' ? `member-${crockford(20)}` : CORRECT.newId(kind)) }),
    'the key': () => ({ newId: (kind) => (kind === 'key_' ? CORRECT.newId('') : CORRECT.newId(kind)) }),
  }),
  ...mistakes('records go all at once', {
    'when any token is refused': dropsAll((asked, { status }) => isCallback(asked) && status === 401),
    'when any member is new': dropsAll(
      (asked, { status, body }) => isCallback(asked) && status === 200 && !/"default_api_key": ?null/.test(body),
    ),
    'when a token of another key comes': () => dropsAll(newKid())(),
    'when whoami is asked': dropsAll(({ url }) => url === '/v1/whoami'),
    'when 400 callbacks were answered': () => {
      let count = 0;
      return dropsAll((asked) => isCallback(asked) && count++ % 400 === 399)();
    },
  }),
  ...lapses('the audit has more', {
    'an event more': rewritten(isRoute('/v1/web/audit'), (body) => ({
      ...body,
      items: [{ ...body.items[0], id: 'evt_more', action: 'member.created' }, ...body.items],
    })),
  }),
  ...lapses('a key is not as promised', {
    'another name': first((key) => ({ ...key, name: 'key' })),
    'when it was used is not shown': items('/v1/web/keys', (key) => ({ ...key, last_used_at: null })),
  }),
];
