/** Mistakes about members: how many there are, what a sign-in changes, what a failed one leaves. */
import { createSecretKey } from 'node:crypto';
import type { RandomSource } from '../random.ts';
import type { Callback, SeedWorkspace } from '../store/store.ts';
import { provision } from '../workspace/provision.ts';
import { type Bug, raceWindow, readBody, resolving, writeBody } from './bug.ts';

export const SIGN_IN_BUGS = {
  'member-per-token': {
    summary: 'first sign-ins that arrive together each make a member of their own',
    breaks: 'one-member-per-user',
    wrap: () => {
      const arrived = new Map<string, number>();
      return resolving(async (callback, store) => {
        if (await store.memberOf(callback.subject)) return store.resolveMember(callback);
        const earlier = arrived.get(callback.subject) ?? 0;
        arrived.set(callback.subject, earlier + 1);
        await raceWindow();
        // Another subject is what gets past the constraint that forbids a second member.
        return store.resolveMember(
          earlier === 0 ? callback : { ...callback, subject: `${callback.subject}.${earlier}` },
        );
      });
    },
  },
  'second-secret': {
    summary: 'every one of the first sign-ins that arrive together is given a secret',
    breaks: 'one-secret-per-user',
    wrap: () => {
      const issued = new Map<string, unknown>();
      return resolving(async (callback, store) => {
        if (await store.memberOf(callback.subject)) return store.resolveMember(callback);
        await raceWindow();
        const resolution = await store.resolveMember(callback);
        const body = readBody(resolution.body);
        if (resolution.outcome === 'provisioned') issued.set(callback.subject, body.default_api_key);
        if (resolution.outcome !== 'seen') return resolution;
        return { ...resolution, body: writeBody({ ...body, default_api_key: issued.get(callback.subject) }) };
      });
    },
  },
  'last-seen-frozen': {
    summary: 'a new token of a known user leaves last_seen_at as it was',
    breaks: 'new-token-updates-seen',
    wrap: () =>
      resolving(async (callback, store) => {
        const known = await store.memberOf(callback.subject);
        return store.resolveMember(known ? { ...callback, now: Date.parse(known.member.last_seen_at) } : callback);
      }),
  },
  'email-frozen': {
    summary: 'a changed e-mail address is never taken over',
    breaks: 'email-refreshes',
    wrap: () =>
      resolving(async (callback, store) => {
        const known = await store.memberOf(callback.subject);
        return store.resolveMember(known ? { ...callback, email: known.member.email } : callback);
      }),
  },
  'half-provisioned': {
    summary: 'a sign-in that fails at the key leaves its workspace and member behind',
    breaks: 'failed-provisioning-leaves-nothing',
    wrap: (random) =>
      resolving(async (callback, store) => {
        try {
          return await store.resolveMember(callback);
        } catch (error) {
          await store.seed([halfOf(callback, random)]);
          throw error;
        }
      }),
  },
} as const satisfies Record<string, Bug>;

function halfOf(callback: Callback, random: RandomSource): SeedWorkspace {
  const pepper = { kid: 1, key: createSecretKey(random.bytes(32)) };
  const { workspace, member } = provision({ ...callback, keyEnvironment: 'preview', pepper }, random);
  return { workspace, member, key: null, events: [], artifacts: [] };
}
