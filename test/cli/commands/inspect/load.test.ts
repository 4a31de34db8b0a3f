import { expect, test } from 'vitest';
import { agentPaste } from '../../../support/binary.ts';
import { fleet } from '../../../support/fleet.ts';

const CONNECTIONS = 32;

test('prints correct pages, lists and audits under load from 32 connections', async () => {
  await using servers = await fleet(1);
  const directory = servers.paths.directory;
  let over = false;
  let signIns = 0;
  const writer = async (connection: number) => {
    while (!over) {
      const user = `user_${connection}_${signIns++}`;
      for (const token of servers.mint(user, 2)) {
        const { status } = await servers.post(0, token);
        expect(status).toBe(200);
      }
    }
  };
  const [token] = servers.mint('user_watched');
  expect((await servers.post(0, token as string)).status).toBe(200);
  const load = Promise.all(Array.from({ length: CONNECTIONS }, (_, connection) => writer(connection)));
  // biome-ignore lint/suspicious/noExplicitAny: the document is whatever the test says it is
  const inspect = async (...args: string[]): Promise<any> => {
    const { code, stdout, stderr } = await agentPaste(['--state-dir', directory, 'inspect', ...args, '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout);
  };
  try {
    for (let round = 0; round < 3; round++) {
      const page = await inspect('member', 'user_watched@example.com');
      expect(page.workspace_member.workos_user_id).toBe('user_watched');
      expect(page.api_keys).toHaveLength(1);
      const { items } = await inspect('members', '--limit', '200');
      for (const { scopes } of items) expect(scopes).toEqual(['publish', 'read', 'admin']);
      expect(await inspect('--audit')).toMatchObject({ ok: true });
    }
  } finally {
    over = true;
    await load;
  }
  expect(signIns).toBeGreaterThan(CONNECTIONS);
  const ids = new Set<string>();
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await inspect('members', '--limit', '1000', ...(cursor === undefined ? [] : ['--cursor', cursor]));
    for (const { id } of page.items) ids.add(id);
    cursor = page.page_info.next_cursor;
  }
  expect(ids.size).toBe(signIns + 1);
});
