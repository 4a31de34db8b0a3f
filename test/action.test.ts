/** The steps of the GitHub Action, run as a runner runs them, with the packed package in an empty directory. */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type TemporaryDirectory, temporaryDirectory } from './support/directory.ts';
import { type InstalledPackage, installPackage, ROOT } from './support/package.ts';

interface Step {
  readonly run?: string;
  readonly shell?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const action = parse(readFileSync(join(ROOT, '.github/actions/agent-paste/action.yml'), 'utf8'));
const scripts: Step[] = action.runs.steps.filter((step: Step) => step.run !== undefined);

let installed: InstalledPackage;
let runner: TemporaryDirectory;
let workspace: string;
let summary: string;

beforeAll(() => {
  installed = installPackage();
  runner = temporaryDirectory();
  workspace = join(runner.path, 'workspace');
  summary = join(runner.path, 'summary.md');
  mkdirSync(workspace);
  writeFileSync(join(runner.path, 'path'), '');
});

afterAll(() => {
  installed[Symbol.dispose]();
  runner[Symbol.dispose]();
});

/** Runs the steps until one fails. */
async function used(inputs: Readonly<Record<string, string>>) {
  const given: Record<string, string> = { package: installed.tarball };
  for (const [name, { default: value }] of Object.entries<{ default?: string }>(action.inputs))
    given[name] ??= value ?? '';
  Object.assign(given, inputs);
  let last = { code: 0, stdout: '', stderr: '' };
  for (const { run = '', shell, env = {} } of scripts) {
    expect(shell).toBe('bash');
    const filled = Object.entries(env).map(([name, text]) => [
      name,
      text.replace(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_, input) => given[input] as string),
    ]);
    const added = readFileSync(join(runner.path, 'path'), 'utf8').split('\n').filter(Boolean).reverse();
    const environment = {
      ...Object.fromEntries(filled),
      HOME: runner.path,
      PATH: [...added, dirname(process.execPath), process.env.PATH].join(delimiter),
      RUNNER_TEMP: runner.path,
      GITHUB_PATH: join(runner.path, 'path'),
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: workspace,
      GITHUB_STEP_SUMMARY: summary,
      npm_config_offline: 'true',
    };
    last = await new Promise((resolve) => {
      const options = { cwd: workspace, env: environment };
      execFile('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', run], options, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });
    if (last.code !== 0) return last;
  }
  return last;
}

describe('the action', () => {
  test('takes inputs through the environment alone', () => {
    for (const { run } of scripts) expect(run).not.toContain('${{');
  });

  test('runs a command with the URL of a server, and its reports land in the workspace and the summary', async () => {
    const run = 'agent-paste replay "builtin:any-server" --report junit=report.xml\ntest -n "$AGENT_PASTE_API_URL"';
    expect(await used({ run })).toMatchObject({ code: 0 });
    expect(readFileSync(join(workspace, 'report.xml'), 'utf8')).toContain('failures="0"');
    expect(readFileSync(summary, 'utf8')).toContain('3 passed, 0 failed');
  });

  test.each([
    ['the exit code of the command', 'exit 7', 7],
    ['the failure of a line before the last', 'false\necho done', 1],
    ['the failure of the first program of a pipe', 'exit 3 | cat', 3],
    ['a refused token', 'agent-paste mint --fault expired | agent-paste explain -', 1],
  ])('ends with %s', async (_, run, code) => {
    expect(await used({ run })).toMatchObject({ code });
  });

  test('hands options to the server, each as a word', async () => {
    const run = 'curl -sS "$AGENT_PASTE_API_URL/healthz" -o health.json; echo "$AGENT_PASTE_API_URL"';
    const { code, stdout } = await used({ run, options: '--port 0 --in-flight conflict' });
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\n$/) });
    expect(await used({ run, options: '--in-flight "$(exit 0)"' })).toMatchObject({ code: 2 });
  });

  test('says what npm could not install', async () => {
    const { code, stderr } = await used({ run: 'true', package: join(runner.path, 'missing.tgz') });
    expect(code).not.toBe(0);
    expect(stderr).toContain('missing.tgz');
  });
});
