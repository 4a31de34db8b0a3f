/** What a refused token leaves behind, step by step, and what other requests leave where they should not. */
import type { Asked, Reply, Rules } from '../api/rules.ts';
import { afterwards, changeMember, claimsOf, isCallback, type Json, refusal, surrounded } from './around.ts';
import { type Mistake, mistakes } from './operator.ts';

const leaving =
  (onRefused: Rules['onRefused'], ...problems: string[]) =>
  (): Partial<Rules> => ({
    onRefused,
    leavesTrace: (problem) => problems.includes(problem),
  });
const isRefused = (asked: Asked, reply: Reply) => isCallback(asked) && reply.status === 401;
const isRead = ({ method, url }: Asked) => method === 'GET' && url.startsWith('/v1/web/');

/** After a refusal, the record or row of its user is changed by hand. */
const afterRefusal = (change: Parameters<typeof changeMember>[2], isMeant: (asked: Asked) => boolean = () => true) =>
  surrounded(() => async (asked, next, inside) => {
    const reply = await next(asked);
    if (isRefused(asked, reply) && isMeant(asked)) changeMember(inside, claimsOf(asked).sub, change);
    return reply;
  });

/** The audit has an entry more for each of some callbacks. */
const logs = (isMeant: (asked: Asked, reply: Reply, count: number) => boolean) =>
  surrounded(() => {
    const counts = new Map<string, number>();
    const entries = new Map<unknown, number>();
    return async (asked, next) => {
      const reply = await next(asked);
      const { sub, jti, sid } = claimsOf(asked);
      if (isCallback(asked)) {
        const name = `${sub} ${jti} ${sid}`;
        counts.set(name, (counts.get(name) ?? 0) + (reply.status === 200 ? 1 : 0));
        if (isMeant(asked, reply, counts.get(name) ?? 0)) entries.set(sub, (entries.get(sub) ?? 0) + 1);
      }
      if (asked.url !== '/v1/web/audit' || reply.status !== 200) return reply;
      const body = JSON.parse(reply.body);
      const entry = (n: number) => ({ ...body.items[0], id: `evt_more${n}`, action: 'member.signed_in' });
      const items = [...Array.from({ length: entries.get(sub) ?? 0 }, (_, n) => entry(n)), ...body.items];
      return { ...reply, body: JSON.stringify({ ...body, items }) };
    };
  });

export const TRACE_MISTAKES: readonly Mistake[] = [
  ...mistakes('a refused token leaves a trace after one step', {
    'an expired one a member': leaving('member', 'exp'),
    'an expired one last_seen_at': leaving('touch', 'exp'),
    'an expired one a record': leaving('record', 'exp'),
    'one of another client a member': leaving('member', 'client'),
    'one of another client last_seen_at': leaving('touch', 'client'),
    'one of another issuer a member': leaving('member', 'iss'),
    'one of another issuer last_seen_at': leaving('touch', 'iss'),
    'one that is not yet good last_seen_at': leaving('touch', 'nbf'),
    'one that is not yet good a member': leaving('member', 'nbf'),
    'one of an unknown key last_seen_at': leaving('touch', 'key'),
    'one of an unknown key a member': leaving('member', 'key'),
    'a wrong signature last_seen_at': leaving('touch', 'signature'),
    'a wrong signature a record': leaving('record', 'signature'),
    'one without ids last_seen_at': afterRefusal(
      (member) => ({ ...member, lastSeenAt: new Date().toISOString() }),
      (asked) => claimsOf(asked).jti === undefined && claimsOf(asked).sid === undefined,
    ),
  }),
  ...mistakes('a refused token changes something', {
    'the address, to its own': surrounded(() => async (asked, next, inside) => {
      const reply = await next(asked);
      const { sub, email } = claimsOf(asked);
      if (isRefused(asked, reply) && typeof email === 'string')
        changeMember(inside, sub, (member) => ({ ...member, email }));
      return reply;
    }),
    'the record of its id': surrounded(() => async (asked, next, inside) => {
      const reply = await next(asked);
      const { sub, jti } = claimsOf(asked);
      if (isRefused(asked, reply)) inside.store.records.remove(`${sub} jti:${jti}`);
      return reply;
    }),
    'the name of the workspace': afterRefusal((member) => ({ ...member, workspaceName: 'locked' })),
    'the audit': logs((asked, reply) => isRefused(asked, reply)),
  }),
  ...mistakes('the audit has too much or too little', {
    'an event of each later sign-in': logs(
      (asked, reply, count) =>
        isCallback(asked) && reply.status === 200 && count === 1 && /"default_api_key": ?null/.test(reply.body),
    ),
    'an event of each replay': logs((_, reply, count) => reply.status === 200 && count > 1),
    'no event': afterwards((reply, { url }) =>
      url === '/v1/web/audit' && reply.status === 200
        ? { ...reply, body: JSON.stringify({ ...JSON.parse(reply.body), items: [] }) }
        : reply,
    ),
    'the events of all': surrounded(() => {
      const all = new Map<string, Json>();
      return async (asked, next) => {
        const reply = await next(asked);
        if (asked.url !== '/v1/web/audit' || reply.status !== 200) return reply;
        const body = JSON.parse(reply.body);
        for (const item of body.items) all.set(item.id, item);
        return { ...reply, body: JSON.stringify({ ...body, items: [...all.values()] }) };
      };
    }),
  }),
  ...mistakes('a member who never signed in', {
    'gets 404 from reads': afterwards((reply, asked) =>
      isRead(asked) && reply.status === 403 ? { ...reply, status: 404 } : reply,
    ),
    'gets 401 from reads': afterwards((reply, asked) =>
      isRead(asked) && reply.status === 403 ? { ...reply, status: 401 } : reply,
    ),
    'gets an empty list': afterwards((reply, asked) =>
      isRead(asked) && reply.status === 403 && asked.url !== '/v1/web/workspace'
        ? { ...reply, status: 200, body: '{"items":[],"page_info":{"next_cursor":null,"has_more":false}}' }
        : reply,
    ),
    'is made by a read': surrounded(() => async (asked, next) => {
      const reply = await next(asked);
      if (!isRead(asked) || reply.status !== 403) return reply;
      await next({ ...asked, method: 'POST', url: '/v1/auth/web/callback' });
      return next(asked);
    }),
    'is made by a read that refuses': surrounded(() => async (asked, next) => {
      const reply = await next(asked);
      if (isRead(asked) && reply.status === 403) await next({ ...asked, method: 'POST', url: '/v1/auth/web/callback' });
      return reply;
    }),
  }),
  ...mistakes('reads are open', {
    'without a credential': surrounded(() => {
      let last = '';
      return async (asked, next) => {
        const bare = isRead(asked) && asked.headers.authorization === undefined && last !== '';
        const reply = await next(bare ? { ...asked, headers: { ...asked.headers, authorization: last } } : asked);
        if (isRead(asked) && reply.status === 200) last = asked.headers.authorization ?? last;
        return reply;
      };
    }),
    ...Object.fromEntries(
      (['sub', 'text'] as const).map((by) => [
        by === 'sub' ? 'to any token that names the user' : 'to any token with the claims of the user',
        surrounded(() => {
          const good = new Map<string, string>();
          return async (asked: Asked, next: (asked: Asked) => Promise<Reply>) => {
            const claims = claimsOf(asked);
            const name = by === 'sub' ? String(claims.sub) : JSON.stringify(claims);
            const known = isRead(asked) ? good.get(name) : undefined;
            const reply = await next(
              known === undefined ? asked : { ...asked, headers: { ...asked.headers, authorization: known } },
            );
            if (reply.status === 200 && isCallback(asked)) good.set(name, asked.headers.authorization ?? '');
            return reply;
          };
        }),
      ]),
    ),
    'to an API key at one route': surrounded(() => async (asked, next) => {
      const isOpen = asked.url === '/v1/web/settings' && /^Bearer ap_pk_/.test(asked.headers.authorization ?? '');
      const reply = await next(asked);
      return isOpen && reply.status === 401
        ? { ...reply, status: 200, body: '{"workspace_name":"x","auto_deletion_days":30,"usage_policy":{}}' }
        : reply;
    }),
    'to expired tokens': surrounded(() => {
      const good = new Map<string, string>();
      return async (asked, next) => {
        const claims = claimsOf(asked);
        const isLate = isRead(asked) && typeof claims.exp === 'number' && claims.exp < Date.now() / 1000;
        const known = isLate ? good.get(String(claims.sub)) : undefined;
        const reply = await next(
          known === undefined ? asked : { ...asked, headers: { ...asked.headers, authorization: known } },
        );
        if (reply.status === 200 && isCallback(asked)) good.set(String(claims.sub), asked.headers.authorization ?? '');
        return reply;
      };
    }),
    'to tokens of other clients': surrounded(() => {
      const good = new Map<string, { readonly authorization: string; readonly client: unknown }>();
      return async (asked, next) => {
        const { sub, client_id: client } = claimsOf(asked);
        const known = isRead(asked) ? good.get(String(sub)) : undefined;
        const isOther = known !== undefined && typeof client === 'string' && client !== known.client;
        const reply = await next(
          isOther ? { ...asked, headers: { ...asked.headers, authorization: known.authorization } } : asked,
        );
        if (reply.status === 200 && isCallback(asked) && typeof client === 'string')
          good.set(String(sub), { authorization: asked.headers.authorization ?? '', client });
        return reply;
      };
    }),
  }),
  ...mistakes('a read refuses otherwise', {
    '403 for a bad token': afterwards((reply, asked) =>
      isRead(asked) && reply.status === 401 ? { ...reply, status: 403 } : reply,
    ),
    '500 without a credential': afterwards((reply, asked) =>
      isRead(asked) && asked.headers.authorization === undefined ? { ...reply, status: 500 } : reply,
    ),
    'a page for browsers': afterwards((reply, asked) =>
      isRead(asked) && reply.status === 401
        ? { ...reply, headers: { 'content-type': 'text/html' }, body: '<p>sign in</p>' }
        : reply,
    ),
    'a redirect': afterwards((reply, asked) =>
      isRead(asked) && reply.status === 401
        ? { ...reply, status: 302, headers: { location: '/login' }, body: '' }
        : reply,
    ),
    'forbidden is another code': afterwards((reply, asked) =>
      isRead(asked) && reply.status === 403 ? refusal('not_a_member', 403) : reply,
    ),
  }),
];
