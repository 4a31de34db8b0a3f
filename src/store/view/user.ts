/** A user of WorkOS: what the local directory has, the member if there is one, sign-ins and callbacks. */
import type { CallbackItem, MemberItem, Reads, UserItem } from '../read-store.ts';
import { oneMember } from './belongings.ts';
import { otherSubjects } from './member-names.ts';
import { ambiguous, matchesOf, notFound, type Way } from './names.ts';
import { type ShownSession, shown } from './shown.ts';

export interface UserView {
  readonly workos_user_id: string;
  /** null if the local directory does not have the user: removed from it, or a user of another WorkOS. */
  readonly user: UserItem | null;
  readonly workspace_member: MemberItem | null;
  /** Sign-ins through the local WorkOS, newest first. */
  readonly sessions: readonly ShownSession[];
  /** Of verified tokens, oldest first. */
  readonly callbacks: readonly CallbackItem[];
  /** Whether there are older callbacks. */
  readonly page_info: { readonly has_more: boolean };
}

const IN_DIRECTORY: readonly Way[] = [{ kind: 'user_id' }, { kind: 'user_email' }];
const ELSEWHERE: readonly Way[] = [{ kind: 'workos_user_id' }, { kind: 'subject' }];

/**
 * @param text the id, an e-mail address, or what names the member
 * @param limit largest number of callbacks and of sessions; the newest are shown
 * @throws Failure not_found, invalid_argument if the name is ambiguous
 */
export async function userView(
  reads: Reads,
  text: string,
  { limit, now }: { readonly limit: number; readonly now: number },
): Promise<UserView> {
  const id = await findUser(reads, text);
  const user = await userWithId(reads, id);
  const member = (await reads.has('database')) ? await oneMember(reads, { workos_user_id: [id] }) : undefined;
  const { items, nextCursor } = (await reads.has('attempts'))
    ? await reads.list('callbacks', { limit, where: { subject: [id] } })
    : { items: [], nextCursor: null };
  const sessions = (await reads.has('users'))
    ? (await reads.list('sessions', { limit, where: { user_id: [id] } })).items
    : [];
  return {
    workos_user_id: id,
    user: user === undefined ? null : shown('users', user, now),
    workspace_member: member === undefined ? null : shown('members', member, now),
    sessions: sessions.map((session) => shown('sessions', session, now)),
    callbacks: items.toReversed().map((item) => shown('callbacks', item, now)),
    page_info: { has_more: nextCursor !== null },
  };
}

/** undefined also if there is no directory. */
export async function userWithId(reads: Reads, id: string): Promise<UserItem | undefined> {
  if (!(await reads.has('users'))) return undefined;
  return (await reads.list('users', { limit: 1, where: { id: [id] } })).items[0];
}

async function subjectsElsewhere(reads: Reads, text: string): Promise<readonly string[]> {
  const named = (await matchesOf(reads, ELSEWHERE, text)).map(({ name }) => name);
  return named.length > 0 ? named : otherSubjects(reads, text);
}

async function findUser(reads: Reads, text: string): Promise<string> {
  const inDirectory = await matchesOf(reads, IN_DIRECTORY, text);
  const ids = inDirectory.flatMap(({ kind, name }) => (kind === 'user_id' ? name : []));
  const addresses = inDirectory.flatMap(({ kind, name }) => (kind === 'user_email' ? name : []));
  const users =
    addresses.length === 0 ? [] : (await reads.list('users', { limit: 50, where: { email: addresses } })).items;
  const elsewhere = inDirectory.length > 0 ? [] : await subjectsElsewhere(reads, text);
  const found = [...new Set([...ids, ...users.map((user) => user.id), ...elsewhere])];
  const [id, ...others] = found;
  if (id === undefined) throw await notFound(reads, [...IN_DIRECTORY, ...ELSEWHERE], { what: 'user', text });
  if (others.length > 0) {
    const emailOf = async (each: string) => (await userWithId(reads, each))?.email ?? '';
    throw ambiguous('user', text, await Promise.all(found.map(async (each) => `${each}  ${await emailOf(each)}`)));
  }
  return id;
}
