/**
 * Keeps what the program of today writes, for every later one to open:
 *
 *   npm run build && node test/store/sqlite/versions/make.ts schema-2
 *
 * Run it in the change that adds a step to a schema, once the step is as it will be released; a directory that is there
 * is never made again. `answers.json` has the callbacks that were answered, each with the digest of its bytes.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '../../../support/directory.ts';

const PROGRAM = fileURLToPath(new URL('../../../../bin/agent-paste.js', import.meta.url));
const FILES = ['agent-paste.db', 'agent-paste.attempts.db', 'workos-users.db', 'peppers.json'];

/** Two first sign-ins, a returning member, and a refusal, which is in the log of attempts alone. */
const CALLBACKS: readonly (readonly string[])[] = [
  ['--sub', 'user_ada', '--email', 'ada@example.com', '--jti', 'jti_1', '--sid', 'session_1'],
  ['--sub', 'user_ada', '--email', 'ada@example.com', '--jti', 'jti_2', '--sid', 'session_1'],
  ['--sub', 'user_bob', '--email', 'bob@example.com', '--no-jti', '--sid', 'session_2'],
  ['--sub', 'user_bob', '--email', 'bob@example.com', '--fault', 'expired'],
];

const [name = ''] = process.argv.slice(2);
if (!/^schema-\d+$/.test(name)) throw new Error('name the directory, such as schema-2');
const to = join(dirname(fileURLToPath(import.meta.url)), name);
mkdirSync(to);

using directory = temporaryDirectory();
const state = ['--state-dir', directory.path];
const server = spawn(process.execPath, [PROGRAM, 'serve', '--json', '--port', '0', '--log', 'off', ...state]);
const [line] = await once(createInterface(server.stdout), 'line');
const ready = JSON.parse(line);
const at = Date.now();
const answers = [];
for (const claims of CALLBACKS) {
  const token = execFileSync(process.execPath, [PROGRAM, 'mint', ...state, ...claims], { encoding: 'utf8' }).trim();
  const response = await fetch(ready.callback_url, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  const { sub, jti, sid } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  const sha256 = createHash('sha256')
    .update(await response.text())
    .digest('hex');
  if (response.status === 200) answers.push({ sub, jti: jti ?? null, sid, sha256 });
}
server.kill();
await once(server, 'exit');
for (const file of FILES) copyFileSync(join(directory.path, file), join(to, file));
writeFileSync(join(to, 'answers.json'), `${JSON.stringify({ at, issuer: ready.issuer, answers }, null, 2)}\n`);
