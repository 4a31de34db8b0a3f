import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MintOptions } from '../../../../src/workos/tokens/mint.ts';
import { command, pipeline } from '../../../support/command.ts';
import { type TestServer, testServer } from '../../../support/server.ts';

const CLIENT = 'client_01K9AGENTPASTE000000000000';
const NEWER = `https://api.workos.com/user_management/${CLIENT}`;
const NOW = Date.UTC(2026, 2, 3, 12);

let server: TestServer;

beforeAll(async () => {
  server = await testServer();
  server.setClock(NOW);
});

afterAll(() => server[Symbol.asyncDispose]());

async function advice(options: Partial<MintOptions>, args: readonly string[] = []): Promise<string[]> {
  return (await explain(server.mint(options).token, args)).advice;
}

async function explain(token: string, args: readonly string[] = []) {
  const all = ['explain', '-', '--json', '--state-dir', server.paths.directory, ...args];
  const { stdout, stderr } = await command(all, { input: token, now: NOW });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

describe('what explain says of the issuer', () => {
  it('recognises the newer issuer form in the token, and names the setting that accepts it', async () => {
    expect(await advice({ issuer: NEWER })).toEqual([
      'The issuer of the token has the newer form, with a client in it; the server expects the older form.',
      `It would be accepted with WORKOS_ISSUER=${NEWER}`,
      expect.stringContaining('Set WORKOS_ISSUER'),
    ]);
  });

  it("recognises the newer issuer form in the server's settings, and two clients in it", async () => {
    const [older] = await advice({}, ['--issuer', NEWER]);
    expect(older).toBe(
      'The server expects the newer form of the issuer, with a client in it; the token has another form.',
    );
    const other = 'https://api.workos.com/user_management/client_01HZZZZZZZZZZZZZZZZZZZZZZZ';
    expect(await advice({ issuer: other }, ['--issuer', NEWER])).toContain(
      'Both have the newer form of the issuer, but name different clients.',
    );
  });

  it('recognises a custom domain, extra slashes and capitals', async () => {
    expect(await advice({ issuer: 'https://auth.example.com' })).toContain(
      'It would be accepted with WORKOS_ISSUER=https://auth.example.com',
    );
    expect(await advice({ faults: ['iss-two-slashes'] })).toEqual([
      'The two differ only in slashes at the end; one slash is ignored, several are not.',
      expect.stringContaining('Set WORKOS_ISSUER'),
    ]);
    expect((await advice({ faults: ['iss-upper-case'] }))[0]).toBe('The two differ only in upper and lower case.');
  });

  it('follows the verifier to the next refusal, and names the second setting', async () => {
    const issuer = 'https://auth.example.com';
    const both = await advice({ issuer, clientId: 'client_other' });
    expect(both).toContain(`It would be accepted with WORKOS_ISSUER=${issuer} and WORKOS_CLIENT_ID=client_other`);
    const blank = await advice({ issuer, jti: ' ', sid: '' });
    expect(blank).toContain(`With WORKOS_ISSUER=${issuer} it would still be refused: no_session_or_token_id.`);
  });

  it('suggests nothing that a shell would execute', async () => {
    for (const bad of ['https://x/$(id)', 'https://x/`id`', "https://x/';id", '-x', 'https://x/ y']) {
      expect((await advice({ issuer: bad })).join('\n')).not.toContain('It would be accepted with');
    }
  });
});

describe('what explain says of the client', () => {
  it('names the setting that accepts the token', async () => {
    expect(await advice({ clientId: 'client_other' })).toContain(
      'It would be accepted with WORKOS_CLIENT_ID=client_other',
    );
    expect(await advice({ faults: ['client-id-missing'] })).toContain(
      'It would be accepted with --client-id-claim optional',
    );
    expect(await advice({ faults: ['aud-other'] })).toContain(
      'It would be accepted with --client-id-claim optional and WORKOS_CLIENT_ID=client_01HZZZZZZZZZZZZZZZZZZZZZZZ',
    );
  });

  it('recognises a token that names two clients, which no setting accepts', async () => {
    expect(await advice({ faults: ['azp-conflict'] })).toEqual([
      'client_id and azp name different clients; both must be the configured one.',
      expect.stringContaining('Set WORKOS_CLIENT_ID'),
    ]);
  });
});

describe('what explain says of the clock', () => {
  const at = (seconds: number) => NOW / 1000 + seconds;

  it('says when a token expired and how long ago', async () => {
    expect(await advice({ issuedAt: at(-300 - 11_565) })).toEqual([
      'It was valid until 2026-03-03T08:47:15.000Z, 3 h 12 min before the time of this check.',
      expect.stringContaining('Get a fresh token'),
    ]);
  });

  it('names the tolerance that would accept a slightly late or early token', async () => {
    const late = await advice({ issuedAt: at(-320) });
    expect(late).toContain('It would be accepted with --clock-tolerance 21s');
    const early = await advice({ notBefore: at(20) });
    expect(early).toEqual([
      'It becomes valid at 2026-03-03T12:00:20.000Z, in 20 s.',
      'It would be accepted with --clock-tolerance 20s',
      expect.stringContaining('Wait until'),
    ]);
    expect((await advice({ issuedAt: at(-361) })).join('\n')).not.toContain('--clock-tolerance');
  });

  it("says how far ahead the issuer's clock is", async () => {
    expect((await advice({ issuedAt: at(3600) }))[0]).toBe(
      'The clock of its issuer is 1 h ahead of the time of this check.',
    );
  });

  it('recognises milliseconds', async () => {
    expect((await advice({ faults: ['exp-milliseconds'] }))[0]).toBe(
      'exp looks like milliseconds; read as milliseconds, it is 2026-03-03T12:05:00.000Z.',
    );
  });

  it('judges at the time given by --at', async () => {
    const { token } = server.mint();
    for (const time of ['2026-03-03T12:04:59Z', String(at(299))]) {
      expect(await explain(token, ['--at', time])).toMatchObject({ accepted: true });
    }
    expect(await explain(token, ['--at', '2026-03-03T12:05:00Z'])).toMatchObject({ reason: 'expired' });
    expect(await explain(token, ['--at', '2026-03-03T11:58:00Z'])).toMatchObject({ reason: 'issued_in_future' });
    const { code, stderr } = await command(['explain', token, '--at', 'tomorrow']);
    expect(code).toBe(2);
    expect(stderr).toContain(
      '--at: must be a time such as 10m, 2h ago, in 5m, 09:00, yesterday, 2026-01-31 or 2026-01-31T12:00:00Z (UTC by default), or seconds since 1970',
    );
  });
});

describe('what explain says of keys, ids and users', () => {
  it('says when a key left the JWKS, and which keys are in it', async () => {
    await using rotating = await testServer();
    const { token } = rotating.mint();
    const old = rotating.keyring.signingKey().kid;
    const { kid } = await rotating.keyring.rotate(Date.now());
    await rotating.keyring.retire(old, NOW);
    const args = ['explain', '-', '--json', '--state-dir', rotating.paths.directory];
    const retired = JSON.parse((await command(args, { input: token })).stdout);
    expect(retired).toMatchObject({ reason: 'kid_unknown', verified: false });
    expect(retired.advice[0]).toBe(
      'This key left the JWKS: it was retired at 2026-03-03T12:00:00.000Z. Sign in again for a new token.',
    );
    const unknown = rotating.mint({ faults: ['kid-unknown'] }).token;
    expect(JSON.parse((await command(args, { input: unknown })).stdout).advice[0]).toBe(`Keys in the key set: ${kid}`);
  });

  it('says that blank ids count as absent', async () => {
    expect((await advice({ jti: ' ', sid: '\u00a0' }))[0]).toBe('jti and sid are blank, which counts as absent.');
    expect((await advice({ jti: ' ', sid: null }))[0]).toBe('jti is blank, which counts as absent.');
  });

  it('goes on to the user, and suggests how to restore a removed one', async () => {
    const { token, claims } = server.mint({ email: 'gone@example.com' } as Partial<MintOptions>);
    server.users.remove(String(claims.sub));
    const { reason, mint, checks } = await explain(token);
    expect({ reason, last: checks.at(-1) }).toMatchObject({
      reason: 'user_fetch_failed',
      last: { name: 'user', result: 'failed', received: claims.sub },
    });
    const again = await pipeline(mint, { now: NOW });
    expect(await explain(again.stdout.split('\n')[0] ?? '')).toMatchObject({ reason: 'user_fetch_failed' });
  });
});

describe('the suggested mint command', () => {
  it('mints an accepted token with the same ids, quoted for a shell', async () => {
    const options = { sub: 'user_01', jti: "it's; $(x)", sid: null };
    const { mint } = await explain(server.mint(options).token);
    const { stdout } = await pipeline(mint, { now: NOW });
    expect(await explain(stdout)).toMatchObject({ accepted: true, claims: { sub: 'user_01', jti: "it's; $(x)" } });
  });

  it('passes the issuer and client that mint would not use by default', async () => {
    const flags = ['--issuer', 'https://auth.example.com', '--client-id', 'client_other'];
    const { token } = server.mint({ issuer: 'https://auth.example.com', clientId: 'client_other' });
    const { accepted, mint } = await explain(token, flags);
    expect(accepted).toBe(true);
    expect((await explain((await pipeline(mint, { now: NOW })).stdout, flags)).accepted).toBe(true);

    const env = { WORKOS_ISSUER: 'https://auth.example.com', AGENT_PASTE_STATE_DIR: server.paths.directory };
    const { stdout } = await command(['explain', '-', '--json'], { input: token, env, now: NOW });
    expect(JSON.parse(stdout).mint).toBe('agent-paste mint --fault client-id-other');
  });
});

describe('a malformed token', () => {
  it.each([
    ['one-part', 'one-part'],
    ['four-parts', 'four-parts'],
    ['two-tokens', 'two-tokens'],
    ['header-empty', 'header-empty'],
    ['alg-none', 'signature-empty'],
    ['unused-bits', 'unused-bits'],
    ['payload-padded', 'payload-padded'],
    ['signature-padded', 'signature-padded'],
    ['signature-space', 'signature-space'],
    ['base64-standard', 'base64-standard'],
    ['byte-order-mark', 'byte-order-mark'],
    ['leading-tab', 'leading-tab'],
  ])('as %s is like that of --fault %s, which fails the same check in the same way', async (name, like) => {
    const of = (faults: readonly string[]) => explain(server.mint({ faults }).token);
    const first = await of([name]);
    expect(first.mint).toMatch(new RegExp(` --fault ${like}$`));
    // Which of + and / a signature has first is left to chance.
    const received = (told: Awaited<ReturnType<typeof of>>) =>
      told.checks
        .find(({ result }: { result: string }) => result === 'failed')
        .received.replace(/U\+002[BF]/, '+ or /');
    expect(received(await of([like]))).toBe(received(first));
  });
});
