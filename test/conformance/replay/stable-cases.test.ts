/** A CI compares the cases of a report with those of the run before: their names must not contain what a run made. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { expect, onTestFinished, test } from 'vitest';
import { agentPaste, serverProcess } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { testServer } from '../../support/server.ts';

const parser = new XMLParser({ ignoreAttributes: false, isArray: (name) => name === 'testcase' });

interface Case {
  readonly '@_name': string;
  readonly '@_classname'?: string;
}

function casesOf(file: string): readonly string[] {
  const { testsuites } = parser.parse(readFileSync(file, 'utf8'));
  return [testsuites.testsuite]
    .flat()
    .flatMap(({ testcase }: { testcase: Case[] }) =>
      testcase.map((each) => `${each['@_classname']} ${each['@_name']}`),
    );
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
    return casesOf(join(directory.path, file));
  };
  const first = await cases('one.xml');
  expect(first.length).toBeGreaterThan(0);
  expect(new Set(first).size).toBe(first.length);
  expect(await cases('other.xml')).toEqual(first);
});

/** The names in a TAP report, whatever their result. */
function pointsOf(file: string): readonly string[] {
  const points = readFileSync(file, 'utf8').matchAll(/^ *(?:not )?ok \d+ - (.*?)(?: # SKIP.*)?$/gm);
  return [...points].map(([, name = '']) => name);
}

test.each<[string, string[]]>([
  ['a burst', ['replay', '--times', '5']],
  ['more than twenty sends', ['replay', '--times', '25']],
  ['a check', ['check', '--only', 'replay-identical,one-member-per-user,secret-verifies']],
])('the cases of %s are the same whether they pass or fail', async (_, args) => {
  const servers = [await started([]), await started(['--bug', 'member-before-replay'])];
  const reports = await Promise.all(
    servers.map(async ({ server, directory }) => {
      const [junit, tap] = [join(directory, 'cases.xml'), join(directory, 'cases.tap')];
      const reporting = ['--report', `junit=${junit}`, '--report', `tap=${tap}`];
      const { code, stderr } = await agentPaste([...args, '--url', server.ready.url, ...reporting], { cwd: directory });
      return { code, stderr, junit: casesOf(junit), tap: pointsOf(tap) };
    }),
  );
  const [passed, failed] = reports;
  expect([passed?.code, failed?.code], reports.map(({ stderr }) => stderr).join('\n')).toEqual([0, 1]);
  expect(passed?.junit.length).toBeGreaterThan(0);
  expect(failed?.junit).toEqual(passed?.junit);
  expect(passed?.tap.length).toBeGreaterThan(0);
  expect(failed?.tap).toEqual(passed?.tap);
});

/** A server with a state of its own; both go with the test. */
async function started(args: readonly string[]) {
  const directory = temporaryDirectory();
  const server = await serverProcess(args, { cwd: directory.path });
  onTestFinished(async () => {
    await server.stop();
    directory[Symbol.dispose]();
  });
  return { server, directory: directory.path };
}
