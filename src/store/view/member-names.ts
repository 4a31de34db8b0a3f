/** Finds a member by any of its names. */
import { Failure } from '../../errors/failure.ts';
import type { CallbackItem, MemberItem, Reads, Where } from '../read-store.ts';
import { callbacksOfSession } from './belongings.ts';
import { ambiguous, type Match, matchesOf, notFound, ofEach, type Way } from './names.ts';

/** The kinds of `WAYS`, for help texts. */
export const MEMBER_NAMES =
  'mem_ id, WorkOS user id, e-mail, workspace id, key id or public id, request id, session id';

const WAYS: readonly Way[] = [
  { kind: 'member_id' },
  { kind: 'workos_user_id' },
  { kind: 'email' },
  { kind: 'workspace_id' },
  { kind: 'key_id' },
  { kind: 'public_id' },
  { kind: 'idempotency_key' },
  { kind: 'request_id' },
];

/** Largest number of members for one name; only a very short name has more. */
const MOST = 50;

/** @throws Failure not_found with the nearest names, invalid_argument with the members if the name is ambiguous */
export async function findMember(reads: Reads, text: string, what = 'member'): Promise<MemberItem> {
  const [member, ...others] = await findMembers(reads, text, what);
  if (others.length > 0)
    throw ambiguous(
      'member',
      text,
      [member, ...others].map(({ id, email, workos_user_id }) => `${id}  ${email}  ${workos_user_id}`),
    );
  return member;
}

/** Every member that the name may mean. @throws Failure not_found with the nearest names */
export async function findMembers(
  reads: Reads,
  text: string,
  what = 'member',
): Promise<readonly [MemberItem, ...MemberItem[]]> {
  const [first, ...others] = await membersNamed(reads, text);
  if (first === undefined) throw await notFound(reads, WAYS, { what, text, hint: await whyNoMember(reads, text) });
  return [first, ...others];
}

/** Every member that the name may mean; empty if there is none. */
export async function membersNamed(reads: Reads, text: string): Promise<readonly MemberItem[]> {
  const matches = await matchesOf(reads, WAYS, text);
  const found =
    matches.length > 0
      ? await ofEach(matches, (match) => membersOf(reads, match))
      : await ofEach(await subjectsOf(reads, text), (name) => membersOf(reads, { kind: 'subject', name }));
  return [...new Map(found.map((member) => [member.id, member])).values()];
}

async function membersOf(reads: Reads, { kind, name }: Match): Promise<readonly MemberItem[]> {
  const members = async (where: Where<'members'>) => (await reads.list('members', { limit: MOST, where })).items;
  const keyOwners = async (where: Where<'keys'>) => {
    const { items } = await reads.list('keys', { limit: MOST, where });
    return ofEach(items, ({ workspace_id }) => members({ workspace_id: [workspace_id] }));
  };
  switch (kind) {
    case 'member_id':
      return members({ id: [name] });
    case 'workos_user_id':
    case 'subject':
      return members({ workos_user_id: [name] });
    case 'email':
      return members({ email: [name] });
    case 'workspace_id':
      return members({ workspace_id: [name] });
    case 'key_id':
      return keyOwners({ id: [name] });
    case 'public_id':
      return keyOwners({ public_id: [name] });
    case 'idempotency_key': {
      const { items } = await reads.list('records', { limit: MOST, where: { idempotency_key: [name] } });
      return ofEach(items, async ({ member_id }) => (member_id === null ? [] : members({ id: [member_id] })));
    }
    case 'request_id': {
      const { items } = await reads.list('callbacks', { limit: MOST, where: { request_id: [name] } });
      return ofEach(items, async ({ subject }) => (subject === null ? [] : members({ workos_user_id: [subject] })));
    }
    default:
      return []; // a kind that is not among the ways
  }
}

/** The users of a session, or who had an address formerly. */
async function subjectsOf(reads: Reads, text: string): Promise<readonly string[]> {
  return text.includes('@') ? subjectsOfFormerAddress(reads, text) : subjectsOfSession(reads, text);
}

async function subjectsOfFormerAddress(reads: Reads, address: string): Promise<readonly string[]> {
  const callbacks = (await reads.has('attempts'))
    ? (await reads.list('callbacks', { limit: MOST, where: { email: [address] } })).items
    : [];
  const workspaces = (await reads.list('workspaces', { limit: MOST, where: { contact_email: [address] } })).items;
  const owners = workspaces.map(({ member_id }) => member_id).filter((id) => id !== null);
  const members = (await reads.list('members', { limit: MOST, where: { id: owners } })).items;
  const seen = callbacks.map(({ subject }) => subject).filter((subject) => subject !== null);
  return [...new Set([...seen, ...members.map(({ workos_user_id }) => workos_user_id)])];
}

async function subjectsOfSession(reads: Reads, text: string): Promise<readonly string[]> {
  const subjects = (await callbacksOfSession(reads, text)).map(({ subject }) => subject);
  return [...new Set(subjects.filter((subject) => subject !== null))];
}

/** Explains a missing member: the user may exist in WorkOS, or have a refused callback. */
async function whyNoMember(reads: Reads, text: string): Promise<string | undefined> {
  const where = text.includes('@') ? { email: [text] } : { id: [text] };
  const user = (await reads.has('users')) ? (await reads.list('users', { limit: 1, where })).items[0] : undefined;
  const said = ({ outcome, reason, request_id }: CallbackItem) =>
    `was ${outcome}${reason === null ? '' : ` ${reason}`}: \`agent-paste inspect callback ${request_id}\`.`;
  const subject = user?.id ?? text;
  const attempt =
    (await lastAttempt(reads, { subject: [subject] })) ?? (await lastAttempt(reads, { request_id: [text] }));
  if (attempt !== undefined) return `The last callback ${said(attempt)}`;
  const claimed = await lastAttempt(reads, { claimed_subject: [subject] });
  if (claimed !== undefined)
    return `The last callback whose unverified token claims to be of ${subject} ${said(claimed)}`;
  if (user === undefined) return undefined;
  return `WorkOS user ${user.id} is in the local directory, but has no verified callback.`;
}

async function lastAttempt(reads: Reads, where: Where<'callbacks'>): Promise<CallbackItem | undefined> {
  return (await reads.has('attempts')) ? (await reads.list('callbacks', { limit: 1, where })).items[0] : undefined;
}

/** The same for claims: a user id is taken as it is, because anyone may claim any. */
export async function findClaimedSubjects(reads: Reads, text: string): Promise<readonly string[]> {
  try {
    return [...(await findSubjects(reads, text)), text];
  } catch (error) {
    if (text.includes('@') || !(error instanceof Failure && error.code === 'not_found')) throw error;
    return [text];
  }
}

/** Of a name that is no user id: of a member with a former address, a request, a key, or of a session. */
export async function otherSubjects(reads: Reads, text: string): Promise<readonly string[]> {
  const members = (await reads.has('database')) ? await membersNamed(reads, text) : [];
  if (members.length > 0) return members.map(({ workos_user_id }) => workos_user_id);
  const signedIn = (await reads.has('users'))
    ? await reads.list('sessions', { limit: 1, where: { id: [text] } })
    : null;
  const subjects = await subjectsOfSession(reads, text);
  return subjects.length > 0 || signedIn === null ? subjects : signedIn.items.map(({ user_id }) => user_id);
}

/** The subjects of callbacks that a name may mean, whether they are members or not. @throws Failure not_found */
export async function findSubjects(reads: Reads, text: string): Promise<readonly string[]> {
  const members = (await reads.has('database')) ? await membersNamed(reads, text) : [];
  if (members.length > 0) return members.map(({ workos_user_id }) => workos_user_id);
  const users =
    text.includes('@') && (await reads.has('users'))
      ? (await reads.list('users', { limit: MOST, where: { email: [text] } })).items.map(({ id }) => id)
      : [];
  const named = (await matchesOf(reads, [{ kind: 'subject' }], text)).map(({ name }) => name);
  const subjects = named.length > 0 ? named : await subjectsOfSession(reads, text);
  if (users.length + subjects.length === 0)
    throw await notFound(reads, [...WAYS, { kind: 'subject' }], { what: 'member or WorkOS user', text });
  return [...users, ...subjects];
}
