/** A database that is damaged while a server has it open. */
import { closeSync, openSync, statSync, truncateSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { type TestServer, testServer } from '../../support/server.ts';

/** Moves everything out of the write-ahead log into the file, so that the damage is what is read next. */
function checkpoint(path: string): void {
  const db = new DatabaseSync(path);
  expect(db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()).toMatchObject({ busy: 0 });
  db.close();
}

const DAMAGES: readonly [string, (path: string) => void][] = [
  [
    'overwritten but for its first page',
    (path) => {
      const fd = openSync(path, 'r+');
      writeSync(fd, Buffer.alloc(statSync(path).size - 4096, 0xa5), 0, undefined, 4096);
      closeSync(fd);
    },
  ],
  ['cut off after its second page', (path) => truncateSync(path, 8192)],
];

async function outcomeOf(server: TestServer, token: string) {
  const { status, headers, body } = await server.post(token);
  return [status, body.error?.code, body.error?.reason, headers.has('retry-after')];
}

test.each(DAMAGES)(
  'answers 503 database_corrupt for a file that was %s, without a bug or a second sign-in',
  async (_, damage) => {
    await using server = await testServer();
    const known = server.mint();
    expect((await server.post(known.token)).status).toBe(200);
    for (let user = 0; user < 50; user++) await server.post(server.mint({ email: `user${user}@example.com` }).token);
    checkpoint(server.paths.database);
    damage(server.paths.database);

    const corrupt = [503, 'database_unavailable', 'database_corrupt', true];
    expect(await outcomeOf(server, known.token)).toEqual(corrupt);
    expect(await outcomeOf(server, server.mint({ email: 'new@example.com' }).token)).toEqual(corrupt);
    expect(server.bugs).toEqual([]);
  },
);
