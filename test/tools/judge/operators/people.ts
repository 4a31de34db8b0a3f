/** Members and workspaces that are found by something else than the user, and answers that mix them up. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Asked, Member, Reply, Rules } from '../api/rules.ts';
import {
  afterwards,
  changeMember,
  claimsOf,
  credentialOf,
  isCallback,
  type Json,
  rewritten,
  surrounded,
} from './around.ts';
import { type Mistake, mistakes } from './operator.ts';

/** Users are the same person when this part of their addresses is. */
const byEmail = (part: (email: string) => string) => (): Partial<Rules> => {
  const owners = new Map<string, string>();
  const owned = new Map<string, string>();
  return {
    subjectOf: (subject, email) => {
      const known = owned.get(subject);
      if (known !== undefined || email === undefined) return known ?? subject;
      const owner = owners.get(part(email)) ?? subject;
      owners.set(part(email), owner);
      owned.set(subject, owner);
      return owner;
    },
  };
};

/** A user with that address is its owner from now on. */
const byLatestEmail = (): Partial<Rules> => {
  const owners = new Map<string, string>();
  const owned = new Map<string, string>();
  return {
    subjectOf: (subject, email) => {
      if (email === undefined || owned.has(subject)) {
        if (email !== undefined) owners.set(email, owned.get(subject) ?? subject);
        return owned.get(subject) ?? subject;
      }
      owned.set(subject, owners.get(email) ?? subject);
      owners.set(email, owners.get(email) ?? subject);
      return owned.get(subject) ?? subject;
    },
  };
};

const workspaceBy = (part: (email: string) => string) => (): Partial<Rules> => {
  const made = new Map<string, string>();
  return {
    workspaceIdOf: (email, id) => {
      made.set(part(email), made.get(part(email)) ?? id);
      return made.get(part(email)) ?? id;
    },
  };
};

const isOk = (reply: Reply, asked: Asked) => isCallback(asked) && reply.status === 200;
const isSeen = (reply: Reply, asked: Asked) => isOk(reply, asked) && JSON.parse(reply.body).default_api_key === null;
const isFirst = (reply: Reply, asked: Asked) => isOk(reply, asked) && !isSeen(reply, asked);
const isWorkspace = ({ status }: Reply, { url }: Asked) => status === 200 && url === '/v1/web/workspace';
const seen = (change: (body: Json) => unknown) => rewritten(isSeen, change);
const member = (change: object) => (body: Json) => ({
  ...body,
  workspace_member: { ...body.workspace_member, ...change },
});
const stable = (text: string) => text.replace(/-/g, '').slice(0, 8).padEnd(8, 'x');

export const PEOPLE_MISTAKES: readonly Mistake[] = [
  ...mistakes('a user is found by an address', {
    'a member by the address': byEmail((email) => email),
    'a member by the address without case': byEmail((email) => email.toLowerCase()),
    'a member by the local part': byEmail((email) => email.split('@')[0] ?? email),
    'a member by the address that another has now': byLatestEmail,
    'a workspace by the domain': workspaceBy((email) => email.split('@')[1] ?? email),
    'a workspace by the local part': workspaceBy((email) => email.split('@')[0] ?? email),
    'a member by the address without a plus': byEmail((email) => email.replace(/\+[^@]*/, '')),
  }),
  ...mistakes('a user id is changed before it is compared', {
    'its first 28 characters': () => ({ subjectOf: (subject) => subject.slice(0, 28) }),
    'its last 12 characters': () => ({ subjectOf: (subject) => subject.slice(-12) }),
    'without user_': () => ({ subjectOf: (subject) => subject.replace(/^user_/, '') }),
    'letters and digits alone': () => ({ subjectOf: (subject) => subject.replace(/[^A-Za-z0-9]/g, '') }),
  }),
  ...mistakes('a later answer is of another form', {
    'without default_api_key': seen(({ default_api_key: _, ...body }) => body),
    'an empty object as its key': seen((body) => ({ ...body, default_api_key: {} })),
    'false as its key': seen((body) => ({ ...body, default_api_key: false })),
    'fewer scopes': seen((body) => ({ ...body, scopes: ['read'] })),
    'fewer scopes of the member': seen(member({ scopes: ['read'] })),
    'another workspace id': seen((body) => ({
      ...body,
      workspace: { ...body.workspace, id: `${body.workspace.id}0` },
    })),
    'another member id': seen((body) => member({ id: `${body.workspace_member.id}0` })(body)),
    'another workspace_id of the member': seen(member({ workspace_id: '00000000-0000-4000-8000-000000000000' })),
    'another workspace name': seen((body) => ({ ...body, workspace: { ...body.workspace, name: 'Workspace' } })),
    'last_seen_at goes back': () => ({
      seenBefore: (known, email, at) => ({
        ...known,
        email,
        lastSeenAt: new Date(Date.parse(at) - 86_400_000).toISOString(),
      }),
    }),
    'last_seen_at an hour ahead': () => ({
      seenBefore: (known, email, at) => ({
        ...known,
        email,
        lastSeenAt: new Date(Date.parse(at) + 3_600_000).toISOString(),
      }),
    }),
    'last_seen_at as it was before': surrounded(() => {
      const before = new Map<string, string>();
      return async (asked, next) => {
        const reply = await next(asked);
        if (!isSeen(reply, asked)) return reply;
        const body = JSON.parse(reply.body);
        const shown = before.get(credentialOf(asked)) ?? body.workspace_member.created_at;
        before.set(credentialOf(asked), shown);
        return { ...reply, body: JSON.stringify(member({ last_seen_at: shown })(body)) };
      };
    }),
    'a key without its secret': seen((body) => ({
      ...body,
      default_api_key: { api_key: { id: 'key_1', public_id: 'X' }, secret: null },
    })),
    '201': afterwards((reply, asked) => (isSeen(reply, asked) ? { ...reply, status: 201 } : reply)),
  }),
  ...mistakes('a first answer is of another form', {
    '201': afterwards((reply, asked) => (isFirst(reply, asked) ? { ...reply, status: 201 } : reply)),
    'created_at is a number': rewritten(isFirst, (body) => ({
      ...body,
      workspace: { ...body.workspace, created_at: Date.parse(body.workspace.created_at) },
    })),
    'created_at is of 1970': () => ({ timestamp: (ms) => new Date(ms / 1000).toISOString() }),
    'times two hours ahead': () => ({ timestamp: (ms) => new Date(ms + 7_200_000).toISOString() }),
    'times without a zone': () => ({ timestamp: (ms) => new Date(ms).toISOString().replace('Z', '') }),
    'times are days': () => ({ timestamp: (ms) => new Date(ms).toISOString().slice(0, 10) }),
    'no scopes': rewritten(isFirst, ({ scopes: _, ...body }) => body),
    'scopes in one text': rewritten(isOk, (body) => ({ ...body, scopes: body.scopes.join(' ') })),
    'the key is of another workspace': rewritten(isFirst, (body) => ({
      ...body,
      default_api_key: {
        ...body.default_api_key,
        api_key: { ...body.default_api_key.api_key, workspace_id: stable('other') },
      },
    })),
    'the key is revoked': rewritten(isFirst, (body) => ({
      ...body,
      default_api_key: {
        ...body.default_api_key,
        api_key: { ...body.default_api_key.api_key, revoked_at: body.workspace.created_at },
      },
    })),
    'no api_key': rewritten(isFirst, (body) => ({ ...body, default_api_key: { secret: body.default_api_key.secret } })),
    'wrapped in data': rewritten(isOk, (data) => ({ data })),
    'the member is of another workspace': rewritten(isFirst, (body) =>
      member({ workspace_id: `${body.workspace.id}0` })(body),
    ),
    'no e-mail address': rewritten(isFirst, (body) => member({ email: null })(body)),
  }),
  ...mistakes('reads and callback differ', {
    'another member id': rewritten(isWorkspace, (body) => member({ id: `${body.workspace_member.id}0` })(body)),
    'another workspace id': rewritten(isWorkspace, (body) => ({
      ...body,
      workspace: { ...body.workspace, id: `${body.workspace.id}0` },
    })),
    'the address of the token': surrounded(() => async (asked, next) => {
      const reply = await next(asked);
      const { email } = claimsOf(asked);
      return isWorkspace(reply, asked) && typeof email === 'string'
        ? { ...reply, body: JSON.stringify(member({ email })(JSON.parse(reply.body))) }
        : reply;
    }),
    'the first address': surrounded(() => {
      const first = new Map<string, string>();
      return async (asked, next) => {
        const reply = await next(asked);
        if (reply.status !== 200 || (!isCallback(asked) && !isWorkspace(reply, asked))) return reply;
        const body = JSON.parse(reply.body);
        const { id, email } = body.workspace_member;
        first.set(id, first.get(id) ?? email);
        return isWorkspace(reply, asked)
          ? { ...reply, body: JSON.stringify(member({ email: first.get(id) })(body)) }
          : reply;
      };
    }),
    'the first last_seen_at': rewritten(isWorkspace, (body) =>
      member({ last_seen_at: body.workspace_member.created_at })(body),
    ),
  }),
  ...mistakes('answers of users are mixed up', {
    'a read is cached by its path': surrounded(() => {
      let cached: { at: number; reply: Reply } | undefined;
      return async (asked, next) => {
        if (asked.url !== '/v1/web/workspace') return next(asked);
        if (cached && Date.now() - cached.at < 1000) return cached.reply;
        const reply = await next(asked);
        if (reply.status === 200) cached = { at: Date.now(), reply };
        return reply;
      };
    }),
    'whoami is cached by its path': surrounded(() => {
      let cached: { at: number; reply: Reply } | undefined;
      return async (asked, next) => {
        if (asked.url !== '/v1/whoami') return next(asked);
        if (cached && Date.now() - cached.at < 1000) return cached.reply;
        const reply = await next(asked);
        if (reply.status === 200) cached = { at: Date.now(), reply };
        return reply;
      };
    }),
    'reads of a minute ago': surrounded(() => {
      const cached = new Map<string, { at: number; reply: Reply }>();
      return async (asked, next) => {
        const name = `${asked.url} ${claimsOf(asked).sub}`;
        const known = cached.get(name);
        if (asked.method !== 'GET' || !asked.url.startsWith('/v1/web/')) return next(asked);
        if (known && Date.now() - known.at < 60_000) return known.reply;
        const reply = await next(asked);
        if (reply.status === 200) cached.set(name, { at: Date.now(), reply });
        return reply;
      };
    }),
    'the answer of the last one at the same time': surrounded(() => {
      let running = 0;
      let last: Reply | undefined;
      return async (asked, next) => {
        if (!isCallback(asked)) return next(asked);
        running += 1;
        try {
          const reply = await next(asked);
          if (reply.status === 200) last = reply;
          await nextTurn();
          return reply.status === 200 && running > 3 && last !== undefined ? last : reply;
        } finally {
          running -= 1;
        }
      };
    }),
  }),
  ...mistakes('what a request touches', {
    ...Object.fromEntries(
      ['workspace', 'keys', 'audit', 'settings', 'artifacts'].map((route) => [
        `last_seen_at at GET ${route}`,
        surrounded(() => async (asked, next, inside) => {
          if (asked.url === `/v1/web/${route}`) changeMember(inside, claimsOf(asked).sub, touched);
          return next(asked);
        }),
      ]),
    ),
    'last_seen_at at whoami': surrounded(() => async (asked, next, inside) => {
      const publicId = /^ap_pk_preview_(\w{16})_/.exec(credentialOf(asked))?.[1] ?? '';
      if (asked.url === '/v1/whoami') changeMember(inside, inside.store.keys.get(publicId)?.subject, touched);
      return next(asked);
    }),
    'last_seen_at at the second replay': surrounded(() => {
      const counts = new Map<string, number>();
      return async (asked, next, inside) => {
        const count = (counts.get(credentialOf(asked)) ?? 0) + 1;
        if (isCallback(asked)) counts.set(credentialOf(asked), count);
        const reply = await next(asked);
        if (isCallback(asked) && count > 2 && reply.status === 200) changeMember(inside, claimsOf(asked).sub, touched);
        return reply;
      };
    }),
  }),
];

function touched(member: Member): Member {
  return { ...member, lastSeenAt: new Date().toISOString() };
}
