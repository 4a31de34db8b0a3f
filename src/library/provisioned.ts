/** Whether a user was provisioned once, and what a server has instead. */
import { refuseOptions, TEXT, wrong } from './options.ts';
import type { ProvisionedUser, TestServer } from './types.ts';

export interface WantedMember {
  readonly email?: string;
  readonly sub?: string;
}

export function isServer(value: unknown): value is TestServer {
  return typeof (value as TestServer | undefined)?.inspect === 'function';
}

/** @throws TypeError */
export function whoOf(who: ProvisionedUser): WantedMember {
  if (typeof who === 'string' && who !== '') return who.includes('@') ? { email: who } : { sub: who };
  if (typeof who !== 'object') throw wrong('toHaveProvisioned: the user must be an address, an id, or { email, sub }');
  refuseOptions('toHaveProvisioned', who, { email: TEXT, sub: TEXT });
  if (who.email === undefined && who.sub === undefined) throw wrong('toHaveProvisioned: email or sub must be given');
  return who;
}

export async function provisioned(
  server: TestServer,
  { email, sub }: WantedMember,
): Promise<{ isOnce: boolean; lines: readonly string[] }> {
  const all = await server.inspect('members', { limit: 10_000 });
  const members = all.filter(
    (one) => (email === undefined || one.email === email) && (sub === undefined || one.workos_user_id === sub),
  );
  const keys = await Promise.all(
    members.map(({ workspace_id }) => server.inspect('keys', { where: { workspace_id }, limit: 10_000 })),
  );
  const isOnce = members.length === 1 && keys[0]?.length === 1;
  const found = members.map(
    ({ id, email, workos_user_id }, index) => `${id} ${email} ${workos_user_id}, keys: ${keys[index]?.length}`,
  );
  const outcomes = isOnce ? [] : await callbacksOf(server, { email, sub });
  return {
    isOnce,
    lines: [
      ...(found.length === 0 ? ['members: none such'] : found.map((line) => `member: ${line}`)),
      ...(members.length > 0 || all.length === 0
        ? []
        : [
            `other members: ${all
              .slice(0, 5)
              .map((one) => one.email)
              .join(', ')}`,
          ]),
      ...outcomes,
    ],
  };
}

/** What happened to the callbacks of this user, or of all where none is of this user. */
async function callbacksOf(
  server: TestServer,
  { email, sub }: Partial<Record<keyof WantedMember, string | undefined>>,
): Promise<readonly string[]> {
  const all = await server.inspect('callbacks', { limit: 1000 });
  const users = email === undefined ? [] : await server.inspect('users', { where: { email }, limit: 10 });
  const subjects = [sub, ...users.map(({ id }) => id)];
  const own = all.filter(
    (one) => one.email === email || subjects.includes(one.subject ?? one.claimed_subject ?? undefined),
  );
  const shown = own.length > 0 ? own : all;
  const counts = Map.groupBy(shown, ({ outcome, reason }) => (reason === null ? outcome : `${outcome} for ${reason}`));
  const text = [...counts].map(([outcome, { length }]) => `${length} ${outcome}`).join(', ');
  return [`callbacks${own.length > 0 || all.length === 0 ? '' : ' of others'}: ${text === '' ? 'none' : text}`];
}
