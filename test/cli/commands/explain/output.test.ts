import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKS } from '../../../../src/callback/token/checks.ts';
import { FAULTS } from '../../../../src/workos/tokens/faults.ts';
import { command } from '../../../support/command.ts';
import { type TestServer, testServer } from '../../../support/server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await testServer();
});

afterAll(() => server[Symbol.asyncDispose]());

function explain(token: string, args: readonly string[] = [], options: { columns?: number } = {}) {
  return command(['explain', '-', '--state-dir', server.paths.directory, ...args], { input: `${token}\n`, ...options });
}

/** What would move a cursor, colour or turn text, or hide it. */
const INVISIBLE = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe('the output of explain', () => {
  it('never contains the token or a part of it', async () => {
    for (const { name } of FAULTS) {
      const { token } = server.mint({ faults: [name] });
      const parts = token.split('.').filter((part) => part.length > 40);
      for (const args of [[], ['--json']]) {
        const { stdout, stderr } = await explain(token, args);
        for (const secret of [...parts, ...(token.length > 40 ? [token] : [])]) {
          expect(stdout.includes(secret) || stderr.includes(secret), name).toBe(false);
        }
      }
    }
  });

  it('contains no character that a terminal would act on', async () => {
    const odd = 'a\u001b[31m\u009b\u202e\u2066\u200b\u2028\ud800\u0007b\r\nc';
    const claims = { org_id: odd, [odd]: 1, nested: { [odd]: [odd] } };
    const tokens = [
      server.mint({ claims }),
      server.mint({ claims: { ...claims, iss: odd } }),
      server.mint({ claims: { ...claims, sub: odd } }),
      server.mint({ claims: { ...claims, client_id: odd } }),
      server.mint({ jti: odd, claims }),
      ...['kid-escape', 'kid-crlf', 'kid-bidi', 'kid-c1'].map((fault) => server.mint({ faults: [fault] })),
    ];
    for (const { token } of tokens) {
      for (const args of [['--no-color'], ['--json']]) {
        const { stdout } = await explain(token, args, { columns: 80 });
        expect(stdout).not.toMatch(INVISIBLE);
        expect(stdout).toMatch(/\\(u00|u20|r)/);
      }
    }
  });

  it('shows every check in order with expected and received values, and the checks not reached', async () => {
    const { token } = server.mint({ faults: ['iss-other'] });
    const { checks, verified } = JSON.parse((await explain(token, ['--json'])).stdout);
    expect(checks.map(({ name }: { name: string }) => name)).toEqual([...CHECKS.map(({ name }) => name), 'user']);
    const at = checks.findIndex(({ name }: { name: string }) => name === 'issuer');
    expect(checks[at]).toEqual({
      name: 'issuer',
      result: 'failed',
      expected: 'https://api.workos.com',
      received: 'https://issuer.example',
    });
    for (const check of checks.slice(0, at))
      expect(check).toMatchObject({ result: 'passed', received: expect.stringMatching(/./) });
    for (const check of checks.slice(at + 1)) expect(check).toEqual({ name: check.name, result: 'not reached' });
    expect(verified).toBe(true);
  });

  it('marks claims as unverified until the signature verifies', async () => {
    const good = server.mint().token;
    const changed = server.mint({ faults: ['payload-modified'] }).token;
    expect((await explain(good)).stdout).toContain('Claims, signed by a key of the set');
    expect((await explain(changed)).stdout).toContain('Claims, unverified: anybody may have written them');
    expect(JSON.parse((await explain(changed, ['--json'])).stdout)).toMatchObject({ verified: false });
  });

  it("is one document with --json, with the token's expiry and the settings used", async () => {
    const { token, claims } = server.mint();
    const { stdout } = await explain(token, ['--json', '--at', '2026-01-02T03:04:05Z']);
    expect(stdout.split('\n')).toHaveLength(2);
    expect(JSON.parse(stdout)).toMatchObject({
      schema_version: 1,
      accepted: false,
      status: 401,
      reason: 'issued_in_future',
      at: '2026-01-02T03:04:05.000Z',
      valid_until: new Date(Number(claims.exp) * 1000).toISOString(),
      judged_with: { issuer: 'https://api.workos.com', client_id_claim: 'required' },
    });
  });

  it("fits the terminal's width, except for words that cannot be broken", async () => {
    const { token } = server.mint({ faults: ['iss-other-form'] });
    const { stdout } = await explain(token, ['--no-color'], { columns: 80 });
    const long = stdout.split('\n').filter((line) => line.length > 80);
    // A command stays on one line, so that it can be copied; so does a word, such as a URL.
    for (const line of long) expect(line.trim()).toMatch(/^(agent-paste mint .*|\S+|(keys|iss|received) +\S+)$/);
    expect(stdout).toContain('\n  Set WORKOS_ISSUER');
  });

  it('is coloured on a terminal only', async () => {
    const { token } = server.mint();
    expect((await explain(token, [], { columns: 80 })).stdout).toContain('\u001b[32maccepted\u001b[39m');
    expect((await explain(token)).stdout).not.toContain('\u001b');
  });
});
