import {
  chmodSync,
  cpSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FINDING_CODES, type Finding } from '../../../../src/cli/commands/doctor/finding.ts';
import { checkRuntime } from '../../../../src/cli/commands/doctor/local.ts';
import { type StatePaths, statePaths } from '../../../../src/machine/state-directory.ts';
import { agentPaste } from '../../../support/binary.ts';
import { checksum } from '../../../support/checksum.ts';
import { command } from '../../../support/command.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../../support/directory.ts';
import { testServer } from '../../../support/server.ts';

let directory: TemporaryDirectory;
let paths: StatePaths;

/** A state directory that a server has used and left. */
beforeEach(async () => {
  directory = temporaryDirectory();
  paths = statePaths(join(directory.path, 'state'));
  await usedState(paths.directory);
});

afterEach(() => directory[Symbol.dispose]());

async function usedState(path: string): Promise<void> {
  mkdirSync(path, { mode: 0o700 });
  const server = await testServer({}, { path, [Symbol.dispose]: () => undefined });
  await server.post(server.mint().token);
  await server[Symbol.asyncDispose]();
}

async function doctor(args: readonly string[] = []) {
  const all = ['doctor', '--json', '--port', '0', '--state-dir', paths.directory, ...args];
  const { code, stdout, stderr } = await command(all, { cwd: directory.path });
  expect(stderr).toBe('');
  const { ok, findings, settings } = JSON.parse(stdout) as { ok: boolean; findings: Finding[]; settings: object[] };
  expect(code).toBe(ok ? 0 : 1);
  expect(ok).toBe(findings.every(({ severity }) => severity !== 'error'));
  for (const { code: name, severity, remedy } of findings) {
    expect(FINDING_CODES).toContain(name);
    expect(remedy === undefined, name).toBe(severity === 'ok');
  }
  return { ok, findings, settings, of: (name: string) => findings.find((finding) => finding.code === name) };
}

describe('doctor on a sound state', () => {
  it('reports everything ok, each under its code and in the order of the table', async () => {
    const { ok, findings } = await doctor();
    expect(ok).toBe(true);
    expect(findings.filter(({ severity }) => severity !== 'ok')).toEqual([]);
    // Of another machine: a WorkOS, or a PostgreSQL server.
    const remote = ['jwks', 'user_endpoint', 'clock', 'database_durability', 'database_clock'];
    expect(findings.map(({ code }) => code)).toEqual(FINDING_CODES.filter((code) => !remote.includes(code)));
  });

  it('writes nothing, with and without a running server', async () => {
    const before = checksum(paths.directory);
    await doctor();
    expect(checksum(paths.directory)).toEqual(before);

    await using server = await testServer();
    await server.post(server.mint().token);
    const names = () => readdirSync(server.paths.directory).sort();
    const running = names();
    const { code, stdout } = await command(['doctor', '--json', '--port', '0', '--state-dir', server.paths.directory]);
    expect({ code, ok: JSON.parse(stdout).ok }).toEqual({ code: 0, ok: true });
    expect(names()).toEqual(running);
  });

  it('only warns about what the first start will create', async () => {
    paths = statePaths(join(directory.path, 'none'));
    const { ok, of } = await doctor();
    expect(ok).toBe(true);
    expect(of('state_directory')).toMatchObject({
      severity: 'warning',
      message: expect.stringMatching(/does not exist yet/),
    });
    mkdirSync(paths.directory, { mode: 0o700 });
    const empty = await doctor();
    expect(empty.ok).toBe(true);
    for (const code of ['pepper_file', 'database', 'signing_keys']) {
      expect(empty.of(code)).toMatchObject({
        severity: 'warning',
        remedy: expect.stringMatching(/first `agent-paste serve`/),
      });
    }
    expect(readdirSync(paths.directory)).toEqual([]);
  });
});

describe('doctor finds in the state directory', () => {
  it('mode bits that give other users access', async () => {
    chmodSync(paths.directory, 0o755);
    expect((await doctor()).of('state_directory')).toMatchObject({
      severity: 'error',
      message: `${paths.directory} has mode 755: others may look inside`,
      remedy: expect.stringContaining(`Run \`chmod 700 ${paths.directory}\`.`),
    });
  });

  it('a file where the directory should be', async () => {
    rmSync(paths.directory, { recursive: true });
    writeFileSync(paths.directory, '');
    expect((await doctor()).of('state_directory')).toMatchObject({
      severity: 'error',
      message: expect.stringMatching(/is a file/),
    });
  });

  it('a pepper file that is readable by other users, damaged or missing', async () => {
    chmodSync(paths.peppers, 0o644);
    expect((await doctor()).of('pepper_file')).toMatchObject({
      severity: 'error',
      message: expect.stringMatching(/mode 0644/),
    });
    chmodSync(paths.peppers, 0o600);
    writeFileSync(paths.peppers, '{');
    const damaged = await doctor();
    expect(damaged.of('pepper_file')).toMatchObject({ severity: 'error' });
    // One cause is one error: the database itself is not said to have lost its pepper.
    expect(damaged.of('database_pepper')).toMatchObject({ severity: 'warning' });
    rmSync(paths.peppers);
    const { of } = await doctor();
    expect(of('pepper_file')).toMatchObject({
      severity: 'warning',
      remedy: expect.stringMatching(/restore the file from a backup/),
    });
    expect(of('database_pepper')).toMatchObject({ severity: 'error' });
  });

  it('a directory that cannot be read, without findings about the files in it', async () => {
    chmodSync(paths.directory, 0);
    // The superuser may look everywhere, unless that is taken away.
    const wrapper = process.getuid?.() === 0 ? ['setpriv', '--bounding-set', '-dac_override,-dac_read_search'] : [];
    const args = ['doctor', '--json', '--port', '0', '--state-dir', paths.directory];
    const { code, stdout } = await agentPaste(args, { wrapper });
    chmodSync(paths.directory, 0o700);
    expect(code).toBe(1);
    const { findings }: { findings: Finding[] } = JSON.parse(stdout);
    expect(findings.filter(({ severity }) => severity !== 'ok')).toMatchObject([
      { code: 'state_directory', severity: 'error' },
    ]);
  });

  it('the pepper file of another state', async () => {
    const other = join(directory.path, 'other');
    await usedState(other);
    cpSync(statePaths(other).peppers, paths.peppers);
    expect((await doctor()).of('database_pepper')).toMatchObject({
      severity: 'error',
      message: 'pepper 1 of the database is missing or different in the pepper file',
    });
  });

  it('a damaged page, and a file that is not a database', async () => {
    const { size } = statSync(paths.database);
    const file = openSync(paths.database, 'r+');
    for (let page = 2; page < size / 4096; page++) writeSync(file, Buffer.alloc(200, 0x5a), 0, 200, page * 4096);
    const { ok, findings } = await doctor();
    expect(ok).toBe(false);
    expect(findings.filter(({ severity }) => severity === 'error')[0]?.code).toMatch(/^database(_integrity)?$/);

    writeFileSync(paths.database, 'somebody else wrote this, and it is not short'.repeat(10));
    expect((await doctor()).of('database')).toMatchObject({
      severity: 'error',
      message: expect.stringMatching(/not a SQLite database/),
    });
  });

  it('a damaged index, which opening does not notice', async () => {
    const db = new DatabaseSync(paths.database);
    const index = db.prepare(
      "SELECT rootpage FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'workspace_members'",
    );
    const root = Number(index.get()?.rootpage);
    db.close();
    // The count of cells in the header of a leaf page (sqlite.org/fileformat.html section 1.6): the index loses its rows.
    writeSync(openSync(paths.database, 'r+'), Buffer.from([0, 0]), 0, 2, (root - 1) * 4096 + 3);
    expect((await doctor()).of('database_integrity')).toMatchObject({
      severity: 'error',
      remedy: expect.stringMatching(/Restore a backup/),
    });
  });

  it('a schema of another version', async () => {
    const db = new DatabaseSync(paths.database);
    db.exec('PRAGMA user_version = 99');
    db.close();
    expect((await doctor()).of('database_schema')).toMatchObject({
      severity: 'error',
      message: expect.stringMatching(/^version 99, but this program knows version \d+$/),
      remedy: 'Use the newer agent-paste that made it.',
    });
  });

  it('a write-ahead log that does not shrink', async () => {
    writeFileSync(`${paths.database}-wal`, '', { mode: 0o600 });
    truncateSync(`${paths.database}-wal`, 65 * 1024 * 1024);
    const { ok, of } = await doctor();
    expect(of('database_log')).toMatchObject({ severity: 'warning', message: '65.0 MB of write-ahead log' });
    expect(ok).toBe(true);
  });

  it('a user directory and an attempt log that cannot be read', async () => {
    const log = join(paths.directory, 'agent-paste.attempts.db');
    for (const path of [paths.users, log]) writeFileSync(path, 'not a database at all'.repeat(10));
    const { of } = await doctor();
    for (const code of ['user_directory', 'callback_log']) expect(of(code)).toMatchObject({ severity: 'error' });
  });

  it('signing keys that are readable by other users, damaged, retired or old', async () => {
    const [name = ''] = readdirSync(paths.signingKeys);
    const file = join(paths.signingKeys, name);
    chmodSync(file, 0o644);
    expect((await doctor()).of('signing_keys')).toMatchObject({
      severity: 'error',
      remedy: expect.stringMatching(/chmod 600/),
    });
    chmodSync(file, 0o600);

    const inTwoYears = Date.now() + 2 * 365 * 86_400_000;
    const all = ['doctor', '--json', '--port', '0', '--state-dir', paths.directory];
    const { stdout } = await command(all, { now: inTwoYears });
    const finding = JSON.parse(stdout).findings.find(({ code }: Finding) => code === 'signing_key_age');
    expect(finding).toMatchObject({ severity: 'warning', message: 'the signing key is 730 days old' });

    const { kid } = JSON.parse((await command(['keys', 'list', '--json', '--state-dir', paths.directory])).stdout)
      .keys[0];
    await command(['keys', 'retire', kid, '--force', '--state-dir', paths.directory]);
    expect((await doctor()).of('signing_keys')).toMatchObject({
      severity: 'warning',
      remedy: expect.stringMatching(/keys rotate/),
    });

    writeFileSync(file, '{');
    expect((await doctor()).of('signing_keys')).toMatchObject({ severity: 'error' });
  });
});

describe('doctor on the runtime', () => {
  it('knows the oldest Node and SQLite that are supported', () => {
    const severities = (node: string, sqlite?: string) =>
      checkRuntime({ node, ...(sqlite === undefined ? {} : { sqlite }) }).map(({ severity }) => severity);
    expect(severities('24.15.0', '3.51.3')).toEqual(['ok', 'ok']);
    expect(severities('26.1.0', '3.100.0')).toEqual(['ok', 'ok']);
    expect(severities('24.14.9', '3.51.2')).toEqual(['error', 'error']);
    expect(severities('22.99.0')).toEqual(['error', 'error']);
  });
});
