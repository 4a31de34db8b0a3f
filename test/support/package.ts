/** The package as npm would publish it, and a project that has installed it. */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { BINARY, type RunResult } from './binary.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUILT = dirname(dirname(BINARY));

/** Scripts find the Node that runs the tests, and nothing of the machine's configuration. */
const ENVIRONMENT = {
  PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
  npm_config_update_notifier: 'false',
  npm_config_offline: 'true',
};

export interface InstalledPackage extends Disposable {
  readonly tarball: string;
  /** Of an empty project with the package in it; its path has a space and letters beyond ASCII. */
  readonly project: string;
  /** Runs a program in the project. */
  run(program: string, ...args: string[]): Promise<RunResult>;
}

export function installPackage(): InstalledPackage {
  const directory = mkdtempSync(join(tmpdir(), 'agent-paste-package-'));
  const npm = (cwd: string, ...args: string[]) =>
    execFileSync('npm', [...args, '--ignore-scripts', '--cache', join(directory, 'cache')], {
      cwd,
      env: ENVIRONMENT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const source = join(directory, 'source');
  cpSync(BUILT, source, { recursive: true, filter: (path) => !path.includes('.compile-cache') });
  for (const name of ['README.md', 'CHANGELOG.md', 'LICENSE', 'docs'])
    cpSync(join(ROOT, name), join(source, name), { recursive: true });
  const types = ['-p', 'src/library', '--outDir', join(source, 'dist/types')];
  execFileSync(process.execPath, [tool('typescript', 'bin/tsc'), ...types], { cwd: ROOT, stdio: 'inherit' });
  npm(source, 'pack', '--pack-destination', directory);
  const tarball = join(directory, readdirSync(directory).find((name) => name.endsWith('.tgz')) as string);

  const project = join(directory, 'mein Prüfling 測試');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n');
  npm(project, 'install', tarball);
  return {
    tarball,
    project,
    async run(program, ...args) {
      const child = spawn(program, args, { cwd: project, env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'pipe'] });
      const exited = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
      const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
      return { code, stdout, stderr };
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Puts a dependency of ours into the project, as if its owner had installed it. */
export function lend(project: string, ...names: string[]): void {
  for (const name of names) symlinkSync(join(ROOT, 'node_modules', name), join(project, 'node_modules', name));
}

/** The script of a development tool. */
export function tool(name: string, script: string): string {
  return join(ROOT, 'node_modules', name, script);
}
