/** The files of the page, as the build left them: beside the program, or inside the executable. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getRawAsset, isSea } from 'node:sea';

const FOLDER = 'inspector';

/** Whether this build has the page. */
export function hasPage(): boolean {
  return isSea()
    ? readPageFile('index.html') !== undefined
    : existsSync(join(import.meta.dirname, FOLDER, 'index.html'));
}

/** @param name below the folder of the page, with slashes. @returns undefined for a file that is not there */
export function readPageFile(name: string): Uint8Array | undefined {
  try {
    return isSea()
      ? new Uint8Array(getRawAsset(`${FOLDER}/${name}`) as ArrayBuffer)
      : readFileSync(join(import.meta.dirname, FOLDER, name));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ERR_SINGLE_EXECUTABLE_APPLICATION_ASSET_NOT_FOUND') return undefined;
    throw error;
  }
}
