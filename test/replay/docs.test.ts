import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { XMLValidator } from 'fast-xml-parser';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { serverProcess } from '../support/binary.ts';
import { shell } from '../support/shell.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const text = readFileSync(join(ROOT, 'docs/replay.md'), 'utf8');
const blocks = (language: string) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, block = '']) => block);

test('the workflow of docs/replay.md is one, and its commands pass as they stand', async () => {
  const workflow = blocks('yaml')
    .map((block) => parse(block))
    .find((content) => 'jobs' in content);
  const commands: string[] = workflow.jobs['exactly-once'].steps.flatMap(({ run }: { run?: string }) =>
    run?.startsWith('npx agent-paste') ? [run] : [],
  );
  expect(commands).toHaveLength(3);
  expect(blocks('sh')[0]?.trim().split('\n')).toEqual(commands);
  using place = shell();
  symlinkSync(join(ROOT, 'fixtures'), join(place.cwd, 'fixtures'));
  for (const command of commands) {
    const { code, stderr } = await place.run(command.replaceAll('npx ', ''));
    expect({ command, code, stderr: code === 0 ? '' : stderr }).toEqual({ command, code: 0, stderr: '' });
    const file = /junit=(\S+)/.exec(command)?.[1] ?? '';
    expect(XMLValidator.validate(readFileSync(join(place.cwd, file), 'utf8'))).toBe(true);
  }
}, 120_000);

test('the scenario of docs/replay.md holds', async () => {
  using place = shell();
  const scenario = blocks('yaml').find((block) => 'steps' in parse(block)) ?? '';
  writeFileSync(join(place.cwd, 's.yaml'), scenario);
  const { code, stdout, stderr } = await place.run('agent-paste replay s.yaml');
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
});

test('the examples of docs/replay.md run as they stand, one after the other', async () => {
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
