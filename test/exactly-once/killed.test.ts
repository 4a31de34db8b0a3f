import { expect, test, vi } from 'vitest';
import { counts, NOTHING, ONE_SIGN_IN, query } from '../support/database.ts';
import { type Fleet, fleet } from '../support/fleet.ts';

const KILL_AT_STATEMENT = new URL('../support/kill-at-statement.mjs', import.meta.url).href;

const intact = (servers: Fleet) =>
  expect(query(servers.paths.database, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);

/** The retry, at a server that was started after the kill. */
async function retry(servers: Fleet, token: string): Promise<{ replayed: boolean; secret: string }> {
  const { status, text, replayed } = await servers.post(servers.servers.length - 1, token);
  expect(status).toBe(200);
  return { replayed, secret: JSON.parse(text).default_api_key?.secret };
}

async function killedAt(kill: string): Promise<void> {
  await using servers = await fleet(1);
  const [token] = servers.mint('user_1');
  await servers.start([], { NODE_OPTIONS: `--import=${KILL_AT_STATEMENT}`, KILL_AT: kill });
  await expect(servers.post(1, token!)).rejects.toThrow();
  const committed = kill === 'committed';
  expect(counts(servers.paths.database)).toEqual(committed ? ONE_SIGN_IN : NOTHING);
  intact(servers);
  await servers.start();
  const { replayed, secret } = await retry(servers, token!);
  expect(replayed).toBe(committed);
  expect(secret).toMatch(/^ap_pk_/);
  expect(counts(servers.paths.database)).toEqual(ONE_SIGN_IN);
}

test('#21 killed before the claim: nothing is left, and the retry provisions', () =>
  killedAt('before:INSERT INTO workspaces'));

test.each([
  'before:INSERT INTO workspace_members',
  'before:INSERT INTO api_keys',
  'before:INSERT INTO operation_events',
  'before:INSERT INTO callback_records',
  'commit',
])('#22 killed between claim and commit (%s): nothing is left, and the retry provisions', killedAt);

test('#23 killed right after the commit: the retry gets the stored answer with the secret', () =>
  killedAt('committed'));

test('#23 killed after the commit, before the answer is sent: every server replays it', async () => {
  await using servers = await fleet(2, ['--hold', 'before-send=10m']);
  const [token] = servers.mint('user_1');
  const lost = expect(servers.post(0, token!)).rejects.toThrow();
  await vi.waitFor(() => expect(counts(servers.paths.database)).toEqual(ONE_SIGN_IN), { timeout: 30_000 });
  await servers.servers[0]!.kill();
  await lost;
  await servers.start([]);
  const { replayed, secret } = await retry(servers, token!);
  expect(replayed).toBe(true);
  expect(secret).toMatch(/^ap_pk_/);
});

test('#24 killed once the client has seen the headers: the retry gets the same bytes', async () => {
  await using servers = await fleet(1);
  const [token] = servers.mint('user_1');
  const response = await fetch(servers.servers[0]!.ready.callback_url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  expect(response.status).toBe(200);
  await servers.servers[0]!.kill();
  await response.body?.cancel();
  await servers.start();
  const { replayed, secret } = await retry(servers, token!);
  expect(replayed).toBe(true);
  expect(secret).toMatch(/^ap_pk_/);
  expect(counts(servers.paths.database)).toEqual(ONE_SIGN_IN);
});
