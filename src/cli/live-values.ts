/** Values that a completion offers and only the program knows: faults, and what the state directory holds. */
import { existsSync } from 'node:fs';
import { Failure } from '../errors.ts';
import { FAULTS } from '../issuer/faults.ts';
import { openKeyring } from '../issuer/keyring.ts';
import { statePaths } from '../state-directory.ts';
import { openDirectory } from '../store/directory.ts';
import type { CommandContext } from './commands.ts';
import { commandSettings } from './settings.ts';

const MOST_USERS = 50;

/** By option (`--fault`) or argument (`keys retire <kid>`). Nothing is made, and an unusable state offers nothing. */
export async function liveValues(context: CommandContext): Promise<Record<string, readonly string[]>> {
  const { values } = await commandSettings(context);
  const paths = statePaths(values['state-dir']);
  const kids = orNone(() =>
    (existsSync(paths.signingKeys) ? openKeyring(paths.signingKeys).list() : []).map(({ kid }) => kid),
  );
  const users = orNone(() => {
    const directory = openDirectory(paths.users, { readOnly: true });
    try {
      return directory.list({ limit: MOST_USERS }).users;
    } finally {
      directory.close();
    }
  });
  const emails = users.map(({ email }) => email);
  const ids = users.map(({ id }) => id);
  return {
    '--fault': FAULTS.map(({ name }) => name),
    '--kid': kids,
    '--email': emails,
    '--sub': ids,
    'keys retire <kid>': kids,
    'keys export <kid>': kids,
    'users remove <user>': [...emails, ...ids],
    'completion <shell>': ['bash', 'zsh', 'fish', 'powershell'],
  };
}

/** Completing is no place to complain about a state directory; the command itself will. */
function orNone<T>(read: () => readonly T[]): readonly T[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
}
