import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isOldNode, isOldSqlite, NEWER_NODE } from '../../src/machine/oldest-runtime.ts';

test.each([
  ['3.7.0', true],
  ['3.51.3', false],
  ['3.51.10', false],
  ['3.52.0', false],
  ['4.0.0', false],
  ['3.51.2', true],
  ['3.50.9', true],
  ['3.9.10', true],
  ['2.99.9', true],
  ['3.51', true],
  ['4', false],
  ['3.51.3.1', false],
])('judges whether SQLite %s is too old: %s', (version, old) => {
  expect(isOldSqlite(version)).toBe(old);
});

test.each([
  ['24.15.0', false],
  ['24.100.0', false],
  ['26.0.0', false],
  ['24.14.9', true],
  ['22.99.0', true],
])('judges whether Node %s is too old: %s', (version, old) => {
  expect(isOldNode(version)).toBe(old);
});

test('the manifest says which Node is needed, and what an old one can read says the same', () => {
  expect(NEWER_NODE).toBe('Use Node 24.15 or newer.');
  expect(readFileSync('bin/runtime.js', 'utf8')).toContain('const required = [24, 15];');
  for (const file of ['bin/agent-paste.js', 'test/tools/build/node-version.mjs', 'src/machine/oldest-runtime.ts'])
    expect(readFileSync(file, 'utf8'), file).not.toMatch(/\b24\b/);
});
