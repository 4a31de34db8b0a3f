/** Mistakes about which answer a callback gets again. */
import { idempotencyKeyOf } from '../callback.ts';
import type { Callback, Resolution, Store } from '../store/store.ts';
import { type Bug, raceWindow, readBody, resolving, writeBody } from './bug.ts';

export const REPLAY_BUGS = {
  'replay-reserialised': {
    summary: 'a replay is the stored JSON written anew, its members in another order',
    breaks: 'replay-identical',
    wrap: () => ({
      callback: (resolve) => async (identity, context) => {
        const resolution = await resolve(identity, context);
        return resolution.outcome === 'replayed' ? { ...resolution, body: reordered(resolution.body) } : resolution;
      },
    }),
  },
  'member-before-replay': {
    summary: 'a known member is answered as seen before anybody looks for a record',
    breaks: 'replay-identical',
    wrap: (random) =>
      resolving(async (callback, store) => {
        const known = await store.memberOf(callback.subject);
        return store.resolveMember(known ? withKeySuffix(callback, random.ulid(callback.now)) : callback);
      }),
  },
  'replay-touches-last-seen': {
    summary: 'a replay sets last_seen_at',
    breaks: 'replay-changes-nothing',
    wrap: (random) =>
      resolving(async (callback, store) => {
        const resolution = await store.resolveMember(callback);
        if (resolution.outcome === 'replayed') {
          await store.resolveMember(withKeySuffix(callback, random.ulid(callback.now)));
        }
        return resolution;
      }),
  },
  'token-id-ignored': {
    summary: 'the session is the key even where the token has an id of its own',
    breaks: 'jti-before-sid',
    wrap: () => ({
      callback: (resolve) => (identity, context) =>
        resolve(identity.sessionId === null ? identity : { ...identity, tokenId: null }, context),
    }),
  },
  'session-key-ignored': {
    summary: 'a token without an id of its own is never recognised, though it has a session',
    breaks: 'sid-fallback',
    wrap: (random) => ({
      callback: (resolve) => (identity, context) =>
        resolve({ ...identity, tokenId: identity.tokenId ?? random.ulid(context.now) }, context),
    }),
  },
  'record-shared-by-users': {
    summary: 'a record is found by its key alone, so one user gets the answer of another',
    breaks: 'no-cross-user-replay',
    wrap: () => ({
      callback: (resolve) => {
        const answers = new Map<string, Resolution>();
        return async (identity, context) => {
          const key = idempotencyKeyOf(identity);
          const stored = answers.get(key);
          if (stored) return { ...stored, outcome: 'replayed' };
          const resolution = await resolve(identity, context);
          answers.set(key, resolution);
          return resolution;
        };
      },
    }),
  },
  'duplicates-run-apart': {
    summary: 'duplicates that arrive together each run for themselves',
    breaks: 'concurrent-duplicates-agree',
    wrap: (random) => ({
      callback: (resolve) => {
        const running = new Set<string>();
        return async (identity, context) => {
          const flight = JSON.stringify([identity.subject, idempotencyKeyOf(identity)]);
          if (running.has(flight)) return resolve({ ...identity, tokenId: random.ulid(context.now) }, context);
          running.add(flight);
          try {
            await raceWindow();
            return await resolve(identity, context);
          } finally {
            running.delete(flight);
          }
        };
      },
    }),
  },
  'records-in-memory': {
    summary: 'records are forgotten when the process ends',
    breaks: 'survives-restart',
    wrap: (random) => {
      const process = random.uuid().slice(0, 8);
      return resolving((callback, store) => store.resolveMember(withKeySuffix(callback, process)));
    },
  },
  'lost-answer-null': {
    summary: 'an answer that never left the server is not repeated: the retry is answered as seen, without the secret',
    breaks: 'lost-answer-replays',
    wrap: () => {
      const unsent = new Map<string, Callback>();
      let records: Store | undefined;
      const sentMark = (callback: Callback) => withKeySuffix(callback, 'sent');
      return {
        store: (store) => {
          records = store;
          return {
            ...store,
            async resolveMember(callback) {
              const resolution = await store.resolveMember(callback);
              if (resolution.outcome !== 'replayed') {
                unsent.set(callback.requestId, callback);
                return resolution;
              }
              const mark = await store.resolveMember(sentMark(callback));
              return mark.outcome === 'replayed' ? resolution : mark;
            },
          };
        },
        fetch: (fetch) => async (request, bindings) => {
          const response = await fetch(request, bindings);
          const requestId = response.headers.get('x-request-id') ?? '';
          const callback = unsent.get(requestId);
          unsent.delete(requestId);
          if (callback) await records?.resolveMember(sentMark(callback));
          return response;
        },
      };
    },
  },
} as const satisfies Record<string, Bug>;

/** The same callback under a key that nobody has used. */
function withKeySuffix(callback: Callback, suffix: string): Callback {
  return { ...callback, idempotencyKey: `${callback.idempotencyKey}:${suffix}` };
}

/** As a database does that keeps JSON parsed. */
function reordered(bytes: Uint8Array): Buffer {
  return writeBody(Object.fromEntries(Object.entries(readBody(bytes)).toSorted(([a], [b]) => a.length - b.length)));
}
