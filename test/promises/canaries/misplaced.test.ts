import { expect, test } from 'vitest';
import { command } from '../../support/command.ts';
import { temporaryDirectory } from '../../support/directory.ts';

const TOKEN = `eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c2VyXzEifQ.${'s-_'.repeat(20)}`;
const KEY = `ap_pk_preview_0000000000000ADA_${'s-_'.repeat(14)}`;

test.each([
  ['a token as a command', [TOKEN]],
  ['a token as a file', ['explain', `@${TOKEN}`]],
  ['a token as a user', ['users', 'remove', TOKEN]],
  ['a token as a scenario', ['replay', TOKEN]],
  ['an API key as an address', ['users', 'add', KEY]],
  ['an API key as a flag of JSON output', ['--json', 'serve', '--port', KEY]],
  ['a WorkOS key as a port', ['serve', '--port', 'sk_live_s-_s-_s-_']],
])('%s: the error does not repeat the secret', async (_, args) => {
  using directory = temporaryDirectory();
  const { code, stdout, stderr } = await command(args, { cwd: directory.path });
  expect(code).not.toBe(0);
  expect(stderr).toContain('<secret>');
  expect(stdout + stderr).not.toContain('s-_');
});

test('shows only the public part of an API key given in the wrong place', async () => {
  using directory = temporaryDirectory();
  const { stderr } = await command(['users', 'add', KEY], { cwd: directory.path });
  expect(stderr).toContain('ap_pk_preview_0000000000000ADA_<secret>');
});
