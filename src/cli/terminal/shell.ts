/** Commands that a person may paste into a shell. */

/** Nothing in it means anything to a shell. A leading `=` does to zsh, and `~` to all. */
const PLAIN = /^(?!=)[\w@%+=:,./-]+$/;

/** The text as one word of a POSIX shell (POSIX.1-2024, 2.2.2): between single quotes everything stands for itself. */
export function shellWord(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The same command for the next page. @param argv the arguments of this one, in which `--cursor` may be given */
export function nextPage(argv: readonly string[], cursor: string): string {
  const same = argv.filter((word, index) => !word.startsWith('--cursor') && argv[index - 1] !== '--cursor');
  return ['agent-paste', ...same, '--cursor', cursor].map(shellWord).join(' ');
}
