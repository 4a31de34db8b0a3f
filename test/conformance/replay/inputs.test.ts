/** Scenarios by directory, from stdin, and those of the program. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { agentPaste } from '../../support/binary.ts';
import { command } from '../../support/command.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { testServer } from '../../support/server.ts';
import { callbackAnswer, json, scriptedServer } from './scripted-server.ts';

const SHIPPED = readdirSync(fileURLToPath(new URL('../../../fixtures/scenarios/', import.meta.url)))
  .filter((name) => !name.endsWith('.schema.json'))
  .map((name) => `builtin:${parse(name).name}`)
  .sort();

const scenario = (name: string) => `name: ${name}\nsteps:\n  - send: {}\n`;
const TAPE = JSON.stringify({
  tape: 'agent-paste',
  schema_version: 1,
  sends: [
    {
      n: 1,
      email: null,
      claims: null,
      faults: [],
      key: null,
      status: 401,
      outcome: 'refused',
      code: null,
      reason: null,
      sha256: '0'.repeat(64),
    },
  ],
});

/** A directory `d` with these files, and a server that accepts everything. */
async function replayed(files: Readonly<Record<string, string>>, args: readonly string[], input = '') {
  await using server = await scriptedServer((response) => json(response, 200, callbackAnswer('seen')));
  using directory = temporaryDirectory();
  const cwd = directory.path;
  mkdirSync(join(cwd, 'd'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, 'd', name), text);
  const result = await command(['replay', ...args, '--json'], { cwd, env: { AGENT_PASTE_API_URL: server.url }, input });
  return { ...result, sent: server.tokens.length };
}

const ran = (stdout: string) => JSON.parse(stdout).scenarios.map(({ file }: { file: string }) => file);

describe('a directory stands for its scenarios', () => {
  test('sorted by name, without hidden files, JSON Schemas, tapes and files of other kinds', async () => {
    const files = {
      'b.yaml': scenario('b'),
      'a.yml': scenario('a'),
      'c.json': JSON.stringify({ name: 'c', steps: [{ send: {} }] }),
      '.hidden.yaml': 'no',
      'scenario.schema.json': '{}',
      'signin.tape.json': TAPE,
      'README.md': 'no',
      'b.yaml~': 'no',
    };
    const { code, stdout } = await replayed(files, ['d']);
    expect({ code, ran: ran(stdout) }).toEqual({ code: 0, ran: ['d/a.yml', 'd/b.yaml', 'd/c.json'] });
  });

  test.each(['./d', 'd/', '../d'])('in whichever way it is written: %s', async (written) => {
    await using server = await scriptedServer((response) => json(response, 401, { error: { code: 'x' } }));
    using directory = temporaryDirectory();
    const cwd = join(directory.path, 'd');
    mkdirSync(join(cwd, 'd'), { recursive: true });
    for (const each of [cwd, join(cwd, 'd')]) writeFileSync(join(each, 'a.yaml'), scenario('a'));
    const env = { AGENT_PASTE_API_URL: server.url };
    const { stdout } = await command(['replay', written, '--json'], { cwd, env });
    const [{ reproduce }] = JSON.parse(stdout).violations;
    const path = reproduce.split(' ')[2];
    expect(join(cwd, path)).toBe(join(cwd, written, 'a.yaml'));
  });

  test('beside other arguments, in their order', async () => {
    const { code, stdout } = await replayed({ 'a.yaml': scenario('a') }, ['builtin:any-server', 'd', 'd/a.yaml']);
    expect(code).toBe(1);
    expect(ran(stdout)).toEqual(['builtin:any-server', 'd/a.yaml', 'd/a.yaml']);
  });

  test.each<[string, Readonly<Record<string, string>>]>([
    ['nothing', {}],
    ['a tape', { 'signin.tape.json': TAPE }],
    ['a JSON Schema', { 'scenario.schema.json': '{}' }],
    ['files of other kinds', { 'README.md': 'x', yaml: 'x', '.yaml': 'x' }],
  ])('and is refused with %s in it', async (_, files) => {
    const { code, stderr, sent } = await replayed(files, ['d']);
    expect({ code, sent, message: JSON.parse(stderr).error.message }).toEqual({
      code: 2,
      sent: 0,
      message: 'd has no scenarios',
    });
  });

  test('and each of them is judged before the first is sent', async () => {
    const files = { 'a.yaml': scenario('a'), 'b.yaml': 'name: b', 'package.json': '{}' };
    const { code, stderr, sent } = await replayed(files, ['d']);
    expect({ code, sent }).toEqual({ code: 2, sent: 0 });
    expect(stderr).toContain('d/b.yaml:1: steps: must be a list of steps');
  });

  test.each<[string, (path: string) => void, string]>([
    ['a pipe', (path) => execFileSync('mkfifo', [join(path, 'p.yaml')]), 'd/p.yaml: it is a pipe, not a regular file'],
    ['a device', (path) => symlinkSync('/dev/zero', join(path, 'z.yaml')), 'd/z.yaml: it is a device'],
    ['a directory of that name', (path) => mkdirSync(join(path, 'x.yaml')), 'd/x.yaml: it is a directory'],
    ['a link to nothing', (path) => symlinkSync('nowhere', join(path, 'l.yaml')), 'd/l.yaml: no such file'],
    ['a link to itself', (path) => symlinkSync('l.yaml', join(path, 'l.yaml')), 'd/l.yaml: too many symbolic links'],
    [
      'a name of two lines',
      (path) => writeFileSync(join(path, 'a\n::error::\u001b[2J.yaml'), 'name: ['),
      'd/a\\u000a::error::\\u001b[2J.yaml:1: ',
    ],
    [
      'thousands of files of other kinds',
      (path) => {
        for (let n = 0; n < 5000; n++) symlinkSync('x', join(path, String(n)));
      },
      'd has no scenarios',
    ],
    [
      'more files than are accepted',
      (path) => {
        for (let n = 0; n < 1001; n++) symlinkSync('x', join(path, `${n}.yaml`));
      },
      'd has 1001 files; at most 1000 are accepted',
    ],
  ])('and is refused in one line for %s', async (_, make, message) => {
    using directory = temporaryDirectory();
    mkdirSync(join(directory.path, 'd'));
    make(join(directory.path, 'd'));
    const { code, stdout, stderr } = await command(['replay', 'd'], { cwd: directory.path });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.split('\n')[0]).toContain(message);
  });

  test.each([
    ['it may not be read', 'd', 'cannot read d: permission'],
    ['a scenario in it may not be read', 'd/one.yaml', 'cannot read d/one.yaml: permission'],
  ])('and is refused where %s', async (_, closed, message) => {
    using directory = temporaryDirectory();
    mkdirSync(join(directory.path, 'd'));
    writeFileSync(join(directory.path, 'd/one.yaml'), scenario('one'));
    chmodSync(join(directory.path, closed), 0o300);
    // The superuser may read everywhere, unless that is taken away.
    const wrapper = process.getuid?.() === 0 ? ['setpriv', '--bounding-set', '-dac_override,-dac_read_search'] : [];
    const { code, stderr } = await agentPaste(['replay', 'd'], { cwd: directory.path, wrapper });
    chmodSync(join(directory.path, closed), 0o700);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });
});

describe('- stands for stdin', () => {
  test('with a scenario, and the command that shows a violation again reads stdin too', async () => {
    const { code, stdout } = await replayed({}, ['-'], `${scenario('piped')}    expect: { status: 201 }\n`);
    expect({ code, ran: ran(stdout) }).toEqual({ code: 1, ran: ['stdin'] });
    expect(JSON.parse(stdout).violations[0].reproduce).toMatch(/^agent-paste replay - /);
  });

  test('with a tape', async () => {
    const { code, stdout } = await replayed({}, ['-'], TAPE);
    expect(JSON.parse(stdout).sends).toHaveLength(1);
    expect(code).toBe(1);
  });

  test.each<[string, readonly string[], string, string]>([
    ['nothing', ['-'], '', 'stdin:1: the file: is empty'],
    ['no YAML', ['-'], 'name: [', 'stdin:1: '],
    ['bytes of UTF-16', ['-'], 'n\u0000a\u0000m\u0000e\u0000', 'stdin is UTF-16; save it as UTF-8'],
    ['more than a file may have', ['-'], `"${'x'.repeat(17_000_000)}"`, 'stdin has more than 16777216 bytes'],
    ['itself twice', ['-', 'd', '-'], scenario('x'), '- is given twice, and stdin can be read once'],
    ['a tape and a scenario', ['-', 'd'], TAPE, 'a tape is replayed alone'],
  ])('and is refused with %s', async (_, args, input, message) => {
    const { code, stderr, sent } = await replayed({ 'a.yaml': scenario('a') }, args, input);
    expect({ code, sent }).toEqual({ code: 2, sent: 0 });
    expect(JSON.parse(stderr).error.message).toContain(message);
  });
});

describe('builtin: stands for the scenarios of the program', () => {
  test('all of them, where there are no files', async () => {
    await using server = await testServer();
    using directory = temporaryDirectory();
    const env = { AGENT_PASTE_API_URL: server.url, AGENT_PASTE_STATE_DIR: server.paths.directory };
    const { code, stdout, stderr } = await agentPaste(['replay', 'builtin:*', '--json'], { cwd: directory.path, env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(ran(stdout)).toEqual(SHIPPED);
  });

  test('one by its name, which the command that shows a violation again has too', async () => {
    const { code, stdout } = await replayed({}, ['builtin:any-server']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout).violations[0].reproduce).toMatch(/^agent-paste replay builtin:any-server --url http:/);
  });

  test.each([
    ['builtin:any-serve', 'there is no scenario builtin:any-serve (did you mean builtin:any-server?)'],
    ['builtin:any-server.yaml', 'there is no scenario builtin:any-server.yaml (did you mean builtin:any-server?)'],
    ['builtin:', 'there is no scenario builtin:'],
    ['builtin:any-*', 'there is no scenario builtin:any-*'],
    ['builtin:__proto__', 'there is no scenario builtin:__proto__'],
    ['builtin:../scenarios/any-server', 'there is no scenario builtin:../scenarios/any-server'],
  ])('%s is refused', async (argument, message) => {
    const { code, stderr, sent } = await replayed({}, [argument]);
    expect({ code, sent }).toEqual({ code: 2, sent: 0 });
    const { error } = JSON.parse(stderr);
    expect(error.message).toBe(error.message.startsWith(message) ? error.message : message);
    expect(error.hint).toContain('builtin:any-server');
  });

  test('a file of such a name is given with its directory', async () => {
    const { code, stdout } = await replayed({ 'builtin:mine': scenario('mine') }, ['./d/builtin:mine']);
    expect({ code, ran: ran(stdout) }).toEqual({ code: 0, ran: ['./d/builtin:mine'] });
  });

  test('--url is refused with a hint at the one for any server', async () => {
    const { code, stderr } = await replayed({}, ['builtin:*', '--url', 'http://127.0.0.1:1']);
    expect(code).toBe(2);
    expect(JSON.parse(stderr).error.hint).toBe('builtin:any-server is a scenario for a server at --url.');
  });
});

test('the text of each shipped scenario is that of its file', async () => {
  const { BUILTIN_SCENARIOS } = await import('../../../src/conformance/scenario/builtin.ts');
  const directory = fileURLToPath(new URL('../../../fixtures/scenarios/', import.meta.url));
  for (const [name, text] of Object.entries(BUILTIN_SCENARIOS)) {
    const file = readdirSync(directory).find((one) => `builtin:${parse(one).name}` === name) ?? '';
    expect(text).toBe(readFileSync(join(directory, file), 'utf8'));
  }
});
