/** The start of the README, word for word where it can be: two terminals, curl, and a restart. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { heard, shell } from './support/shell.ts';

test('serves, mints, posts, replays, uses the secret, and does so again after a restart', async () => {
  using sh = shell();
  const serve = async (port: string) => {
    const child = sh.start(`exec agent-paste serve --port ${port}`);
    const banner = await heard(child.stderr as Readable, 'another terminal');
    const url = /ready at (\S+)/.exec(banner)?.[1] ?? '';
    return {
      url,
      port: new URL(url).port,
      async stop() {
        child.kill('SIGTERM');
        return (await once(child, 'close'))[0];
      },
    };
  };
  const run = async (command: string) => {
    const { code, stdout, stderr } = await sh.run(command);
    expect({ command, code, stderr }).toEqual({ command, code: 0, stderr: '' });
    return stdout;
  };
  const json = (name: string) => JSON.parse(readFileSync(join(sh.cwd, name), 'utf8'));
  const post = (token: string, url: string, into: string) =>
    run(`curl -sS --fail-with-body -X POST ${url}/v1/auth/web/callback -H "Authorization: Bearer ${token}" -o ${into}`);
  const whoami = (url: string, secret: string) =>
    run(`curl -sS --fail-with-body ${url}/v1/whoami -H "Authorization: Bearer ${secret}"`);

  const first = await serve('0');
  const token = (await run('agent-paste mint --email ada@example.com')).trim();
  await post(token, first.url, 'first.json');
  const answer = json('first.json');
  expect(answer).toMatchObject({
    workspace: { name: "ada's Workspace" },
    workspace_member: { email: 'ada@example.com', workspace_id: answer.workspace.id },
    default_api_key: { secret: expect.stringMatching(/^ap_pk_preview_/) },
  });
  await post(token, first.url, 'again.json');
  await run('cmp first.json again.json');
  await post('$(agent-paste mint --email ada@example.com)', first.url, 'later.json');
  expect(json('later.json')).toMatchObject({ workspace: answer.workspace, default_api_key: null });
  const { secret } = answer.default_api_key;
  expect(JSON.parse(await whoami(first.url, secret))).toMatchObject({ workspace: answer.workspace });
  expect(await first.stop()).toBe(0);

  const second = await serve(first.port);
  await post(token, second.url, 'restarted.json');
  await run('cmp first.json restarted.json');
  await post('$(agent-paste mint --email ada@example.com)', second.url, 'seen.json');
  expect(json('seen.json')).toMatchObject({ workspace: answer.workspace, default_api_key: null });
  expect(JSON.parse(await whoami(second.url, secret))).toMatchObject({ workspace: answer.workspace });
  expect(await second.stop()).toBe(0);
  expect((await sh.run(`grep -rlF '${secret.slice(-43)}' .agent-paste`)).stdout).toBe('');
});
