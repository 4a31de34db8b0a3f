/** Mistakes about replays. */
import { type Identity, idempotencyKeyOf } from '../../../callback/identity.ts';
import type { Callback, Resolution } from '../../../callback/resolution.ts';
import type { Store } from '../../../store/store.ts';
import { type Bug, raceWindow, readBody, resolving, writeBody } from './bug.ts';

export const REPLAY_BUGS = {
  'replay-reserialised': {
    summary: 'a replay serialises the stored JSON again, with its members in another order',
    breaks: 'replay-identical',
    wrap: () => ({
      callback: (resolve) => async (identity, context) => {
        const resolution = await resolve(identity, context);
        return resolution.outcome === 'replayed' ? { ...resolution, body: reordered(resolution.body) } : resolution;
      },
    }),
  },
  'member-before-replay': {
    summary: 'a known member is answered as seen before the server looks for a record',
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
    summary: 'the session is the idempotency key even if the token has its own id',
    breaks: 'jti-before-sid',
    wrap: () => ({
      callback: (resolve) => (identity, context) =>
        resolve(identity.sessionId === null ? identity : withIds(identity, { tokenId: null }), context),
    }),
  },
  'session-key-ignored': {
    summary: 'a token without its own id is never recognised, although it has a session',
    breaks: 'sid-fallback',
    wrap: (random) => ({
      callback: (resolve) => (identity, context) =>
        resolve(withIds(identity, { tokenId: identity.tokenId ?? random.ulid(context.now) }), context),
    }),
  },
  'ids-lower-cased': {
    summary: 'ids are put into lower case before they are compared',
    breaks: 'ids-compared-exactly',
    wrap: () => ({
      callback: (resolve) => (identity, context) => {
        const { tokenId, sessionId } = identity;
        const ids = { tokenId: tokenId?.toLowerCase() ?? null, sessionId: sessionId?.toLowerCase() ?? null };
        return resolve(withIds(identity, ids), context);
      },
    }),
  },
  'record-shared-by-users': {
    summary: 'a record is looked up by its key only, so one user gets the answer of another',
    breaks: 'no-cross-user-replay',
    wrap: () => ({
      callback: (resolve) => {
        const answers = new Map<string, Resolution>();
        return async (identity, context) => {
          const stored = answers.get(identity.idempotencyKey);
          if (stored) return { ...stored, outcome: 'replayed' };
          const resolution = await resolve(identity, context);
          answers.set(identity.idempotencyKey, resolution);
          return resolution;
        };
      },
    }),
  },
  'duplicates-run-apart': {
    summary: 'duplicates that arrive together each run separately',
    breaks: 'concurrent-duplicates-agree',
    wrap: (random) => ({
      callback: (resolve) => {
        const running = new Set<string>();
        return async (identity, context) => {
          const flight = JSON.stringify([identity.subject, identity.idempotencyKey]);
          if (running.has(flight)) return resolve(withIds(identity, { tokenId: random.ulid(context.now) }), context);
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
    summary: 'records are lost when the process ends',
    breaks: 'survives-restart',
    wrap: (random) => {
      const process = random.uuid().slice(0, 8);
      return resolving((callback, store) => store.resolveMember(withKeySuffix(callback, process)));
    },
  },
  'lost-answer-null': {
    summary: 'an answer that was never sent is not repeated: the retry is answered as seen, without the secret',
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

/** The same callback under a key that was never used. */
function withKeySuffix(callback: Callback, suffix: string): Callback {
  return { ...callback, idempotencyKey: `${callback.idempotencyKey}:${suffix}` };
}

/** As if the token had other ids. */
function withIds(identity: Identity, ids: Partial<Pick<Identity, 'tokenId' | 'sessionId'>>): Identity {
  const changed = { ...identity, ...ids };
  return { ...changed, idempotencyKey: idempotencyKeyOf(changed) };
}

/** Like a database that stores parsed JSON. */
function reordered(bytes: Uint8Array): Buffer {
  return writeBody(Object.fromEntries(Object.entries(readBody(bytes)).toSorted(([a], [b]) => a.length - b.length)));
}
