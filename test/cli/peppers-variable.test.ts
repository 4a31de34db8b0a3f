/** Peppers of the environment that are none: what a platform leaves where a secret is missing is a mistake of the configuration. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { agentPaste } from '../support/binary.ts';
import { checksum } from '../support/checksum.ts';
import { temporaryDirectory } from '../support/directory.ts';

const KEY = Buffer.alloc(32, 7).toString('base64url');

test.each([
  ['empty', '', 'it is empty'],
  ['white space', ' \t ', 'it is blank'],
  ['line breaks', '\n\r\n', 'it is blank'],
  ['a no-break space', '\u00a0', 'it is blank'],
  ['a pair of quotes', "''", 'it has quotes around it'],
  ['the content in quotes', `'{"peppers":[{"kid":1,"key":"${KEY}"}]}'`, 'it has quotes around it'],
  ['a variable that was not replaced', '$PEPPERS', 'it looks like a variable that was not replaced'],
  ['a variable that was not set', 'undefined', 'it looks like a variable that was not set'],
  ['null', 'null', 'it looks like a variable that was not set'],
  ['a list', `[{"kid":1,"key":"${KEY}"}]`, 'it is not'],
  ['a key alone', KEY, 'it is not'],
  ['the name of a file', '/run/secrets/peppers.json', 'it is not'],
  ['half of the content', `{"peppers":[{"kid":1,"key":"${KEY}"`, 'it is not'],
])('%s is refused in one line, and makes nothing', async (_, text, problem) => {
  using directory = temporaryDirectory();
  for (const command of ['serve', 'doctor']) {
    const env = { AGENT_PASTE_PEPPERS: text };
    const { code, stderr } = await agentPaste([command, '--port', '0'], { cwd: directory.path, env });
    expect({ command, code }).toEqual({ command, code: 2 });
    const form = 'must be the content of such a file, a JSON object';
    expect(stderr.split('\n')[0]).toBe(`error: AGENT_PASTE_PEPPERS: ${form}: ${expectedIn(stderr, problem)}`);
    expect(stderr).not.toContain(KEY);
  }
  expect(checksum(directory.path)).toEqual({});
});

/** The clause goes on after its beginning. */
function expectedIn(stderr: string, problem: string): string {
  return new RegExp(`${problem}[^\n]*`).exec(stderr)?.[0] ?? problem;
}

test.each([
  ['a variable that is empty', [], { AGENT_PASTE_PEPPERS_FILE: '' }, 'AGENT_PASTE_PEPPERS_FILE: must not be blank'],
  ['a blank variable', [], { AGENT_PASTE_PEPPERS_FILE: ' ' }, 'AGENT_PASTE_PEPPERS_FILE: must not be blank'],
  ['a missing file', ['--peppers', 'missing.json'], {}, 'missing.json: no such file or directory'],
  ['a file in a file', ['--peppers', 'file/peppers.json'], {}, 'peppers.json: not a directory'],
])('%s is refused as every other missing file', async (_, args, env, problem) => {
  using directory = temporaryDirectory();
  writeFileSync(join(directory.path, 'file'), '');
  const result = await agentPaste(['serve', '--port', '0', ...args], { cwd: directory.path, env });
  expect(result).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(problem) });
});
