/**
 * What the Dockerfile starts, as a container engine starts it: the packed package as process 1 of its own namespace, on
 * a read-only root, for a user without rights. The engine itself is not needed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from './support/directory.ts';
import { type InstalledPackage, installPackage, ROOT } from './support/package.ts';

const IS_CONTAINED =
  process.platform === 'linux' &&
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['--mount', '--pid', '--fork', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

/** The uid of the user that the image has. */
const NODE_USER = 1000;

const lines = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').split('\n');
/** Of the last stage: what comes after the last FROM. */
const stage = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
const instruction = (name: string) => stage.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? '';
const words = (name: string): string[] => JSON.parse(/\[.*\]$/.exec(instruction(name))?.[0] ?? '[]');
const environment = Object.fromEntries(
  instruction('ENV')
    .split(' ')
    .map((pair) => pair.split('=')),
);

describe('the Dockerfile', () => {
  test('starts the server without root', () => {
    expect([...words('ENTRYPOINT'), ...words('CMD')]).toEqual(['agent-paste', 'serve']);
    expect(instruction('USER')).toBe('node');
  });

  test('has a Node that the package runs on, with a whole version', () => {
    const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const [major = 0, minor = 0] = engines.node.match(/\d+/g).map(Number);
    for (const line of lines.filter((each) => each.startsWith('FROM '))) {
      const [, ...version] = /^FROM node:(\d+)\.(\d+)\.(\d+)-slim/.exec(line) ?? [];
      expect(version.map(Number)).toEqual([major, expect.toSatisfy((n) => n >= minor), expect.any(Number)]);
    }
  });

  test('sends no state, no modules and no history to the build', () => {
    const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
    expect(ignored).toEqual(expect.arrayContaining(['.git', '.agent-paste', '**/node_modules', 'dist']));
  });
});

describe.skipIf(!IS_CONTAINED)('in a namespace (needs root and unshare), the image', () => {
  let installed: InstalledPackage;
  beforeAll(() => {
    installed = installPackage();
    chmodSync(dirname(installed.project), 0o755);
  });
  afterAll(() => installed[Symbol.dispose]());

  const program = (...args: string[]) => [
    process.execPath,
    join(installed.project, 'node_modules/agent-paste/bin/agent-paste.js'),
    ...args,
  ];

  /** Starts it on a state directory of its own, until it is ready. */
  async function started() {
    const directory = temporaryDirectory();
    const state = join(directory.path, 'state');
    mkdirSync(state, { mode: 0o700 });
    chownSync(state, NODE_USER, NODE_USER);
    chmodSync(directory.path, 0o755);
    const env = { ...environment, AGENT_PASTE_STATE_DIR: state, AGENT_PASTE_PORT: '0' };
    const asUser = ['setpriv', `--reuid=${NODE_USER}`, `--regid=${NODE_USER}`, '--clear-groups', '--no-new-privs'];
    const contained = `mount --make-rprivate / && mount --bind '${state}' '${state}' && mount -o remount,bind,ro / && exec "$@"`;
    const child = spawn(
      'unshare',
      [
        ...['--mount', '--pid', '--fork', '--mount-proc', 'sh', '-c', contained, 'sh'],
        ...asUser,
        ...program(...words('CMD'), '--json'),
      ],
      { env: { PATH: process.env.PATH ?? '', ...env }, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const gone = once(child, 'exit');
    const [line] = await once(createInterface(child.stdout), 'line');
    const served = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ')[0]);
    // The state goes when the server is gone. A user without rights cannot be ended with the parent: it is ended first.
    onTestFinished(async () => {
      if (child.exitCode === null) process.kill(served, 'SIGKILL');
      await gone;
      directory[Symbol.dispose]();
    });
    return { state, env, asUser, served, gone, ready: JSON.parse(line) };
  }

  test('is healthy when it is ready, and stores nothing outside of its volume', async () => {
    const { state, env, asUser, ready } = await started();
    const [command = '', ...args] = words('HEALTHCHECK');
    expect(command).toBe('agent-paste');
    const [setpriv = '', ...rest] = asUser;
    const health = spawnSync(setpriv, [...rest, ...program(...args)], { env, encoding: 'utf8' });
    expect(health).toMatchObject({ status: 0, stderr: '' });
    expect((await fetch(`${health.stdout.trim()}/healthz`)).status).toBe(200);
    expect(health.stdout.trim()).toBe(ready.url);
    expect(readdirSync(state)).toContain('agent-paste.db');
    for (const name of readdirSync(state)) expect(statSync(join(state, name)).uid).toBe(NODE_USER);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('ends in order on %s as process 1', async (signal) => {
    const { state, served, gone } = await started();
    expect(readFileSync(`/proc/${served}/status`, 'utf8')).toMatch(/^NSpid:\t\d+\t1$/m);
    process.kill(served, signal);
    expect(await gone).toEqual([0, null]);
    expect(readdirSync(state).filter((name) => name.endsWith('-wal'))).toEqual([]);
  });
});
