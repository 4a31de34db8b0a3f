/** Paths for a completion. */
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * The files and directories whose path begins as the word does; a directory ends with a slash. A word that begins with
 * `@` names a file to read. Hidden ones only where their dot was typed.
 */
export function pathsLike(
  cwd: string,
  word: string,
  isWanted: (file: string) => boolean = () => true,
): readonly string[] {
  const sign = word.startsWith('@') ? '@' : '';
  const end = word.lastIndexOf('/') + 1;
  const place = word.slice(sign.length, Math.max(end, sign.length));
  const begun = word.slice(sign.length + place.length);
  return entriesOf(resolve(cwd, place))
    .filter(({ name }) => name.startsWith(begun) && (begun.startsWith('.') || !name.startsWith('.')))
    .flatMap((entry) =>
      entry.isDirectory()
        ? `${sign}${place}${entry.name}/`
        : isWanted(entry.name)
          ? `${sign}${place}${entry.name}`
          : [],
    )
    .sort();
}

function entriesOf(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return []; // the command itself will say why
  }
}
