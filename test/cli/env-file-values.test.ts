/** What env files, copied templates and lists leave in variables: refused at start, and not at every sign-in. */
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { agentPaste } from '../support/binary.ts';
import { command } from '../support/command.ts';
import { temporaryDirectory } from '../support/directory.ts';

const WORKS = { WORKOS_API_BASE_URL: 'https://workos.example', WORKOS_API_KEY: 'sk_test_1' };

test.each<[string, string, string]>([
  ['WORKOS_ISSUER', 'https://a.example,https://b.example', 'it looks like a list, but only one value is accepted'],
  [
    'WORKOS_ISSUER',
    "'https://api.workos.com'",
    'it has quotes around it, which a shell removes but an env file may keep',
  ],
  ['WORKOS_ISSUER', 'https://api.workos.com\n', 'it has a line break'],
  ['WORKOS_CLIENT_ID', '"client_x"', 'it has quotes around it'],
  ['WORKOS_CLIENT_ID', 'client_a client_b', 'it has a space in it'],
  ['WORKOS_CLIENT_ID', '<your client id>', 'it looks like a variable that was not replaced'],
  ['WORKOS_API_KEY', '"sk_test_canary"', 'it has quotes around it'],
  ['WORKOS_API_KEY', 'sk_test_canary\n', 'it has a line break'],
  ['WORKOS_API_KEY', 'Bearer sk_test_canary', 'it begins with "Bearer"'],
  ['WORKOS_API_BASE_URL', '"https://api.workos.com"', 'it has quotes around it'],
  ['WORKOS_JWKS_URL', 'https://api.workos.com/sso/jwks/x#canary', 'it has a query or a fragment'],
  ['AGENT_PASTE_API_URL', 'undefined', 'it looks like a variable that was not set'],
  ['AGENT_PASTE_STATE_DIR', '"./state"', 'it has quotes around it'],
  ['AGENT_PASTE_IN_FLIGHT_WAIT', '5', 'it has no unit'],
])('%s=%j ends `serve` in one line, before anything is made', async (variable, value, problem) => {
  using directory = temporaryDirectory();
  const { code, stdout, stderr } = await command(['serve'], {
    cwd: directory.path,
    env: { ...WORKS, [variable]: value },
  });
  expect({ code, stdout, made: readdirSync(directory.path) }).toEqual({ code: 2, stdout: '', made: [] });
  expect(stderr).toMatch(new RegExp(`^error: ${variable}: .*\\n$`));
  expect(stderr).toContain(problem);
  if (variable === 'WORKOS_API_KEY') expect(stderr).not.toContain('canary');
});

test('the process ends with 2, too', async () => {
  using directory = temporaryDirectory();
  const { code, stderr } = await agentPaste(['serve'], { cwd: directory.path, env: { WORKOS_ISSUER: '/' } });
  expect({ code, lines: stderr.trimEnd().split('\n').length }).toEqual({ code: 2, lines: 1 });
});
