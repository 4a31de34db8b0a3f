/** `reset`: a server that has been used is the one that it was at its start. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { startServer } from '../../src/library/testing.ts';
import type { Inspected, TestServer } from '../../src/library/types.ts';
import { temporaryDirectory } from '../support/directory.ts';

const LISTS = ['workspaces', 'members', 'keys', 'events', 'callbacks', 'records', 'users', 'sessions'] as const;

const post = (server: TestServer, token: string) =>
  fetch(server.callbackUrl, { method: 'POST', headers: { authorization: `Bearer ${token}` } });

async function rows(server: TestServer): Promise<Partial<Record<keyof Inspected, number>>> {
  const counts: Partial<Record<keyof Inspected, number>> = {};
  for (const list of LISTS) counts[list] = (await server.inspect(list)).length;
  return counts;
}

const EMPTY = Object.fromEntries(LISTS.map((list) => [list, 0]));

describe('reset', () => {
  test('leaves no row, no line of the log, and the clock and the keys of the start', async () => {
    await using server = await startServer();
    const { header } = server.mint();
    const first = await post(server, server.mint({ email: 'ada@example.com' }).token);
    await post(server, server.mint({ faults: ['expired'] }).token);
    const kid = await server.rotateKeys();
    await server.retireKey(String(header.kid));
    server.advance('1h');
    expect(first.status).toBe(200);
    await server.reset();
    expect(await rows(server)).toEqual(EMPTY);
    expect(server.log).toEqual([]);
    expect(server.mint().header.kid).toBe(header.kid);
    expect(Number(server.mint().claims.iat)).toBeLessThan(Date.now() / 1000 + 1);
    const { keys } = (await (await fetch(server.jwksUrl)).json()) as { keys: { kid: string }[] };
    expect(keys.map((key) => key.kid)).toEqual([header.kid]);
    expect(() => server.mint({ kid })).toThrow(kid);
  });

  test('makes the same token a first sign-in again, also one whose answer was remembered', async () => {
    await using server = await startServer();
    const { token } = server.mint({ email: 'ada@example.com', jti: 'jti_1' });
    const bodies: string[] = [];
    for (let life = 0; life < 3; life++) {
      const answers = [await post(server, token), await post(server, token)];
      expect(answers.map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true']);
      bodies.push(await (answers[0] as Response).text());
      expect(JSON.parse(bodies[life] ?? '').default_api_key.secret).toMatch(/^ap_pk_preview_/);
      await server.reset();
      server.addUser({ email: 'ada@example.com', id: String(JSON.parse(atob(token.split('.')[1] ?? '')).sub) });
    }
    expect(new Set(bodies).size).toBe(3);
  });

  test('brings back the rows of the seed, as the start wrote them', async () => {
    using directory = temporaryDirectory();
    const seed = join(directory.path, 'seed.yaml');
    writeFileSync(
      seed,
      'users:\n  - email: grace@example.com\n    id: user_grace\nworkspaces:\n  - user: user_grace\n',
    );
    await using server = await startServer({ settings: { seed } });
    const before = await rows(server);
    await post(server, server.mint({ email: 'ada@example.com' }).token);
    server.changeEmail('user_grace', 'hopper@example.com');
    await server.reset();
    expect(await rows(server)).toEqual(before);
    expect(await server.inspect('users')).toMatchObject([{ id: 'user_grace', email: 'grace@example.com' }]);
  });

  test('waits for requests that are under way, lets held ones go, and takes none until it is done', async () => {
    await using server = await startServer();
    const held = server.hold('before-commit');
    const early = post(server, server.mint({ email: 'early@example.com' }).token);
    await held.reached();
    const late = server.mint({ email: 'late@example.com' }).token;
    const resetting = server.reset();
    const answers = await Promise.all([early, resetting.then(() => rows(server)), post(server, late)]);
    expect([answers[0].status, answers[2].status]).toEqual([200, 401]); // the second user was in the directory before
    expect(await server.inspect('members')).toEqual([]);
  });

  test('is done once by each of several calls, and never after stop', async () => {
    const server = await startServer();
    await Promise.all([server.reset(), server.reset(), server.reset()]);
    expect((await post(server, server.mint().token)).status).toBe(200);
    await server.stop();
    await expect(server.reset()).rejects.toThrow('reset: this server was stopped');
  });

  test('empties every table that a state has, except for what belongs to the pepper', async () => {
    using directory = temporaryDirectory();
    await using server = await startServer({ stateDirectory: directory.path });
    await post(server, server.mint().token);
    await server.reset();
    for (const name of ['agent-paste.db', 'agent-paste.attempts.db', 'workos-users.db']) {
      using db = new DatabaseSync(join(directory.path, name), { readOnly: true });
      const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
      const full = tables.filter((row) => Number(db.prepare(`SELECT count(*) AS n FROM "${row.name}"`).get()?.n) > 0);
      expect(full.map((row) => row.name)).toEqual(name === 'agent-paste.db' ? ['meta'] : []);
    }
  });

  test('leaves a database in memory alone, and says so', async () => {
    await using server = await startServer({ settings: { db: ':memory:' } });
    await expect(server.reset()).rejects.toThrow(
      'reset: a database that is no file is left alone, and the setting db names :memory:',
    );
  });
});
