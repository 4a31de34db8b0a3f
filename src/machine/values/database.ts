/** The place of a database: a file, memory, or the URL of a PostgreSQL database. */
import { resolve } from 'node:path';
import { DATABASE_URL_FORM, isDatabaseUrl, parseDatabaseUrl, withoutPassword } from './database-url.ts';
import type { ValueForm } from './form.ts';
import { path } from './text.ts';

const IN_MEMORY = ':memory:';

/** The scheme of a URL (RFC 3986 section 3.1). A single letter is a drive on Windows. */
const SCHEME = /^\s*([A-Za-z][A-Za-z0-9+.-]+):/;

/** As a path, `mysql://host/name` would be a directory called `mysql:`. The message does not repeat a password. */
export const database: ValueForm<string> = {
  ...path,
  read(value, refuse) {
    const name = path.read(value, refuse);
    if (isDatabaseUrl(name)) {
      parseDatabaseUrl(name, refuse);
      return name;
    }
    const scheme = SCHEME.exec(name)?.[1];
    if (scheme === undefined) return name;
    throw refuse(
      `must be ${database.accepts}, not a ${scheme}: URL; a file whose name begins so is written ./${scheme}:…`,
    );
  },
  placeholder: 'database',
  accepts: `a path, :memory: or ${DATABASE_URL_FORM}`,
  schema: {
    type: 'string',
    pattern: `^(?:[Pp][Oo][Ss][Tt][Gg][Rr][Ee][Ss](?:[Qq][Ll])?://\\S+$|(?!${SCHEME.source.slice(1)}).*\\S)`,
  },
  locate: (value, directory) => (value === IN_MEMORY || isDatabaseUrl(value) ? value : resolve(directory, value)),
  show: withoutPassword,
};

/** Every user of the machine can read command lines. */
export function passwordInFlag(value: string): string | undefined {
  if (!isDatabaseUrl(value) || withoutPassword(value) === new URL(value).href) return undefined;
  return 'must not contain a password, because every user of this machine could read it; set AGENT_PASTE_DB or PGPASSWORD, or use a password file (PGPASSFILE)';
}
