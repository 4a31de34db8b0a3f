/**
 * Two servers over a primary and its synchronous standby, each database on a machine of its own: the cable is cut under
 * load, and at the end the standby is promoted. What was answered is kept outside, and compared with the new primary.
 */
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { keyOf, lostIn, post, sha256 } from '../../promises/several-hosts/kills.ts';
import { fleet } from '../../support/fleet.ts';
import { HAS_POSTGRES_PROGRAMS, postgresProgram } from '../../support/postgres-server.ts';
import {
  giveSharedAddress,
  inside,
  MACHINES,
  type Machine,
  makeNetwork,
  SHARED_ADDRESS,
  setCable,
  whyNoNetwork,
} from './network.ts';

const LANES = 8;
const CUTS_MS = [3000, 3000, 10_000];
const [PRIMARY, STANDBY] = MACHINES;
const why = HAS_POSTGRES_PROGRAMS ? whyNoNetwork() : 'no programs of PostgreSQL';
if (why === undefined) process.exitCode = await judge();
else process.stdout.write(`skipped: no cluster on this machine (${why})\n`);

async function judge(): Promise<number> {
  using _network = makeNetwork();
  const directory = mkdtempSync(join(tmpdir(), 'agent-paste-cluster-'));
  chownSync(directory, 65_534, 65_534);
  const on = (machine: Machine, program: string, ...args: readonly string[]) =>
    inside(machine, ...postgresProgram(program), ...args);
  const data = ({ name }: Machine) => join(directory, name);
  const start = (machine: Machine) =>
    on(machine, 'pg_ctl', '-D', data(machine), '-l', join(directory, `${machine.name}.log`), '-w', 'start');
  try {
    on(PRIMARY, 'initdb', '-D', data(PRIMARY), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync');
    writeFileSync(join(data(PRIMARY), 'pg_hba.conf'), 'host all all all trust\nhost replication all all trust\n');
    const lines = ["listen_addresses = '*'", "unix_socket_directories = ''", 'wal_sender_timeout = 3s'];
    writeFileSync(join(data(PRIMARY), 'postgresql.auto.conf'), `${lines.join('\n')}\n`);
    start(PRIMARY);
    on(STANDBY, 'pg_basebackup', '-h', PRIMARY.address, '-U', 'postgres', '-D', data(STANDBY), '-R', '-c', 'fast');
    start(STANDBY);
    await sql(PRIMARY, "ALTER SYSTEM SET synchronous_standby_names = '*'");
    await sql(PRIMARY, 'SELECT pg_reload_conf()');
    return await load({
      async promote() {
        setCable(PRIMARY, 'down'); // for good: no client may take it for the primary again
        on(STANDBY, 'pg_ctl', '-D', data(STANDBY), '-w', 'promote');
        await sql(STANDBY, "ALTER SYSTEM SET synchronous_standby_names = ''");
        await sql(STANDBY, 'SELECT pg_reload_conf()');
        giveSharedAddress(STANDBY);
      },
    });
  } finally {
    for (const machine of MACHINES)
      try {
        on(machine, 'pg_ctl', '-D', data(machine), '-m', 'immediate', '-w', 'stop');
      } catch {
        // It never started.
      }
    rmSync(directory, { recursive: true, force: true });
  }
}

/** @returns the exit code: 1 if anything was lost, double or half */
async function load({ promote }: { readonly promote: () => Promise<void> }): Promise<number> {
  const url = `postgres://postgres@${SHARED_ADDRESS}:5432/postgres?schema=cluster&sslmode=disable`;
  await using servers = await fleet(2, ['--db', url, '--db-pool-size', '4']);
  const answers = new Map<string, string>();
  const secrets = new Map<number, Set<string>>();
  const refused: Record<string, number> = {};
  let [double, next, over, last] = [0, 0, false, performance.now()];
  let longestSilence = 0;

  const answered = async (server: number, token: string): Promise<string> => {
    for (;;) {
      const outcome = await post(servers.servers[server] as (typeof servers.servers)[number], token);
      if (typeof outcome !== 'string') {
        longestSilence = Math.max(longestSilence, performance.now() - last);
        last = performance.now();
        return outcome.text;
      }
      refused[outcome] = (refused[outcome] ?? 0) + 1;
      await sleep(50);
    }
  };
  const lane = async () => {
    while (!over) {
      const user = next++;
      const [token = '', another = ''] = servers.mint(`user_${user}`, 2, { expiresIn: 86_400 });
      for (const each of [token, another])
        for (const text of await Promise.all([answered(0, each), answered(1, each)])) {
          const known = answers.get(keyOf(each));
          if (known !== undefined && known !== sha256(text)) double++;
          answers.set(keyOf(each), sha256(text));
          const { secret } = JSON.parse(text).default_api_key ?? {};
          if (secret !== undefined) secrets.set(user, (secrets.get(user) ?? new Set()).add(secret));
        }
    }
  };
  const lanes = Promise.all(Array.from({ length: LANES }, lane));
  for (const ms of CUTS_MS) {
    await sleep(3000);
    setCable(PRIMARY, 'down');
    await sleep(ms);
    setCable(PRIMARY, 'up');
  }
  await sleep(5000);
  await promote();
  await sleep(6000);
  over = true;
  await lanes;

  const lost = await lostIn(url, answers, 'cluster');
  const [{ half: halves } = { half: -1 }] = (await sql(
    STANDBY,
    `SELECT count(*)::int AS half FROM cluster.workspace_members m WHERE
       (SELECT count(*) FROM cluster.api_keys k WHERE k.workspace_id = m.workspace_id) <> 1
       OR (SELECT count(*) FROM cluster.operation_events e WHERE e.workspace_id = m.workspace_id) <> 2`,
  )) as { half: number }[];
  const half =
    halves + Array.from({ length: next }, (_, user) => secrets.get(user)?.size ?? 0).filter((n) => n !== 1).length;
  const figures = { acknowledged: answers.size, lost, double, half, refused, silence: Math.round(longestSilence) };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  return lost + double + half === 0 && answers.size > 0 ? 0 : 1;
}

async function sql({ address }: Machine, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ host: address, user: 'postgres', database: 'postgres' });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
