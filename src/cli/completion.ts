/** `agent-paste completion <shell>` */
import { RootCommand } from '@bomb.sh/tab';
import type { Command } from 'commander';
import { Failure } from '../errors.ts';
import { oneOf } from '../setting-values.ts';
import type { Action } from './command.ts';
import { addExamples } from './examples.ts';

export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;

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
      action(async ({ output }, shell: string) => {
        const known = oneOf(...SHELLS)(shell, (problem) => new Failure('invalid_argument', `shell: ${problem}`));
        // The script asks `agent-paste complete` for every completion, so that values are never out of date.
        const print = () => new RootCommand().setup('agent-paste', 'agent-paste', known);
        if (known !== 'bash') return print();
        output.line(BEFORE_BASH);
        print();
        output.line(AFTER_BASH);
      }),
    );
}

/**
 * The script divides the line with a function of bash-completion, which macOS and containers do not have; and it makes
 * constants, which cannot be made twice when a profile is read again.
 */
const BEFORE_BASH = `if ! declare -F _get_comp_words_by_ref >/dev/null; then
    _get_comp_words_by_ref() {
        words=("\${COMP_WORDS[@]}") cword=$COMP_CWORD
        cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]}
    }
fi
if ! declare -F __agent_paste_complete >/dev/null; then`;
const AFTER_BASH = 'fi';
