/** A schema as an earlier version of the program left it. */
import { join } from 'node:path';
import { expect } from 'vitest';
import { STEPS } from '../../../src/store/postgres/schema.ts';
import { agentPaste } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { type TestSchema, testSchema } from '../../support/postgres.ts';
import { postgresTest as test } from '../../support/postgres-test.ts';

/** Of the first version, with a callback of each kind. */
async function firstVersion(schema: TestSchema): Promise<void> {
  const [first = () => ''] = STEPS;
  await schema.query(`CREATE SCHEMA ${schema.schema}`);
  await schema.query(first(schema.schema));
  await schema.query(`INSERT INTO meta VALUES ('application', 'agent-paste'), ('schema_version', '1'),
    ('database_id', '00000000-0000-4000-8000-000000000000')`);
  const row = (request: string, outcome: string, key: string | null) =>
    schema.query(
      `INSERT INTO callback_attempts (at, request_id, status, outcome, subject, idempotency_key, milliseconds, server)
       VALUES (now(), $1, 200, $2, 'user_ada', $3, 1, 'host:1')`,
      [request, outcome, key],
    );
  await row('request_1', 'provisioned', 'workos-jti:jti_1');
  await row('request_2', 'seen', 'workos-session:session_1');
  await row('request_3', 'refused', null);
}

test('is read as it is, and migrated once', async () => {
  await using schema = testSchema();
  using directory = temporaryDirectory();
  await firstVersion(schema);
  const state = ['--state-dir', join(directory.path, 'state'), '--db', schema.url];
  const callbacks = async (...flags: string[]) => {
    const { code, stdout } = await agentPaste(['inspect', 'callbacks', '--json', ...flags, ...state]);
    expect(code).toBe(0);
    return JSON.parse(stdout).items;
  };
  const version = async () => (await schema.query("SELECT value FROM meta WHERE name = 'schema_version'"))[0]?.value;
  const [refused, seen, provisioned] = await callbacks();
  expect([refused.token_id, seen.token_id, provisioned.token_id]).toEqual([null, null, 'jti_1']);
  expect(refused).toMatchObject({ subject: 'user_ada', claimed_subject: null });
  expect(await callbacks('--jti', 'jti_1')).toEqual([provisioned]);
  expect(await callbacks('--user', 'user_ada', '--claimed')).toHaveLength(3);
  expect(await version()).toBe('1');

  const migrated = await Promise.all([1, 2].map(() => agentPaste(['migrate', '--db', schema.url])));
  expect(migrated.map(({ code }) => code)).toEqual([0, 0]);
  expect(await version()).toBe(String(STEPS.length));
  expect(await callbacks()).toEqual([refused, seen, provisioned]);
  expect(await callbacks('--jti', 'jti_1')).toEqual([provisioned]);
});
