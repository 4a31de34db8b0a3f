/** Commands that a person may paste into a shell. */
import { shellWord } from '../../machine/values/shell-word.ts';

/** The same command for the next page. @param argv the arguments of this one, in which `--cursor` may be given */
export function nextPage(argv: readonly string[], cursor: string): string {
  const same = argv.filter((word, index) => !word.startsWith('--cursor') && argv[index - 1] !== '--cursor');
  return ['agent-paste', ...same, '--cursor', cursor].map(shellWord).join(' ');
}
