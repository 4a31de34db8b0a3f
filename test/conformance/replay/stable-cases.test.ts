/** A CI compares the cases of a report with those of the run before: their names must not contain what a run made. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { expect, test } from 'vitest';
import { agentPaste } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { testServer } from '../../support/server.ts';

const parser = new XMLParser({ ignoreAttributes: false, isArray: (name) => name === 'testcase' });

interface Case {
  readonly '@_name': string;
  readonly '@_classname'?: string;
}

test.each<[string, (url: string) => string[]]>([
  ['a burst', (url) => ['replay', '--url', url, '--times', '5']],
  ['new tokens', (url) => ['replay', '--url', url, '--times', '5', '--fresh']],
  ['a fault', (url) => ['replay', '--url', url, '--fault', 'expired']],
  ['more than twenty sends', (url) => ['replay', '--url', url, '--times', '25']],
  ['two servers', (url) => ['replay', '--against', url, '--against', url.replace('127.0.0.1', 'localhost')]],
  ['a scenario', () => ['replay', 'builtin:second-sign-in-is-seen', 'builtin:jti-before-sid']],
])('the report of %s has the same cases in each run', async (_, args) => {
  await using server = await testServer();
  using directory = temporaryDirectory();
  const stateDir = server.paths.directory;
  const cases = async (file: string) => {
    const words = [...args(server.url), '--report', `junit=${file}`, '--state-dir', stateDir];
    const { code, stderr } = await agentPaste(words, { cwd: directory.path });
    expect(code, stderr).toBeLessThanOrEqual(1);
    const { testsuites } = parser.parse(readFileSync(join(directory.path, file), 'utf8'));
    return [testsuites.testsuite]
      .flat()
      .flatMap(({ testcase }: { testcase: Case[] }) =>
        testcase.map((each) => `${each['@_classname']} ${each['@_name']}`),
      );
  };
  const first = await cases('one.xml');
  expect(first.length).toBeGreaterThan(0);
  expect(new Set(first).size).toBe(first.length);
  expect(await cases('other.xml')).toEqual(first);
});
