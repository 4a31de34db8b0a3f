/** The secret of the default key works, and is kept nowhere. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { member } from '../../replay/answer.ts';
import { parseApiKey } from '../../workspace/api-key.ts';
import type { Invariant } from '../invariant.ts';
import { cannotTell, isAccepted, isFirstSignIn, judge, memberField, secretOf } from '../judgement.ts';

const WHOAMI = '/v1/whoami';

export const SECRET_INVARIANTS = {
  'secret-verifies': {
    meaning: 'the secret of a first sign-in is a working API key of its workspace; a changed one is refused',
    needs: 'token',
    async run(trial) {
      const first = await trial.post(trial.token());
      const secret = secretOf(first);
      if (secret === null)
        return trial.canMint
          ? judge(isFirstSignIn('a new user', first))
          : cannotTell('the token that was given is of a user who had signed in before, so there is no secret');
      const good = await trial.read(WHOAMI, secret);
      if (good.status === 404) return cannotTell(`the target answers 404 to GET ${WHOAMI}, where a key would show`);
      const changed = await trial.read(WHOAMI, otherSecret(secret));
      return judge(
        isAccepted('a new user', first),
        [good.status === 200, `GET ${WHOAMI} with the new key answers ${good.status}`],
        [
          good.status === 200 && workspaceOf(good.text) === memberField(first, 'workspace_id'),
          `GET ${WHOAMI} with the new key shows another workspace`,
        ],
        [changed.status === 401, `GET ${WHOAMI} with a changed secret answers ${changed.status}`],
      );
    },
  },
  'secret-not-at-rest': {
    meaning: 'no file of the server holds a secret that it gave out',
    needs: 'files',
    async run(trial) {
      const user = trial.user();
      const token = user.token();
      const first = await trial.post(token);
      await trial.post(token);
      await trial.post(user.token());
      const { secret } = parseApiKey(secretOf(first) ?? '') ?? {};
      if (secret === undefined)
        return judge(isFirstSignIn('a new user', first), [false, 'the secret is not in the form of a key']);
      const holding = filesHolding(trial.own().stateDir, formsOf(secret));
      return judge([holding.length === 0, `the secret stands in ${holding.join(', ')}`]);
    },
  },
} as const satisfies Record<string, Invariant>;

/** Still in the form of a key: the last character but one of 43 has no unused bits. */
function otherSecret(secret: string): string {
  const other = secret.at(-2) === 'A' ? 'B' : 'A';
  return `${secret.slice(0, -2)}${other}${secret.slice(-1)}`;
}

function workspaceOf(whoami: string): unknown {
  return member(member(JSON.parse(whoami), 'workspace'), 'id');
}

/** The text, the bytes that it stands for, and both in the encodings that a program might choose. */
function formsOf(secret: string): readonly Buffer[] {
  const bytes = Buffer.from(secret, 'base64url');
  const texts = [secret, bytes.toString('hex'), bytes.toString('base64'), Buffer.from(secret).toString('hex')];
  return [bytes, ...texts.map((text) => Buffer.from(text)), Buffer.from(secret, 'utf16le')];
}

function filesHolding(directory: string, forms: readonly Buffer[]): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .filter(({ parentPath, name }) => {
      const content = readFileSync(join(parentPath, name));
      return forms.some((form) => content.includes(form));
    })
    .map(({ name }) => name);
}
