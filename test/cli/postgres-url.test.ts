import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { database } from '../../src/machine/values/database.ts';
import { parseDatabaseUrl, withoutPassword, withPassword } from '../../src/machine/values/database-url.ts';
import { problemWith } from '../../src/machine/values/form.ts';
import { command } from '../support/command.ts';
import { temporaryDirectory } from '../support/directory.ts';

const parsed = (url: string) =>
  parseDatabaseUrl(url, (problem) => {
    throw new Error(problem);
  });

describe('the URL of a PostgreSQL database', () => {
  test.each([
    ['postgres://127.0.0.1/paste', { host: '127.0.0.1', port: 5432, schema: 'agent_paste', tls: 'off' }],
    ['postgresql://ada@localhost:6432/paste', { port: 6432, user: 'ada', password: undefined, tls: 'off' }],
    ['POSTGRES://[::1]/paste', { host: '::1', tls: 'off' }],
    ['postgres://LocalHost/paste', { host: 'localhost', tls: 'off' }],
    ['postgres://db.example/paste', { tls: 'verified', rootCertificate: undefined }],
    ['postgres://db.example/paste?sslmode=disable', { tls: 'off' }],
    ['postgres://127.0.0.1/paste?sslmode=verify-full', { tls: 'verified' }],
    ['postgres://127.0.0.1/paste?sslrootcert=/etc/ca.pem', { tls: 'verified', rootCertificate: '/etc/ca.pem' }],
    [
      'postgres://a%40b:p%2Fw%25@db.example/pa%20ste?sslmode=require',
      { user: 'a@b', password: 'p/w%', database: 'pa ste' },
    ],
    ['postgres://db.example/paste?schema=Team_1', { schema: 'Team_1' }],
  ])('%s is understood', (url, expected) => {
    expect(problemWith(database, url)).toBeUndefined();
    expect(new RegExp(String(database.schema.pattern)).test(url)).toBe(true);
    expect(parsed(url)).toMatchObject(expected);
  });

  test.each([
    ['postgres:paste', /must be postgres:/],
    ['postgres:/127.0.0.1/paste', /must be postgres:/],
    ['postgres://', /must name one host|must be postgres/],
    ['postgres:///paste', /must name one host/],
    ['postgres://127.0.0.1', /must name a database/],
    ['postgres://127.0.0.1/', /must name a database/],
    ['postgres://127.0.0.1/a/b', /must name a database/],
    ['postgres://one,two/paste', /must name one host/],
    ['postgres://127.0.0.1:99999/paste', /must be postgres:/],
    ['postgres://127.0.0.1:0/paste', /must be postgres:/],
    ['postgres://one:5432,two:5432/paste', /must be postgres:/],
    ['postgres://[fe80::1%25eth0]/paste', /must be postgres:/],
    ['postgres://%2Frun%2Fpostgresql/paste', /must name one host/],
    ['postgres://127.0.0.1/paste?host=/run/postgresql', /unknown option host/],
    ['postgres://127.0.0.1/paste?user=ada', /unknown option user/],
    ['postgres://127.0.0.1/paste?Schema=x', /unknown option \(did you mean schema\?\)/],
    ['postgres://127.0.0.1/paste#x', /must not have a #/],
    ['postgres://127.0.0.1/paste?shema=x', /unknown option shema \(did you mean schema\?\); accepted: schema, sslmode/],
    ['postgres://127.0.0.1/paste?options=-c%20x', /unknown option options/],
    ['postgres://127.0.0.1/paste?schema=a&schema=b', /schema twice/],
    ['postgres://127.0.0.1/paste?schema=', /schema must be/],
    ['postgres://127.0.0.1/paste?schema=pg_x', /schema must be/],
    ['postgres://127.0.0.1/paste?schema=a"b', /schema must be/],
    ...['prefer', 'allow', 'DISABLE', ''].map((mode): [string, RegExp] => [
      `postgres://127.0.0.1/paste?sslmode=${mode}`,
      /sslmode must be disable or verify-full/,
    ]),
    ['postgres://127.0.0.1/paste?sslrootcert=', /sslrootcert must be a file/],
    ['postgres://a%zz@127.0.0.1/paste', /the user must be written with %/],
    ['postgres://127.0.0.1/a%00b', /the name of the database must be written/],
    ['postgres://ada:canary word@127.0.0.1/paste', /must be postgres:/],
    ['postgres://ada:canary?x@127.0.0.1/paste', /must/],
    ['postgres://ada:canary#x@127.0.0.1/paste', /must/],
    ['postgres://ada:canary/x@127.0.0.1/paste', /must/],
  ])('%s is refused, and its password is not repeated', (url, problem) => {
    expect(problemWith(database, url)).toMatch(problem);
    expect(problemWith(database, url)).not.toContain('canary');
  });

  test('is shown without its password, and gets that of the environment where it has none', () => {
    expect(withoutPassword('postgres://ada:canary@db.example:5432/paste?schema=x')).toBe(
      'postgres://ada@db.example:5432/paste?schema=x',
    );
    const given = withPassword('postgres://ada@db.example/paste', 'p@ss/wörd %41');
    expect(parsed(given).password).toBe('p@ss/wörd %41');
    expect(withPassword(given, 'another')).toBe(given);
    expect(withPassword('/tmp/paste.db', 'x')).toBe('/tmp/paste.db');
  });
});

test.each(['serve', 'sweep', 'inspect members', 'inspect --audit', 'doctor', 'reset --yes'])(
  '%s refuses a password in a flag, and makes nothing',
  async (line) => {
    using here = temporaryDirectory();
    const flags = ['--db', 'postgres://ada:canary@127.0.0.1:1/paste'];
    const { code, stdout, stderr } = await command([...line.split(' '), ...flags], { cwd: here.path });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/--db: must not contain a password.*AGENT_PASTE_DB or PGPASSWORD/);
    expect(stderr).not.toContain('canary');
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(readdirSync(here.path)).toEqual([]);
  },
);

test('a file that was found must not name a server, and one that is named may', async () => {
  using here = temporaryDirectory();
  const config = join(here.path, 'agent-paste.config.yaml');
  writeFileSync(config, 'db: postgres://ada@127.0.0.1:1/paste\n');
  const found = await command(['inspect', 'members'], { cwd: here.path, env: { PGPASSWORD: 'canary' } });
  expect(found).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/agent-paste.config.yaml:1: db must not come/),
  });
  const named = await command(['inspect', 'members', '--config', config], { cwd: here.path });
  expect(named).toMatchObject({ code: 3, stderr: expect.stringMatching(/postgres:\/\/ada@127.0.0.1:1\/paste/) });
});

test('doctor shows no password', async () => {
  using here = temporaryDirectory();
  const env = { AGENT_PASTE_DB: 'postgres://ada:canary@127.0.0.1:1/paste', PGPASSWORD: 'canary' };
  for (const form of [[], ['--json']]) {
    const { code, stdout, stderr } = await command(['doctor', '--port', '0', ...form], { cwd: here.path, env });
    expect(code).toBe(1);
    expect(stdout).toContain('postgres://ada@127.0.0.1:1/paste');
    expect(stdout + stderr).not.toContain('canary');
  }
});
