/** Mistakes of what stands around the routes: they see whole requests and whole replies. */
import type { Around, Asked, Claims, Inside, Member, Reply, Rules } from '../api/rules.ts';

type Made = () => Partial<Rules>;

export const CALLBACK = '/v1/auth/web/callback';
export const isCallback = ({ method, url }: Asked) => method === 'POST' && url.startsWith(CALLBACK);
export const credentialOf = ({ headers }: Asked) => /^bearer (.+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';

/** What a token says, believed or not. */
export function claimsOf(asked: Asked): Claims {
  try {
    const claims: unknown = JSON.parse(Buffer.from(credentialOf(asked).split('.')[1] ?? '', 'base64url').toString());
    return typeof claims === 'object' && claims !== null ? (claims as Claims) : {};
  } catch {
    return {};
  }
}

/** Something that keeps a state of its own for each server. */
export const surrounded =
  (make: () => Around): Made =>
  () => ({ around: make });

/** A change of some replies. */
export const afterwards = (change: (reply: Reply, asked: Asked, inside: Inside) => Reply): Made =>
  surrounded(() => async (asked, next, inside) => change(await next(asked), asked, inside));

/** A change of some requests, before anything looks at them. */
export const beforehand = (change: (asked: Asked) => Asked): Made =>
  surrounded(() => (asked, next) => next(change(asked)));

export const withToken = (asked: Asked, token: string): Asked => ({
  ...asked,
  headers: { ...asked.headers, authorization: `Bearer ${token}` },
});

/** A change of the JSON of some answers. */
export const rewritten = (isMeant: (reply: Reply, asked: Asked) => boolean, change: (body: Json) => unknown): Made =>
  afterwards((reply, asked) =>
    isMeant(reply, asked) ? { ...reply, body: JSON.stringify(change(JSON.parse(reply.body))) } : reply,
  );

// biome-ignore lint/suspicious/noExplicitAny: an answer of any form
export type Json = any;

export function changeMember(inside: Inside, subject: unknown, change: (member: Member) => Member): void {
  const member = inside.store.members.get(String(subject));
  if (member !== undefined) inside.store.members.set(String(subject), change(member));
}

export const refusal = (code = 'not_authenticated', status = 401): Reply => ({
  status,
  headers: {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'www-authenticate': 'Bearer',
  },
  body: JSON.stringify({ error: { code, message: 'refused', request_id: 'req_00000000' } }),
});
