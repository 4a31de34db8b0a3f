import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { agentPaste, serverProcess } from '../support/binary.ts';
import { temporaryDirectory } from '../support/directory.ts';

/** The issuer that `mint` puts into a token, by where it can be set. */
async function issuer(cwd: string, args: string[] = [], env: Record<string, string> = {}): Promise<string> {
  const { stdout, stderr } = await agentPaste(['mint', '--json', ...args], { cwd, env });
  expect(stderr).toBe('');
  return JSON.parse(stdout).tokens[0].claims.iss;
}

test('prefers a flag to the environment, the environment to the file, and the file to the default', async () => {
  using directory = temporaryDirectory();
  const env = { WORKOS_ISSUER: 'https://environment.example' };
  expect(await issuer(directory.path)).toBe('https://api.workos.com');
  writeFileSync(join(directory.path, 'agent-paste.config.yaml'), 'issuer: https://file.example\n');
  expect(await issuer(directory.path)).toBe('https://file.example');
  expect(await issuer(directory.path, [], env)).toBe('https://environment.example');
  expect(await issuer(directory.path, ['--issuer', 'https://flag.example'], env)).toBe('https://flag.example');
});

test('treats an empty environment variable as unset', async () => {
  using directory = temporaryDirectory();
  expect(await issuer(directory.path, [], { WORKOS_ISSUER: '' })).toBe('https://api.workos.com');
});

test.each([
  ['agent-paste.config.yaml', 'issuer: https://file.example\n'],
  ['agent-paste.config.json', '{ "issuer": "https://file.example" }'],
])('%s is found in the nearest directory upwards', async (name, text) => {
  using directory = temporaryDirectory();
  const below = join(directory.path, 'a', 'b');
  mkdirSync(below, { recursive: true });
  writeFileSync(join(directory.path, name), text);
  expect(await issuer(below)).toBe('https://file.example');
  writeFileSync(join(directory.path, 'a', name), text.replace('file', 'nearer'));
  expect(await issuer(below)).toBe('https://nearer.example');
});

test('reads only the file that --config names', async () => {
  using directory = temporaryDirectory();
  writeFileSync(join(directory.path, 'agent-paste.config.yaml'), 'nonsense: 1\n');
  writeFileSync(join(directory.path, 'mine.yaml'), 'issuer: https://mine.example\n');
  expect(await issuer(directory.path, ['--config', 'mine.yaml'])).toBe('https://mine.example');
});

test('resolves paths in a configuration file from that file, and paths in flags from the working directory', async () => {
  using directory = temporaryDirectory();
  const below = join(directory.path, 'below');
  mkdirSync(below);
  writeFileSync(join(directory.path, 'agent-paste.config.yaml'), 'state-dir: state\ndb: my.db\n');
  await using byFile = await serverProcess([], { cwd: below });
  expect(byFile.ready.db).toBe(join(directory.path, 'my.db'));
  await using byFlag = await serverProcess(['--db', 'my.db'], { cwd: below });
  expect(byFlag.ready.db).toBe(join(below, 'my.db'));
});

test("accepts every flag's setting in a file, lists included", async () => {
  using directory = temporaryDirectory();
  const file =
    'client-id: client_file\nkey-env: live\nallow-host: [a.test, b.test]\nhold:\n  - before-send=1ms\nlog: json\n';
  writeFileSync(join(directory.path, 'agent-paste.config.yaml'), file);
  await using server = await serverProcess(['--config', 'agent-paste.config.yaml'], { cwd: directory.path });
  expect(server.ready.client_id).toBe('client_file');
  const token = (
    await agentPaste(['mint', '--config', 'agent-paste.config.yaml'], { cwd: directory.path })
  ).stdout.trim();
  const answer = await fetch(server.ready.callback_url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  expect(await answer.json()).toMatchObject({ default_api_key: { secret: expect.stringMatching(/^ap_pk_live_/) } });
});

test.each([
  ['an unknown setting', 'port: 1\nisuer: x\n', ':2: unknown setting "isuer" (did you mean issuer?)'],
  ['a bad value', 'issuer: x\nport: abc\n', ':2: port: must be a whole number from 0 to 65535, not "abc"'],
  ['a value of another type', 'issuer: 5\n', ':1: issuer: 5 is not a string; put it in quotes'],
  [
    'an object that is no text',
    'log: {toString: null}\n',
    ':1: log: must be pretty, json or off, not {"toString":null}',
  ],
  ['a name that is a list', 'port: 1\n? [a]\n: b\n', ':2: a name must be a string'],
  ['no value', 'log:\n', ':1: log: must be pretty, json or off, not null'],
  ['a list', '- a\n', ': the settings must be a mapping'],
  ['YAML that is none', 'issuer: [\n', ':2: '],
  ['two documents', 'issuer: a\n---\nissuer: b\n', ':2: a second document begins'],
])('a configuration file with %s is refused with file and line, exit code 2', async (_, text, line) => {
  using directory = temporaryDirectory();
  const file = join(directory.path, 'agent-paste.config.yaml');
  writeFileSync(file, text);
  const { code, stdout, stderr } = await agentPaste(['mint'], { cwd: directory.path });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr.split('\n')[0]).toContain(`error: ${file}${line}`);
});

test('names a bad variable, and does not show an API key even when it is wrong', async () => {
  const port = await agentPaste(['mint'], { env: { AGENT_PASTE_PORT: 'abc' } });
  expect(port).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('AGENT_PASTE_PORT: must be a whole number from 0 to 65535, not "abc"'),
  });
  const key = await agentPaste(['mint'], { env: { WORKOS_API_KEY: 'two canary words' } });
  expect(key).toMatchObject({ code: 2, stderr: expect.stringContaining('WORKOS_API_KEY: ') });
  expect(key.stderr).not.toContain('canary');
});

test('exits 2 for a missing configuration file', async () => {
  const { code, stderr } = await agentPaste(['mint', '--config', 'nope.yaml']);
  expect(code).toBe(2);
  expect(stderr).toContain('nope.yaml: no such file or directory (ENOENT)');
});
