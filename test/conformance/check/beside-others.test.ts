/** What a check shares with others at its issuer: keys and users. None of it changes for them. */
import { describe, expect, test } from 'vitest';
import { LOCAL_API_KEY, LOCAL_CLIENT_ID, WORKOS_ISSUER } from '../../../src/machine/settings.ts';
import { agentPaste } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { type TestServer, testServer } from '../../support/server.ts';
import { foreignServer, listening } from './foreign-server.ts';

function trusting({ url }: TestServer) {
  return { workosUrl: url, workosApiKey: LOCAL_API_KEY, clientId: LOCAL_CLIENT_ID, issuer: WORKOS_ISSUER };
}

const ONLY = ['--only', 'replay-identical,key-rotation-accepted,removed-key-refused'];

describe('a check', () => {
  test('works beside another one, and tokens that a developer minted meanwhile stay good', async () => {
    await using issuer = await testServer();
    await using target = await foreignServer(trusting(issuer));
    const args = ['check', '--url', target.url, '--state-dir', issuer.paths.directory, ...ONLY];
    const checks = Promise.all([agentPaste(args), agentPaste(args)]);
    await expect.poll(() => issuer.keyring.list().filter(({ isLent }) => isLent).length).toBeGreaterThan(3);
    const { token } = issuer.mint({ email: 'developer@example.com' });
    expect((await checks).map(({ code, stdout }) => ({ code, stdout }))).toMatchObject([{ code: 0 }, { code: 0 }]);
    expect((await issuer.post(token)).status).toBe(200);
    expect(issuer.keyring.list()).toHaveLength(1);
    expect(issuer.users.list({ limit: 10 }).users.map(({ email }) => email)).toEqual(['developer@example.com']);
  });

  test('leaves its users and keys with --keep', async () => {
    await using issuer = await testServer();
    await using target = await foreignServer(trusting(issuer));
    const args = ['check', '--url', target.url, '--state-dir', issuer.paths.directory, '--only', 'sid-fallback'];
    expect((await agentPaste([...args, '--keep'])).code).toBe(0);
    expect(issuer.keyring.list().filter(({ isLent }) => isLent)).toHaveLength(1);
    expect(issuer.users.list({ limit: 10 }).users.length).toBeGreaterThan(1);
  });
});

describe('a check without --url', () => {
  test.each([
    [['--token', 'a.b.c'], '--token has no effect without --url'],
    [['--tokens', 'file'], '--tokens has no effect without --url'],
    [['--patience', '1s'], '--patience has no effect without --url'],
    [['--keep'], '--keep has no effect without --url'],
    [['--issuer', 'https://x.example'], '--issuer has no effect without --url'],
    [['--self-test', '--url', 'http://127.0.0.1:1'], '--url does not go with it'],
    [['--self-test', '--only', 'sid-fallback'], '--only does not go with it'],
  ])('rejects %j, which would have no effect', async (args, complaint) => {
    const { code, stdout, stderr } = await agentPaste(['check', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(complaint);
  });

  test('rejects an empty AGENT_PASTE_API_URL', async () => {
    const { code, stderr } = await agentPaste(['check'], { env: { AGENT_PASTE_API_URL: '' } });
    expect(code).toBe(2);
    expect(stderr).toContain('AGENT_PASTE_API_URL is empty');
  });

  test('says first that it judges a server of its own', async () => {
    const { stderr } = await agentPaste(['check', '--only', 'sid-fallback']);
    expect(stderr).toMatch(/^judging a server of this program/);
  });
});

test('issuer and client are those that the target publishes', async () => {
  using directory = temporaryDirectory();
  await using target = await testServer({ issuer: 'https://x.example', 'client-id': 'client_y' }, directory);
  const { code, stderr } = await agentPaste([
    ...['check', '--url', target.url, '--state-dir', directory.path],
    ...['--only', 'sid-fallback,lost-answer-replays', '--json'],
  ]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
});

test('a target that answers nothing but 503 could not be judged: exit 3', async () => {
  await using issuer = await testServer();
  await using busy = await listening((_, response) => {
    response.writeHead(503, { 'retry-after': '1', 'content-type': 'text/html' }).end('<p>come back');
  });
  const { code, stderr } = await agentPaste(['check', '--url', busy.url, '--state-dir', issuer.paths.directory]);
  expect(code).toBe(3);
  expect(stderr).toMatch(/answered 503 for \d+ s, with Retry-After: 1/);
});

test('a compressed answer is named by its coding', async () => {
  await using target = await listening((_, response) => {
    response
      .writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' })
      .end(Buffer.from([31, 139]));
  });
  const { code, stderr } = await agentPaste(['replay', '--url', target.url, '--token', 'a.b.c']);
  expect(code).toBe(3);
  expect(stderr).toContain('the content coding "gzip", and only "identity" was asked for');
});
