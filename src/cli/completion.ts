/** `agent-paste completion <shell>` */
import { RootCommand } from '@bomb.sh/tab';
import type { Command } from 'commander';
import { Failure } from '../errors.ts';
import { oneOf } from '../setting-values.ts';
import type { Action } from './commands.ts';
import { addExamples } from './examples.ts';

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;

export function configure(command: Command, action: Action): void {
  addExamples(command, ['agent-paste completion bash', 'agent-paste completion zsh', 'agent-paste completion fish'])
    .argument('<shell>', SHELLS.join(', '))
    .addHelpText(
      'after',
      `
To switch completion on, in each new shell:
  bash        source <(agent-paste completion bash)
  zsh         source <(agent-paste completion zsh)
  fish        agent-paste completion fish | source
  powershell  agent-paste completion powershell | Out-String | Invoke-Expression
`,
    )
    .action(
      action(async (_, shell: string) => {
        const known = oneOf(...SHELLS)(shell, (problem) => new Failure('invalid_argument', `shell: ${problem}`));
        // The script asks `agent-paste complete` for every completion, so that values are never out of date.
        new RootCommand().setup('agent-paste', 'agent-paste', known);
      }),
    );
}
