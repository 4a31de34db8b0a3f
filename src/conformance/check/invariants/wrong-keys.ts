/** Secrets that another could guess, and credentials that only resemble a key. */
import { member } from '../../../callback/token/json-object.ts';
import type { CallbackAnswer } from '../../replay/send.ts';
import { jsonOf } from '../trial/asking.ts';
import { isRefused, secretOf } from '../trial/claims.ts';
import { KEY_ROUTES, MEMBER_ROUTES, type Read, WHOAMI } from '../trial/reading.ts';
import type { Trial } from '../trial/trial.ts';
import { type Claim, must, should } from '../trial/verdict.ts';

/** A guessable secret is none. */
const FEWEST_CHARACTERS = 22;

export async function ownSecrets(trial: Trial, first: CallbackAnswer, secret: string): Promise<readonly Claim[]> {
  const second = trial.canMint ? await trial.post(trial.token()) : undefined;
  const other = second === undefined ? null : secretOf(second);
  const hidden = [secret, ...(other === null ? [] : [other])].map((key) => key.slice(-43));
  const [one = '', two] = hidden;
  const differing = two === undefined ? 43 : [...one].filter((character, index) => character !== two[index]).length;
  const length = /^ap_pk_[a-z]+_[0-9A-Z]+_([\w-]+)$/.exec(secret)?.[1]?.length ?? secret.length;
  return [
    ...(other === null || second === undefined ? [] : areApart(first, second)),
    must(length >= FEWEST_CHARACTERS, `the secret has ${length} characters`),
    must(differing >= FEWEST_CHARACTERS, `the secrets of two keys differ in ${differing} of their last 43 characters`),
    should(
      /^ap_pk_(preview|production|live)_[0-9A-HJKMNP-TV-Z]{16}_[\w-]{43}$/.test(secret),
      'the secret has another form than ap_pk_{environment}_{public_id}_{secret}',
    ),
  ];
}

function areApart(...answers: readonly CallbackAnswer[]): readonly Claim[] {
  return ['id', 'public_id'].map((name) => {
    const [one, two] = answers.map(({ body }) => member(member(member(body, 'default_api_key'), 'api_key'), name));
    return must(one === undefined || one !== two, `two keys have the ${name} ${JSON.stringify(one)}`, ...answers);
  });
}

/** The right public id, and a secret that differs in one respect. */
export async function wrongSecrets(trial: Trial, secret: string): Promise<readonly Claim[]> {
  const other = trial.canMint ? secretOf(await trial.post(trial.token())) : null;
  const wrong: Readonly<Record<string, string>> = {
    'a changed first character': replacedAt(secret, secret.length - 43),
    'a changed middle': replacedAt(secret, secret.length - 22),
    'a changed end': replacedAt(secret, secret.length - 2),
    'a letter in another case': secret.replace(/[a-z](?=[\w-]{0,42}$)/i, swapped),
    'a character less': secret.slice(0, -1),
    'a character more': `${secret}A`,
    'no secret': secret.slice(0, -43),
    'its public id alone': secret.slice(0, -44),
    'text after it': `${secret}.more`,
    'a blank in it': `${secret.slice(0, -20)} ${secret.slice(-20)}`,
    'another secret of the same end': `${secret.slice(0, -43)}${'A'.repeat(23)}${secret.slice(-20)}`,
    'an unknown key': `ap_pk_preview_${'0'.repeat(16)}_${'A'.repeat(43)}`,
    'what is no key': 'x',
    ...(other === null ? {} : { 'the secret of another key': `${secret.slice(0, -43)}${other.slice(-43)}` }),
  };
  // An API may have keys without a public id; the changed key is then the other key itself.
  const isOther = (credential: string) => credential === other;
  const claims: Claim[] = [];
  for (const [what, credential] of Object.entries(wrong)) {
    if (isOther(credential)) continue;
    const { status } = await trial.read(WHOAMI, credential);
    claims.push(must(status === 401, `GET ${WHOAMI} with ${what} answers ${status}`));
  }
  const loose = secret.replace(/^ap_pk_[a-z]+_\w+?_/, (start) => start.toLowerCase());
  if (loose !== secret) {
    const { status } = await trial.read(WHOAMI, loose);
    claims.push(should(status === 401, `GET ${WHOAMI} with its public id in lower case answers ${status}`));
  }
  const { status, headers } = await trial.read(WHOAMI);
  const type = headers['content-type'] ?? 'no media type';
  return [
    ...claims,
    must(status === 401, `GET ${WHOAMI} without a credential answers ${status}`),
    must(/^application\/json\b/i.test(type), `GET ${WHOAMI} without a credential has the media type ${type}`),
  ];
}

/** A key must not work for routes of the dashboard, nor a token for routes of keys (contract §2). */
export async function wrongCredentials(trial: Trial, token: string, secret: string): Promise<readonly Claim[]> {
  const claims: Claim[] = [];
  for (const route of MEMBER_ROUTES) {
    const { status } = await trial.read(route, secret);
    claims.push(must(status !== 200, `GET ${route} with an API key answers 200`));
  }
  claims.push(isRefused('a callback with an API key', await trial.post(secret, { isRepeated: false })));
  const otherKey = replacedAt(secret, secret.length - 22);
  for (const route of KEY_ROUTES) {
    const { status } = await trial.read(route, secret);
    if (status === 404) continue;
    claims.push(must(status === 200, `GET ${route} with the new key answers ${status}`));
    for (const [what, credential] of [
      ['an access token', token],
      ['a changed key', otherKey],
      ['no credential', undefined],
    ] as const)
      claims.push(isUnknown(`GET ${route} with ${what}`, await trial.read(route, credential)));
  }
  return claims;
}

function isUnknown(what: string, { status, text }: Read): Claim {
  const code = member(member(jsonOf(text), 'error'), 'code');
  const holds = status === 401 && code === 'not_authenticated';
  return must(holds, `${what} answers ${status} ${String(code ?? 'without an error code')}`);
}

/** The last character but one of 43 has no unused bits. */
export function replacedAt(secret: string, index: number): string {
  return `${secret.slice(0, index)}${secret[index] === 'A' ? 'B' : 'A'}${secret.slice(index + 1)}`;
}

function swapped(letter: string): string {
  return letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
}
