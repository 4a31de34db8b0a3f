import { afterAll, beforeAll, expect, test } from 'vitest';
import { localKeys } from '../../../../src/callback/token/keys.ts';
import { verifyAccessToken } from '../../../../src/callback/token/verify.ts';
import { ApiError } from '../../../../src/errors/api-error.ts';
import { FAULTS, fitsAuthorizationHeader } from '../../../../src/workos/tokens/faults.ts';
import { command, pipeline } from '../../../support/command.ts';
import { type TestServer, testServer } from '../../../support/server.ts';

let server: TestServer;
let cwd: string;

beforeAll(async () => {
  server = await testServer();
  cwd = server.paths.directory;
});

afterAll(() => server[Symbol.asyncDispose]());

/** What the running server says; its verifier, where no header can carry the token. */
async function verdictOfServer(token: string): Promise<string> {
  if (fitsAuthorizationHeader(token)) {
    const { status, body } = await server.post(token);
    return status === 200 ? 'accepted' : body.error.reason;
  }
  const settings = {
    issuer: 'https://api.workos.com',
    clientId: 'client_01K9AGENTPASTE000000000000',
    clientIdClaim: 'required',
    clockTolerance: 0,
  } as const;
  try {
    await verifyAccessToken(token, { keys: localKeys(() => server.keyring.jwks()), settings }, Date.now());
    return 'accepted';
  } catch (error) {
    if (error instanceof ApiError && error.reason !== undefined) return error.reason;
    throw error;
  }
}

async function explained(input: string): Promise<{ verdict: string; mint: string }> {
  const { code, stdout, stderr } = await command(['explain', '-', '--json', '--state-dir', cwd], { input });
  expect(stderr).toBe('');
  const { accepted, reason, mint } = JSON.parse(stdout);
  expect(code).toBe(accepted ? 0 : 1);
  return { verdict: accepted ? 'accepted' : reason, mint };
}

/** Runs a suggested command and judges the token that it prints; each distinct command once. */
const reproduced = new Map<string, Promise<string>>();
function reproduce(mint: string): Promise<string> {
  const run = async () => {
    const { code, stdout, stderr } = await pipeline(mint);
    expect({ code, stderr }, mint).toEqual({ code: 0, stderr: '' });
    return verdictOfServer(stdout.replace(/\n$/, ''));
  };
  const result = reproduced.get(mint) ?? run();
  reproduced.set(mint, result);
  return result;
}

test("names the server's reason for every fault, and suggests a mint command that reproduces it", async () => {
  for (const keys of ['one key', 'two keys']) {
    if (keys === 'two keys') {
      await server.keyring.rotate(Date.now());
      reproduced.clear();
    }
    for (const { name } of keys === 'one key' ? FAULTS : FAULTS.filter(({ rows }) => rows.includes(94))) {
      const { token } = server.mint({ faults: [name] });
      const wanted = await verdictOfServer(token);
      // As `mint` prints it, and as a header carries it; one line break at the end is not part of it.
      for (const input of [`${token}\n`, `Bearer ${token}\n`]) {
        const { verdict, mint } = await explained(input);
        expect(verdict, `${name}, ${keys}`).toBe(wanted);
        expect(await reproduce(mint), `${name}: ${mint}`).toBe(wanted);
      }
    }
  }
});

test('rejects the token of every fault for the reason that mint announces', async () => {
  for (const { name } of FAULTS) {
    const { stdout } = await command(['mint', '--json', '--fault', name, '--state-dir', cwd]);
    const [{ token, expected }] = JSON.parse(stdout).tokens;
    expect((await explained(`${token}\n`)).verdict, name).toBe(expected.reason ?? 'accepted');
  }
});
