import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { Failure } from '../../../src/errors/failure.ts';
import { systemRandom } from '../../../src/machine/random.ts';
import { readSeed } from '../../../src/server/seed/seed.ts';
import { openDirectory } from '../../../src/store/sqlite/users.ts';
import { dump, query } from '../../support/database.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { runs } from '../../support/property-runs.ts';
import { NOW, openStore } from '../../support/store.ts';
import { damagedText, damagedValue } from './damage.ts';

const SEEDS = fileURLToPath(new URL('../../../fixtures/seeds/', import.meta.url));
const texts = readdirSync(SEEDS).map((name) => readFileSync(join(SEEDS, name), 'utf8'));

const seedText = fc.oneof(
  ...texts.map((text) => damagedValue(parse(text)).map((value) => stringify(value) ?? '')),
  ...texts.map(damagedText),
  fc.jsonValue().map((value) => stringify(value)),
);

test('applies a whole seed, or rejects it with file and line and applies nothing', {
  timeout: 600_000,
}, async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'seed.yaml');
  const outcomes = { applied: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(seedText, async (text) => {
      writeFileSync(path, text);
      const state = join(directory.path, 'state');
      rmSync(state, { recursive: true, force: true });
      const failure = await seedInto(state, path);
      outcomes[failure ? 'refused' : 'applied']++;
      if (failure !== undefined) {
        expect(failure).toBeInstanceOf(Failure);
        expect(failure).toMatchObject({ code: 'invalid_seed' });
        expect((failure as Failure).message).toMatch(/seed\.yaml:\d+: ./);

        expect(existsSync(state) ? rowsIn(state) : 0).toBe(0);
        return;
      }
      const { users = [], workspaces = [] } = (parse(text) ?? {}) as { users?: unknown[]; workspaces?: unknown[] };
      const database = join(state, 'agent-paste.db');
      expect(query(join(state, 'users.db'), 'SELECT count(*) AS n FROM users')).toEqual([{ n: users.length }]);
      for (const table of ['workspaces', 'workspace_members', 'api_keys'])
        expect(query(database, `SELECT count(*) AS n FROM ${table}`)).toEqual([{ n: workspaces.length }]);

      const before = dump(database);
      expect(await seedInto(state, path)).toBeUndefined();
      expect(dump(database)).toEqual(before);
    }),
    runs(200),
  );
  expect(Math.min(outcomes.applied, outcomes.refused)).toBeGreaterThan(5);
});

/** @returns what was thrown */
async function seedInto(state: string, path: string): Promise<unknown> {
  try {
    const seed = readSeed(path);
    mkdirSync(state, { recursive: true, mode: 0o700 });
    await using opened = openStore(state);
    await seed.write({
      store: opened.store,
      users: join(state, 'users.db'),
      pepper: opened.peppers.current,
      keyEnvironment: 'preview',
      now: NOW,
      random: systemRandom(),
    });
    return undefined;
  } catch (error) {
    return error;
  }
}

function rowsIn(state: string): number {
  const users = openDirectory(join(state, 'users.db'));
  try {
    const { workspaces, workspace_members, api_keys, artifacts } = dump(join(state, 'agent-paste.db'));
    const rows = [workspaces, workspace_members, api_keys, artifacts].reduce(
      (sum, table) => sum + (table?.length ?? 0),
      0,
    );
    return rows + users.list({ limit: 1 }).users.length;
  } finally {
    users.close();
  }
}
