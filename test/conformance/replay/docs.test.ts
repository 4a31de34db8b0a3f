import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { serverProcess } from '../../support/binary.ts';
import { shell } from '../../support/shell.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const text = readFileSync(join(ROOT, 'docs/replay.md'), 'utf8');
const blocks = (language: string) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, block = '']) => block);

test('passes the scenario of docs/replay.md', async () => {
  using place = shell();
  const scenario = blocks('yaml').find((block) => 'steps' in parse(block)) ?? '';
  writeFileSync(join(place.cwd, 's.yaml'), scenario);
  const { code, stdout, stderr } = await place.run('agent-paste replay s.yaml');
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
});

test('runs the examples of docs/replay.md as printed, one after the other', async () => {
  using place = shell();
  await using server = await serverProcess([], { cwd: place.cwd });
  const lines = blocks('sh')
    .flatMap((block) => block.trim().split('\n'))
    .filter((line) => line.startsWith('agent-paste'));
  expect(lines).toHaveLength(6);
  for (const line of lines) {
    const { code, stdout, stderr } = await place.run(`export AGENT_PASTE_API_URL=${server.ready.url}; ${line}`);
    expect({ line, code, stderr, stdout: code === 0 ? '' : stdout }).toEqual({ line, code: 0, stderr: '', stdout: '' });
  }
});
