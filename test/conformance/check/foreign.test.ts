import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LOCAL_API_KEY, LOCAL_CLIENT_ID, WORKOS_ISSUER } from '../../../src/machine/settings.ts';
import { agentPaste } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { type TestServer, testServer } from '../../support/server.ts';
import { type ForeignSettings, foreignServer, listening, type Mistake } from './foreign-server.ts';

const NEEDS_FILES_OR_PROCESS = ['survives-restart', 'failed-provisioning-leaves-nothing', 'secret-not-at-rest'];

function trusting({ url }: TestServer): ForeignSettings {
  return { workosUrl: url, workosApiKey: LOCAL_API_KEY, clientId: LOCAL_CLIENT_ID, issuer: WORKOS_ISSUER };
}

async function check(url: string, args: readonly string[]) {
  const { code, stdout, stderr } = await agentPaste(['check', '--json', '--url', url, ...args]);
  const rows = (stdout === '' ? [] : JSON.parse(stdout).invariants) as { id: string; status: string; reason: string }[];
  const having = (status: string) => rows.filter((row) => row.status === status).map(({ id }) => id);
  return { code, stderr, rows, passed: having('passed'), failed: having('failed'), skipped: having('skipped') };
}

describe('another server that gets keys and users from a running agent-paste', () => {
  test('passes, and skips what needs its files or its process, with the reason', async () => {
    await using issuer = await testServer();
    await using target = await foreignServer(trusting(issuer));
    const { code, failed, skipped, rows } = await check(target.url, ['--state-dir', issuer.paths.directory]);
    expect(failed).toEqual([]);
    expect(skipped).toEqual(NEEDS_FILES_OR_PROCESS);
    expect(
      rows.filter(({ status }) => status === 'skipped').every(({ reason }) => reason.includes('did not start')),
    ).toBe(true);
    expect(code).toBe(0);
    expect(issuer.keyring.list()).toHaveLength(1);
    expect(issuer.users.list({ limit: 10 }).users).toEqual([]);
  });

  test('passes when it answers duplicates with 409 and Retry-After', async () => {
    await using issuer = await testServer();
    await using target = await foreignServer({ ...trusting(issuer), refusesDuplicates: true });
    const args = ['--state-dir', issuer.paths.directory, '--only', 'concurrent-duplicates-agree,one-secret-per-user'];
    expect(await check(target.url, args)).toMatchObject({ code: 0, failed: [], skipped: [] });
  });

  test.each<[Mistake, string]>([
    ['forgets-records', 'replay-identical'],
    ['shares-records', 'no-cross-user-replay'],
    ['runs-duplicates-apart', 'concurrent-duplicates-agree'],
    ['member-per-token', 'one-member-per-user'],
    ['blank-is-an-id', 'blank-id-refused'],
    ['wrong-secret', 'secret-verifies'],
  ])('with the bug %s fails %s', async (mistake, invariant) => {
    await using issuer = await testServer();
    await using target = await foreignServer({ ...trusting(issuer), mistake });
    const { code, failed } = await check(target.url, ['--state-dir', issuer.paths.directory, '--only', invariant]);
    expect(failed).toEqual([invariant]);
    expect(code).toBe(1);
  });

  test('that never fetches its keys again fails key-rotation-accepted', async () => {
    await using issuer = await testServer();
    await using target = await foreignServer({ ...trusting(issuer), mistake: 'keeps-keys' });
    const args = ['--state-dir', issuer.paths.directory, '--only', 'key-rotation-accepted', '--patience', '500ms'];
    expect(await check(target.url, args)).toMatchObject({ code: 1, failed: ['key-rotation-accepted'] });
  });

  test('fails few invariants for one bug, not all', async () => {
    await using issuer = await testServer();
    await using target = await foreignServer({ ...trusting(issuer), mistake: 'wrong-secret' });
    const { failed } = await check(target.url, ['--state-dir', issuer.paths.directory]);
    expect(failed).toEqual(['secret-verifies']);
  });
});

describe('a server that trusts other keys', () => {
  test('is judged with the given token, and the skipped invariants are named', async () => {
    await using target = await testServer();
    const { token } = target.mint();
    const { code, passed, failed, rows } = await check(target.url, ['--token', token]);
    expect(failed).toEqual([]);
    expect(passed).toEqual([
      'replay-identical',
      'replay-changes-nothing',
      'concurrent-duplicates-agree',
      'bad-tokens-refused',
      'secret-verifies',
      'answers-in-form',
    ]);
    expect(rows.filter(({ status }) => status === 'part').map(({ id }) => id)).toEqual(['lost-answer-replays']);
    expect(rows.every(({ status, reason }) => status === 'passed' || reason !== '')).toBe(true);
    expect(code).toBe(0);
  });

  test('is judged with several tokens in turn', async () => {
    using directory = temporaryDirectory();
    await using target = await testServer();
    const file = join(directory.path, 'tokens');
    const emails = Array.from({ length: 6 }, (_, index) => `user${index}@example.com`);
    writeFileSync(file, `${emails.map((email) => target.mint({ email }).token).join('\n')}\n`);
    const { code, failed } = await check(target.url, ['--tokens', file]);
    expect({ code, failed }).toEqual({ code: 0, failed: [] });
    const subjects = new Set(target.logged.flatMap(({ user }) => user ?? []));
    expect(subjects.size).toBe(6);
  });

  test.each([
    [['--token', 'x'], 'three base64url parts'],
    [['--token', '@/no/such/file'], 'cannot read'],
    [['--token', 'a.b.c', '--tokens', 'x'], 'two ways'],
  ])('rejects %j as a usage error', async (args, complaint) => {
    const { code, stderr } = await check('http://127.0.0.1:9', args);
    expect(code).toBe(2);
    expect(stderr).toContain(complaint);
  });

  test("is rejected as a target when it does not trust the state directory's tokens", async () => {
    await using target = await testServer();
    await using other = await testServer();
    const { code, stderr } = await check(target.url, ['--state-dir', other.paths.directory]);
    expect(code).toBe(4);
    expect(stderr).toContain('does not trust');
  });

  test('never prints the token', async () => {
    await using target = await testServer();
    const token = target.mint({ expiresIn: -60 }).token;
    const { code, stderr } = await check(target.url, ['--token', token]);
    expect(code).toBe(4);
    expect(stderr).not.toContain(token.split('.')[2]);
  });
});

describe('fails with one line and an exit code for a target that is not a callback API', () => {
  const html = '<!doctype html><title>Sign in</title>';
  test.each<[string, Parameters<typeof listening>[0], string]>([
    ['a page', (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end(html), 'not JSON'],
    ['an answer of ten megabytes', (_, response) => void response.end(Buffer.alloc(10_485_760, ' ')), 'more than'],
    ['a redirect', (_, response) => void response.writeHead(302, { location: '/login' }).end(), 'redirect'],
    ['a server that never answers', () => undefined, 'did not answer within'],
    ['a server that hangs up', (request) => void request.destroy(), 'closed the connection'],
    [
      'another API',
      (_, response) => void response.writeHead(404).end('{"error":{"code":"not_found"}}'),
      'not the callback API',
    ],
  ])('%s', async (_, answer, complaint) => {
    await using target = await listening(answer);
    await using issuer = await testServer();
    const { code, stdout, stderr } = await agentPaste([
      'check',
      '--url',
      target.url,
      '--state-dir',
      issuer.paths.directory,
    ]);
    expect(code).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toContain(complaint);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test('nothing listening', async () => {
    await using issuer = await testServer();
    const { code, stderr } = await check('http://127.0.0.1:9', ['--state-dir', issuer.paths.directory]);
    expect(code).toBe(3);
    expect(stderr).toContain('nothing listens');
  });

  test('another machine, unless that is allowed', async () => {
    const { code, stderr } = await check('https://preview.example', []);
    expect(code).toBe(2);
    expect(stderr).toContain('--allow-remote');
  });

  test('does not pass when everything was skipped', async () => {
    await using target = await testServer();
    const { code } = await check(target.url, ['--state-dir', target.paths.directory, '--only', 'survives-restart']);
    expect(code).toBe(1);
  });
});
