/** The secret of the default key works, is shown once, and is not stored. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseApiKey } from '../../../callback/workspace/api-key.ts';
import { CALLBACK_PATH } from '../../../server/contract/constants.ts';
import { openProbe } from '../../../store/open.ts';
import type { Asking } from '../trial/asking.ts';
import { isFirstSignIn, secretOf } from '../trial/claims.ts';
import { KEY_ROUTES, MEMBER_ROUTES, WHOAMI, WORKSPACE } from '../trial/reading.ts';
import type { OwnTarget } from '../trial/target.ts';
import type { TrialUser } from '../trial/trial.ts';
import { type Claim, judge, must } from '../trial/verdict.ts';
import type { Invariant } from './invariant.ts';

export const SECRET_INVARIANTS = {
  'secret-shown-once': {
    meaning: 'nothing but the first answer and its replays shows the secret of a key: no route, no header, no refusal',
    needs: 'mint',
    async run(trial) {
      const user = trial.user();
      const token = user.token();
      const first = await trial.post(token);
      const secret = secretOf(first);
      if (secret === null) return judge(isFirstSignIn('a new user', first));
      const hidden = async (): Promise<readonly Claim[]> => {
        const claims: Claim[] = [];
        for (const [what, asking] of Object.entries(withoutSecret(user, token, secret))) {
          const { text, headers } = await trial.ask(asking);
          const shows = holds(text, secret)
            ? 'shows'
            : holds(JSON.stringify(headers), secret)
              ? 'has a header with'
              : '';
          claims.push(must(shows === '', `${what} ${shows} the secret, or a part of it`));
        }
        const { headers } = await trial.ask(asks(CALLBACK_PATH, token, 'POST'));
        return [...claims, must(!holds(JSON.stringify(headers), secret), 'a replay has a header with the secret')];
      };
      await trial.readUntil(WORKSPACE, token, ({ status }) => status === 200);
      trial.later(hidden);
      return judge(isFirstSignIn('a new user', first), ...(await hidden()));
    },
  },
  'secret-not-at-rest': {
    meaning: 'no file of the server contains a secret that it gave out',
    needs: 'files',
    async run(trial) {
      const user = trial.user();
      const token = user.token();
      const first = await trial.post(token);
      await trial.post(token);
      await trial.post(user.token());
      const { secret } = parseApiKey(secretOf(first) ?? '') ?? {};
      if (secret === undefined)
        return judge(isFirstSignIn('a new user', first), must(false, 'the secret is not in the form of a key'));
      const holding = await placesHolding(trial.own(), formsOf(secret));
      return judge(must(holding.length === 0, `the secret stands in ${holding.join(', ')}`));
    },
  },
} as const satisfies Record<string, Invariant>;

function asks(path: string, credential: string, method = 'GET'): Asking {
  return { method, path, headers: { authorization: `Bearer ${credential}` } };
}

/** Requests of the user of the key whose answers must not show it. */
function withoutSecret(user: TrialUser, token: string, secret: string): Readonly<Record<string, Asking>> {
  const reads = [...MEMBER_ROUTES.map((path) => asks(path, token)), ...KEY_ROUTES.map((path) => asks(path, secret))];
  return {
    ...Object.fromEntries(reads.map((asking) => [`GET ${asking.path}`, asking])),
    'the answer to a new token': asks(CALLBACK_PATH, user.token(), 'POST'),
    'the refusal of an expired token': asks(CALLBACK_PATH, user.token({ expiresIn: -600 }), 'POST'),
    'the refusal of a changed token': asks(CALLBACK_PATH, user.token({ faults: ['signature-other-key'] }), 'POST'),
    'the refusal of a token without ids': asks(CALLBACK_PATH, user.token({ jti: null, sid: null }), 'POST'),
    'the refusal of an API key at a read': asks(WORKSPACE, secret),
    'the refusal of an expired token at a read': asks(WORKSPACE, user.token({ expiresIn: -600 })),
    'the refusal of a wrong key': asks(WHOAMI, changedEnd(secret)),
    'an unknown route': asks('/v1/web/no-such-route', token),
    'the wrong method': asks(CALLBACK_PATH, token),
  };
}

/** The last character but one of 43 has no unused bits. */
function changedEnd(secret: string): string {
  return `${secret.slice(0, -2)}${secret.at(-2) === 'A' ? 'B' : 'A'}${secret.slice(-1)}`;
}

/** The part of the key that an attacker cannot guess. */
const HIDDEN_CHARACTERS = 43;
/** So much of it, or of another spelling of it, is no accident; a public id is shorter than what stands before. */
const TELLING_CHARACTERS = 12;

function holds(text: string, secret: string): boolean {
  const hidden = secret.slice(-HIDDEN_CHARACTERS);
  const bytes = Buffer.from(hidden, 'base64url');
  const spellings = [
    hidden,
    Buffer.from(secret).toString('base64').slice(44),
    bytes.toString('base64'),
    bytes.toString('hex'),
  ];
  return spellings.some((spelling) => partsOf(spelling).some((part) => text.includes(part)));
}

function partsOf(spelling: string): readonly string[] {
  const last = Math.max(0, spelling.length - TELLING_CHARACTERS);
  return Array.from({ length: last + 1 }, (_, from) => spelling.slice(from, from + TELLING_CHARACTERS));
}

/** The text, its decoded bytes, and both in the encodings that a program might use. */
function formsOf(secret: string): readonly Buffer[] {
  const bytes = Buffer.from(secret, 'base64url');
  const texts = [secret, bytes.toString('hex'), bytes.toString('base64'), Buffer.from(secret).toString('hex')];
  return [bytes, ...texts.map((text) => Buffer.from(text)), Buffer.from(secret, 'utf16le')];
}

/** The names of files of the state directory, and of parts of the database, that contain one of the forms. */
async function placesHolding({ stateDir, database }: OwnTarget, forms: readonly Buffer[]): Promise<readonly string[]> {
  const found = new Set<string>();
  const search = (name: string, content: Uint8Array) => {
    if (forms.some((form) => Buffer.from(content.buffer, content.byteOffset, content.byteLength).includes(form)))
      found.add(name);
  };
  for (const { parentPath, name } of readdirSync(stateDir, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  ))
    search(name, readFileSync(join(parentPath, name)));
  const probe = await openProbe(database);
  for await (const { name, bytes } of probe.contents()) search(name, bytes);
  return [...found];
}
