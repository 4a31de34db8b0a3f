/** Claims of which more is believed than who signs in, and users who are looked for under another id. */
import { CLAIMS } from '../api/correct.ts';
import type { Claims, Rules } from '../api/rules.ts';
import { userOf, type WorkOS } from '../api/workos.ts';
import { afterwards, claimsOf, isCallback, type Json, refusal, surrounded } from './around.ts';
import { lapses, type Mistake, mistakes } from './operator.ts';

const textOf = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);

/** The time that a claim names, if it is there. */
const timeOf = (claim: string) => (): Partial<Rules> => ({
  instantOf: (now, claims) => (typeof claims[claim] === 'number' ? claims[claim] * 1000 : now),
});

/** All tokens with the same text there are of one member. */
const memberBy = (part: (claims: Claims) => string | undefined) => (): Partial<Rules> => ({
  subjectOf: (subject, _email, claims) => part(claims) ?? subject,
});

const workspaceBy = (part: (claims: Claims) => string | undefined) => (): Partial<Rules> => {
  const made = new Map<string, string>();
  return {
    workspaceIdOf: (_email, id, claims) => {
      const name = part(claims) ?? id;
      made.set(name, made.get(name) ?? id);
      return made.get(name) ?? id;
    },
  };
};

const nameFrom = (nameOf: (claims: Claims) => string | undefined) => (): Partial<Rules> => ({
  workspaceNameOf: (email, claims) => nameOf(claims) ?? `${email.split('@')[0]}'s Workspace`,
});

/** Answers of a token that has those claims. */
const answering = (isMeant: (claims: Claims) => boolean, change: (body: Json, claims: Claims) => unknown) =>
  afterwards((reply, asked) => {
    const claims = claimsOf(asked);
    const isChanged = isCallback(asked) && reply.status === 200 && isMeant(claims);
    return isChanged ? { ...reply, body: JSON.stringify(change(JSON.parse(reply.body), claims)) } : reply;
  });
const scopes = (list: unknown) => (body: Json) => ({
  ...body,
  scopes: list,
  workspace_member: { ...body.workspace_member, scopes: list },
});

/** WorkOS is asked for another id than that of the token. */
const looksFor = (change: (subject: string) => string): (() => Partial<Rules>) => {
  return () => ({
    findUser: async (workos, subject) => userOf(workos, change(subject)),
    subjectOf: (subject) => change(subject),
  });
};

/** The id stands in the path as it is, and the answer is not compared with it. */
async function unescaped({ url, apiKey }: WorkOS, subject: string): Promise<{ id: string; email: string } | undefined> {
  const response = await fetch(`${url}/user_management/users/${subject}`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  const user = (await response.json()) as { id?: string; email?: string };
  return typeof user.email === 'string' ? { id: subject, email: user.email } : undefined;
}

/** A stranger whose token has the same text there is shown the dashboard of the member. */
const shownTo = (part: (claims: Claims) => unknown) =>
  surrounded(() => {
    const members = new Map<string, string>();
    return async (asked, next) => {
      const name = textOf(part(claimsOf(asked)));
      const reply = await next(asked);
      if (isCallback(asked) && reply.status === 200 && name !== undefined)
        members.set(name, asked.headers.authorization ?? '');
      const known = name === undefined ? undefined : members.get(name);
      const isStranger = asked.url.startsWith('/v1/web/') && reply.status === 403 && known !== undefined;
      return isStranger ? next({ ...asked, headers: { ...asked.headers, authorization: known } }) : reply;
    };
  });

export const CLAIMED_MISTAKES: readonly Mistake[] = [
  ...mistakes('a time is that of a claim', {
    iat: timeOf('iat'),
    auth_time: timeOf('auth_time'),
    nbf: timeOf('nbf'),
  }),
  ...mistakes('a member is found by another claim', {
    'the organization': memberBy(({ org_id }) => textOf(org_id)),
    'the impersonator': memberBy(({ act }) => textOf((act as { sub?: unknown } | null | undefined)?.sub)),
    external_id: memberBy(({ external_id }) => textOf(external_id)),
    'the address of the token': memberBy(({ email }) => textOf(email)),
  }),
  ...mistakes('a workspace is found by a claim', {
    'the organization': workspaceBy(({ org_id }) => textOf(org_id)),
    'the session': workspaceBy(({ sid }) => textOf(sid)),
    'the audience': workspaceBy(({ aud }) => textOf(aud)),
    'the address of the token': workspaceBy(({ email }) => textOf(email)),
  }),
  ...mistakes('a claim gives rights', {
    'permissions are the scopes': answering(
      ({ permissions }) => Array.isArray(permissions),
      (body, { permissions }) => scopes(permissions)(body),
    ),
    'the role decides the scopes': answering(
      ({ role }) => role === 'member',
      (body) => scopes(['read'])(body),
    ),
    'an impersonator may read alone': answering(
      ({ act }) => act !== undefined,
      (body) => scopes(['read'])(body),
    ),
    'an impersonator gets no key': answering(
      ({ act }) => act !== undefined,
      (body) => ({ ...body, default_api_key: null }),
    ),
    'scope is the scopes': answering(
      ({ scope }) => typeof scope === 'string',
      (body, { scope }) => scopes(String(scope).split(' '))(body),
    ),
  }),
  ...mistakes('a user is asked for otherwise', {
    'without blanks': looksFor((subject) => subject.trim()),
    'without what is behind a slash': looksFor((subject) => subject.split('/')[0] ?? subject),
    'without what is behind a question mark': looksFor((subject) => subject.split(/[?#]/)[0] ?? subject),
    'as a part of a path': () => ({ findUser: unescaped }),
    'the first word': looksFor((subject) => subject.split(/[\s,;]/)[0] || subject),
    decoded: looksFor((subject) => {
      try {
        return decodeURIComponent(subject);
      } catch {
        return subject;
      }
    }),
  }),
  ...mistakes('a stranger is shown a member', {
    'with the session of a member': shownTo(({ sid }) => sid),
    'with the token id of a member': shownTo(({ jti }) => jti),
    'with the address of a member in the token': shownTo(({ email }) => email),
    'of the organization of a member': shownTo(({ org_id }) => org_id),
    'whose id differs in case': shownTo(({ sub }) => textOf(sub)?.toLowerCase()),
    'whose id begins alike': shownTo(({ sub }) => textOf(sub)?.slice(0, 28)),
  }),
  ...mistakes('a token needs more than the contract asks', {
    'an address in it': surrounded(
      () => async (asked, next) =>
        isCallback(asked) && claimsOf(asked).sub !== undefined && claimsOf(asked).email_verified === false
          ? refusal()
          : next(asked),
    ),
    'a session of the form of WorkOS': surrounded(() => async (asked, next) => {
      const { sid } = claimsOf(asked);
      return isCallback(asked) && sid !== undefined && !/^session_/.test(String(sid)) && /^7/.test(String(sid))
        ? { ...refusal('forbidden', 403) }
        : next(asked);
    }),
    'an aud that is ours, if there is one': surrounded(() => async (asked, next) => {
      const { aud } = claimsOf(asked);
      return isCallback(asked) && Array.isArray(aud) ? refusal() : next(asked);
    }),
  }),
  ...lapses('a name is made otherwise', {
    'the workspace after the claim name': nameFrom(({ name }) => textOf(name)),
    'the workspace after the whole address': () => ({ workspaceNameOf: (email) => `${email}'s Workspace` }),
    'every workspace alike': () => ({ workspaceNameOf: () => 'My Workspace' }),
    'without an apostrophe': () => ({ workspaceNameOf: (email) => `${email.split('@')[0]} Workspace` }),
    'in title case': () => ({
      workspaceNameOf: (email) => `${email.slice(0, 1).toUpperCase()}${email.split('@')[0]?.slice(1)}'s Workspace`,
    }),
  }),
  ...lapses('a date is looked at once', {
    'exp of a token that was accepted': () => {
      const passed = new Set<string>();
      return {
        claims: expiresOnce(passed),
      };
    },
  }),
];

function expiresOnce(passed: Set<string>): Rules['claims'] {
  return {
    ...CLAIMS,
    exp: (claims, expected) => {
      const text = JSON.stringify(claims);
      if (CLAIMS.exp(claims, expected)) passed.add(text);
      return passed.has(text);
    },
  };
}
