/**
 * Two servers whose clocks are five minutes apart, over one PostgreSQL, under load while backends are ended, servers are
 * killed and the database is stopped as by a power cut. Every callback goes to both servers until both have answered it;
 * what they answered is kept outside, and compared with the tables at the end.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { ServerProcess } from '../../support/binary.ts';
import { agentPaste } from '../../support/binary.ts';
import { fleet } from '../../support/fleet.ts';
import { postgresServer } from '../../support/postgres-server.ts';

export interface Size {
  /** Users who sign in, each with one token on both servers and another one on one of them. */
  readonly users: number;
  /** At least so many faults; the load goes on until they have been. */
  readonly faults: number;
}

export interface Figures {
  /** Keys whose answer was seen. */
  readonly acknowledged: number;
  readonly faults: Readonly<Record<string, number>>;
  /** Answers that were no 200 and were sent again, by their reason. */
  readonly unavailable: Readonly<Record<string, number>>;
  /** Acknowledged keys that the table does not have, or has with other bytes. */
  readonly lost: number;
  /** Keys that got two different answers. */
  readonly double: number;
  /** Users with another number of members, keys or secrets than one. */
  readonly half: number;
  readonly auditPassed: boolean;
}

const AHEAD = `data:text/javascript,${encodeURIComponent('const { now } = Date; Date.now = () => now() + 300_000;')}`;
const LANES = 24;
/** Against a server that hangs, however slow the machine is. */
const PATIENCE_MS = 600_000;

export async function killUnderLoad({ users, faults }: Size): Promise<Figures> {
  await using database = await postgresServer({ max_connections: '60' });
  const url = `${database.url}?schema=chaos`;
  const flags = ['--db', url, '--db-pool-size', '6'];
  await using servers = await fleet(1, flags);
  await servers.start(flags, { NODE_OPTIONS: `--import=${AHEAD}` });
  const slots: ServerProcess[] = [...servers.servers];
  let refusedStart = 'none';
  const restart = async (slot: number) => {
    const ahead: Record<string, string> = slot === 1 ? { NODE_OPTIONS: `--import=${AHEAD}` } : {};
    for (;;) {
      // A database that is down at that moment refuses the start, as it should.
      const started = await servers.start(flags, ahead).catch((error: Error) => {
        refusedStart = error.message;
      });
      if (started !== undefined) {
        slots[slot] = started;
        return;
      }
      await database.start(); // a stop that was asked for during a recovery may come after it
      await sleep(100);
    }
  };

  const unavailable: Record<string, number> = {};
  const made: Record<string, number> = {};
  const answers = new Map<string, string>();
  const secrets = new Map<number, Set<string>>();
  let double = 0;

  /** Until it is answered with 200. */
  const answered = async (slot: number, token: string): Promise<string> => {
    const reasons: Record<string, number> = {};
    for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; ) {
      const reason = await post(slots[slot] as ServerProcess, token);
      if (typeof reason !== 'string') return reason.text;
      for (const counts of [reasons, unavailable]) counts[reason] = (counts[reason] ?? 0) + 1;
      await sleep(20);
    }
    throw new Error(
      `a callback was not answered in ten minutes: ${JSON.stringify({ slot, reasons, made, refusedStart })}`,
    );
  };

  const keep = (user: number, token: string, text: string): void => {
    const known = answers.get(keyOf(token));
    if (known !== undefined && known !== sha256(text)) double++;
    answers.set(keyOf(token), sha256(text));
    const { secret } = (JSON.parse(text) as { default_api_key: { secret: string } | null }).default_api_key ?? {};
    if (secret !== undefined) secrets.set(user, (secrets.get(user) ?? new Set()).add(secret));
  };

  let next = 0;
  let over = false;
  const lane = async () => {
    while (next < users || !over) {
      const user = next++;
      const [token = '', another = ''] = servers.mint(`user_${user}`, 2, { expiresIn: 86_400 });
      const texts = await Promise.all([0, 1].map((slot) => answered(slot, token)));
      for (const text of texts) keep(user, token, text);
      keep(user, another, await answered(user % 2, another));
    }
  };

  const sql = async (text: string) => {
    const client = new pg.Client({ connectionString: database.url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.query(text)).rows;
    } catch {
      return []; // the database is down, or this was the connection that a fault chose
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  const someBackend = "FROM pg_stat_activity WHERE application_name = 'agent-paste' ORDER BY random() LIMIT";
  const FAULTS: readonly (readonly [name: string, weight: number, strike: () => Promise<unknown>])[] = [
    ['terminated backends', 40, () => sql(`SELECT pg_terminate_backend(pid) ${someBackend} 2`)],
    ['cancelled statements', 20, () => sql(`SELECT pg_cancel_backend(pid) ${someBackend} 3`)],
    [
      'killed backends',
      6,
      async () => {
        for (const { pid } of await sql(`SELECT pid ${someBackend} 1`)) killed(Number(pid));
      },
    ],
    [
      'killed servers',
      12,
      async () => {
        const slot = Math.random() < 0.5 ? 0 : 1;
        await (slots[slot] as ServerProcess).kill();
        await restart(slot);
      },
    ],
    [
      'power cuts of the database',
      3,
      async () => {
        await database.stop('immediate').catch(() => undefined); // it may be starting again after a killed backend
        await database.start();
      },
    ],
    [
      'restarts of the database',
      2,
      () =>
        database
          .stop('fast')
          .catch(() => undefined)
          .then(database.start),
    ],
  ];
  const striking = (async () => {
    const bag = FAULTS.flatMap(([name, weight]) => Array.from({ length: weight }, () => name));
    for (let n = 0; n < faults; n++) {
      // Each kind once, and then by weight.
      const name = FAULTS[n]?.[0] ?? bag[Math.floor(Math.random() * bag.length)];
      const [, , strike] = FAULTS.find(([each]) => each === name) as (typeof FAULTS)[number];
      await strike();
      await database.start(); // a stop that was asked for during a recovery may come after it
      made[name as string] = (made[name as string] ?? 0) + 1;
      await sleep(30 + Math.random() * 120);
    }
    over = true;
  })();
  await Promise.all([striking, ...Array.from({ length: LANES }, lane)]);

  const lost = await lostIn(url, answers);
  const audit = ['inspect', '--audit', '--db', url, '--state-dir', servers.paths.directory];
  const { code } = await agentPaste(audit);
  const [{ n: halves } = { n: -1 }] = (await sql(
    `SELECT count(*)::int AS n FROM chaos.workspace_members m WHERE
       (SELECT count(*) FROM chaos.api_keys k WHERE k.workspace_id = m.workspace_id) <> 1
       OR (SELECT count(*) FROM chaos.operation_events e WHERE e.workspace_id = m.workspace_id) <> 2`,
  )) as { n: number }[];
  const withoutOne = Array.from({ length: next }, (_, user) => secrets.get(user)?.size ?? 0).filter((n) => n !== 1);
  const figures = { faults: made, unavailable, lost, double, half: halves + withoutOne.length };
  return { acknowledged: answers.size, ...figures, auditPassed: code === 0 };
}

export async function post(server: ServerProcess, token: string): Promise<{ readonly text: string } | string> {
  try {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(server.ready.callback_url, { method: 'POST', headers });
    const text = await response.text();
    if (response.status === 200) return { text };
    return (JSON.parse(text) as { error: { reason?: string; code: string } }).error.reason ?? String(response.status);
  } catch {
    return 'no answer';
  }
}

function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was gone already, or belongs to another user.
  }
}

export async function lostIn(url: string, answers: ReadonlyMap<string, string>, schema = 'chaos'): Promise<number> {
  const client = new pg.Client({ connectionString: url.replace(/\?.*/, '') });
  await client.connect();
  const { rows } = await client.query(
    `SELECT idempotency_key, encode(body_sha256, 'hex') AS sha256 FROM ${schema}.callback_records`,
  );
  await client.end();
  const stored = new Map(rows.map(({ idempotency_key, sha256: hash }) => [idempotency_key, hash]));
  return [...answers].filter(([key, hash]) => stored.get(`workos-jti:${key}`) !== hash).length;
}

/** The `jti` of a token. */
export function keyOf(token: string): string {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).jti;
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
