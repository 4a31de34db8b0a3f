/** `--inspector auto`, the default: on where a person looks on. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { BINARY, serverProcess } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { HAS_TERMINALS, onTerminal } from '../../support/terminal.ts';

const HAS_PAGE = existsSync(join(dirname(BINARY), '../dist/inspector/index.html'));

test.runIf(HAS_TERMINALS).each<[string, readonly string[], Record<string, string>, boolean]>([
  ['on a terminal', [], {}, true],
  ['in CI', [], { CI: 'true' }, false],
  ['for the network', ['--host', '0.0.0.0', '--allow-remote'], {}, false],
  ['with a database in memory', ['--db', ':memory:'], {}, true],
  ['where it is switched off', ['--inspector', 'off'], {}, false],
])('%s: the banner of serve %j names the page: %j, %j', async (_, args, env, isOn) => {
  using directory = temporaryDirectory();
  const serve = [process.execPath, BINARY, 'serve', '--port', '0', '--inspector-port', '0', ...args];
  using terminal = onTerminal(serve, { cwd: directory.path, env });
  let shown = '';
  for await (const chunk of terminal.stdout) {
    shown += chunk;
    if (shown.includes('curl -X POST')) break;
  }
  expect(/inspector.{0,10} http:\/\/127\.0\.0\.1:\d+\/#key=/.test(shown), shown).toBe(isOn && HAS_PAGE);
  await terminal.close();
});

test('a server without a terminal has no page', async () => {
  using directory = temporaryDirectory();
  await using server = await serverProcess(['--state-dir', directory.path]);
  expect(server.ready.inspector_url).toBeNull();
});
