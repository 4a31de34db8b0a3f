/** Steps that are skipped for what has been seen before, and refusals that outlive their cause. */
import { CLAIMS } from '../api/correct.ts';
import type { Around, Asked, Claims, Rules } from '../api/rules.ts';
import { claimsOf, credentialOf, isCallback, refusal, surrounded, withToken } from './around.ts';
import { type Mistake, mistakes } from './operator.ts';

/** Takes a token that was accepted before in place of one that looks like it. */
const remembers = (nameOf: (asked: Asked) => string | undefined) =>
  surrounded(() => {
    const accepted = new Map<string, string>();
    return async (asked, next) => {
      const name = nameOf(asked);
      const earlier = name === undefined ? undefined : accepted.get(name);
      const reply = await next(earlier === undefined ? asked : withToken(asked, earlier));
      if (reply.status === 200 && name !== undefined && isCallback(asked)) accepted.set(name, credentialOf(asked));
      return reply;
    };
  });

const nameOf = ({ sub, jti, sid }: Claims) => `${sub} ${jti} ${sid}`;
const dotted = (asked: Asked) => {
  const parts = credentialOf(asked).split('.');
  return parts.length === 3 ? parts : undefined;
};

/** Does not check a claim again for a token id that has passed once. */
const passesOnce = (claim: 'exp' | 'nbf' | 'iss' | 'client') => (): Partial<Rules> => {
  const passed = new Set<string>();
  return {
    claims: {
      ...CLAIMS,
      [claim]: (claims: Claims, expected: Parameters<typeof CLAIMS.exp>[1]) => {
        if (!CLAIMS[claim](claims, expected)) return passed.has(nameOf(claims));
        passed.add(nameOf(claims));
        return true;
      },
    },
  };
};

/** Refuses everything of the same name after a refusal. */
const bearsAGrudge = (
  nameOf: (asked: Asked) => string | undefined,
  after = 1,
  isMeant = isCallback,
): (() => Partial<Rules>) =>
  surrounded(() => {
    const refused = new Map<string, number>();
    return async (asked, next) => {
      const name = isMeant(asked) ? nameOf(asked) : undefined;
      if (name !== undefined && (refused.get(name) ?? 0) >= after) return refusal();
      const reply = await next(asked);
      if (name !== undefined && reply.status === 401) refused.set(name, (refused.get(name) ?? 0) + 1);
      return reply;
    };
  });

const once = (isFirst: (asked: Asked) => boolean, isSecond: (asked: Asked) => boolean): (() => Partial<Rules>) =>
  surrounded((): Around => {
    const used = new Set<string>();
    return async (asked, next) => {
      const token = credentialOf(asked);
      if (isSecond(asked) && used.has(token)) return refusal();
      const reply = await next(asked);
      if (isFirst(asked) && reply.status !== 401) used.add(token);
      return reply;
    };
  });

const isRead = ({ url }: Asked) => url.startsWith('/v1/web/');
const textOf = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
const kidOf = (asked: Asked): string | undefined => {
  try {
    return textOf(JSON.parse(Buffer.from(credentialOf(asked).split('.')[0] ?? '', 'base64url').toString())?.kid);
  } catch {
    return undefined;
  }
};

export const ORDER_MISTAKES: readonly Mistake[] = [
  ...mistakes('a token that looks like an accepted one is not verified', {
    'by its token id': remembers((asked) => {
      const { sub, jti } = claimsOf(asked);
      return textOf(jti) && `${sub} ${jti}`;
    }),
    'by its session': remembers((asked) => {
      const { sub, sid } = claimsOf(asked);
      return textOf(sid) && `${sub} ${sid}`;
    }),
    'by its user': remembers((asked) => textOf(claimsOf(asked).sub)),
    'by what is signed': remembers((asked) => dotted(asked)?.slice(0, 2).join('.')),
    'by its claims': remembers((asked) => dotted(asked)?.[1]),
    'by its signature': remembers((asked) => dotted(asked)?.[2]),
  }),
  ...mistakes('a claim is checked once for an id', {
    exp: passesOnce('exp'),
    iss: passesOnce('iss'),
    client: passesOnce('client'),
  }),
  ...mistakes('a refusal outlives its cause', {
    'for the token id': bearsAGrudge((asked) => textOf(claimsOf(asked).jti)),
    'for the session': bearsAGrudge((asked) => textOf(claimsOf(asked).sid)),
    'for the text of the token': bearsAGrudge(credentialOf),
    'for the user, after three': bearsAGrudge((asked) => textOf(claimsOf(asked).sub), 3),
    'for the user, after ten': bearsAGrudge((asked) => textOf(claimsOf(asked).sub), 10),
    'for the kid': bearsAGrudge((asked) => kidOf(asked) && `${kidOf(asked)}`, 30),
    'for a token id that a read refused': surrounded(() => {
      const refused = new Set<unknown>();
      return async (asked, next) => {
        const { jti } = claimsOf(asked);
        if (isCallback(asked) && refused.has(jti)) return refusal();
        const reply = await next(asked);
        if (isRead(asked) && reply.status === 401 && jti !== undefined) refused.add(jti);
        return reply;
      };
    }),
  }),
  ...mistakes('a token is good once', {
    'at the callback, after a read': once(isRead, isCallback),
    'at reads, after the callback': once(isCallback, isRead),
    'at each read': once(isRead, isRead),
  }),
];
