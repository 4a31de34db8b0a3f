import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { LOCK_BUDGET_MS } from '../../../src/store/sqlite/connection.ts';
import { query } from '../../support/database.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { LONG } from './length.ts';
import { emptyState, expectWholeFiles, post, type SignIn, secretOf, serve, signInsOf } from './state.ts';

const LOOP_DELAY = new URL('./loop-delay.mjs', import.meta.url).href;

const { SERVERS, CLIENTS, USERS } = LONG
  ? { SERVERS: 8, CLIENTS: 64, USERS: 1000 }
  : { SERVERS: 4, CLIENTS: 16, USERS: 100 };
/** Milliseconds; in a short run, on whatever machine, what a wait for another process would be. Less may be the disk. */
const LONGEST_PAUSE = LONG ? 300 : LOCK_BUDGET_MS;
/** Different first tokens of a user, and how often each is sent. */
const [TOKENS, SENDS] = [2, 3];

test(`gives each of ${USERS} users one member and one secret, with ${SERVERS} servers on one file and ${CLIENTS} clients`, {
  timeout: 600_000,
}, async () => {
  using directory = temporaryDirectory();
  using state = emptyState();
  const env = { NODE_OPTIONS: `--import=${LOOP_DELAY}`, LOOP_DELAY: join(directory.path, 'server-') };
  const servers = await Promise.all(Array.from({ length: SERVERS }, () => serve(state, { env })));
  let unavailable = 0;
  try {
    for (let user = 0; user < USERS; user++) signInsOf(state, `user_${user}`, TOKENS);
    const sends = shuffled(state.signIns.flatMap((signIn) => Array<SignIn>(SENDS).fill(signIn))).values();
    const client = async () => {
      for (const signIn of sends) {
        for (;;) {
          const server = servers[Math.floor(Math.random() * SERVERS)]!;
          const outcome = await post(server.ready.callback_url, signIn); // throws for a replay that differs
          if (outcome === 200) break;
          expect(outcome).toBe('503 database_busy');
          unavailable++;
          await sleep(100);
        }
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
  } finally {
    for (const server of servers) expect(await server.stop()).toBe(0);
  }

  expect(query(state.paths.database, 'SELECT count(*) AS members FROM workspace_members')).toEqual([
    { members: USERS },
  ]);
  const secrets = state.signIns.flatMap(({ answer }) => secretOf(answer) ?? []);
  expect([secrets.length, new Set(secrets).size]).toEqual([USERS, USERS]);
  expectWholeFiles(state);
  const blocked = readdirSync(directory.path).map((name) => Number(readFileSync(join(directory.path, name), 'utf8')));
  expect(blocked).toHaveLength(SERVERS);
  const longest = Math.max(...blocked);
  process.stdout.write(
    `${USERS} users, ${state.signIns.length * SENDS} answers, ${unavailable} times 503, event loop blocked for ${Math.round(longest)} ms at most\n`,
  );
  expect(Math.min(...blocked)).toBeGreaterThan(0); // each of them has measured
  expect(longest).toBeLessThan(LONGEST_PAUSE);
});

function shuffled<T>(values: T[]): T[] {
  for (let index = values.length - 1; index > 0; index--) {
    const other = Math.floor(Math.random() * (index + 1));
    [values[index], values[other]] = [values[other]!, values[index]!];
  }
  return values;
}
