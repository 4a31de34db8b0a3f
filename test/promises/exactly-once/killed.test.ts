import { expect, test, vi } from 'vitest';
import { agentPaste } from '../../support/binary.ts';
import { type Fleet, fleet } from '../../support/fleet.ts';
import { type Counts, counts, ENGINE, NOTHING, ONE_SIGN_IN, query } from '../../support/stored.ts';

const KILLER = ENGINE === 'postgres' ? 'kill-at-message' : 'kill-at-statement';
const KILL_AT = new URL(`../../support/${KILLER}.mjs`, import.meta.url).href;

async function intact({ paths, environment }: Fleet): Promise<void> {
  const audit = ['inspect', '--audit', '--state-dir', paths.directory];
  expect(await agentPaste(audit, { env: environment })).toMatchObject({ code: 0, stderr: '' });
}

/** The retry, at a server that was started after the kill. */
async function retry(servers: Fleet, token: string): Promise<{ replayed: boolean; secret: string }> {
  const { status, text, replayed } = await servers.post(servers.servers.length - 1, token);
  expect(status).toBe(200);
  return { replayed, secret: JSON.parse(text).default_api_key?.secret };
}

/** What is stored once no statement of a killed server runs any more. */
async function settled(database: string): Promise<Counts> {
  if (ENGINE === 'postgres')
    await vi.waitFor(
      async () =>
        expect(
          await query(
            database,
            "SELECT 1 FROM pg_stat_activity WHERE state <> 'idle' AND query LIKE '%' || current_schema() || '%INSERT INTO%' AND pid <> pg_backend_pid()",
          ),
        ).toEqual([]),
      { timeout: 120_000 },
    );
  return counts(database);
}

async function killedAt(kill: string): Promise<void> {
  await using servers = await fleet(1);
  const [token] = servers.mint('user_1');
  await servers.start([], { NODE_OPTIONS: `--import=${KILL_AT}`, KILL_AT: kill });
  await expect(servers.post(1, token!)).rejects.toThrow();
  const stored = await settled(servers.paths.database);
  const committed = stored.records === 1;
  expect(stored).toEqual(committed ? ONE_SIGN_IN : NOTHING);
  // A statement that a server database has got is committed or not, also if its process no longer waits for the answer.
  if (ENGINE === 'sqlite' || kill !== 'commit') expect(committed).toBe(kill === 'committed');
  await intact(servers);
  await servers.start();
  const { replayed, secret } = await retry(servers, token!);
  expect(replayed).toBe(committed);
  expect(secret).toMatch(/^ap_pk_/);
  expect(await counts(servers.paths.database)).toEqual(ONE_SIGN_IN);
}

test('#21 leaves nothing when killed before the claim, and the retry provisions', () =>
  killedAt('before:INSERT INTO workspaces'));

test.each([
  'before:INSERT INTO workspace_members',
  'before:INSERT INTO api_keys',
  'before:INSERT INTO operation_events',
  'before:INSERT INTO callback_records',
  'commit',
])('#22 leaves nothing when killed between claim and commit (%s), and the retry provisions', killedAt);

test('#23 replays the stored answer with the secret when killed right after the commit', () => killedAt('committed'));

test('#23 replays on every server when killed after the commit, before the answer is sent', async () => {
  await using servers = await fleet(2, ['--hold', 'before-send=10m']);
  const [token] = servers.mint('user_1');
  const lost = expect(servers.post(0, token!)).rejects.toThrow();
  await vi.waitFor(async () => expect(await counts(servers.paths.database)).toEqual(ONE_SIGN_IN), { timeout: 120_000 });
  await servers.servers[0]!.kill();
  await lost;
  await servers.start([]);
  const { replayed, secret } = await retry(servers, token!);
  expect(replayed).toBe(true);
  expect(secret).toMatch(/^ap_pk_/);
});

test('#24 replays the same bytes when killed after the client has seen the headers', async () => {
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
  expect(await counts(servers.paths.database)).toEqual(ONE_SIGN_IN);
});
