/** Right servers in different styles: none of them may fail a check. */
import type { Server } from 'node:http';
import { gzipSync } from 'node:zlib';
import { CORRECT } from './api/correct.ts';
import type { Reply, Rules } from './api/rules.ts';
import { memoryStore, type Store, sqliteStore } from './api/store.ts';
import { claimsOf, isCallback, refusal } from './operators/around.ts';

export interface Design {
  readonly name: string;
  readonly says: string;
  readonly rules: Rules;
  readonly store: () => Store;
}

/** As `jsonb` of PostgreSQL gives members back: shorter names first, then by their bytes. */
function asJsonb(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asJsonb);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, inner]) => [name, asJsonb(inner)] as const);
  return Object.fromEntries(members.sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1)));
}

/** `json.dumps(body, sort_keys=True)` of Python. */
function asPython(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(asPython).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([name, inner]) => `${asPython(name)}: ${asPython(inner)}`).join(', ')}}`;
  }
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Requests in the current second by credential. */
function limiter(most: number): Rules['busy'] {
  const counts = new Map<string, number>();
  return (_running, { headers }) => {
    const slot = `${headers.authorization?.slice(-12)} ${Math.floor(Date.now() / 1000)}`;
    counts.set(slot, (counts.get(slot) ?? 0) + 1);
    return (counts.get(slot) ?? 0) > most ? { status: 429, retryAfter: 1 } : undefined;
  };
}

const busyUntilLater = (status: 429 | 503): Reply => ({ ...refusal('busy', status), headers: BUSY });

/** Requests of all together in the current second. */
const bucket =
  (most: number): Rules['around'] =>
  () => {
    let [second, count] = [0, 0];
    return async (asked, next) => {
      const now = Math.floor(Date.now() / 1000);
      [second, count] = now === second ? [second, count + 1] : [now, 1];
      return count > most ? busyUntilLater(429) : next(asked);
    };
  };

/** Not there in its first seconds. */
const warmingUp =
  (milliseconds: number): Rules['around'] =>
  () => {
    const began = Date.now();
    return async (asked, next) => (Date.now() - began < milliseconds ? busyUntilLater(503) : next(asked));
  };

/** One callback of a user at a time: another gets 409. */
const oneAtATime: Rules['around'] = () => {
  const running = new Set<unknown>();
  return async (asked, next) => {
    const { sub } = claimsOf(asked);
    if (!isCallback(asked) || sub === undefined) return next(asked);
    if (running.has(sub)) return { ...refusal('idempotency_in_flight', 409), headers: BUSY };
    running.add(sub);
    return next(asked).finally(() => running.delete(sub));
  };
};
const BUSY = { 'content-type': 'application/json', 'cache-control': 'no-store', 'retry-after': '1' };

const compressed: Rules['send'] = (response, { status, headers, body }, request) => {
  const isWanted = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  response.writeHead(status, {
    ...headers,
    vary: 'accept-encoding',
    ...(isWanted ? { 'content-encoding': 'gzip' } : {}),
  });
  for (const part of (isWanted ? gzipSync(body) : Buffer.from(body)).toString('latin1').match(/.{1,100}/gs) ?? [])
    response.write(part, 'latin1');
  response.end();
};

const byBytes: Rules['send'] = (response, { status, headers, body }) => {
  response.writeHead(status, headers);
  for (const byte of Buffer.from(body)) response.write(Buffer.of(byte));
  response.end();
};

function closesIdle(server: Server): void {
  server.keepAliveTimeout = 1;
}

const only =
  (...routes: string[]): Rules['around'] =>
  () =>
  async (asked, next) =>
    routes.includes(asked.url.split('?')[0] ?? '') ? next(asked) : refusal('not_found', 404);

/** `2026-03-01T11:30:00.000+02:00` */
const inHelsinki = (ms: number) => new Date(ms + 7_200_000).toISOString().replace('Z', '+02:00');

/** Everything that a framework adds. */
function decorated(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decorated);
  if (typeof value !== 'object' || value === null) return value;
  return {
    object: 'resource',
    ...Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, decorated(inner)])),
    metadata: {},
  };
}

let nextNumber = 1000;

const plain = (status: number): Record<string, string> => ({
  'content-type': 'application/json',
  ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
});

export const DESIGNS: readonly Design[] = [
  {
    name: 'waits',
    says: 'rows in memory; duplicates wait for each other',
    rules: CORRECT,
    store: memoryStore,
  },
  {
    name: 'sqlite-in-flight',
    says: 'rows in SQLite; a duplicate of what is in flight gets 409 with Retry-After',
    rules: { ...CORRECT, duplicates: 'conflict', latencyMs: 20 },
    store: sqliteStore,
  },
  {
    name: 'jsonb',
    says: 'a replay has its members in the order of `jsonb`',
    rules: { ...CORRECT, replayed: (body) => JSON.stringify(asJsonb(JSON.parse(body))) },
    store: sqliteStore,
  },
  {
    name: 'late-reads',
    says: 'reads are a second behind',
    rules: { ...CORRECT, readLagMs: 1000 },
    store: sqliteStore,
  },
  {
    name: 'tolerant-clock',
    says: 'clocks may differ by 60 seconds',
    rules: { ...CORRECT, tolerance: 60 },
    store: memoryStore,
  },
  {
    name: 'sheds-load',
    says: '503 with Retry-After while four requests run',
    rules: { ...CORRECT, latencyMs: 15, busy: (running) => (running > 4 ? { status: 503, retryAfter: 1 } : undefined) },
    store: memoryStore,
  },
  {
    name: 'limits-rate',
    says: '429 with Retry-After after ten requests of a credential in a second',
    rules: { ...CORRECT, busy: limiter(10) },
    store: memoryStore,
  },
  {
    name: 'loses-connections',
    says: 'each fortieth answer is lost with its connection',
    rules: { ...CORRECT, loses: (count) => count % 40 === 39 },
    store: sqliteStore,
  },
  {
    name: 'python-json',
    says: 'sorted members, blanks after commas, escaped unicode, ids of another form',
    rules: {
      ...CORRECT,
      write: asPython,
      newId: (kind) => `${kind}${nextNumber++}`,
      timestamp: (milliseconds) => new Date(milliseconds).toISOString().replace('Z', '000+00:00'),
      headers: (status, id) => ({ ...plain(status), 'cache-control': 'no-store', 'x-request-id': id }),
    },
    store: sqliteStore,
  },
  {
    name: 'real-api',
    says: 'the habits of the real API: white space is an id, plain headers, other words for refusals',
    rules: {
      ...CORRECT,
      idOf: (value) => (typeof value === 'string' && value !== '' ? value : undefined),
      noIdMessage: 'token_id or session_id is required',
      headers: plain,
    },
    store: sqliteStore,
  },
  {
    name: 'strict-ids',
    says: 'ids beyond letters, digits, _ and - of 64 characters are refused',
    rules: {
      ...CORRECT,
      claims: {
        ...CORRECT.claims,
        ids: (claims) =>
          [claims.jti, claims.sid].every(
            (id) => typeof id !== 'string' || id.trim() === '' || /^[\w-]{1,64}$/.test(id),
          ),
      },
    },
    store: memoryStore,
  },
  {
    name: 'slow',
    says: 'each answer takes 80 ms more',
    rules: { ...CORRECT, latencyMs: 80 },
    store: memoryStore,
  },
  {
    name: 'compresses',
    says: 'chunks, and gzip for clients that take it',
    rules: { ...CORRECT, send: compressed },
    store: memoryStore,
  },
  {
    name: 'closes',
    says: 'each connection is closed after its answer, which ends in a new line',
    rules: {
      ...CORRECT,
      write: (body) => `${JSON.stringify(body, null, 2)}\n`,
      headers: (status, id) => ({ ...CORRECT.headers(status, id), connection: 'close' }),
    },
    store: sqliteStore,
  },
  {
    name: 'byte-by-byte',
    says: 'answers come byte by byte, and idle connections are closed at once',
    rules: { ...CORRECT, send: byBytes, listening: closesIdle },
    store: memoryStore,
  },
  {
    name: 'very-slow',
    says: 'each callback takes a second and a half',
    rules: { ...CORRECT, latencyMs: 1500 },
    store: memoryStore,
  },
  {
    name: 'one-at-a-time',
    says: 'a second callback of a user who has one running gets 409',
    rules: { ...CORRECT, around: oneAtATime, latencyMs: 40 },
    store: memoryStore,
  },
  {
    name: 'limits-all',
    says: '429 with Retry-After after 40 requests of all in a second',
    rules: { ...CORRECT, around: bucket(40) },
    store: memoryStore,
  },
  {
    name: 'warms-up',
    says: '503 with Retry-After for its first three seconds',
    rules: { ...CORRECT, around: warmingUp(3000) },
    store: memoryStore,
  },
  {
    name: 'later-reads',
    says: 'reads are 1.8 seconds behind',
    rules: { ...CORRECT, readLagMs: 1800 },
    store: memoryStore,
  },
  {
    name: 'callback-alone',
    says: 'it has no route but the callback',
    rules: { ...CORRECT, around: only('/v1/auth/web/callback') },
    store: memoryStore,
  },
  {
    name: 'callback-and-whoami',
    says: 'it has no dashboard',
    rules: { ...CORRECT, around: only('/v1/auth/web/callback', '/v1/whoami') },
    store: memoryStore,
  },
  {
    name: 'other-clock',
    says: 'its clock is 25 seconds ahead, and clocks may differ by 30',
    rules: {
      ...CORRECT,
      tolerance: 30,
      timestamp: (ms) => new Date(ms + 25_000).toISOString(),
      claims: Object.fromEntries(
        Object.entries(CORRECT.claims).map(([name, check]) => [
          name,
          (claims, expected) => check(claims, { ...expected, now: expected.now + 25 }),
        ]),
      ),
    },
    store: memoryStore,
  },
  {
    name: 'late-clock',
    says: 'its clock is 25 seconds behind, and clocks may differ by 30',
    rules: {
      ...CORRECT,
      tolerance: 30,
      timestamp: (ms) => new Date(ms - 25_000).toISOString(),
      claims: Object.fromEntries(
        Object.entries(CORRECT.claims).map(([name, check]) => [
          name,
          (claims, expected) => check(claims, { ...expected, now: expected.now - 25 }),
        ]),
      ),
    },
    store: memoryStore,
  },
  {
    name: 'other-zone',
    says: 'times of another zone, ids in upper case, members that the contract does not name',
    rules: {
      ...CORRECT,
      timestamp: inHelsinki,
      newId: (kind) => CORRECT.newId(kind).toUpperCase(),
      write: (body) => JSON.stringify(decorated(body)).replaceAll('/', '\\/'),
      headers: (status, id) => ({
        'content-type': 'Application/JSON;charset="UTF-8"',
        'set-cookie': `sid=${id}; HttpOnly`,
        'cache-control': 'private, no-store',
        'x-request-id': id,
        ...(status === 401 ? { 'www-authenticate': 'Bearer realm="api", error="invalid_token"' } : {}),
      }),
    },
    store: sqliteStore,
  },
  {
    name: 'strict-users',
    says: 'users whose ids are not user_ and a ULID are refused, and so are claims of odd types',
    rules: {
      ...CORRECT,
      claims: {
        ...CORRECT.claims,
        sub: ({ sub }) => typeof sub === 'string' && /^user_[0-9A-HJKMNP-TV-Z]{26}$/.test(sub),
      },
    },
    store: memoryStore,
  },
  {
    name: 'waits-long',
    says: 'a busy server that names a date in Retry-After',
    rules: {
      ...CORRECT,
      latencyMs: 15,
      around: () => {
        let running = 0;
        return async (asked, next) => {
          if (running >= 6) {
            const later = new Date(Date.now() + 1500).toUTCString();
            return { ...refusal('busy', 503), headers: { ...BUSY, 'retry-after': later } };
          }
          running += 1;
          return next(asked).finally(() => {
            running -= 1;
          });
        };
      },
    },
    store: memoryStore,
  },
];
