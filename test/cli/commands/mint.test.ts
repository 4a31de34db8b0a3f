import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { agentPaste, serverProcess } from '../../support/binary.ts';
import { command } from '../../support/command.ts';
import { temporaryDirectory } from '../../support/directory.ts';

interface Minted {
  readonly token: string;
  readonly header: Record<string, unknown>;
  readonly claims: Record<string, unknown>;
  readonly idempotency_key: string | null;
  readonly expected: { status: number; reason: string | null };
}

async function mint(cwd: string, ...args: string[]): Promise<Minted[]> {
  const { code, stdout, stderr } = await agentPaste(['mint', '--json', ...args], { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { schema_version, tokens } = JSON.parse(stdout);
  expect(schema_version).toBe(1);
  return tokens;
}

async function mintOne(cwd: string, ...args: string[]): Promise<Minted> {
  const [minted] = await mint(cwd, ...args);
  return minted as Minted;
}

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

test('creates the first user without options, and uses that user from then on', async () => {
  using directory = temporaryDirectory();
  const first = await mintOne(directory.path);
  const again = await mintOne(directory.path);
  expect(again.claims.sub).toBe(first.claims.sub);
  const { stdout } = await agentPaste(['users', 'list', '--json'], { cwd: directory.path });
  expect(JSON.parse(stdout).users).toMatchObject([{ id: first.claims.sub, email: 'ada@example.com' }]);
});

test('prints only the token on stdout, one per line', async () => {
  using directory = temporaryDirectory();
  const { stdout, stderr } = await agentPaste(['mint', '--count', '3'], { cwd: directory.path });
  expect(stdout).toMatch(/^(eyJ[\w-]+\.[\w-]+\.[\w-]+\n){3}$/);
  expect(
    new Set(
      stdout
        .trim()
        .split('\n')
        .map(claimsOf)
        .map(({ jti }) => jti),
    ).size,
  ).toBe(3);
  expect(stderr).toBe('');
});

test('prints header, claims, idempotency key and expected answer with --json', async () => {
  using directory = temporaryDirectory();
  const minted = await mintOne(directory.path, '--email', 'ada@example.com', '--jti', 'jti_1');
  expect(Object.keys(minted)).toEqual(['token', 'header', 'claims', 'idempotency_key', 'expected']);
  expect(minted.claims).toEqual(claimsOf(minted.token));
  expect(minted.header).toMatchObject({ alg: 'RS256' });
  expect(minted.idempotency_key).toBe('workos-jti:jti_1');
  expect(minted.expected).toEqual({ status: 200, reason: null });
});

test('puts each option into the claims', async () => {
  using directory = temporaryDirectory();
  const { claims, header } = await mintOne(
    directory.path,
    ...['--sub', 'user_ada', '--email', 'ada@example.com', '--sid', 'session_1', '--jti', 'jti_1'],
    ...['--issuer', 'https://issuer.example', '--client-id', 'client_x', '--expires-in', '90s'],
    ...['--issued-at', '2026-01-31T12:00:00Z', '--not-before', '1769860800'],
    ...['--claim', 'org_id="org_1"', '--claim', 'permissions=["a","b"]'],
  );
  expect(claims).toEqual({
    iss: 'https://issuer.example',
    sub: 'user_ada',
    sid: 'session_1',
    jti: 'jti_1',
    client_id: 'client_x',
    iat: 1_769_860_800,
    nbf: 1_769_860_800,
    exp: 1_769_860_890,
    org_id: 'org_1',
    permissions: ['a', 'b'],
  });
  expect(header.kid).toEqual(expect.any(String));
});

test('mints an expired token for a negative lifetime', async () => {
  using directory = temporaryDirectory();
  const { claims, expected } = await mintOne(directory.path, '--expires-in', '-1m');
  expect(Number(claims.exp)).toBe(Number(claims.iat) - 60);
  expect(expected).toEqual({ status: 401, reason: 'expired' });
});

test('signs with an older or retired key with --kid', async () => {
  using directory = temporaryDirectory();
  const { header } = await mintOne(directory.path);
  const old = String(header.kid);
  await agentPaste(['keys', 'rotate'], { cwd: directory.path });
  expect((await mintOne(directory.path)).header.kid).not.toBe(old);
  expect(await mintOne(directory.path, '--kid', old)).toMatchObject({
    header: { kid: old },
    expected: { status: 200 },
  });
  await agentPaste(['keys', 'retire', old], { cwd: directory.path });
  expect(await mintOne(directory.path, '--kid', old)).toMatchObject({ expected: { reason: 'kid_unknown' } });
});

test('gets the refusal of the earliest check for several faults', async () => {
  using directory = temporaryDirectory();
  const { expected } = await mintOne(directory.path, '--fault', 'sub-missing', '--fault', 'expired');
  expect(expected).toEqual({ status: 401, reason: 'expired' });
});

test('lists each fault once with its reason with --list-faults, and creates no state', async () => {
  using directory = temporaryDirectory();
  const { stdout } = await agentPaste(['mint', '--list-faults', '--json'], { cwd: directory.path });
  const { schema_version, faults } = JSON.parse(stdout) as { schema_version: number; faults: { name: string }[] };
  expect(schema_version).toBe(1);
  expect(faults.length).toBeGreaterThan(100);
  expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length);
  expect(Object.keys(faults[0] ?? {})).toEqual(['name', 'reason', 'summary']);
  const table = await agentPaste(['mint', '--list-faults'], { cwd: directory.path });
  expect(table.stdout.trim().split('\n')).toHaveLength(faults.length + 1);
  expect(readdirSync(directory.path)).toEqual([]);
});

test.each([
  ['--no-jti --no-sid', ['--no-jti', '--no-sid']],
  ['empty ids', ['--jti', '', '--sid', '']],
  ['ids of spaces', ['--jti', '  ', '--sid', ' ']],
  ['ids of a no-break space', ['--jti', '\u00a0', '--no-sid']],
])('gets the exact 401 for a token with %s, which leaves nothing', async (_, ids) => {
  using directory = temporaryDirectory();
  const state = join(directory.path, 'state');
  await using server = await serverProcess(['--state-dir', state]);
  const { stdout } = await agentPaste(['mint', '--state-dir', state, ...ids]);
  const headers = { authorization: `Bearer ${stdout.trim()}`, 'x-request-id': 'request-1' };
  const answer = await fetch(server.ready.callback_url, { method: 'POST', headers });
  expect(answer.status).toBe(401);
  expect(await answer.json()).toMatchObject({
    error: {
      code: 'not_authenticated',
      message: 'missing WorkOS token_id or session_id',
      reason: 'no_session_or_token_id',
      request_id: 'request-1',
    },
  });
  const second = await agentPaste(['mint', '--state-dir', state]);
  const provisioned = await fetch(server.ready.callback_url, {
    method: 'POST',
    headers: { authorization: `Bearer ${second.stdout.trim()}` },
  });
  expect(await provisioned.json()).toMatchObject({ default_api_key: { secret: expect.any(String) } });
});

test.each([
  [
    'an address that is none',
    ['--email', 'ada'],
    '--email: must be an e-mail address, such as name@example.com, not "ada"',
  ],
  ['an address with an invisible character', ['--email', 'a\u202e@example.com'], 'it has an invisible character'],
  ['an empty subject', ['--sub', ''], '--sub: must be a user id: 1 to 255 letters, digits, _ and -, not ""'],
  [
    'a subject with a path in it',
    ['--sub', '../x'],
    '--sub: must be a user id: 1 to 255 letters, digits, _ and -, not "../x"',
  ],
  ['an unknown fault', ['--fault', 'nope'], 'there is no fault "nope"'],
  ['a fault that is nearly one', ['--fault', 'expird'], 'did you mean expired?'],
  ['a claim without a name', ['--claim', '=1'], '--claim: "=1" names no claim'],
  ['a claim that is no JSON', ['--claim', 'org_id=org_1'], '--claim: "org_id=org_1" has a value that is not JSON'],
  [
    'a date that is none',
    ['--issued-at', 'tomorrow'],
    '--issued-at: must be a time such as 10m, 2h ago, in 5m, 09:00, yesterday, 2026-01-31 or 2026-01-31T12:00:00Z (UTC by default), or seconds since 1970, not "tomorrow"',
  ],
  ['a negative date', ['--not-before', '-5'], 'or seconds since 1970, not "-5"'],
  [
    'half a second',
    ['--expires-in', '500ms'],
    '--expires-in: must be a duration in whole seconds from -365d to 365d, such as 5s, 30s or 10m, not "500ms"',
  ],
  ['a lifetime in an unknown unit', ['--expires-in', '5x'], 'or 10m, not "5x"'],
  ['a lifetime without a unit', ['--expires-in', '300'], 'or 10m, not "300": it has no unit'],
  ['a count of zero', ['--count', '0'], '--count: must be a whole number from 1 to 10000, not "0"'],
  ['a count below zero', ['--count', '-1'], '--count: must be a whole number from 1 to 10000, not "-1"'],
  ['a count that is no number', ['--count', 'many'], '--count: must be a whole number from 1 to 10000, not "many"'],
])('%s is one line, exit code 2, and nothing is made', async (_, args, line) => {
  using directory = temporaryDirectory();
  const { code, stdout, stderr } = await agentPaste(['mint', ...args], { cwd: directory.path });
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^error: /);
  expect(stderr.split('\n')[0]).toContain(line);
  expect(readdirSync(directory.path)).toEqual([]);
});

test('exits 5 for an unknown --kid, and adds no user', async () => {
  using directory = temporaryDirectory();
  const { code } = await agentPaste(['mint', '--kid', 'nope', '--email', 'new@example.com'], { cwd: directory.path });
  expect(code).toBe(5);
  const { stdout } = await agentPaste(['users', 'list', '--json'], { cwd: directory.path });
  expect(JSON.parse(stdout).users).toEqual([]);
});

test('on a terminal it says for whom a token is, and what it changed', async () => {
  using directory = temporaryDirectory();
  const now = Date.parse('2026-03-03T12:00:00Z');
  const note = async (now: number, ...args: string[]) =>
    (await command(['mint', ...args], { cwd: directory.path, columns: 80, now })).stderr;
  expect(await note(now)).toMatch(/^for ada@example\.com \(user_\w+\), a new user, valid for 5 min\n$/);
  expect(await note(now + 1000)).toMatch(/^for ada@example\.com \(user_\w+\), valid for 5 min\n$/);
  expect(await note(now, '--sub', 'user_typo', '--fault', 'expired')).toBe(
    'for user_typo@example.com (user_typo), a new user\n',
  );
  expect(await note(now + 1000, '--sub', 'user_typo', '--email', 'new@example.com')).toBe(
    'for new@example.com (user_typo), who has this address from now on, valid for 5 min\n',
  );
  expect(await note(now + 2000, '--json')).toBe('');
  expect(await note(now + 2000, '--quiet')).toBe('');
});
