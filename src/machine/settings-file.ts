/** Finds and reads the configuration file: the nearest one upwards from the working directory. */
import { existsSync, lstatSync, type Stats, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { closest } from '../errors/closest.ts';
import { Failure } from '../errors/failure.ts';
import { readTextFile } from './file-bytes.ts';
import { type ConfigFile, isSettingName, SETTING_NAMES } from './settings.ts';

const FILE_NAMES = ['agent-paste.config.json', 'agent-paste.config.yaml', 'agent-paste.config.yml'];

/** Much more than all settings with comments need. */
const MOST_BYTES = 262_144;

/** For editors; it is not a setting. */
const SCHEMA_KEY = '$schema';

export function nearestConfigFile(directory: string): string | undefined {
  for (let at = directory; ; at = dirname(at)) {
    const found = FILE_NAMES.map((name) => join(at, name)).find((path) => existsSync(path));
    if (found !== undefined || dirname(at) === at) return found;
  }
}

/**
 * @param found whether the file was found upwards, not named
 * @throws Failure invalid_config, naming file and line; state_unsafe for a file that another user could have written
 */
export async function readConfigFile(path: string, { found }: { readonly found: boolean }): Promise<ConfigFile> {
  // A repository can contain a link to any file of the user, and a message would show the first name in that file.
  if (found && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink())
    throw new Failure('invalid_config', `${path} is a symbolic link`, 'Name the file with --config if you trust it.');
  const text = readTextFile({ path, name: path, code: 'invalid_config', most: MOST_BYTES });
  refuseForeignConfig(path);
  const { readYaml } = await import('./yaml-file.ts');
  const { value, lineOf } = readYaml(text, path, 'invalid_config');
  if (value === null) return { path, found, values: {}, lineOf: () => 1 };
  if (typeof value !== 'object' || Array.isArray(value))
    throw new Failure('invalid_config', `${path}: the settings must be a mapping of names to values`);
  for (const name of Object.keys(value)) {
    if (!isSettingName(name) && name !== SCHEMA_KEY) {
      throw new Failure(
        'invalid_config',
        `${path}:${lineOf([name])}: unknown setting ${JSON.stringify(name)}${closest(name, SETTING_NAMES)}`,
        'Settings have the names of the flags of `agent-paste serve`.',
      );
    }
  }
  return { path, found, values: value, lineOf: (name) => lineOf([name]) };
}

/** The file decides where secrets go, like the configuration of git (CVE-2022-24765). Root can write every file anyway. */
function refuseForeignConfig(path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  const me = process.getuid?.();
  if (stat === undefined || me === undefined) return;
  const unsafe = (what: string, hint: string) => new Failure('state_unsafe', `${path} ${what}`, hint);
  if (stat.uid !== me && stat.uid !== 0)
    throw unsafe(
      `belongs to user ${stat.uid}, not to you (${me})`,
      'Copy it if you trust it, and name the copy with --config.',
    );
  if (isWritableByOthers(stat)) throw unsafe('can be written by other users', `Run \`chmod go-w ${path}\`.`);
}

/** Many users have a private primary group (umask 002); any other group has other members. */
function isWritableByOthers({ mode, gid }: Stats): boolean {
  return (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== process.getgid?.());
}
