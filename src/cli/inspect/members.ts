/** Whose story is asked for: a member by any of the names that lead to one. */
import { Failure } from '../../errors.ts';
import type { CallbackItem, Inspection, Where } from '../../store/inspection.ts';
import type { MemberRow } from '../../workspace/records.ts';
import { ambiguous, type Match, matchesOf, notFound, type Way } from './names.ts';

/** As `ways`, in this order. */
export const MEMBER_NAMES = 'mem_ id, WorkOS user id, e-mail, workspace id, key id or public id, request id';

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

/** More members than this have one name only when it is very short. */
const MOST = 50;

/** @throws Failure not_found with the nearest names, invalid_argument with the members that the name may mean */
export function findMember(inspection: Inspection, text: string): MemberRow {
  const members = membersNamed(inspection, text);
  const [member] = members;
  if (member === undefined)
    throw notFound(inspection, WAYS, { what: 'member', text, hint: whyNoMember(inspection, text) });
  if (members.length > 1)
    throw ambiguous(
      'member',
      text,
      members.map(({ id, email, workos_user_id }) => `${id}  ${email}  ${workos_user_id}`),
    );
  return member;
}

/** Everybody the name may mean. @throws Failure not_found */
export function findMembers(inspection: Inspection, text: string): readonly MemberRow[] {
  const members = membersNamed(inspection, text);
  if (members.length === 0)
    throw notFound(inspection, WAYS, { what: 'member', text, hint: whyNoMember(inspection, text) });
  return members;
}

/** Everybody the name may mean, and nobody when there is no such name. */
export function membersNamed(inspection: Inspection, text: string): readonly MemberRow[] {
  const found = new Map<string, MemberRow>();
  for (const match of matchesOf(inspection, WAYS, text))
    for (const member of membersOf(inspection, match)) found.set(member.id, member);
  return [...found.values()];
}

function membersOf(inspection: Inspection, { kind, name }: Match): readonly MemberRow[] {
  const members = (where: Where<'members'>) => inspection.list('members', { limit: MOST, where }).items;
  const keyOwners = (where: Where<'keys'>) =>
    inspection
      .list('keys', { limit: MOST, where })
      .items.flatMap(({ workspace_id }) => members({ workspace_id: [workspace_id] }));
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
    case 'idempotency_key':
      return inspection
        .list('records', { limit: MOST, where: { idempotency_key: [name] } })
        .items.flatMap(({ member_id }) => members({ id: [member_id] }));
    case 'request_id':
      return inspection
        .list('callbacks', { limit: MOST, where: { request_id: [name] } })
        .items.flatMap(({ subject }) => (subject === null ? [] : members({ workos_user_id: [subject] })));
  }
}

/** Somebody may exist for WorkOS, or have knocked, and yet be no member. */
function whyNoMember(inspection: Inspection, text: string): string | undefined {
  const where = text.includes('@') ? { email: [text] } : { id: [text] };
  const user = inspection.has('users') ? inspection.list('users', { limit: 1, where }).items[0] : undefined;
  const attempt =
    lastAttempt(inspection, { subject: [user?.id ?? text] }) ?? lastAttempt(inspection, { request_id: [text] });
  if (attempt !== undefined)
    return `The last callback was ${attempt.outcome}${attempt.reason === null ? '' : ` ${attempt.reason}`}: \`agent-paste inspect callback ${attempt.request_id}\`.`;
  if (user === undefined) return undefined;
  return `WorkOS user ${user.id} is in the local directory, and never got as far as a verified callback.`;
}

function lastAttempt(inspection: Inspection, where: Where<'callbacks'>): CallbackItem | undefined {
  return inspection.has('attempts') ? inspection.list('callbacks', { limit: 1, where }).items[0] : undefined;
}

/** The subjects of callbacks that a name may mean, members or not. @throws Failure not_found */
export function findSubjects(inspection: Inspection, text: string): readonly string[] {
  const members = inspection.has('database') ? membersNamed(inspection, text) : [];
  if (members.length > 0) return members.map(({ workos_user_id }) => workos_user_id);
  const users =
    text.includes('@') && inspection.has('users')
      ? inspection.list('users', { limit: MOST, where: { email: [text] } }).items.map(({ id }) => id)
      : [];
  const subjects = matchesOf(inspection, [{ kind: 'subject' }], text).map(({ name }) => name);
  if (users.length + subjects.length === 0)
    throw notFound(inspection, [...WAYS, { kind: 'subject' }], { what: 'member or WorkOS user', text });
  return [...users, ...subjects];
}

/** @throws Failure invalid_argument when there is none */
export function oneOfFlags(flags: Readonly<Record<string, string | undefined>>): string | undefined {
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  if (given.length > 1)
    throw new Failure(
      'invalid_argument',
      `${given.map(([name]) => `--${name}`).join(' and ')} both say whose`,
      'Give one of them.',
    );
  return given[0]?.[1];
}
