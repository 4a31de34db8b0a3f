/** docs/postgres.md from its first command to its last, in one shell, with a PostgreSQL of its own. */
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freePort, HAS_POSTGRES_PROGRAMS, postgresProgram } from '../support/postgres-server.ts';
import { shell } from '../support/shell.ts';
import { blocksOf } from './markdown.ts';

(HAS_POSTGRES_PROGRAMS ? test : test.skip)('a newcomer gets one member and one secret from two servers', async () => {
  using sh = shell();
  const programs = join(sh.cwd, 'programs');
  mkdirSync(programs);
  // PostgreSQL does not run as root, as these tests do in a container.
  if (process.getuid?.() === 0) chownSync(sh.cwd, 65_534, 65_534);
  chmodSync(sh.cwd, 0o755);
  for (const name of ['initdb', 'pg_ctl']) {
    const words = postgresProgram(name).map((word) => `'${word}'`);
    writeFileSync(join(programs, name), `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`, { mode: 0o755 });
  }
  const [one, two, database] = [await freePort(), await freePort(), await freePort()];
  const script = blocksOf('docs/postgres.md', 'sh')
    .join('\n')
    .replaceAll('8787 + NR % 2', `(NR % 2 ? ${one} : ${two})`)
    .replaceAll('8787', String(one))
    .replaceAll('8788', String(two))
    .replaceAll('5433', String(database));
  writeFileSync(
    join(sh.cwd, 'page.bash'),
    `set -eE\ntrap 'echo "exit $?: $BASH_COMMAND" >&2; kill $(jobs -p); pg_ctl -D paste-db -m immediate stop' ERR\nexport PATH="$PWD/programs:$PATH"\n${script}`,
  );
  const { code, stdout, stderr } = await sh.run('bash page.bash');
  expect({ code, failed: stderr.match(/^exit .*$/gm) }, stdout + stderr).toEqual({ code: 0, failed: null });
  expect(stdout).toMatch(/^answers: 64\nmembers: 1\nsecrets: 1$/m);
  expect(stdout).toMatch(/^killed: 200\nthe same bytes\nstopped: 503\nstarted: 200\nthe same bytes$/m);
  expect(stdout).toMatch(/^ada@example.com {2}mem_/m);
  expect(stdout).toMatch(/keeps its promises$/m);
  expect(stdout).toMatch(/^ok +database_schema +version \d+$/m);
});
