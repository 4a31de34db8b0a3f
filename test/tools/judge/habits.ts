/** Further right servers, each with a habit that a client or a check could take for a mistake. */
import { STATUS_CODES } from 'node:http';
import { CORRECT } from './api/correct.ts';
import type { Asked, Rules } from './api/rules.ts';
import { memoryStore, sqliteStore } from './api/store.ts';
import type { Design } from './designs.ts';
import { credentialOf, isCallback, refusal } from './operators/around.ts';

const ANSWER = { 'content-type': 'application/json', 'cache-control': 'no-store' };
const later = (seconds: number) => ({
  ...refusal('busy', 503),
  headers: { ...ANSWER, 'retry-after': String(seconds) },
});

/** As `http.server` of Python: HTTP/1.0, and 501 for methods that it does not implement. */
const asHttp10: Rules['send'] = (response, { status, headers, body }, { socket, method }) => {
  const lines = [
    `HTTP/1.0 ${status} ${STATUS_CODES[status]}`,
    ...Object.entries(headers).map((pair) => pair.join(': ')),
  ];
  response.detachSocket(socket);
  socket.end(`${lines.join('\r\n')}\r\n\r\n${method === 'HEAD' ? '' : body}`);
};

const onlyGetAndPost: Rules['around'] = () => async (asked, next) =>
  asked.method === 'GET' || asked.method === 'POST'
    ? next(asked)
    : { status: 501, headers: { 'content-type': 'text/html' }, body: '<h1>Unsupported method</h1>' };

const forBrowsers: Rules['around'] = () => async (asked, next) => {
  const open = {
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'x-request-id',
    'strict-transport-security': 'max-age=31536000',
    'x-powered-by': 'Express',
    vary: 'origin',
  };
  if (asked.method === 'OPTIONS') return { status: 204, headers: open, body: '' };
  const reply = await next(asked);
  return { ...reply, headers: { ...open, etag: `W/"${reply.body.length}"`, ...reply.headers } };
};

/** Conditions are judged for every method. */
const conditional: Rules['around'] = () => async (asked, next) => {
  const reply = await next(asked);
  const isUnmet = asked.headers['if-none-match'] !== undefined && reply.status === 200;
  return isUnmet ? { ...refusal('precondition_failed', 412), body: '' } : reply;
};

/** A new key is known to all of its servers a second later. */
const keysLater: Rules['around'] =
  () =>
  async (asked, next, { store }) => {
    const publicId = /^ap_pk_preview_(\w{16})_/.exec(credentialOf(asked))?.[1] ?? '';
    const made = store.keys.get(publicId)?.createdAt;
    return made !== undefined && Date.now() - Date.parse(made) < 1000 ? refusal() : next(asked);
  };

const strictRequests: Rules['around'] = () => async (asked, next) => {
  if (isCallback(asked) && asked.body !== '') return refusal('invalid_request', 415);
  if (isCallback(asked) && asked.url.includes('?')) return refusal('invalid_request', 400);
  return next(asked);
};

/** One request at a time, of all users together. */
const inOneLine: Rules['around'] = () => {
  let last: Promise<unknown> = Promise.resolve();
  return async (asked, next) => {
    const mine = last.then(() => next(asked));
    last = mine.catch(() => undefined);
    return mine;
  };
};

const marked: Rules['around'] = () => {
  const known = new Set<string>();
  return async (asked: Asked, next) => {
    const reply = await next(asked);
    if (!isCallback(asked) || reply.status !== 200) return reply;
    const isReplay = known.has(credentialOf(asked));
    known.add(credentialOf(asked));
    return { ...reply, headers: { ...reply.headers, 'idempotency-replayed': String(isReplay), age: '0' } };
  };
};

/** Every third request while others run, with a wait of no seconds. */
const hiccups: Rules['around'] = () => {
  let count = 0;
  return async (asked, next) => (count++ % 3 === 2 ? later(0) : next(asked));
};

export const HABITS: readonly Design[] = [
  {
    name: 'whole-seconds',
    says: 'times are in whole seconds',
    rules: { ...CORRECT, timestamp: (ms) => new Date(ms).toISOString().replace(/\.\d+/, '') },
    store: sqliteStore,
  },
  {
    name: 'http-1.0',
    says: 'HTTP/1.0 without a length, and 501 for methods that it does not implement',
    rules: { ...CORRECT, send: asHttp10, around: onlyGetAndPost },
    store: memoryStore,
  },
  {
    name: 'for-browsers',
    says: 'headers of CORS, ETags and those that a framework adds',
    rules: { ...CORRECT, around: forBrowsers },
    store: memoryStore,
  },
  {
    name: 'any-client',
    says: 'a token that names no client is accepted, unless its aud names others alone',
    rules: {
      ...CORRECT,
      claims: {
        ...CORRECT.claims,
        client: ({ client_id, azp, aud }, { clientId }) => {
          const named = client_id ?? azp;
          if (named !== undefined && named !== null) return named === clientId;
          return aud === undefined || [aud].flat().includes(clientId);
        },
      },
    },
    store: memoryStore,
  },
  {
    name: 'keys-later',
    says: 'a new key works after a second',
    rules: { ...CORRECT, around: keysLater },
    store: memoryStore,
  },
  {
    name: 'conditional',
    says: '412 where If-None-Match is met',
    rules: { ...CORRECT, around: conditional },
    store: memoryStore,
  },
  {
    name: 'strict-requests',
    says: 'callbacks with a body or a query are refused',
    rules: { ...CORRECT, around: strictRequests },
    store: memoryStore,
  },
  {
    name: 'one-line',
    says: 'requests are answered one after the other',
    rules: { ...CORRECT, around: inOneLine },
    store: sqliteStore,
  },
  {
    name: 'other-words',
    says: 'errors in another language with more in them, and replays that are marked',
    rules: {
      ...CORRECT,
      around: marked,
      noIdMessage: 'tunniste puuttuu',
      refusal: (status, code, _message, request_id) => ({
        error: { code, message: 'pääsy evätty', request_id, status, docs: 'https://example.com/errors', details: [] },
      }),
    },
    store: memoryStore,
  },
  {
    name: 'hiccups',
    says: '503 with Retry-After: 0 for every third request',
    rules: { ...CORRECT, around: hiccups },
    store: memoryStore,
  },
];
