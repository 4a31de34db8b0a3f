import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VerifierSettings } from '../../../../src/server/contract/schemas.ts';
import { command } from '../../../support/command.ts';
import { temporaryDirectory } from '../../../support/directory.ts';
import { type TestServer, testServer } from '../../../support/server.ts';

const ISSUER = 'https://auth.example.com';
const CLIENT = 'client_of_the_server';

let server: TestServer;

beforeAll(async () => {
  server = await testServer({ issuer: ISSUER, 'client-id': CLIENT, 'clock-tolerance': '30s' });
});

afterAll(() => server[Symbol.asyncDispose]());

async function explain(token: string, args: readonly string[], env: Record<string, string> = {}) {
  using elsewhere = temporaryDirectory();
  const result = await command(['explain', '-', '--json', ...args], { cwd: elsewhere.path, input: token, env });
  return { ...result, explanation: result.stdout === '' ? undefined : JSON.parse(result.stdout) };
}

describe('GET /local/verifier', () => {
  it('describes how the server judges tokens, under the requested host name, without secrets', async () => {
    const { status, body } = await server.get('/local/verifier');
    expect(status).toBe(200);
    expect(VerifierSettings.parse(body)).toEqual({
      issuer: ISSUER,
      client_id: CLIENT,
      client_id_claim: 'required',
      clock_tolerance_seconds: 30,
      jwks_url: `${server.url}/sso/jwks/${CLIENT}`,
      workos_api_url: server.url,
    });
    const byName = await fetch(`${server.url.replace('127.0.0.1', 'localhost')}/local/verifier`);
    expect(await byName.json()).toMatchObject({ workos_api_url: server.url.replace('127.0.0.1', 'localhost') });
  });

  it('names the issuer of a server in remote mode', async () => {
    await using remote = await testServer({ 'workos-api-url': server.url, 'workos-api-key': 'sk_test_secret' });
    const { body, bytes } = await remote.get('/local/verifier');
    expect(body).toMatchObject({ workos_api_url: server.url, jwks_url: expect.stringContaining(server.url) });
    expect(bytes.toString()).not.toContain('sk_test_secret');
  });
});

describe('explain --url', () => {
  it('judges with the settings, keys and users of a running server, without any flag', async () => {
    const { token, claims } = server.mint({ issuer: ISSUER, clientId: CLIENT, email: 'grace@example.com' } as object);
    const { code, stderr, explanation } = await explain(token, ['--url', server.url]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(explanation).toMatchObject({
      accepted: true,
      judged_with: { issuer: ISSUER, client_id: CLIENT, keys: `${server.url}/sso/jwks/${CLIENT}` },
      claims: { sub: claims.sub },
    });
    expect(explanation.checks.at(-1)).toMatchObject({ name: 'user', result: 'passed', received: 'grace@example.com' });
  });

  it('names the same reason as that server, with its tolerance', async () => {
    const late = Math.floor(Date.now() / 1000) - 320;
    const options = { issuer: ISSUER, clientId: CLIENT };
    for (const { token } of [
      server.mint({ ...options, issuedAt: late }),
      server.mint({ ...options, issuedAt: late - 60 }),
      server.mint({ clientId: CLIENT }),
      server.mint({ issuer: ISSUER }),
      server.mint({ ...options, faults: ['signature-bit'] }),
    ]) {
      const { status, body } = await server.post(token);
      const { explanation } = await explain(token, ['--url', server.url]);
      expect(explanation.reason).toBe(status === 200 ? null : body.error.reason);
    }
  });

  it("lets a flag override the server's setting, and an environment variable not", async () => {
    const { token } = server.mint({ issuer: 'https://other.example', clientId: CLIENT });
    const env = { WORKOS_ISSUER: 'https://other.example' };
    expect((await explain(token, ['--url', server.url], env)).explanation.reason).toBe('issuer_mismatch');
    const flag = ['--issuer', 'https://other.example'];
    expect((await explain(token, ['--url', server.url, ...flag])).explanation.accepted).toBe(true);
  });

  it('looks up users where the server does, but sends the API key only where configured', async () => {
    await using remote = await testServer({
      issuer: ISSUER,
      'client-id': CLIENT,
      'workos-api-url': server.url,
      'workos-api-key': 'sk_test_local',
    });
    const { token } = server.mint({ issuer: ISSUER, clientId: CLIENT });
    const env = { WORKOS_API_KEY: 'sk_test_local' };
    const user = async (args: readonly string[]) =>
      (await explain(token, ['--url', remote.url, ...args], env)).explanation.checks.at(-1);
    expect(await user([])).toMatchObject({
      result: 'skipped',
      received: `not asked for: add --workos-api-url ${server.url}`,
    });
    expect(await user(['--workos-api-url', server.url])).toMatchObject({ result: 'passed' });
  });

  it("says when another API has no verifier route, and uses the command's settings", async () => {
    const { token } = server.mint({ issuer: ISSUER, clientId: CLIENT });
    const flags = ['--issuer', ISSUER, '--client-id', CLIENT];
    for (const body of ['<html></html>', '{}', '{"issuer":1}']) {
      await using foreign = await foreignServer(body);
      const { code, stderr, explanation } = await explain(token, ['--url', foreign.url, ...flags]);
      expect(stderr).toBe(
        `${foreign.url} does not say how it judges tokens; issuer and client are those of this command.\n`,
      );
      expect({ code, reason: explanation.reason }).toEqual({ code: 1, reason: 'user_fetch_failed' });
    }
  });

  it('exits 3 when no server answers or the keys are unavailable', async () => {
    const { token } = server.mint();
    const gone = await foreignServer('{}');
    await gone[Symbol.asyncDispose]();
    for (const args of [
      ['--url', gone.url],
      ['--jwks-url', `${gone.url}/jwks`],
    ]) {
      const { code, stdout, stderr } = await explain(token, args);
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
      expect(JSON.parse(stderr).error).toMatchObject({
        code: 'unreachable',
        message: expect.stringMatching(/ECONNREFUSED/),
      });
    }
  });

  it('exits 4 when WorkOS rejects the API key', async () => {
    const { token } = server.mint({ issuer: ISSUER, clientId: CLIENT });
    const args = ['--workos-api-url', server.url, '--issuer', ISSUER, '--client-id', CLIENT];
    const { code, stderr } = await explain(token, args, { WORKOS_API_KEY: 'sk_test_canary' });
    expect(code).toBe(4);
    expect(JSON.parse(stderr).error.code).toBe('credentials_refused');
    expect(stderr).not.toContain('sk_test_canary');
  });
});

describe('explain --jwks-url', () => {
  it('judges with the keys of that URL and looks up no user', async () => {
    const { token } = server.mint({ clientId: 'client_01K9AGENTPASTE000000000000', issuer: 'https://api.workos.com' });
    const { explanation } = await explain(token, ['--jwks-url', `${server.url}/sso/jwks/${CLIENT}`]);
    expect(explanation).toMatchObject({ accepted: true, verified: true });
    expect(explanation.checks.at(-1)).toEqual({
      name: 'user',
      result: 'skipped',
      received: 'not asked for: no --workos-api-url',
    });
  });

  it('says when a key left the JWKS, from the state directory', async () => {
    await using rotating = await testServer();
    const { token } = rotating.mint();
    const kid = rotating.keyring.signingKey().kid;
    await rotating.keyring.rotate(Date.now());
    await rotating.keyring.retire(kid, Date.UTC(2026, 0, 1));
    const { explanation } = await explain(token, ['--url', rotating.url, '--state-dir', rotating.paths.directory]);
    expect(explanation).toMatchObject({ reason: 'kid_unknown' });
    expect(explanation.advice[0]).toContain('retired at 2026-01-01T00:00:00.000Z');
  });
});

/** Another API: the keys and one user of ours, and another answer at the route of the tools. */
async function foreignServer(verifier: string) {
  const listener = createServer((request, response) => {
    if (request.url?.startsWith('/sso/jwks/')) response.end(JSON.stringify(server.keyring.jwks()));
    else if (request.url === '/local/verifier') response.end(verifier);
    else response.writeHead(404).end('{}');
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => {
      listener.closeAllConnections();
      return new Promise<void>((resolve) => void listener.close(() => resolve()));
    },
  };
}
