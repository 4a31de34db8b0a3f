/** check and exec with a PostgreSQL database: a schema for each server, and nothing of it stays. */
import { expect } from 'vitest';
import { agentPaste } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { testSchema } from '../../support/postgres.ts';
import { postgresTest as test } from '../../support/postgres-test.ts';
import { POSTGRES_URL } from '../../support/stored.ts';

const COUNT = "SELECT count(*)::int AS n FROM pg_namespace WHERE nspname ~ '^(check|exec)_[0-9a-f]{12}$'";

async function leftSchemas(): Promise<unknown> {
  await using schema = testSchema();
  return (await schema.query(COUNT))[0]?.n;
}

test('every invariant passes over PostgreSQL', async () => {
  using here = temporaryDirectory();
  const before = await leftSchemas();
  const { code, stdout, stderr } = await agentPaste(['check', '--json', '--db', POSTGRES_URL], { cwd: here.path });
  expect(code, stdout + stderr).toBe(0);
  const { ok, invariants } = JSON.parse(stdout) as { ok: boolean; invariants?: { status: string }[] };
  expect(ok).toBe(true);
  expect(invariants?.filter(({ status }) => status === 'skipped') ?? []).toEqual([]);
  expect(await leftSchemas()).toEqual(before);
});

test('a command of exec finds a server over PostgreSQL', async () => {
  using here = temporaryDirectory();
  const before = await leftSchemas();
  const script = `const post = () => fetch(process.env.AGENT_PASTE_API_URL + '/v1/auth/web/callback', { method: 'POST',
    headers: { authorization: 'Bearer ' + process.env.AGENT_PASTE_TOKEN } }).then((answer) => answer.text());
    post().then(async (first) => console.log(JSON.parse(first).default_api_key !== null && (await post()) === first))`;
  const run = ['exec', '--db', POSTGRES_URL, '--', process.execPath, '-e', script];
  expect(await agentPaste(run, { cwd: here.path })).toMatchObject({ code: 0, stdout: 'true\n' });
  expect(await leftSchemas()).toEqual(before);
});

test.each(['check', 'exec'])('%s refuses a file', async (name) => {
  using here = temporaryDirectory();
  const more = name === 'exec' ? ['--', 'true'] : [];
  const { code, stderr } = await agentPaste([name, '--db', 'paste.db', ...more], { cwd: here.path });
  expect([code, stderr]).toEqual([2, expect.stringMatching(/--db: must be postgres:\/\//)]);
});
