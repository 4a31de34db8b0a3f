import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BUG_NAMES, BUGS } from '../../src/bugs/bugs.ts';
import { INVARIANT_IDS } from '../../src/check/invariant-ids.ts';
import { agentPaste } from '../support/binary.ts';
import { temporaryDirectory } from '../support/directory.ts';

describe('the tables of bugs and invariants', () => {
  test('every invariant is broken by some bug', () => {
    const broken = new Set(BUG_NAMES.map((name) => BUGS[name].breaks));
    expect(INVARIANT_IDS.filter((id) => !broken.has(id))).toEqual([]);
  });

  test('there are at least fourteen bugs, each with a sentence of its own', () => {
    expect(BUG_NAMES.length).toBeGreaterThanOrEqual(14);
    expect(new Set(BUG_NAMES.map((name) => BUGS[name].summary)).size).toBe(BUG_NAMES.length);
  });
});

describe('check --self-test', () => {
  test('the right server passes, every bug is caught by its invariant, every invariant can fail', {
    timeout: 90_000,
  }, async () => {
    const { code, stdout } = await agentPaste(['check', '--self-test', '--json']);
    const result = JSON.parse(stdout);
    expect(result.right_server.filter(({ status }: { status: string }) => status !== 'passed')).toEqual([]);
    expect(result.bugs.filter(({ caught }: { caught: boolean }) => !caught)).toEqual([]);
    expect(result.bugs.map(({ bug }: { bug: string }) => bug)).toEqual(BUG_NAMES);
    expect(result.invariants_that_no_bug_breaks).toEqual([]);
    expect(code).toBe(0);
  });
});

describe('serve --bug', () => {
  test.each([
    [['--bug', 'email-froze'], 'did you mean email-frozen?'],
    [['--bug', 'email-frozen', '--host', '0.0.0.0', '--allow-remote'], '--allow-remote'],
    [['--bug', 'email-frozen', '--allow-remote'], '--allow-remote'],
  ])('%j is refused before anything is opened', async (args, complaint) => {
    using directory = temporaryDirectory();
    const { code, stderr, stdout } = await agentPaste(['serve', '--port', '0', ...args], { cwd: directory.path });
    expect(code).toBe(2);
    expect(stderr).toContain(complaint);
    expect(stdout).toBe('');
  });

  test('is no setting: a configuration file cannot switch a bug on', async () => {
    using directory = temporaryDirectory();
    writeFileSync(`${directory.path}/agent-paste.config.json`, '{"bug":["email-frozen"]}');
    const { code, stderr } = await agentPaste(['serve', '--port', '0'], { cwd: directory.path });
    expect(code).toBe(2);
    expect(stderr).toContain('unknown setting "bug"');
  });
});

test('docs/check.md lists every bug and every invariant', () => {
  const page = readFileSync(new URL('../../docs/check.md', import.meta.url), 'utf8');
  for (const name of BUG_NAMES)
    expect(page).toContain(`| \`${name}\` | ${BUGS[name].summary} | \`${BUGS[name].breaks}\` |`);
  const [invariants] = page.split('### A server that is not ours');
  for (const id of INVARIANT_IDS) expect(invariants).toContain(`| \`${id}\` |`);
});
