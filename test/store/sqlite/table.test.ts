import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import type { Row } from '../../../src/store/sqlite/file/statements.ts';
import { insertInto } from '../../../src/store/sqlite/inserts.ts';
import { statementsOf } from '../../../src/store/sqlite/table.ts';
import { table } from '../../../src/store/tables.ts';

interface Thing {
  readonly id: string;
  readonly count: number | null;
  readonly bytes: Uint8Array;
  readonly open: boolean;
  readonly names: readonly string[];
  readonly details: Readonly<Record<string, string>>;
}

const THINGS = statementsOf(
  table<Thing>(
    'things',
    't',
    { id: 'plain', count: 'plain', bytes: 'bytes', open: 'flag', names: 'json', details: 'json' },
    { kind: 7 },
  ),
);

test('statements name every column in the order of the declaration', () => {
  expect(THINGS.from).toBe('things t');
  expect(THINGS.columns).toBe('t.id, t.count, t.bytes, t.open, t.names, t.details');
  expect(THINGS.insert).toBe(
    'INSERT INTO things (id, count, bytes, open, names, details, kind) VALUES (?, ?, ?, ?, ?, ?, 7)',
  );
});

test.each<[string, Thing]>([
  ['values', { id: 'a', count: 3, bytes: Buffer.from('xyz'), open: true, names: ['b', 'c'], details: { d: 'e' } }],
  ['empty values', { id: '', count: null, bytes: Buffer.alloc(0), open: false, names: [], details: {} }],
])('a row with %s is read as it was written', (_, thing) => {
  using db = new DatabaseSync(':memory:');
  db.exec(
    'CREATE TABLE things (id TEXT, count INTEGER, bytes BLOB, open INTEGER, names TEXT, details TEXT, kind INTEGER) STRICT',
  );
  insertInto(db, THINGS)(thing);
  expect(db.prepare('SELECT kind, open, names, details FROM things').get()).toEqual({
    kind: 7,
    open: thing.open ? 1 : 0,
    names: JSON.stringify(thing.names),
    details: JSON.stringify(thing.details),
  });
  const row = THINGS.read(db.prepare(`SELECT ${THINGS.columns} FROM ${THINGS.from}`).get() as Row);
  expect({ ...row, bytes: Buffer.from(row.bytes) }).toEqual({ ...thing, bytes: Buffer.from(thing.bytes) });
  expect(Object.keys(row)).toEqual(Object.keys(thing));
});
