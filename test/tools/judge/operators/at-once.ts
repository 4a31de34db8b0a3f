/** Requests that share what another one of the same moment gets, and locks that are not those of the contract. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Asked, Reply } from '../api/rules.ts';
import { claimsOf, credentialOf, isCallback, surrounded } from './around.ts';
import { type Mistake, mistakes } from './operator.ts';

/** Stands for a database. */
const READ_MS = 10;

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);

/** A request of the same name as one that is under way gets the answer of that one. */
const joins = (nameOf: (asked: Asked) => string | undefined, latencyMs = 0) =>
  surrounded(() => {
    const running = new Map<string, Promise<Reply>>();
    return async (asked, next) => {
      const name = nameOf(asked);
      if (name === undefined) return next(asked);
      const mine =
        running.get(name) ??
        sleep(latencyMs)
          .then(() => next(asked))
          .finally(() => running.delete(name));
      running.set(name, mine);
      return mine;
    };
  });

/** Those who come while another of the same name is under way are answered with a later time, as if they had run apart. */
const runsApart = (nameOf: (asked: Asked) => string | undefined, isMeant: (reply: Reply) => boolean = () => true) =>
  surrounded(() => {
    const running = new Map<string, number>();
    return async (asked, next) => {
      const name = nameOf(asked);
      if (name === undefined) return next(asked);
      const count = (running.get(name) ?? 0) + 1;
      running.set(name, count);
      try {
        const reply = await next(asked);
        return count > 1 && reply.status === 200 && isMeant(reply) ? asSeenLater(reply) : reply;
      } finally {
        running.set(name, (running.get(name) ?? 1) - 1);
      }
    };
  });

function asSeenLater(reply: Reply): Reply {
  const body = JSON.parse(reply.body);
  const { last_seen_at: at } = body.workspace_member;
  const later = new Date(Date.parse(at) + 1).toISOString();
  return {
    ...reply,
    body: JSON.stringify({
      ...body,
      workspace_member: { ...body.workspace_member, last_seen_at: later },
      default_api_key: null,
    }),
  };
}

const callback = (nameOf: (asked: Asked) => string | undefined) => (asked: Asked) =>
  isCallback(asked) ? nameOf(asked) : undefined;
const read = (asked: Asked) => (asked.method === 'GET' && asked.url.startsWith('/v1/') ? asked.url : undefined);

export const AT_ONCE_MISTAKES: readonly Mistake[] = [
  ...mistakes('what is under way is shared', {
    'by all tokens of an id, verified or not': joins(
      callback((asked) => text(claimsOf(asked).jti) && `${claimsOf(asked).sub} ${claimsOf(asked).jti}`),
    ),
    'by all tokens of a session, verified or not': joins(
      callback((asked) => text(claimsOf(asked).sid) && `${claimsOf(asked).sub} ${claimsOf(asked).sid}`),
    ),
    'by all tokens of a user, verified or not': joins(callback((asked) => text(claimsOf(asked).sub))),
    'by all tokens with the same claims': joins(callback((asked) => credentialOf(asked).split('.')[1])),
    'by users with one token id': joins(callback((asked) => text(claimsOf(asked).jti))),
    'by users with one session': joins(
      callback((asked) => (claimsOf(asked).jti === undefined ? text(claimsOf(asked).sid) : undefined)),
    ),
    'by users who read': joins((asked) => (asked.url === '/v1/web/workspace' ? read(asked) : undefined), READ_MS),
    'by keys that are used': joins((asked) => (asked.url === '/v1/whoami' ? read(asked) : undefined), READ_MS),
  }),
  ...mistakes('duplicates of another text run apart', {
    'tokens of one id': runsApart(
      callback((asked) =>
        text(claimsOf(asked).jti) && claimsOf(asked).copy !== undefined
          ? `${claimsOf(asked).sub} ${claimsOf(asked).jti}`
          : undefined,
      ),
    ),
    'tokens of a session': runsApart(
      callback((asked) =>
        claimsOf(asked).jti === undefined ? `${claimsOf(asked).sub} ${claimsOf(asked).sid}` : undefined,
      ),
    ),
    'a token of a session, first sign-in': runsApart(
      callback((asked) => (claimsOf(asked).jti === undefined ? credentialOf(asked) : undefined)),
      ({ body }) => !/"default_api_key": ?null/.test(body),
    ),
  }),
];
