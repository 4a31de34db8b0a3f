/** Users that resemble each other: each has an own member. */
import { isFirstSignIn, isOfUser, isOneMember, isSeen, memberField } from '../trial/claims.ts';
import type { Trial, TrialUser } from '../trial/trial.ts';
import { type Claim, must, should } from '../trial/verdict.ts';

/** Ids of users that differ in one respect. An API may refuse those that are not as WorkOS makes them. */
export async function nearlyEqual(trial: Trial): Promise<readonly Claim[]> {
  const tail = trial.id();
  const claims: Claim[] = [];
  const first = trial.user(`user_${tail}`);
  const answer = await trial.post(first.token());
  claims.push(isFirstSignIn('one user', answer));
  for (const subject of [
    tail,
    `USER_${tail}`,
    `user${tail}`,
    `user-${tail}`,
    `usr_${tail}`,
    `user_${tail}0`,
    `user_${tail.slice(0, -1)}`,
    `user_${tail.slice(0, 12)}${tail.slice(12).toLowerCase()}`,
    `user_${tail.slice(0, 23)}XYZ`,
    `user_XYZ${tail.slice(3)}`,
    `user_${tail}-2`,
    `user_${'a'.repeat(64)}${tail}`,
    `user_${'a'.repeat(64)}${tail.slice(0, -1)}`,
  ])
    claims.push(
      ...(await hasOwnMember(
        trial,
        `a user whose id is ${subject} instead of user_${tail}`,
        trial.user(subject),
        answer,
      )),
    );
  return claims;
}

async function hasOwnMember(
  trial: Trial,
  what: string,
  user: TrialUser,
  other: Parameters<typeof memberField>[0],
): Promise<readonly Claim[]> {
  const answer = await trial.post(user.token());
  if (answer.status !== 200)
    return [should(answer.status === 401, `${what} was answered with ${answer.status}`, answer)];
  return [isFirstSignIn(what, answer), isOfUser(what, answer, user), isApart(what, answer, other)];
}

function isApart(
  what: string,
  answer: Parameters<typeof memberField>[0],
  other: Parameters<typeof memberField>[0],
): Claim {
  const isShared = (['id', 'workspace_id'] as const).some(
    (name) => memberField(answer, name) === memberField(other, name),
  );
  return must(!isShared, `${what} has the member or the workspace of the other`);
}

/** An address names no user: another may get it later, and parts of it are shared by many. */
export async function withAddressOfAnother(trial: Trial): Promise<readonly Claim[]> {
  const ada = trial.user();
  const first = await trial.post(ada.token());
  const address = ada.email;
  const [local = '', domain = ''] = address.split('@');
  ada.changeEmail(`moved-${address}`);
  const claims: Claim[] = [isFirstSignIn('one user', first)];
  const taken = { 'an address that another user had': address };
  const alike = {
    'the same name at another domain': `${local}@other-${trial.id().toLowerCase()}.example`,
    'an address with a plus': `${local}+x@${domain}`,
    'an address in another case': address.toUpperCase(),
    'an address of the same domain': `x-${address}`,
  };
  for (const [what, email] of Object.entries({ ...taken, ...alike })) {
    const eve = trial.user();
    eve.changeEmail(email);
    const answer = await trial.post(eve.token());
    claims.push(isFirstSignIn(`a user with ${what}`, answer), isApart(`a user with ${what}`, answer, first));
  }
  // The first user is still known under the old address when a known user gets it.
  const bob = trial.user();
  const known = await trial.post(bob.token());
  bob.changeEmail(address);
  const moved = await trial.post(bob.token());
  const what = 'a known user who gets an address that another had';
  claims.push(isSeen(what, moved), isOneMember(what, [known, moved]), isOfUser(what, moved, bob));
  const again = await trial.post(ada.token());
  return [...claims, isSeen('the first user', again), isOneMember('the first user', [first, again])];
}

/** Claims that a token may share with those of others. */
export function sharedClaims(trial: Trial): Readonly<Record<string, unknown>> {
  return {
    org_id: `org_${trial.id()}`,
    role: 'member',
    name: 'Ada',
    email: `shared-${trial.id().toLowerCase()}@example.com`,
    email_verified: true,
    external_id: trial.id(),
    act: { sub: `support-${trial.id().toLowerCase()}@example.com` },
    aud: `https://${trial.id().toLowerCase()}.example.com`,
  };
}

/** The user is the subject alone, whatever else two tokens share. */
export async function withClaimsOfAnother(trial: Trial): Promise<readonly Claim[]> {
  const [ada, eve] = [trial.user(), trial.user()];
  const options = { sid: trial.id(), claims: sharedClaims(trial) };
  const first = await trial.post(ada.token(options));
  const second = await trial.post(eve.token(options));
  const what = 'another user of the same session, organization and other claims';
  return [
    isFirstSignIn('one user', first),
    isFirstSignIn(what, second),
    isOfUser(what, second, eve),
    isApart(what, second, first),
  ];
}
