/** The flags of the sign-in: refused before anything is made. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { command } from '../../../support/command.ts';
import { temporaryDirectory } from '../../../support/directory.ts';

const REMOTE = ['--workos-api-url', 'https://api.workos.com'];

describe('serve ends with 2 and leaves nothing behind', () => {
  test.each([
    ['--redirect-uri in remote mode', [...REMOTE, '--redirect-uri', 'http://localhost:3000/cb']],
    ['--sign-in-as in remote mode', [...REMOTE, '--sign-in-as', 'ada@example.com']],
    ['--sign-out-redirect in remote mode', [...REMOTE, '--sign-out-redirect', 'http://localhost:3000/']],
    ['--access-token-lifetime in remote mode', [...REMOTE, '--access-token-lifetime', '5m']],
    ['--session-lifetime in remote mode', [...REMOTE, '--session-lifetime', '30d']],
    ['--refresh-grace in remote mode', [...REMOTE, '--refresh-grace', '30s']],
    ['--sign-in-as without a redirect URI', ['--sign-in-as', 'ada@example.com']],
    ['--sign-in-as that is no address', ['--redirect-uri', 'http://localhost/cb', '--sign-in-as', 'ada']],
    ['--sign-out-redirect elsewhere', ['--sign-out-redirect', 'https://evil.example/']],
    ['--access-token-lifetime 0s', ['--access-token-lifetime', '0s']],
    ['--access-token-lifetime 25h', ['--access-token-lifetime', '25h']],
    ['--session-lifetime 366d', ['--session-lifetime', '366d']],
    ['--refresh-grace 6m', ['--refresh-grace', '6m']],
    ...[
      'callback',
      '//localhost/cb',
      'javascript:alert(1)',
      'data:text/html,x',
      'file:///etc/passwd',
      'view-source:http://localhost/',
      'http://user@localhost/cb',
      'http://localhost/cb#x',
      'http://*/cb',
      'https://*.com/cb',
      'https://a.*.example.com/cb',
      'https://*.example.com/*',
      'https://app.example:*/cb',
    ].map((uri): [string, string[]] => [`--redirect-uri ${uri}`, ['--redirect-uri', uri]]),
  ])('%s', async (_, args) => {
    using directory = temporaryDirectory();
    const state = join(directory.path, 'state');
    const env = { WORKOS_API_KEY: 'sk_test_x' };
    const { code, stderr } = await command(['serve', '--port', '0', '--state-dir', state, ...args], { env });
    expect([code, existsSync(state)]).toEqual([2, false]);
    expect(stderr).toContain(args.at(-2));
  });
});

test('a setting that is refused may come from the environment too', async () => {
  using directory = temporaryDirectory();
  const env = { AGENT_PASTE_SIGN_IN_AS: 'ada@example.com' };
  const { code, stderr } = await command(['serve', '--port', '0'], { cwd: directory.path, env });
  expect([code, stderr]).toEqual([2, expect.stringContaining('--sign-in-as needs a --redirect-uri')]);
});
