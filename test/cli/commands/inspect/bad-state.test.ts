import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agentPaste, BINARY } from '../../../support/binary.ts';
import { checksum } from '../../../support/checksum.ts';
import { execute } from '../../../support/database.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../../support/directory.ts';
import { testServer } from '../../../support/server.ts';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;
const asNobody = ['setpriv', `--reuid=${NOBODY}`, '--clear-groups'];

let good: TemporaryDirectory;
let place: TemporaryDirectory;

beforeAll(async () => {
  good = temporaryDirectory();
  const server = await testServer({}, good);
  await server.post(server.mint().token);
  server.users.close();
  await server.running.stop();
  place = temporaryDirectory();
  chmodSync(place.path, 0o755);
  chmodSync(join(dirname(BINARY), '..'), 0o755); // for another user to run
});

afterAll(() => {
  good[Symbol.dispose]();
  place[Symbol.dispose]();
});

/** A state directory of that name, as the story wants it. */
function state(name: string, spoil: (directory: string, database: string) => void): string {
  const directory = join(place.path, name);
  rmSync(directory, { recursive: true, force: true });
  cpSync(good.path, directory, { recursive: true });
  spoil(directory, join(directory, 'agent-paste.db'));
  return directory;
}

function overwrite(path: string, position: number, bytes: number): void {
  writeSync(openSync(path, 'r+'), Buffer.alloc(bytes, 0xa5), 0, bytes, position);
}

const COMMANDS: readonly (readonly string[])[] = [
  ['members'],
  ['member', 'ada@example.com'],
  ['--audit'],
  ['events', '--follow'],
];

interface Case {
  readonly name: string;
  readonly code: number;
  readonly says: RegExp;
  readonly spoil: (directory: string, database: string) => void;
}

const CASES: readonly Case[] = [
  { name: 'empty', code: 5, says: /is empty/, spoil: (_, database) => truncateSync(database, 0) },
  { name: 'truncated', code: 7, says: /malformed|damaged/, spoil: (_, database) => truncateSync(database, 30_000) },
  {
    name: 'not a database',
    code: 7,
    says: /is not a SQLite database/,
    spoil: (_, database) => writeFileSync(database, '<html>hello</html>'.repeat(100)),
  },
  {
    name: 'of another program',
    code: 7,
    says: /belongs to another program/,
    spoil: (_, database) => execute(database, 'PRAGMA application_id = 77'),
  },
];

describe.each(CASES)('a database that is $name', ({ name, code, says, spoil }) => {
  test.each(COMMANDS)(
    'ends `inspect %s %s` with one line and the right exit code, and stays unchanged',
    async (...args) => {
      const path = state(name, spoil);
      const before = checksum(path);
      const result = await agentPaste(['--state-dir', path, 'inspect', ...args]);
      expect({ code: result.code, stdout: result.stdout }).toEqual({ code, stdout: '' });
      expect(result.stderr).toMatch(says);
      expect(result.stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
      expect(checksum(path)).toEqual(before);
    },
  );
});

test('exits 5 for a missing database, and creates nothing', async () => {
  const path = join(place.path, 'missing');
  for (const args of COMMANDS) {
    const { code, stderr } = await agentPaste(['--state-dir', path, 'inspect', ...args]);
    expect(code).toBe(5);
    expect(stderr).toContain('there is no');
  }
  expect(readdirSync(place.path)).not.toContain('missing');
});

test('exits 7 for a directory in its place', async () => {
  const path = join(place.path, 'directory');
  mkdirSync(join(path, 'agent-paste.db'), { recursive: true });
  const { code, stderr } = await agentPaste(['--state-dir', path, 'inspect', 'members']);
  expect(code).toBe(7);
  expect(stderr).toContain('is not a file');
});

test('exits 7 for lists over a damaged page, which the audit reports, and leaves the file unchanged', async () => {
  const path = state('damaged', (_, database) => overwrite(database, 20_000, 8192));
  const before = checksum(path);
  const list = await agentPaste(['--state-dir', path, 'inspect', 'members']);
  expect(list.code).toBe(7);
  expect(list.stderr).toMatch(/^error: the agent-paste database .* is damaged: .*\n.*\n$/);
  const audit = await agentPaste(['--state-dir', path, 'inspect', '--audit']);
  expect(audit.stderr).toBe('');
  expect(audit.code).toBe(1);
  expect(audit.stdout).toMatch(/^BROKEN {3}integrity/m);
  expect(checksum(path)).toEqual(before);
});

test('reads a newer schema as far as it is known, with a warning', async () => {
  const path = state('newer', (_, database) =>
    execute(database, 'PRAGMA user_version = 9; ALTER TABLE workspace_members ADD COLUMN nickname TEXT'),
  );
  const { code, stdout, stderr } = await agentPaste(['--state-dir', path, 'inspect', 'members', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout).items).toHaveLength(1);
  expect(stderr).toMatch(/^warning: .* has version 9/);
});

test('leaves no file behind after reading a state without a running server', async () => {
  const before = checksum(good.path);
  for (const list of ['members', 'callbacks', 'users']) {
    expect((await agentPaste(['--state-dir', good.path, 'inspect', list])).code).toBe(0);
  }
  expect(checksum(good.path)).toEqual(before);
});

describe.runIf(isRoot)('as another user', () => {
  test('exits 7 for an unreadable database, and says why', async () => {
    for (const mode of [0o700, 0o755]) {
      const path = state(`unreadable-${mode}`, (directory) => chmodSync(directory, mode));
      const { code, stderr } = await agentPaste(['--state-dir', path, 'inspect', 'members'], { wrapper: asNobody });
      expect(code).toBe(7);
      expect(stderr).toContain('permission denied (EACCES)');
    }
  });

  test('reads and removes a copy in a directory that is not writable', async () => {
    const path = state('read-only', (directory) => {
      for (const name of ['', ...readdirSync(directory)]) chownSync(join(directory, name), NOBODY, NOBODY);
      chmodSync(directory, 0o500);
    });
    const before = checksum(path);
    const copies = () => readdirSync(tmpdir()).filter((name) => name.startsWith('agent-paste-inspect-'));
    const { code, stdout } = await agentPaste(['--state-dir', path, 'inspect', 'members', '--json'], {
      wrapper: asNobody,
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).items[0].email).toBe('ada@example.com');
    expect(checksum(path)).toEqual(before);
    expect(copies()).toEqual([]);
  });
});
