/** A text as one word of a command that a person may paste. */

/** Nothing in it means anything to a shell. A leading `=` does to zsh, and `~` to all. */
const PLAIN = /^(?!=)[\w@%+=:,./-]+$/;

/** One word of a POSIX shell (POSIX.1-2024, 2.2.2): between single quotes everything stands for itself. */
export function shellWord(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
