import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { agentPaste, serverProcess } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';

const KEY = 'ap_pk_preview_0000000000000ADA_seeded-secret-of-ada-which-is-no-secret-000';
const SEED = `users:
  - email: ada@example.com
    id: user_ada
workspaces:
  - user: ada@example.com
    api_key: ${KEY}
`;

test('accepts a seeded API key at once', async () => {
  using directory = temporaryDirectory();
  writeFileSync(join(directory.path, 'seed.yaml'), SEED);
  await using server = await serverProcess(['--seed', 'seed.yaml'], { cwd: directory.path });
  const answer = await fetch(`${server.ready.url}/v1/whoami`, { headers: { authorization: `Bearer ${KEY}` } });
  expect(answer.status).toBe(200);
});

test.each([
  ['an unknown field', 'users:\n  - email: ada@example.com\n    mail: x\n', ':3: users[0].mail: is not a known field'],
  ['an unknown section', 'users: []\nworkspace: []\n', ':2: workspace: is not a known field'],
  ['a missing field', 'users:\n  - id: user_ada\n', ':2: users[0].email: '],
  [
    'a value of another type',
    'users:\n  - email: ada@example.com\n    id: 1\n',
    ':3: users[0].id: must be a user id: 1 to 255 letters, digits, _ and -, not 1',
  ],
  ['an address that is none', 'users:\n  - email: ada\n', ':2: users[0].email: must be an e-mail address'],
  [
    'an id that is none',
    'users:\n  - email: a@b.c\n    id: "a b"\n',
    ':3: users[0].id: must be a user id: 1 to 255 letters, digits, _ and -, not "a b"',
  ],
  ['a misspelt field', 'users:\n  - emial: a@b.c\n', ':2: users[0].emial: is not a known field (did you mean email?)'],
  ['a field that is missing', 'users:\n  - id: user_a\n', ':2: users[0].email: is missing'],
  [
    'an id twice',
    'users:\n  - {email: a@b.c, id: x}\n  - {email: d@e.f, id: x}\n',
    ':3: users[1].id: is in this file twice',
  ],
  [
    'fifty-one entries of metadata',
    `users:\n  - email: a@b.c\n    metadata: {${Array.from({ length: 51 }, (_, index) => `n${index}: x`).join(', ')}}\n`,
    ':3: users[0].metadata: must be at most 50 entries of text',
  ],
  ['an address twice', 'users:\n  - email: a@b.c\n  - email: A@b.c\n', ':3: users[1].email: is in this file twice'],
  [
    'a user whom nobody knows',
    `${SEED}  - user: grace@example.com\n`,
    ':7: workspaces[1].user: no user "grace@example.com" in this file or the local directory',
  ],
  ['a user who is nearly there', `${SEED}  - user: adda@example.com\n`, '(did you mean ada@example.com?)'],
  ['two workspaces of one user', `${SEED}  - user: user_ada\n`, ':7: workspaces[1].user: has a workspace already'],
  ['a key in another form', SEED.replace(KEY, 'ap_pk_x'), ':6: workspaces[0].api_key: must be a whole key'],
  ['a bad instant', `${SEED}    created_at: yesterday\n`, ':7: workspaces[0].created_at: must be a date and time'],
  ['an instant before 1970', `${SEED}    created_at: "1969-12-31T23:59:59Z"\n`, ': it is before 1970'],
  ['an instant before 1970 in its zone', `${SEED}    created_at: "1970-01-01T00:30:00+01:00"\n`, ': it is before 1970'],
  ['an instant after 9999', `${SEED}    created_at: "9999-12-31T23:30:00-01:00"\n`, ': it is after 9999'],
  [
    'the year 10000',
    `${SEED}    created_at: "10000-01-01T00:00:00Z"\n`,
    ':7: workspaces[0].created_at: must be a date and time',
  ],
  ['a 30th of February', `${SEED}    created_at: "2026-02-30T00:00:00Z"\n`, ':7: workspaces[0].created_at: must be'],
  [
    'an address with a zero-width space',
    'users:\n  - email: "a\\u200bb@example.com"\n',
    ': it has an invisible character',
  ],
  ['an address with a NUL', 'users:\n  - email: "a\\0b@example.com"\n', ': it has an invisible character'],
  ['a name with a line break', 'users:\n  - email: a@example.com\n    first_name: "A\\nB"\n', 'in one line'],
  ['a title with a NUL', `${SEED}    artifacts: [{ title: "a\\0" }]\n`, 'must be one line without control characters'],
  [
    'a bad artifact',
    `${SEED}    artifacts:\n      - title: x\n        status: Gone\n`,
    ':9: workspaces[0].artifacts[0].status: ',
  ],
  [
    'an artifact id twice',
    `${SEED}    artifacts:\n${'      - title: x\n        id: art_01K9AGENTPASTE00000000ART1\n'.repeat(2)}`,
    ':11: workspaces[0].artifacts[1].id: is in this file twice',
  ],
  ['a list instead of a mapping', '- a\n', ':1: the file: expected object'],
  ['YAML that is none', 'users: [\n', ':2: '],
  ['a name twice', 'users: []\nusers: []\n', ':2: Map keys must be unique'],
  ['an alias to nothing', 'users: *nobody\n', ':1: the alias *nobody has no anchor'],
  ['an alias inside what it names', 'users: &all [*all]\n', ':1: the alias *all is inside its own anchor'],
  ['a name that is a list', 'users: []\n? [a, b]\n: []\n', ':2: a name must be a string'],
  ['a name that is a map, in a list of pairs', 'users: !!pairs\n- ? {a: 1}\n  : x\n', ':2: a name must be a string'],
  [
    'a name that is an alias, in a list of pairs',
    'users: !!omap\n- a: &a {}\n- *a : x\n',
    ':3: a name must be a string',
  ],
  ['a name that is a date by its tag', 'users: []\n!!timestamp 2001-01-01: x\n', ':2: a name must be a string'],
  ['a name that is a date by the version', '%YAML 1.1\n---\n2001-01-01: x\n', ':3: a name must be a string'],
  ['a name that is bytes by its tag', 'users: []\n!!binary aGk=: x\n', ':2: a name must be a string'],
  ['JSON that is none', '{"users": [}', ':1: '],
])('a seed with %s is refused with file, line and field, and nothing is written', async (_, text, line) => {
  using directory = temporaryDirectory();
  const seed = join(directory.path, 'seed.yaml');
  const state = join(directory.path, 'state');
  writeFileSync(seed, text);
  const { code, stdout, stderr } = await agentPaste(['serve', '--port', '0', '--seed', seed, '--state-dir', state]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  const [said = ''] = stderr.split('\n');
  expect(said).toContain(`error: ${seed}`);
  expect(said).toContain(line);
  expect(stderr).not.toContain('no-secret');
  if (existsSync(state)) {
    const { stdout: users } = await agentPaste(['users', 'list', '--json', '--state-dir', state]);
    expect(JSON.parse(users).users).toEqual([]);
  }
});

test('rejects a whole seed for an id of another workspace, and adds none of its users', async () => {
  using directory = temporaryDirectory();
  const state = join(directory.path, 'state');
  const seed = (text: string) => {
    const path = join(directory.path, 'seed.yaml');
    writeFileSync(path, text);
    return ['--seed', path, '--state-dir', state];
  };
  await (await serverProcess(seed(SEED))).stop();
  const other = SEED.replaceAll('ada@example.com', 'grace@example.com').replace('user_ada', 'user_grace');
  const { code, stderr } = await agentPaste(['serve', '--port', '0', ...seed(other)]);
  expect(code).toBe(2);
  expect(stderr).toContain('belongs to another workspace of the database');
  const { stdout } = await agentPaste(['users', 'list', '--json', '--state-dir', state]);
  expect(JSON.parse(stdout).users).toMatchObject([{ id: 'user_ada' }]);
});

test('exits 2 for a missing seed', async () => {
  using directory = temporaryDirectory();
  const { code, stderr } = await agentPaste(['serve', '--seed', 'nope.yaml'], { cwd: directory.path });
  expect(code).toBe(2);
  expect(stderr).toContain('nope.yaml: no such file or directory (ENOENT)');
});
