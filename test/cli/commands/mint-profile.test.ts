/** Tokens of the kinds that WorkOS issues, minted, sent to servers with each issuer, and explained. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { playWorkos } from '../../../src/library/msw.ts';
import { startServer } from '../../../src/library/testing.ts';
import { LOCAL_CLIENT_ID, WORKOS_ISSUER } from '../../../src/machine/settings.ts';
import { agentPaste, serverProcess } from '../../support/binary.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';

const ENVIRONMENT = `${WORKOS_ISSUER}/user_management/${LOCAL_CLIENT_ID}`;
const DOMAIN = 'https://login.example.com';
const ORGANIZATION = ['entitlements', 'feature_flags', 'org_id', 'permissions', 'role', 'roles'];
const USUAL = ['exp', 'iat', 'iss', 'jti', 'sid', 'sub'];

let directory: TemporaryDirectory;
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => directory[Symbol.dispose]());

const run = (args: readonly string[], input = '') => agentPaste(args, { cwd: directory.path, input });

async function minted(args: readonly string[], input = '') {
  const { code, stdout, stderr } = await run(['mint', '--json', ...args], input);
  expect([code, stderr]).toEqual([0, '']);
  const [made] = JSON.parse(stdout).tokens;
  const payload = JSON.parse(Buffer.from(made.token.split('.')[1], 'base64url').toString());
  expect(payload).toEqual(made.claims);
  return made;
}

async function answerTo(url: string, token: string) {
  const answer = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  const { error } = (await answer.json()) as { error?: { reason: string } };
  return { status: answer.status, reason: error?.reason ?? null };
}

describe('mint --profile', () => {
  test.each([
    ['workos-legacy', WORKOS_ISSUER, [...USUAL, ...ORGANIZATION]],
    ['workos-environment', ENVIRONMENT, [...USUAL, ...ORGANIZATION, 'auth_time', 'client_id']],
    ['authkit-domain', 'https://local-example.authkit.app', [...USUAL, ...ORGANIZATION, 'auth_time', 'client_id']],
    ['connect', 'https://local-example.authkit.app', [...USUAL, 'aud', 'client_id', 'org_id', 'scope']],
  ])('%s has the issuer %s and its claims', async (profile, issuer, names) => {
    const { claims } = await minted(['--profile', profile]);
    expect(claims.iss).toBe(issuer);
    expect(Object.keys(claims).sort()).toEqual([...names].sort());
    expect(claims.sid).toMatch(profile === 'connect' ? /^app_consent_\w{26}$/ : /^session_\w{26}$/);
  });

  test.each([
    ['workos-legacy', [], 'client_id_mismatch', '--client-id-claim optional'],
    ['workos-legacy', ['--client-id-claim', 'optional'], null, ''],
    ['workos-environment', [], 'issuer_mismatch', 'has the newer form, with a client in it'],
    ['workos-environment', ['--issuer', ENVIRONMENT], null, ''],
    ['authkit-domain', [], 'issuer_mismatch', 'WORKOS_ISSUER=https://local-example.authkit.app'],
    ['authkit-domain', ['--issuer', DOMAIN], null, ''],
    ['workos-legacy', ['--issuer', DOMAIN], 'issuer_mismatch', 'expects a custom AuthKit domain'],
    ['connect', ['--issuer', DOMAIN], 'client_id_mismatch', 'a token of WorkOS Connect'],
  ])('%s at a server with %j: %s', async (profile, flags, reason, told) => {
    await using server = await serverProcess(flags, { cwd: directory.path });
    const { token, expected } = await minted(['--profile', profile]);
    expect(await answerTo(server.ready.callback_url, token)).toMatchObject({ reason });
    if (!flags.includes('optional')) expect(expected.reason).toBe(reason);
    const { code, stdout } = await run(['explain', '-', ...(flags.includes('optional') ? flags : [])], token);
    expect(code).toBe(reason === null ? 0 : 1);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(told);
  });

  test('gives way to what is said of single claims', async () => {
    const { claims } = await minted(['--profile', 'connect', '--sid', 'session_1', '--no-jti', '--claim', 'scope="x"']);
    expect(claims).toMatchObject({ sid: 'session_1', scope: 'x' });
    expect(claims).not.toHaveProperty('jti');
  });

  test.each([
    [['--profile', 'workos-legcy'], 'did you mean workos-legacy?'],
    [['--profile', ''], 'there is no ""'],
    [['--profile', 'toString'], 'there is no "toString"'],
    [['--profile', 'workos-legacy', '--issuer', DOMAIN], 'contradicts --profile workos-legacy'],
    [['--profile', '@package.json'], 'is not a JSON Web Token'],
    [['--profile', '@missing'], 'missing'],
    [['--profile', '-'], 'no token was given'],
  ])('%j is refused, and makes nothing', async (args, why) => {
    writeFileSync(join(directory.path, 'package.json'), '{}');
    const { code, stdout, stderr } = await run(['mint', ...args]);
    expect([stdout, code === 0]).toEqual(['', false]);
    expect(stderr).toContain(why);
    expect(existsSync(join(directory.path, '.agent-paste'))).toBe(false);
  });
});

test.each(['workos-legacy', 'workos-environment', 'authkit-domain', 'connect'] as const)(
  'the library mints the kind %s as the command does, with what the server answers',
  async (profile) => {
    await using server = await startServer({ settings: { 'client-id-claim': 'optional' } });
    const { token, claims } = server.mint({ profile, email: 'ada@example.com', expiresIn: '10m' });
    const byCommand = (await minted(['--profile', profile])).claims;
    expect(Object.keys(claims).sort()).toEqual(Object.keys(byCommand).sort());
    expect([claims.iss, Number(claims.exp) - Number(claims.iat)]).toEqual([byCommand.iss, 600]);
    const answer = await fetch(server.callbackUrl, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
    expect([answer.status, ((await answer.json()) as { error?: { reason: string } }).error?.reason]).toEqual(
      profile === 'workos-legacy' ? [200, undefined] : [401, 'issuer_mismatch'],
    );
    using workos = await playWorkos();
    expect(Object.keys(workos.mint({ profile }).claims).sort()).toEqual(Object.keys(byCommand).sort());
  },
);

describe('the profile of a given token', () => {
  /** As a WorkOS elsewhere signed it; its signature does not matter. */
  const foreign = (claims: object) =>
    ['{"alg":"RS256"}', JSON.stringify(claims), 'signature']
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.');

  test('has its claims, types, prefixes and lifetime, and no value of it', async () => {
    const real = {
      iss: 'https://api.workos.com/user_management/client_01SECRETSECRETSECRETSECRETS',
      sub: 'user_01SECRETSECRETSECRETSECRETS',
      jti: '01SECRETSECRETSECRETSECRETS',
      org_id: 'org_01SECRETSECRETSECRETSECR12',
      client_id: 'client_01SECRETSECRETSECRETSECRETS',
      permissions: ['secret:read', 'secret:write'],
      'urn:app:mail': 'secret@secret.example',
      'urn:app:plan': { 'secret@secret.example': true, seats: 4711, home: 'https://secret.example/', none: null },
      auth_time: 1_709_193_000,
      iat: 1_709_193_557,
      exp: 1_709_193_557 + 3600,
    };
    const { claims, token } = await minted(['--profile', '-'], foreign(real));
    const decoded = Buffer.from(token.split('.')[1], 'base64url').toString();
    expect(decoded).not.toMatch(/secret|4711|1709193/i);
    expect(claims).toMatchObject({
      iss: ENVIRONMENT,
      org_id: expect.stringMatching(/^org_\w{26}$/),
      client_id: LOCAL_CLIENT_ID,
      permissions: ['text', 'text'],
      'urn:app:mail': 'someone@example.com',
      'urn:app:plan': { 'someone@example.com': false, seats: 0, home: 'text', none: null },
    });
    expect(claims.exp - claims.iat).toBe(3600);
    expect(claims).not.toHaveProperty('sid');
  });

  test('lacks the ids and the client that the token lacks', async () => {
    writeFileSync(join(directory.path, 'token.jwt'), `Bearer ${foreign({ iss: WORKOS_ISSUER, sid: 'session_1' })}\n`);
    const { claims, expected } = await minted(['--profile', '@token.jwt']);
    expect(Object.keys(claims).sort()).toEqual(['exp', 'iat', 'iss', 'sid', 'sub']);
    expect(expected).toEqual({ status: 401, reason: 'client_id_mismatch' });
  });

  test.each([
    'a.b.c',
    `a.${Buffer.from('[]').toString('base64url')}.c`,
    `a.${Buffer.from(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`).toString('base64url')}.c`,
  ])('is refused for what is no token (%#), and the text is not repeated', async (text) => {
    const { code, stderr } = await run(['mint', '--profile', '-'], text);
    expect([code, stderr]).toEqual([2, 'error: --profile: the input is not a JSON Web Token\nGive an access token.\n']);
  });
});

test('replay and scenarios send tokens of a profile', async () => {
  await using _server = await serverProcess(['--issuer', ENVIRONMENT], { cwd: directory.path });
  expect(await run(['replay', '--profile', 'workos-environment', '--times', '2', '--fresh'])).toMatchObject({
    code: 0,
  });
  const refused = ['replay', '--profile', 'connect', '--expect', 'refused'];
  expect(await run(refused)).toMatchObject({ code: 0 });
  const steps = `name: profiles
steps:
  - send: { email: "p{run}@example.com", profile: workos-environment }
    expect: { outcome: provisioned }
  - send: { email: "p{run}@example.com", profile: connect }
    expect: { reason: issuer_mismatch }
`;
  expect(await run(['replay', '-'], steps)).toMatchObject({ code: 0 });
  const { code, stderr } = await run(['replay', '-'], steps.replace('profile: connect', 'profile: conect'));
  expect([code, stderr]).toEqual([2, expect.stringContaining('must be a profile of `agent-paste mint --profile`')]);
  expect((await run(['replay', '--profile', 'x'])).code).toBe(2);
  expect((await run(['replay', '--profile', 'connect', '--token', '-'])).code).toBe(2);
});
