import { afterAll, beforeAll, expect, test } from 'vitest';
import { command } from '../../support/command.ts';
import { type TestServer, testServer } from '../../support/server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await testServer();
});

afterAll(() => server[Symbol.asyncDispose]());

const replay = (...args: string[]) =>
  command(['replay', ...args], {
    env: { AGENT_PASTE_API_URL: server.url, AGENT_PASTE_STATE_DIR: server.paths.directory },
  });

test('a token with a fault is to be refused, as its fault says', async () => {
  const { code, stdout } = await replay('--fault', 'expired', '--times', '2');
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('2 refused') });
  expect(await replay('--fault', 'expired,kid-empty', '--fault', 'sub-missing')).toMatchObject({ code: 0 });
});

test('a token with a fault that is accepted by mistake is a violation', async () => {
  const { code, stdout } = await replay('--fault', 'expired', '--expect', '200', '--json');
  const { violations } = JSON.parse(stdout);
  expect(code).toBe(1);
  expect(violations[0].reproduce).toContain('--fault expired');
});

test('claims go into each token, and into the command that sends it again', async () => {
  const claims = ['--claim', 'org_id="org_1"', '--claim', 'iss="https://other.example"'];
  const { code, stdout } = await replay(...claims, '--json', '--fresh', '--times', '2');
  const { sends, violations } = JSON.parse(stdout);
  expect({ code, reason: sends[1].reason }).toEqual({ code: 4, reason: 'issuer_mismatch' });
  expect(violations[0].reproduce).toContain(`--claim 'iss="https://other.example"'`);
});

test.each([
  [['--claim', 'x'], 'names no claim'],
  [['--claim', 'x=y'], 'not JSON'],
  [['--fault', 'expird'], 'did you mean expired?'],
  [['--token', 'x', '--fault', 'expired'], '--fault is for tokens that are minted here'],
  [['--token', 'x', '--claim', 'a=1'], '--claim is for tokens that are minted here'],
  [['builtin:key-rotation', '--fault', 'expired'], '--fault does not go with a scenario'],
])('refuses %j', async (args, said) => {
  expect(await replay(...args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(said) });
});
