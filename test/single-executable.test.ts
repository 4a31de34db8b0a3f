import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'rolldown';
import { beforeAll, expect, test } from 'vitest';
import config from '../rolldown.binary.config.ts';
import { agentPaste, serverProcess } from './support/binary.ts';
import { temporaryDirectory } from './support/directory.ts';

const directory = temporaryDirectory();
const program = [join(directory.path, 'agent-paste')];
/** No Node anywhere. */
const nowhere = { program, cwd: directory.path, env: { PATH: directory.path, HOME: '' } };

beforeAll(async () => {
  await build({ ...config, logLevel: 'warn', output: { ...config.output, dir: directory.path } });
  return () => directory[Symbol.dispose]();
});

test('comes with the licences of Node and of each library', () => {
  expect(readFileSync(join(directory.path, 'NODE-LICENSE.txt'), 'utf8')).toMatch(/Node\.js/);
  expect(readFileSync(join(directory.path, 'THIRD-PARTY-NOTICES.txt'), 'utf8')).toContain('jose ');
});

test('serves, mints and replays without Node', async () => {
  await using server = await serverProcess([], nowhere);
  const { stdout } = await agentPaste(['mint', '--email', 'ada@example.com'], nowhere);
  const post = async () => {
    const headers = { authorization: `Bearer ${stdout.trim()}` };
    return (await fetch(server.ready.callback_url, { method: 'POST', headers })).text();
  };
  const first = await post();
  expect(JSON.parse(first)).toMatchObject({ default_api_key: { secret: expect.stringMatching(/^ap_pk_preview_/) } });
  expect(await post()).toBe(first);
  expect(await agentPaste(['inspect', 'members'], nowhere)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('ada@example.com'),
  });
  expect(await server.stop()).toBe(0);
});

test('starts itself for a check that needs its own servers', async () => {
  expect(await agentPaste(['check', '--only', 'survives-restart'], nowhere)).toMatchObject({ code: 0 });
});
