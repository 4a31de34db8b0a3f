/** Mistakes about members: their number, the changes of a sign-in, the rows of a failed one. */
import { createSecretKey } from 'node:crypto';
import type { Callback } from '../../../callback/resolution.ts';
import { provision } from '../../../callback/workspace/provision.ts';
import type { RandomSource } from '../../../machine/random.ts';
import type { SeedWorkspace } from '../../../store/store.ts';
import { type Bug, raceWindow, readBody, resolving, writeBody } from './bug.ts';

export const SIGN_IN_BUGS = {
  'member-per-token': {
    summary: 'first sign-ins that arrive together each create their own member',
    breaks: 'one-member-per-user',
    wrap: () => {
      const arrived = new Map<string, number>();
      return resolving(async (callback, store) => {
        if (await store.memberOf(callback.subject)) return store.resolveMember(callback);
        const earlier = arrived.get(callback.subject) ?? 0;
        arrived.set(callback.subject, earlier + 1);
        await raceWindow();
        // With another subject, the constraint does not prevent a second member.
        return store.resolveMember(
          earlier === 0 ? callback : { ...callback, subject: `${callback.subject}.${earlier}` },
        );
      });
    },
  },
  'second-secret': {
    summary: 'first sign-ins that arrive together each get a secret',
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
    summary: 'a new token of a known user does not update last_seen_at',
    breaks: 'new-token-updates-seen',
    wrap: () =>
      resolving(async (callback, store) => {
        const known = await store.memberOf(callback.subject);
        return store.resolveMember(known ? { ...callback, now: Date.parse(known.member.last_seen_at) } : callback);
      }),
  },
  'email-frozen': {
    summary: 'a changed e-mail address is never adopted',
    breaks: 'email-refreshes',
    wrap: () =>
      resolving(async (callback, store) => {
        const known = await store.memberOf(callback.subject);
        return store.resolveMember(known ? { ...callback, email: known.member.email } : callback);
      }),
  },
  'half-provisioned': {
    summary: 'a sign-in that fails at its API key leaves its workspace and member behind',
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
