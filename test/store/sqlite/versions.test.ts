/** The databases that every version of the program has left on a user's machine: see versions/make.ts. */
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Resolution } from '../../../src/callback/resolution.ts';
import type { SchemaFamily } from '../../../src/store/sqlite/file/migrate.ts';
import { ATTEMPTS_SCHEMA, DIRECTORY_SCHEMA, MAIN_SCHEMA } from '../../../src/store/sqlite/schema.ts';
import { agentPaste, serverProcess } from '../../support/binary.ts';
import { counts, query } from '../../support/database.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';
import { callbackOf, type OpenedStore, openStore } from '../../support/store.ts';

interface Kept {
  /** Milliseconds since 1970: records live for a day from then. */
  readonly at: number;
  readonly issuer: string;
  readonly answers: readonly { sub: string; jti: string | null; sid: string; sha256: string }[];
}

const KEPT = fileURLToPath(new URL('versions/', import.meta.url));
const NAMES = readdirSync(KEPT).filter((name) => name.startsWith('schema-'));
const FAMILIES: readonly (readonly [file: string, family: SchemaFamily])[] = [
  ['agent-paste.db', MAIN_SCHEMA],
  ['agent-paste.attempts.db', ATTEMPTS_SCHEMA],
  ['workos-users.db', DIRECTORY_SCHEMA],
];

const versionOf = (path: string) => Number(query(path, 'PRAGMA user_version')[0]?.user_version);

/** A state directory of that version, as its owner has it. */
function copyOf(name: string): TemporaryDirectory & Kept {
  const directory = temporaryDirectory();
  cpSync(join(KEPT, name), directory.path, { recursive: true });
  for (const file of readdirSync(directory.path)) chmodSync(join(directory.path, file), 0o600);
  return { ...directory, ...JSON.parse(readFileSync(join(directory.path, 'answers.json'), 'utf8')) };
}

/** What the store answers to each callback of that time, a minute later. */
function answeredAgain({ issuer, answers, at }: Kept, { store }: OpenedStore): Promise<Resolution[]> {
  return Promise.all(
    answers.map(({ sub, jti, sid }) => {
      const idempotencyKey = jti === null ? `workos-session:${sid}` : `workos-jti:${jti}`;
      return store.resolveMember(callbackOf({ issuer, subject: sub, idempotencyKey, now: at + 60_000 }));
    }),
  );
}

/** As the program had it, if it is of an earlier version; a database of today is not copied. */
function expectBackup(path: string, before: number, family: SchemaFamily): void {
  const backup = `${path}.v${before}.backup`;
  expect(existsSync(backup)).toBe(before < family.steps.length);
  if (existsSync(backup)) expect(versionOf(backup)).toBe(before);
}

test.each(FAMILIES)('keeps every version of %s up to the current one', (file, family) => {
  using directory = temporaryDirectory();
  const versions = NAMES.map((name) => {
    const copy = join(directory.path, `${name}.db`);
    cpSync(join(KEPT, name, file), copy);
    return versionOf(copy);
  });
  const all = Array.from({ length: family.steps.length }, (_, index) => index + 1);
  expect([...new Set(versions)].sort((a, b) => a - b)).toEqual(all);
});

describe.each(NAMES)('%s', (name) => {
  test('replays each answer byte for byte, knows each member, and keeps a copy of the old file', async () => {
    using kept = copyOf(name);
    const path = join(kept.path, 'agent-paste.db');
    const [before, rows] = [versionOf(path), counts(path)];
    await using opened = openStore(kept.path);
    const replays = await answeredAgain(kept, opened);
    expect(replays.map(({ outcome, body }) => [outcome, createHash('sha256').update(body).digest('hex')])).toEqual(
      kept.answers.map(({ sha256 }) => ['replayed', sha256]),
    );
    const known = callbackOf({ subject: 'user_ada', idempotencyKey: 'workos-jti:jti_new', now: kept.at + 60_000 });
    expect((await opened.store.resolveMember(known)).outcome).toBe('seen');
    expect(counts(path)).toEqual({ ...rows, records: rows.records + 1 });
    expect(query(path, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    expectBackup(path, before, MAIN_SCHEMA);
  });

  test('is read as it is before a server migrates it', async () => {
    using kept = copyOf(name);
    const before = FAMILIES.map(([file]) => versionOf(join(kept.path, file)));
    const inspect = async (...args: string[]) => {
      const { code, stdout } = await agentPaste(['inspect', ...args, '--state-dir', kept.path, '--json']);
      expect({ args, code }).toEqual({ args, code: 0 });
      return JSON.parse(stdout);
    };
    const [refused, , , first] = (await inspect('callbacks')).items;
    expect(refused).toMatchObject({ reason: 'expired', claimed_subject: null, email: null });
    expect(first).toMatchObject({ outcome: 'provisioned', subject: 'user_ada', token_id: 'jti_1' });
    expect((await inspect('callbacks', '--jti', 'jti_2,jti_3')).items).toHaveLength(1);
    expect((await inspect('callbacks', '--sid', 'session_1')).items).toHaveLength(2);
    expect((await inspect('callbacks', '--user', 'user_bob', '--claimed')).items.length).toBeGreaterThan(0);
    expect((await inspect('callbacks', '--by', 'user')).callbacks).toBe(4);
    expect((await inspect('member', 'user_ada')).claimed_callbacks).toEqual([]);
    expect(FAMILIES.map(([file]) => versionOf(join(kept.path, file)))).toEqual(before);
  });

  test('accepts its API keys, and every command reads it', async () => {
    using kept = copyOf(name);
    const before = FAMILIES.map(([file]) => versionOf(join(kept.path, file)));
    const opened = openStore(kept.path);
    const bodies = (await answeredAgain(kept, opened)).map(({ body }) => JSON.parse(Buffer.from(body).toString()));
    await opened.store.close();
    const secrets = bodies.flatMap(({ default_api_key: key }) => key?.secret ?? []);
    expect(secrets).toHaveLength(2);

    await using server = await serverProcess(['--state-dir', kept.path]);
    for (const secret of secrets) {
      const headers = { authorization: `Bearer ${secret}` };
      expect((await fetch(`${server.ready.url}/v1/whoami`, { headers })).status).toBe(200);
    }
    const read = async (...args: string[]) => {
      const { code, stdout } = await agentPaste([...args, '--state-dir', kept.path, '--json']);
      expect({ args, code }).toEqual({ args, code: 0 });
      return stdout;
    };
    for (const what of ['members', 'users']) {
      const listed = await read('inspect', what);
      for (const user of ['user_ada', 'user_bob']) expect(listed).toContain(user);
    }
    expect(await read('inspect', 'callbacks')).toContain('"expired"');
    expect(await server.stop()).toBe(0);
    for (const [index, [file, family]] of FAMILIES.entries()) {
      const path = join(kept.path, file);
      expect(versionOf(path)).toBe(family.steps.length);
      expectBackup(path, before[index] ?? 0, family);
    }
  });
});
