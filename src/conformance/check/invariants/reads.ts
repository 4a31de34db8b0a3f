/** What reads show of a member: that of the user's own callbacks, and only to the user. */
import { member } from '../../../callback/token/json-object.ts';
import type { CallbackAnswer } from '../../replay/send.ts';
import { type Asked, jsonOf } from '../trial/asking.ts';
import { isFirstSignIn, isSeen, memberField, secretOf } from '../trial/claims.ts';
import { KEY_ROUTES, MEMBER_ROUTES, WHOAMI, WORKSPACE } from '../trial/reading.ts';
import { type Shown, shownTo, unchangedSince } from '../trial/showing.ts';
import type { Trial, TrialUser } from '../trial/trial.ts';
import { type Claim, cannotTell, judge, must } from '../trial/verdict.ts';
import type { Invariant } from './invariant.ts';
import { AUDIT, hasNothingNew, hasTheEvents, hasTheKey, hasTheName, KEYS, showsItsUse } from './shown-keys.ts';

export const READ_INVARIANTS = {
  'reads-agree': {
    meaning:
      'reads show the member, the key and the events of the own callbacks, nothing of others, and change nothing',
    needs: 'mint',
    async run(trial) {
      const [ada, eve] = [await signedIn(trial), await signedIn(trial)];
      const { status } = await trial.readUntil(
        WORKSPACE,
        ada.token,
        (read) => read.status === 200 || read.status === 404,
      );
      if (status === 404) return cannotTell(`the target answers 404 to GET ${WORKSPACE}, where a member would show`);
      const firsts = [isFirstSignIn('one user', ada.first), isFirstSignIn('another user', eve.first)];
      if (firsts.some(({ holds }) => !holds)) return judge(...firsts);
      const claims = [...(await agree(trial, ada, ada.first)), ...(await agree(trial, eve, eve.first))];
      for (const { token, first } of [ada, eve])
        claims.push(...(await hasTheEvents(trial, token, first)), ...(await hasTheName(trial, token, first)));
      claims.push(...(await readTogether(trial, [ada, eve])));
      const before = await shownTo(trial, ada.token);
      claims.push(...(await readsChangeNothing(trial, ada, before)), ...ofOthers(before, eve.first));
      const { status: used } = await trial.read(WHOAMI, secretOf(ada.first) ?? '');
      if (used === 200) claims.push(...(await showsItsUse(trial, ada.token)));
      ada.user.changeEmail(`later-${ada.user.email}`);
      const later = await trial.post(ada.user.token());
      claims.push(
        isSeen('a new token', later),
        ...(await agree(trial, ada, later)),
        ...(await agree(trial, eve, eve.first)),
      );
      const after = await shownTo(trial, ada.token);
      for (const route of [KEYS, AUDIT]) claims.push(...hasNothingNew(route, before, after));
      return judge(...firsts, ...claims);
    },
  },
} as const satisfies Record<string, Invariant>;

interface SignedIn {
  readonly user: TrialUser;
  readonly token: string;
  readonly first: CallbackAnswer;
}

async function signedIn(trial: Trial): Promise<SignedIn> {
  const user = trial.user();
  // A read shows what is kept, and not what the token says.
  const token = user.token({ claims: { email: `claimed-${user.email}`, email_verified: true, name: 'Claimed' } });
  return { user, token, first: await trial.post(token) };
}

const SHOWN = [
  ...['id', 'name', 'created_at'].map((name) => ['workspace', name] as const),
  ...['id', 'workspace_id', 'email', 'created_at', 'last_seen_at'].map((name) => ['workspace_member', name] as const),
];

/** The workspace route and the list of keys show what the callback answered, as soon as reads have caught up. */
async function agree(trial: Trial, { token, first }: SignedIn, answer: CallbackAnswer): Promise<readonly Claim[]> {
  const differing = ({ text }: Asked) => differencesTo(answer, jsonOf(text));
  const shown = await trial.readUntil(WORKSPACE, token, (read) => read.status === 200 && differing(read).length === 0);
  const found = shown.status === 200 ? differing(shown) : [`status ${shown.status}`];
  return [
    must(found.length === 0, `GET ${WORKSPACE} does not show what the callback answered: ${found.join('; ')}`, answer),
    ...(await hasTheKey(trial, token, first)),
    ...(await areReadable(trial, token)),
  ];
}

function differencesTo(answer: CallbackAnswer, shown: unknown): readonly string[] {
  return SHOWN.flatMap(([object, name]) => {
    const [wanted, found] = [answer.body, shown].map((body) => member(member(body, object), name));
    return isSame(name, wanted, found)
      ? []
      : [`${object}.${name}: ${JSON.stringify(wanted)} → ${JSON.stringify(found)}`];
  });
}

/** Routes may write the same instant in different ways. */
function isSame(name: string, wanted: unknown, found: unknown): boolean {
  if (wanted === found) return true;
  return name.endsWith('_at') && Date.parse(String(wanted)) === Date.parse(String(found));
}

/** A route that the target has answers its members. */
async function areReadable(trial: Trial, token: string): Promise<readonly Claim[]> {
  const shown = await shownTo(trial, token);
  return [...shown].map(([route, { status }]) =>
    must(status === 200 || status === 404, `GET ${route} answers ${status} to a member`),
  );
}

/** Reads that arrive together are each of their own user. */
async function readTogether(trial: Trial, users: readonly SignedIn[]): Promise<readonly Claim[]> {
  const both = [...users, ...users, ...users].flatMap(({ token, first }) => [
    { path: WORKSPACE, credential: token, first },
    { path: WHOAMI, credential: secretOf(first) ?? '', first },
  ]);
  const reads = await Promise.all(
    both.map(async (one) => ({ ...one, read: await trial.read(one.path, one.credential) })),
  );
  return (
    reads
      // Whether the key works is judged by `secret-verifies`.
      .filter(({ path, read }) => read.status !== 404 && (path === WORKSPACE || read.status === 200))
      .map(({ path, first, read: { status, text } }) => {
        const shown = member(member(jsonOf(text), 'workspace'), 'id');
        const isOwn = status === 200 && (shown === undefined || shown === memberField(first, 'workspace_id'));
        return must(isOwn, `GET ${path}, asked by two users together, answers ${status} with ${JSON.stringify(shown)}`);
      })
  );
}

/** Every route with GET and HEAD, with the token and with the key. */
async function readsChangeNothing(trial: Trial, { token, first }: SignedIn, before: Shown): Promise<readonly Claim[]> {
  const secret = secretOf(first) ?? '';
  const reads = [...MEMBER_ROUTES.map((path) => [path, token]), ...KEY_ROUTES.map((path) => [path, secret])] as const;
  for (const [path = '', credential = ''] of reads)
    for (const method of ['GET', 'HEAD'])
      await trial.ask({ method, path, headers: { authorization: `Bearer ${credential}` } });
  await trial.readsHaveCaughtUp();
  // A key may show when it was used.
  const withoutUse = new Map([...before].map(([route, read]) => [route, { ...read, text: unused(read.text) }]));
  const after = [...(await shownTo(trial, token))].map(
    ([route, read]) => [route, { ...read, text: unused(read.text) }] as const,
  );
  return unchangedSince('reads', withoutUse, new Map(after));
}

function unused(text: string): string {
  return text.replace(/("last_used_at"\s*:\s*)("[^"]*"|null)/g, '$1null');
}

/** Nothing that names another user. */
function ofOthers(shown: Shown, other: CallbackAnswer): readonly Claim[] {
  const key = member(member(other.body, 'default_api_key'), 'api_key');
  const names = [
    memberField(other, 'id'),
    memberField(other, 'workspace_id'),
    memberField(other, 'email'),
    String(member(key, 'id')),
  ];
  return [...shown].map(([route, { text }]) => {
    const found = names.filter((name) => text.includes(`"${name}"`));
    return must(found.length === 0, `GET ${route} shows ${found.join(', ')} of another user`);
  });
}
