import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { database } from '../../src/machine/values/database.ts';
import { agentPaste, serverProcess } from '../support/binary.ts';
import { command } from '../support/command.ts';
import { temporaryDirectory } from '../support/directory.ts';

const URLS = [
  'mysql://ada:canary@db.example/paste',
  'sqlite:paste.db',
  'sqlite://paste.db',
  'file:paste.db',
  'file:///tmp/paste.db',
  'http://db.example/paste.db',
  'jdbc:postgresql://db.example/paste',
  'libsql+ws://db.example',
  ' postgres://db.example/paste',
  'db.example:5432',
];

test.each(URLS)('refuses %j as a database, wherever it is set, and makes nothing', async (url) => {
  using here = temporaryDirectory();
  const cwd = here.path;
  const config = join(cwd, 'mine.yaml');
  writeFileSync(config, `db: ${JSON.stringify(url)}\n`);
  const given: [string, string[], Record<string, string>][] = [
    ['--db', ['--db', url], {}],
    ['AGENT_PASTE_DB', [], { AGENT_PASTE_DB: url }],
    [config, ['--config', config], {}],
  ];
  for (const [where, flags, env] of given) {
    for (const name of ['serve', 'sweep', 'inspect', 'reset']) {
      const args = name === 'inspect' ? ['inspect', 'members'] : [name];
      const { code, stdout, stderr } = await command([...args, ...flags], { cwd, env });
      expect([name, code, stdout]).toEqual([name, 2, '']);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(stderr).toContain(where);
      expect(stderr).toContain('must be a path, :memory: or postgres://');
      expect(stderr).not.toContain('canary');
    }
  }
  expect(readdirSync(cwd)).toEqual(['mine.yaml']);
});

test('refuses a URL in the program itself', async () => {
  using here = temporaryDirectory();
  const { code, stderr } = await agentPaste(['serve', '--db', 'mysql://db.example/paste'], { cwd: here.path });
  expect([code, stderr.trimEnd().split('\n').length]).toEqual([2, 1]);
  expect(readdirSync(here.path)).toEqual([]);
});

test.each([
  'C:\\state\\paste.db',
  'c:/state/paste.db',
  'D:paste.db',
  ':memory:',
  './file:paste.db',
  'state/postgres:/paste.db',
  '/tmp/a:b.db',
  '10:paste.db',
  'paste.db',
])('accepts %j, which is no URL', (name) => {
  const refuse = (problem: string) => expect.fail(problem);
  expect(database.read(name, refuse)).toBe(name);
  expect(new RegExp(String(database.schema.pattern)).test(name)).toBe(true);
});

test('serves from a file whose name would be a URL, written with ./', async () => {
  using here = temporaryDirectory();
  await using server = await serverProcess(['--db', './file.db+x:y.db'], { cwd: here.path });
  expect(server.ready.db).toBe(join(here.path, 'file.db+x:y.db'));
  expect(existsSync(server.ready.db)).toBe(true);
});
