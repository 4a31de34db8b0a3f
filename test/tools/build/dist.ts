/** Builds `dist`: the program, the library, and the types of the library. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build as bundle } from 'rolldown';
import config, { helpConfig } from '../../../rolldown.config.ts';
import pageConfig from '../../../rolldown.page.config.ts';
import { openHeldFile } from '../../../src/machine/file-lock.ts';
import { BUILD_LOCK, BUILDING, putInPlace } from './put-in-place.ts';

export interface BuildOptions {
  /** The directory that is built. */
  readonly dist: string;
  /** Whether the types of the library are written too. */
  readonly types: boolean;
  /** Whether nothing of earlier builds is left, for a package. */
  readonly clean: boolean;
}

/** Builds beside the files in use, and then puts the new ones in their place. */
export async function buildDist(root: string, { dist, types, clean }: BuildOptions): Promise<void> {
  mkdirSync(dist, { recursive: true });
  const made = mkdtempSync(join(dist, BUILDING));
  const lock = openHeldFile(join(made, BUILD_LOCK));
  try {
    lock.takeShared();
    await bundleInto(root, made);
    if (types) writeTypes(root, join(made, 'types'));
    putInPlace(made, dist, clean);
  } finally {
    rmSync(made, { recursive: true, force: true });
    lock.release();
  }
}

function writeTypes(root: string, directory: string): void {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const args = ['-p', join(root, 'src/library'), '--outDir', directory];
  execFileSync(process.execPath, [compiler, ...args], { stdio: 'inherit' });
}

/** The program into the directory, the doors of the library and the page of the inspector into folders below it. */
export async function bundleInto(root: string, directory: string): Promise<void> {
  const { output: beside, ...help } = await helpConfig();
  const helpAt = { ...help, output: { ...beside, dir: config.output.dir } };
  for (const { output, ...input } of [config, helpAt, pageConfig])
    await bundle({ ...input, cwd: root, logLevel: 'warn', output: { ...output, dir: join(directory, output.dir) } });
}
