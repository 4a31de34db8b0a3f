/** What a database must not be: each command says so in one line and ends with its code, and nothing is changed. */

import { afterEach, describe, expect } from 'vitest';
import { agentPaste, serverProcess } from '../../support/binary.ts';
import { command } from '../../support/command.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { databaseNamed, roleWith, testSchema } from '../../support/postgres.ts';
import { postgresTest as test } from '../../support/postgres-test.ts';

const closing: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of closing.splice(0).reverse()) await each[Symbol.asyncDispose]();
});
const kept = <T extends AsyncDisposable>(each: T): T => {
  closing.push(each);
  return each;
};

async function ended(line: string, url: string, env: Record<string, string> = {}) {
  using here = temporaryDirectory();
  const { code, stdout, stderr } = await command([...line.split(' '), '--db', url], { cwd: here.path, env });
  return { code, stdout, stderr, lines: stderr.trimEnd().split('\n').length };
}

describe('serve refuses', () => {
  test('a server that is not there', async () => {
    for (const url of ['postgres://127.0.0.1:1/paste', 'postgres://no-such-host.invalid/paste?sslmode=disable']) {
      const { code, stderr } = await ended('serve --port 0', url);
      expect(code, stderr).toBe(3);
      expect(stderr).toContain(`cannot use the database ${url}`);
    }
  });

  test.each([
    'exec -- true',
    'check',
    'check --only replay-identical',
    'migrate',
    'sweep',
    'inspect --audit',
    'explain request_1',
  ])('a server that is not there, by %s', async (line) => {
    const [before = line, after] = line.split(' -- ');
    const flags = ['--db', 'postgres://ada@127.0.0.1:1/paste', ...(after === undefined ? [] : ['--', after])];
    using here = temporaryDirectory();
    const { code, stderr } = await agentPaste([...before.split(' '), ...flags], { cwd: here.path });
    expect(code, stderr).toBe(3);
    expect(stderr).toMatch(/^error: .*ECONNREFUSED/m);
    expect(stderr).not.toMatch(/bug of agent-paste|^ +at /m);
  });

  test('a database that does not exist', async () => {
    const url = new URL(kept(testSchema()).url);
    url.pathname = '/no_such_database';
    expect(await ended('serve --port 0', url.href)).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('3D000'),
    });
  });

  test('a user who does not exist', async () => {
    const url = new URL(kept(testSchema()).url);
    url.username = 'no_such_role';
    const { code, stderr } = await ended('serve --port 0', url.href);
    expect(code, stderr).toBe(4);
    expect(stderr).toContain('no_such_role');
  });

  test('a user who may make nothing, and says what to do', async () => {
    const role = kept(await roleWith());
    const { code, stderr } = await ended('serve --port 0', role.url);
    expect(code, stderr).toBe(4);
    expect(stderr).toMatch(/permission denied.*\(SQLSTATE 42501\)/);
  });

  test.each(['SQL_ASCII', 'LATIN1'])('a database in %s', async (encoding) => {
    const database = kept(await databaseNamed(`ENCODING '${encoding}' LOCALE 'C' TEMPLATE template0`));
    const { code, stderr } = await ended('serve --port 0', database.url);
    expect(code, stderr).toBe(7);
    expect(stderr).toMatch(new RegExp(`is encoded in ${encoding}`));
  });

  test('a schema of another program, and changes nothing of it', async () => {
    const schema = kept(testSchema());
    const tables = () =>
      schema.query('SELECT relname FROM pg_class WHERE relnamespace = $1::regnamespace ORDER BY 1', [schema.schema]);
    for (const definition of ['meta (key text)', 'meta2 (name text)', 'workspaces (id text)']) {
      await schema.query(`CREATE SCHEMA IF NOT EXISTS ${schema.schema}`);
      await schema.query(`CREATE TABLE ${schema.schema}.${definition}`);
      const before = await tables();
      for (const line of ['serve --port 0', 'sweep', 'inspect members', 'inspect --audit']) {
        const { code, stderr } = await ended(line, schema.url);
        expect(code, line).toBe(7);
        expect(stderr).toContain('belongs to another program');
      }
      expect(await tables()).toEqual(before);
      await schema.query(`DROP SCHEMA ${schema.schema} CASCADE`);
    }
  });

  test('a version that is two newer than its own', async () => {
    const schema = kept(testSchema());
    await made(schema.url);
    await schema.query("UPDATE meta SET value = '99' WHERE name = 'schema_version'");
    const { code, stderr } = await ended('serve --port 0', schema.url);
    expect([code, stderr]).toEqual([7, expect.stringContaining('has version 99, and this program knows')]);
    const read = await ended('inspect members', schema.url);
    expect([read.code, read.stderr]).toEqual([0, expect.stringContaining('has version 99')]);
  });

  test('a user who is set to read only', async () => {
    const schema = kept(testSchema());
    await made(schema.url);
    const role = kept(await roleWith('default_transaction_read_only = on', schema.schema));
    const { code, stderr } = await ended('serve --port 0', role.url);
    expect(code, stderr).toBe(7);
    expect(stderr).toContain('takes no writes');
    expect((await ended('inspect members', role.url)).code).toBe(0);
    expect((await ended('inspect --audit', role.url)).code).toBe(0);
  });

  test('the pepper of another state', async () => {
    const schema = kept(testSchema());
    await made(schema.url);
    const { code, stderr } = await ended('sweep', schema.url);
    expect([code, stderr]).toEqual([7, expect.stringMatching(/was made with a pepper|another pepper/)]);
  });

  test('a server without TLS where TLS is asked for', async () => {
    const url = new URL(kept(testSchema()).url);
    url.searchParams.set('sslmode', 'require');
    const { code, stderr } = await ended('serve --port 0', url.href);
    expect(code, stderr).toBe(3);
    expect(stderr).toMatch(/SSL|certificate/);
  });

  test('certificates that cannot be read', async () => {
    const url = new URL(kept(testSchema()).url);
    url.searchParams.set('sslrootcert', '/no/such/file.pem');
    expect(await ended('serve --port 0', url.href)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('sslrootcert'),
    });
  });
});

describe('doctor has a finding, and goes on, about', () => {
  const elsewhere = (change: (url: URL) => void) => () => {
    const url = new URL(kept(testSchema()).url);
    change(url);
    return url.href;
  };
  test.each<[string, () => string | Promise<string>, RegExp]>([
    ['a server that is not there', () => 'postgres://ada@127.0.0.1:1/paste', /ECONNREFUSED/],
    ['a database that does not exist', elsewhere((url) => (url.pathname = '/no_such_database')), /3D000/],
    ['a user who does not exist', elsewhere((url) => (url.username = 'no_such_role')), /no_such_role/],
    [
      'another encoding',
      async () => kept(await databaseNamed("ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")).url,
      /encoded in LATIN1/,
    ],
    [
      'a schema of another program',
      async () => {
        const schema = kept(testSchema());
        await schema.query(`CREATE SCHEMA ${schema.schema}; CREATE TABLE ${schema.schema}.workspaces (id text)`);
        return schema.url;
      },
      /belongs to another program/,
    ],
    [
      'a user without rights',
      async () => {
        const schema = kept(testSchema());
        await made(schema.url);
        const url = new URL(kept(await roleWith()).url);
        url.searchParams.set('schema', schema.schema);
        return url.href;
      },
      /42501/,
    ],
    [
      'a user without a connection left',
      async () => {
        const { url } = kept(await roleWith());
        await kept(testSchema()).query(`ALTER ROLE ${new URL(url).username} CONNECTION LIMIT 0`);
        return url;
      },
      /53300/,
    ],
  ])('%s', async (_, urlOf, problem) => {
    const url = await urlOf();
    using here = temporaryDirectory();
    expect((await command(['mint'], { cwd: here.path })).code).toBe(0); // makes the state directory
    const { code, stdout, stderr } = await command(['doctor', '--port', '0', '--json', '--db', url], {
      cwd: here.path,
    });
    expect([code, stderr]).toEqual([1, '']);
    const { findings } = JSON.parse(stdout);
    expect(findings).toContainEqual(
      expect.objectContaining({ code: 'database', severity: 'error', message: expect.stringMatching(problem) }),
    );
    expect(findings).toContainEqual(expect.objectContaining({ code: 'signing_keys', severity: 'ok' }));
  });
});

describe('commands', () => {
  test.each(['inspect members', 'inspect --audit', 'sweep', 'explain request_1'])(
    '%s finds no tables',
    async (line) => {
      const { code, stderr } = await ended(line, kept(testSchema()).url);
      expect([code, stderr]).toEqual([
        5,
        expect.stringMatching(/there are no tables of agent-paste in the schema test_/),
      ]);
    },
  );

  test('reset refuses, and names the SQL', async () => {
    const schema = kept(testSchema());
    await made(schema.url);
    const { code, stderr } = await ended('reset --yes', schema.url);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`DROP SCHEMA "${schema.schema}" CASCADE`)]);
  });
});

/** The tables, by a server that is stopped again. */
async function made(url: string): Promise<void> {
  using here = temporaryDirectory();
  await using _ = await serverProcess(['--db', url, '--log', 'off'], { cwd: here.path });
}
