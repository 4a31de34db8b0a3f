/** Whether git tracks a directory, read from its index without starting git (git-scm.com/docs/index-format). */
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

/** An index of a million files has about 100 MB. A larger one is not read; the directory then counts as not tracked. */
const MAX_INDEX_BYTES = 256 * 1024 * 1024;

/** Whether the directory, a link to it, or a file in it is in the index of a repository around it. */
export function isTracked(directory: string): boolean {
  return new Set([resolve(directory), realpathSync(directory)]).values().some(isInIndex);
}

function isInIndex(directory: string): boolean {
  const repository = repositoryAround(dirname(directory));
  if (repository === undefined) return false;
  const index = readIndex(repository);
  if (index === undefined) return false;
  const path = pathOnDisk(repository, relative(repository, directory).split(sep));
  // Only version 4 shortens names. In other versions, a quick search shows whether the path is in the index.
  if (index.length >= 8 && index.readUInt32BE(4) < 4 && !index.includes(path)) return false;
  return HASH_BYTES.some((bytes) =>
    pathsOf(index, bytes).some((tracked) => tracked === path || tracked.startsWith(`${path}/`)),
  );
}

/**
 * The path as the index has it. macOS and Windows find a directory under a name in another case too, so a repository
 * could bring `.Agent-Paste`.
 */
export function pathOnDisk(directory: string, names: readonly string[]): string {
  let at = directory;
  const found = names.map((name) => {
    const here = namesIn(at);
    const one = here.includes(name) ? name : (here.find((each) => folded(each) === folded(name)) ?? name);
    at = join(at, name);
    return one;
  });
  return found.join('/');
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // it may be entered, and not listed
  }
}

function folded(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** Lengths of SHA-1 and SHA-256: the index does not say which one it uses. */
const HASH_BYTES = [20, 32];

function repositoryAround(directory: string): string | undefined {
  for (let at = directory; ; at = dirname(at)) {
    if (statSync(join(at, '.git'), { throwIfNoEntry: false }) !== undefined) return at;
    if (dirname(at) === at) return undefined;
  }
}

function readIndex(repository: string): Buffer | undefined {
  try {
    let git = join(repository, '.git');
    if (statSync(git).isFile()) {
      // A worktree or a submodule names its directory (git-scm.com/docs/gitrepository-layout).
      const [, named] = /^gitdir: (.+?)\s*$/.exec(readFileSync(git, 'utf8').slice(0, 4096)) ?? [];
      if (named === undefined) return undefined;
      git = resolve(repository, named);
    }
    const file = join(git, 'index');
    return statSync(file).size > MAX_INDEX_BYTES ? undefined : readFileSync(file);
  } catch {
    return undefined; // a repository without an index has no files yet
  }
}

/** The paths of an index of version 2 to 4. The list ends where the index cannot be read. */
function* pathsOf(index: Buffer, hashBytes: number): Generator<string> {
  if (index.length < 12 || index.toString('latin1', 0, 4) !== 'DIRC') return;
  const version = index.readUInt32BE(4);
  let previous = '';
  let at = 12;
  for (let left = index.readUInt32BE(8); left > 0; left -= 1) {
    const flagsAt = at + 40 + hashBytes;
    if (flagsAt + 2 > index.length) return;
    const extended = version >= 3 && (index.readUInt16BE(flagsAt) & 0x4000) !== 0;
    let nameAt = flagsAt + (extended ? 4 : 2);
    let kept = '';
    if (version === 4) {
      const dropped = variableWidth(index, nameAt);
      nameAt = dropped.next;
      kept = previous.slice(0, Math.max(0, previous.length - dropped.value));
    }
    const end = index.indexOf(0, nameAt);
    if (end === -1) return;
    previous = kept + index.toString('latin1', nameAt, end);
    yield Buffer.from(previous, 'latin1').toString('utf8');
    at = version === 4 ? end + 1 : at + Math.ceil((end - at + 1) / 8) * 8;
  }
}

/** The offset encoding of pack files. */
function variableWidth(bytes: Buffer, from: number): { value: number; next: number } {
  let at = from;
  let byte = bytes[at] ?? 0;
  let value = byte & 127;
  while ((byte & 128) !== 0) {
    at += 1;
    byte = bytes[at] ?? 0;
    value = ((value + 1) << 7) + (byte & 127);
  }
  return { value, next: at + 1 };
}
