/** Examples at the top of a command's help. A test runs each of them unchanged. */
import type { Command } from 'commander';

export function addExamples(command: Command, examples: readonly string[]): Command {
  return command.addHelpText('before', ['Examples:', ...examples.map((example) => `  $ ${example}`), ''].join('\n'));
}
