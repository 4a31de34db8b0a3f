/** The key of a first sign-in works from the first moment to the end of the run, for its scopes, and only with its secret. */
import { member } from '../../../callback/token/json-object.ts';
import { differences } from '../../replay/difference.ts';
import type { CallbackAnswer } from '../../replay/send.ts';
import { jsonOf } from '../trial/asking.ts';
import { isAccepted, isFirstSignIn, memberField, secretOf } from '../trial/claims.ts';
import { MEMBER_ROUTES, type Read, WHOAMI } from '../trial/reading.ts';
import type { Trial } from '../trial/trial.ts';
import { type Claim, cannotTell, judge, must, should } from '../trial/verdict.ts';
import type { Invariant } from './invariant.ts';
import { ownSecrets, replacedAt, wrongCredentials, wrongSecrets } from './wrong-keys.ts';

const KEY_SCOPES = ['publish', 'read'];

export const API_KEY_INVARIANTS = {
  'secret-verifies': {
    meaning: 'the secret of a first sign-in works as an API key of its workspace, and a changed one is refused',
    needs: 'token',
    async run(trial) {
      const token = trial.token();
      const first = await trial.post(token);
      const secret = secretOf(first);
      if (secret === null)
        return trial.canMint
          ? judge(isFirstSignIn('a new user', first))
          : cannotTell('the token that was given is of a user who had signed in before, so there is no secret');
      const good = await trial.readUntil(WHOAMI, secret, ({ status }) => status === 200 || status === 404);
      if (good.status === 404) return cannotTell(`the target answers 404 to GET ${WHOAMI}, where a key would show`);
      trial.later(async () => [works('at the end of the run', first, await trial.read(WHOAMI, secret))]);
      return judge(
        isAccepted('a new user', first),
        works('with the new key', first, good),
        ...scopesOf(first, good),
        isActor(first, good),
        ...(await ownSecrets(trial, first, secret)),
        ...(await wrongSecrets(trial, secret)),
        ...(await wrongCredentials(trial, token, secret)),
        ...(await livesOn(trial)),
      );
    },
  },
} as const satisfies Record<string, Invariant>;

function works(when: string, first: CallbackAnswer, { status, text, headers }: Read): Claim {
  if (status !== 200) return must(false, `GET ${WHOAMI} ${when} answers ${status}`, first);
  const wanted = memberField(first, 'workspace_id');
  const type = headers['content-type'] ?? 'no media type';
  if (!/^application\/json\b/i.test(type))
    return must(false, `GET ${WHOAMI} ${when} has the media type ${type}`, first);
  const shown = member(member(jsonOf(text), 'workspace'), 'id');
  return must(
    shown === wanted,
    `GET ${WHOAMI} ${when} shows the workspace ${JSON.stringify(shown) ?? 'nowhere'}, not "${wanted}"`,
    first,
  );
}

function scopesOf(first: CallbackAnswer, { text }: Read): readonly Claim[] {
  const ofKey = member(member(member(first.body, 'default_api_key'), 'api_key'), 'scopes');
  return [
    areKeyScopes('the new key has', ofKey, first),
    areKeyScopes(`GET ${WHOAMI} shows`, member(jsonOf(text), 'scopes'), first),
  ];
}

/** An API that does not show scopes may still apply them correctly. */
function areKeyScopes(where: string, scopes: unknown, first: CallbackAnswer): Claim {
  const shown = scopes === undefined ? 'no scopes' : `the scopes ${JSON.stringify(scopes)}`;
  const observed = `${where} ${shown}, not ${JSON.stringify(KEY_SCOPES)}`;
  const holds = differences(KEY_SCOPES, scopes).length === 0;
  return scopes === undefined ? should(false, observed, first) : must(holds, observed, first);
}

/** The key goes on working, whatever its user does. */
async function livesOn(trial: Trial): Promise<readonly Claim[]> {
  if (!trial.canMint) return [];
  const user = trial.user();
  const token = user.token();
  const first = await trial.post(token);
  const secret = secretOf(first) ?? '';
  await trial.readUntil(WHOAMI, secret, ({ status }) => status === 200);
  const happenings: Readonly<Record<string, () => Promise<unknown>>> = {
    'after several uses': () => Promise.all([1, 2, 3, 4].map(() => trial.read(WHOAMI, secret))),
    'after a replay of its answer': () => trial.post(token),
    'after a later sign-in': () => trial.post(user.token()),
    'after reads of the dashboard': () => Promise.all(MEMBER_ROUTES.map((route) => trial.read(route, token))),
    'after a refused token': () => trial.post(user.token({ expiresIn: -600 }), { isRepeated: false }),
    'after a wrong secret': () => trial.read(WHOAMI, replacedAt(secret, secret.length - 2)),
    'after a change of the address': () => {
      user.changeEmail(`key-${user.email}`);
      return trial.post(user.token());
    },
  };
  const claims: Claim[] = [isFirstSignIn('a new user', first)];
  for (const [when, happen] of Object.entries(happenings)) {
    await happen();
    claims.push(works(when, first, await trial.read(WHOAMI, secret)));
  }
  return claims;
}

/** An API may call its actors otherwise, but not by the name of another key. */
function isActor(first: CallbackAnswer, { text }: Read): Claim {
  const wanted = member(member(member(first.body, 'default_api_key'), 'api_key'), 'id');
  const actor = member(jsonOf(text), 'actor');
  const [type, id] = [member(actor, 'type'), member(actor, 'id')];
  const holds = type === 'api_key' && id === wanted;
  return should(
    holds,
    `GET ${WHOAMI} shows the actor ${JSON.stringify(type)} ${JSON.stringify(id)}, not "api_key" ${JSON.stringify(wanted)}`,
    first,
  );
}
