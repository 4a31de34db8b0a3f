import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { counts } from '../../support/database.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { callbackOf, openStore } from '../../support/store.ts';

test('serves callbacks and sweeps beside a long reader, and shrinks the log afterwards', async () => {
  using directory = temporaryDirectory();
  await using opened = openStore(directory.path);
  const { store, path } = opened;
  const signIn = (user: number) => store.resolveMember(callbackOf({ subject: `user_${user}` }));
  await signIn(0);
  const reader = new DatabaseSync(path, { readOnly: true });
  reader.exec('BEGIN');
  expect(reader.prepare('SELECT count(*) AS n FROM workspace_members').get()).toMatchObject({ n: 1 });

  for (let user = 1; user <= 50; user++) expect((await signIn(user)).outcome).toBe('provisioned');
  expect(await store.sweep(callbackOf().now)).toBe(0);
  expect(reader.prepare('SELECT count(*) AS n FROM workspace_members').get()).toMatchObject({ n: 1 });
  expect(counts(path).members).toBe(51);
  const grown = statSync(`${path}-wal`).size;
  expect(grown).toBeGreaterThan(0);

  reader.exec('COMMIT');
  reader.close();
  await store.sweep(callbackOf().now);
  expect(statSync(`${path}-wal`).size).toBe(0);
});
