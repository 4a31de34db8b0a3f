import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { agentPaste } from '../support/binary.ts';
import { command } from '../support/command.ts';
import { temporaryDirectory } from '../support/directory.ts';

/** Every way to name a file. `{}` is where it stands. */
const READERS = [
  ['a configuration file', ['mint', '--config', '{}']],
  ['a seed', ['serve', '--port', '0', '--seed', '{}']],
  ['a seed of exec', ['exec', '--seed', '{}', '--', 'true']],
  ['a scenario', ['replay', '{}']],
  ['a tape to compare with', ['replay', '{}', '--compare', '{}']],
  ['a token', ['explain', '@{}']],
  ['the token of a check', ['check', '--url', 'http://127.0.0.1:1', '--token', '@{}']],
  ['a list of tokens', ['check', '--url', 'http://127.0.0.1:1', '--tokens', '{}']],
  ['a key', ['keys', 'import', '{}']],
] as const;

/** Of these, the text is judged; of a token, its bytes are. */
const TEXT_READERS = READERS.filter(([what]) => !what.includes('token'));

function reading(args: readonly string[], file: string): string[] {
  return args.map((argument) => argument.replace('{}', file));
}

function place(): string {
  const directory = temporaryDirectory();
  onTestFinished(() => directory[Symbol.dispose]());
  return directory.path;
}

async function refused(args: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await command(args, { cwd });
  expect({ code, stdout, stderr }).toMatchObject({ code: 2, stdout: '' });
  return stderr.split('\n')[0] as string;
}

const NO_FILES: readonly [string, (path: string) => void, RegExp][] = [
  ['that is missing', () => undefined, /no such file or directory \(ENOENT\)/],
  ['that is a directory', (path) => mkdirSync(path), /is a directory, not a regular file|given has no scenarios/],
  ['that is a pipe', (path) => execFileSync('mkfifo', [path]), /is a pipe, not a regular file/],
  ['that links to /dev/zero', (path) => symlinkSync('/dev/zero', path), /is a device, not a regular file/],
  ['that links to a terminal', (path) => symlinkSync('/dev/ptmx', path), /is a device, not a regular file/],
  ['that links to itself', (path) => symlinkSync(path, path), /ELOOP/],
  ['below a file', (path) => writeFileSync(path.replace(/\/[^/]*$/, ''), ''), /ENOTDIR/],
];

describe.each(READERS)('%s', (_, args) => {
  test.each(NO_FILES)('%s is refused in one line, and not waited for', async (what, make, complaint) => {
    const cwd = place();
    const file = what === 'below a file' ? 'file/given' : 'given';
    make(join(cwd, file));
    const line = await refused(reading(args, file), cwd);
    expect(line).toMatch(complaint);
    expect(line).toContain('given');
  });

  test('that is too large is refused before it is read', async () => {
    const cwd = place();
    execFileSync('truncate', ['-s', '8G', join(cwd, 'given')]);
    expect(await refused(reading(args, 'given'), cwd)).toMatch(/given has more than \d+ bytes/);
  });
});

describe.each(TEXT_READERS)('%s', (_, args) => {
  test.each([
    ['UTF-16 with a mark', Buffer.from('\ufeffusers: []\n', 'utf16le'), /given is UTF-16; save it as UTF-8/],
    ['UTF-16 without a mark', Buffer.from('users: []\n', 'utf16le'), /given is UTF-16; save it as UTF-8/],
    ['big-endian UTF-16', Buffer.from('\ufeff{"a":1}', 'utf16le').swap16(), /given is UTF-16; save it as UTF-8/],
    ['UTF-32', Buffer.from('fffe0000410000000a000000', 'hex'), /given is UTF-32; save it as UTF-8/],
    ['Latin-1', Buffer.from('# a\n# b\nname: caf\u00e9\n', 'latin1'), /given:3: the bytes are not UTF-8/],
    [
      'a character cut short',
      Buffer.from('a: 1\nb: \u20ac', 'utf8').subarray(0, -1),
      /given:2: the bytes are not UTF-8/,
    ],
    ['a surrogate', Buffer.from('6120eda0800a', 'hex'), /given:1: the bytes are not UTF-8/],
  ])('in %s is refused for its encoding', async (_, bytes, complaint) => {
    const cwd = place();
    writeFileSync(join(cwd, 'given'), bytes);
    expect(await refused(reading(args, 'given'), cwd)).toMatch(complaint);
  });
});

test('a byte order mark of UTF-8 is no part of a configuration, a seed or a key', async () => {
  const cwd = place();
  writeFileSync(join(cwd, 'config.yaml'), '\ufeffissuer: https://marked.example\n');
  const minted = await command(['mint', '--json', '--config', 'config.yaml'], { cwd });
  expect(JSON.parse(minted.stdout).tokens[0].claims.iss).toBe('https://marked.example');
  writeFileSync(join(cwd, 'seed.json'), '\ufeff{"users": [{"id": "user_m", "email": "m@example.com"}]}');
  expect(await command(['exec', '--seed', 'seed.json', '--', 'true'], { cwd })).toMatchObject({ code: 0 });
  const exported = await command(['keys', 'export', '--private', JSON.parse(minted.stdout).tokens[0].header.kid], {
    cwd,
  });
  writeFileSync(join(cwd, 'key.json'), `\ufeff${exported.stdout}`);
  expect(await command(['keys', 'import', 'key.json'], { cwd })).toMatchObject({ code: 0 });
});

const PROTOTYPE_NAMES = ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf', 'isPrototypeOf'];

describe.each(PROTOTYPE_NAMES)('%s is an unknown name', (name) => {
  test.each([
    ['of a setting', ['mint', '--config', '{}'], `{"${name}": {}}`, /unknown setting|not a known/],
    [
      'of a setting in YAML',
      ['mint', '--config', '{}'],
      `issuer: https://a.example\n${name}: 1\n`,
      /unknown setting|not a known/,
    ],
    ['in a seed', ['exec', '--seed', '{}', '--', 'true'], `{"users": [], "${name}": []}`, /is not a known field/],
    [
      'of a user of a seed',
      ['exec', '--seed', '{}', '--', 'true'],
      `users: [{email: a@b.co, ${name}: x}]`,
      /is not a known field/,
    ],
    [
      'in a scenario',
      ['replay', '{}'],
      `{"name": "x", "steps": [{"send": {}, "${name}": {}}]}`,
      /is not a known field/,
    ],
    [
      'of a setting of a scenario',
      ['replay', '{}'],
      `name: x\nserver: own\nsettings: {${name}: 1}\nsteps: [{send: {}}]`,
      /is not a known field/,
    ],
    [
      'of an outcome',
      ['replay', '{}'],
      `name: x\nsteps: [{send: {}, expect: {outcomes: {${name}: 1}}}]`,
      /outcomes|not a known/,
    ],
    [
      'of a reason',
      ['replay', '{}'],
      `name: x\nsteps: [{send: {}, expect: {reason: ${name}}}]`,
      /must be a reason|not a known/,
    ],
    [
      'in a tape',
      ['replay', '{}'],
      `{"tape": "agent-paste", "schema_version": 1, "sends": [], "${name}": 1}`,
      /known field/,
    ],
  ])('%s', async (_, args, text, complaint) => {
    const cwd = place();
    writeFileSync(join(cwd, 'given'), text);
    const line = await refused(reading(args, 'given'), cwd);
    expect(line).toMatch(complaint);
    expect(line).toMatch(/given:\d+: /);
  });

  test.each([
    [name],
    ['mint', '--fault', name],
    ['serve', '--bug', name],
    ['serve', '--log', name],
    ['serve', '--hold', `${name}=1s`],
    ['check', '--only', name],
    ['check', '--report', `${name}=x`],
    ['inspect', name],
    ['inspect', 'callbacks', '--reason', name],
    ['inspect', 'callbacks', '--outcome', name],
    ['inspect', 'members', '--format', name],
    ['completion', name],
    ['help', name],
    ['keys', name],
    ['users', name],
  ])('on the command line: %s %s %s', async (...args) => {
    const { code, stdout } = await command(args, { cwd: place() });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

describe('a file of many names', () => {
  const names = Array.from({ length: 200_000 }, (_, index) => `k${index}`);
  const yaml = names.map((name) => `${name}: 1\n`).join('');
  const json = JSON.stringify(Object.fromEntries(names.map((name) => [name, 1])));

  test.each([
    ['a configuration in YAML', ['mint', '--config', '{}'], yaml, /has more than 262144 bytes/],
    ['a configuration in JSON', ['mint', '--config', '{}'], json, /has more than 262144 bytes/],
    ['a seed in YAML', ['exec', '--seed', '{}', '--', 'true'], yaml, /characters of YAML; at most 1048576/],
    ['a seed in JSON', ['exec', '--seed', '{}', '--', 'true'], json, /:1: k0: is not a known field/],
    ['a scenario in JSON', ['replay', '{}'], json, /:1: /],
    ['a seed of comments', ['exec', '--seed', '{}', '--', 'true'], '# x\n'.repeat(1_000_000), /characters of YAML/],
  ])('%s is refused', async (_, args, text, complaint) => {
    const cwd = place();
    writeFileSync(join(cwd, 'given'), text);
    expect(await refused(reading(args, 'given'), cwd)).toMatch(complaint);
  });

  test.each([
    ['lists', '['.repeat(50_000) + ']'.repeat(50_000)],
    ['lists of YAML', '- '.repeat(50_000)],
    ['objects', `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`],
    ['lists that do not end', '['.repeat(50_000)],
    ['aliases of one value', `users: [&a x, ${'*a,'.repeat(20_000)}]`],
    [
      'aliases of lists',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefgh'].map((name, index) => `${name}: &${name} [${`*${'abcdefgh'[index]},`.repeat(9)}]\n`).join('')}`,
    ],
  ])('with %s below each other is refused as no seed', async (_, text) => {
    const cwd = place();
    writeFileSync(join(cwd, 'given'), text);
    for (const args of [
      ['exec', '--seed', 'given', '--', 'true'],
      ['replay', 'given'],
      ['mint', '--config', 'given'],
    ])
      expect(await refused(args, cwd)).toContain('given');
  });
});

test('the line of a name in JSON is said, in lists and behind other values', async () => {
  const cwd = place();
  const seed =
    '{\n  "users": [\n    {"email": "a@b.co"},\n    {\n      "email": "b@b.co",\n      "nmae": [1, "{", {"a": []}]\n    }\n  ]\n}\n';
  writeFileSync(join(cwd, 'seed.json'), seed);
  expect(await refused(['exec', '--seed', 'seed.json', '--', 'true'], cwd)).toContain('seed.json:6: users[1].nmae: ');
  writeFileSync(join(cwd, 'seed.json'), '{"users": [],\n"artifacts": [], "users": []}');
  expect(await refused(['exec', '--seed', 'seed.json', '--', 'true'], cwd)).toContain(
    'seed.json:2: Map keys must be unique; "users"',
  );
  writeFileSync(join(cwd, 'seed.json'), '\n\n{"users": [\n{"email":\n"nobody"}]}');
  expect(await refused(['exec', '--seed', 'seed.json', '--', 'true'], cwd)).toContain('seed.json:4: users[0].email: ');
});

test.each([`name: "it's canary`, 'name: \'said "canary"'])(
  'a quote that does not end is said, without the text: %s',
  async (text) => {
    const cwd = place();
    writeFileSync(join(cwd, 'scenario.yaml'), text);
    expect(await refused(['replay', 'scenario.yaml'], cwd)).toMatch(/scenario\.yaml:1: Missing closing quote$/);
  },
);

test('an empty scenario is said to be empty, and a foreign text is not quoted', async () => {
  const cwd = place();
  writeFileSync(join(cwd, 'empty'), '');
  writeFileSync(join(cwd, 'foreign'), '# a page\nYou need npm and canary "words"\n- x\n');
  expect(await refused(['replay', 'empty'], cwd)).toMatch(/empty:1: the file: is empty$/);
  for (const args of [
    ['exec', '--seed', '{}', '--', 'true'],
    ['replay', '{}'],
  ]) {
    const line = await refused(reading(args, 'foreign'), cwd);
    expect(line).toMatch(/foreign:\d+: /);
    expect(line).not.toContain('canary');
  }
});

test('a configuration file that is found, and a link, is refused; named, it is read', async () => {
  const cwd = place();
  writeFileSync(join(cwd, 'secret'), 'canary: x\n');
  symlinkSync('secret', join(cwd, 'agent-paste.config.yaml'));
  const found = await agentPaste(['mint'], { cwd });
  expect(found).toMatchObject({ code: 2, stdout: '' });
  expect(found.stderr).toContain('is a symbolic link');
  expect(found.stderr).not.toContain('canary');
  expect(await refused(['mint', '--config', 'agent-paste.config.yaml'], cwd)).toContain('unknown setting "canary"');
});
