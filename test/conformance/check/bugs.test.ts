import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BUG_NAMES, BUGS } from '../../../src/conformance/check/bugs/bugs.ts';
import { INVARIANT_IDS } from '../../../src/conformance/check/invariants/ids.ts';
import { agentPaste } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';

describe('the table of bugs', () => {
  test('breaks every invariant with some bug', () => {
    const broken = new Set(BUG_NAMES.map((name) => BUGS[name].breaks));
    expect(INVARIANT_IDS.filter((id) => !broken.has(id))).toEqual([]);
  });

  test('has at least fourteen bugs, each with its own sentence', () => {
    expect(BUG_NAMES.length).toBeGreaterThanOrEqual(14);
    expect(new Set(BUG_NAMES.map((name) => BUGS[name].summary)).size).toBe(BUG_NAMES.length);
  });
});

describe('check --self-test', () => {
  test('passes the correct server, and catches every bug by its invariant', async () => {
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
  ])('rejects %j before opening anything', async (args, complaint) => {
    using directory = temporaryDirectory();
    const { code, stderr, stdout } = await agentPaste(['serve', '--port', '0', ...args], { cwd: directory.path });
    expect(code).toBe(2);
    expect(stderr).toContain(complaint);
    expect(stdout).toBe('');
  });

  test('cannot be set in a configuration file', async () => {
    using directory = temporaryDirectory();
    writeFileSync(`${directory.path}/agent-paste.config.json`, '{"bug":["email-frozen"]}');
    const { code, stderr } = await agentPaste(['serve', '--port', '0'], { cwd: directory.path });
    expect(code).toBe(2);
    expect(stderr).toContain('unknown setting "bug"');
  });
});
