/** Answers that are not repeated, or not as they were; members, users and addresses that are not kept as they should be. */
import type { Answered, Rules } from '../api/rules.ts';
import { lapses, type Mistake, mistakes } from './operator.ts';

const alive = (isAlive: (answered: Answered, age: number) => boolean): (() => Partial<Rules>) => {
  return () => ({ isAlive: (answered, now) => isAlive(answered, now - answered.at) });
};
const edited = (edit: (body: Record<string, never>) => unknown) => (): Partial<Rules> => ({
  replayed: (body) => JSON.stringify(edit(JSON.parse(body))),
});

export const RECORD_MISTAKES: readonly Mistake[] = [
  ...mistakes('a record does not last', {
    'no record is kept': () => ({ keepsRecord: () => false }),
    'first answers alone are kept': () => ({ keepsRecord: (isFirst) => isFirst }),
    'later answers alone are kept': () => ({ keepsRecord: (isFirst) => !isFirst }),
    'it is repeated once': alive(({ replays }) => replays < 1),
    'it is repeated twice': alive(({ replays }) => replays < 2),
    'it is repeated five times': alive(({ replays }) => replays < 5),
    'it lives a second': alive((_, age) => age < 1000),
    'it lives three seconds': alive((_, age) => age < 3000),
    'that of a first answer lives two seconds': alive(({ isFirst }, age) => !isFirst || age < 2000),
    'that of a later answer lives two seconds': alive(({ isFirst }, age) => isFirst || age < 2000),
  }),
  ...mistakes('a record does not last', { 'it lives a minute': alive((_, age) => age < 60_000) }).map((mistake) => ({
    ...mistake,
    unseen: 'a check ends before',
  })),
  ...mistakes('a replay is another answer', {
    'without the secret': edited((body) => ({ ...body, default_api_key: null })),
    'with a member more': edited((body) => ({ ...body, replayed: true })),
    'with a masked secret': () => ({ replayed: (body) => body.replace(/(ap_pk_preview_\w{16}_)[\w-]+/, '$1***') }),
    'with the time of now': () => ({
      replayed: (body) => body.replace(/("last_seen_at": ?)"[^"]+"/, `$1"${new Date().toISOString()}"`),
    }),
    'with another created_at': () => ({ replayed: (body) => body.replace(/("created_at": ?"\d\d)\d\d/g, '$199') }),
  }),
  ...mistakes('a replay changes something', {
    last_seen_at: () => ({ afterReplay: (member, _email, at) => ({ ...member, lastSeenAt: at }) }),
    'the address': () => ({ afterReplay: (member, email) => ({ ...member, email }) }),
  }),
  ...mistakes('a later sign-in is wrong', {
    'last_seen_at stays': () => ({ seenBefore: (member, email) => ({ ...member, email }) }),
    'the address stays': () => ({ seenBefore: (member, _email, at) => ({ ...member, lastSeenAt: at }) }),
    'the address is cut at a plus': () => ({ emailOf: ({ email }) => email.replace(/\+[^@]*/, '') }),
    'created_at moves': () => ({
      seenBefore: (member, email, at) => ({ ...member, email, lastSeenAt: at, createdAt: at }),
    }),
    'the workspace is named anew': () => ({
      seenBefore: (member, email, at) => ({
        ...member,
        email,
        lastSeenAt: at,
        workspaceName: `${email.split('@')[0]}'s Workspace`,
      }),
    }),
    'the secret is shown again': () => ({ secretWhenSeen: (_, issued) => issued ?? null }),
  }),
  ...mistakes('a user is taken wrongly', {
    'the address is that of the token': () => ({ emailOf: ({ email }, claims) => String(claims.email ?? email) }),
    'the address of the token is taken when it is verified': () => ({
      emailOf: ({ email }, claims) => String((claims.email_verified === true ? claims.email : undefined) ?? email),
    }),
    'a removed user gets replays': ({ needsUser }) => ({ needsUser: (isReplay) => !isReplay && needsUser(isReplay) }),
    'a removed user signs in': () => ({ needsUser: () => false }),
    'a removed user is asked for at replays alone': () => ({ needsUser: (isReplay) => isReplay }),
    'users are told apart without case': () => ({ subjectOf: (subject) => subject.toLowerCase() }),
    'users are told apart by 16 characters': () => ({ subjectOf: (subject) => subject.slice(0, 16) }),
  }),
  ...mistakes('a refused token leaves a trace', {
    'a member': () => ({ onRefused: 'member' }),
    last_seen_at: () => ({ onRefused: 'touch' }),
    'a record': () => ({ onRefused: 'record' }),
  }),
  ...lapses('an address is written otherwise', {
    'the address is in lower case': () => ({ emailOf: ({ email }) => email.toLowerCase() }),
  }),
  ...lapses('a replay is written again', {
    'with spaces': () => ({ replayed: (body) => JSON.stringify(JSON.parse(body), null, 1) }),
  }),
];
