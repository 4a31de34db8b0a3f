/** What killed commands left is removed once, however many processes look for it at the same time. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { agentPaste } from '../support/binary.ts';
import { temporaryDirectory } from '../support/directory.ts';

const LEFT = 120;

test.each([8, 16])('by %i processes at once', async (processes) => {
  using temporary = temporaryDirectory();
  using directory = temporaryDirectory();
  const names = Array.from({ length: LEFT }, (_, n) => `agent-paste-exec-${String(n).padStart(6, '0')}`);
  for (const name of names) {
    mkdirSync(join(temporary.path, name, 'signing-keys'), { mode: 0o700, recursive: true });
    writeFileSync(join(temporary.path, name, 'in-use.lock'), '', { mode: 0o600 });
    for (const file of ['served.lock', 'peppers.json', 'signing-keys/one.json'])
      writeFileSync(join(temporary.path, name, file), '', { mode: 0o600 });
  }
  const options = { cwd: directory.path, env: { TMPDIR: temporary.path } };
  const said = await Promise.all(
    Array.from({ length: processes }, () => agentPaste(['doctor', '--fix', '--json', '--port', '0'], options)),
  );
  const found = said.map(({ stdout }) =>
    JSON.parse(stdout).findings.find(({ code }: { code: string }) => code === 'leftovers'),
  );
  expect(found.filter(({ severity }) => severity !== 'ok')).toEqual([]);
  const named = found.flatMap(({ message }) => message.match(/agent-paste-exec-\d{6}/g) ?? []);
  expect(named.sort()).toEqual(names);
  expect(readdirSync(temporary.path)).toEqual([]);
});
