import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { connect } from '../../../src/store/sqlite/connection.ts';

function counted() {
  const db = new DatabaseSync(':memory:');
  db.exec('CREATE TABLE callbacks (name TEXT PRIMARY KEY) STRICT');
  const connection = connect(db, () => undefined);
  const add = (name: string) =>
    connection.write(() => {
      db.prepare('INSERT INTO callbacks (name) VALUES (?)').run(name);
      return name;
    });
  const rows = () =>
    db
      .prepare('SELECT name FROM callbacks ORDER BY rowid')
      .all()
      .map(({ name }) => name);
  return { db, connection, add, rows };
}

test('commits writers that wait together, in their order', async () => {
  const { add, rows } = counted();
  const names = Array.from({ length: 200 }, (_, index) => `n${index}`);
  expect(await Promise.all(names.map(add))).toEqual(names);
  expect(rows()).toEqual(names);
});

test('rolls back only the writer that throws, and commits the rest of its group', async () => {
  const { add, connection, db, rows } = counted();
  const failing = () =>
    connection.write(() => {
      db.prepare("INSERT INTO callbacks (name) VALUES ('half')").run();
      throw new Error('not this one');
    });
  const results = await Promise.allSettled([add('a'), add('b'), failing(), add('c')]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect(rows()).toEqual(['a', 'b', 'c']);
});

test('answers no writer of a group whose commit fails, and gives each its own error', async () => {
  const { add, connection, db, rows } = counted();
  // A deferred foreign key is judged at COMMIT: the one who breaks it fails there, with the whole group.
  db.exec(`PRAGMA foreign_keys = ON;
    CREATE TABLE parts (of TEXT NOT NULL REFERENCES callbacks (name) DEFERRABLE INITIALLY DEFERRED) STRICT`);
  const breaking = () => connection.write(() => db.prepare("INSERT INTO parts (of) VALUES ('nobody')").run());
  const results = await Promise.allSettled([add('first'), add('a'), breaking(), add('b')]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect(rows()).toEqual(['first', 'a', 'b']);
});
