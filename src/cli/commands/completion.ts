/** `agent-paste completion <shell>` */
import { RootCommand } from '@bomb.sh/tab';
import type { Command } from 'commander';
import { Failure } from '../../errors/failure.ts';
import { oneOf } from '../../machine/values/choice.ts';
import type { Action } from '../command.ts';
import { addExamples } from '../examples.ts';

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
      action(async ({ output, runtime }, shell: string) => {
        const known = oneOf(...SHELLS).read(shell, (problem) => new Failure('invalid_argument', `shell: ${problem}`));
        // The script asks `agent-paste complete` for every completion, so that values are never out of date.
        runtime.stdout.stream(); // the library writes to it
        const print = () => new RootCommand().setup('agent-paste', 'agent-paste', known);
        if (known !== 'bash') return print();
        output.line(BEFORE_BASH);
        print();
        output.line(AFTER_BASH);
      }),
    );
}

/**
 * The script uses a function of bash-completion, which macOS and containers do not have. And it defines constants, which
 * cannot be defined again when a profile is read a second time.
 */
const BEFORE_BASH = `if ! declare -F _get_comp_words_by_ref >/dev/null; then
    # For bash, a colon and an equals sign are words of their own.
    _get_comp_words_by_ref() {
        local line=\${COMP_LINE:0:COMP_POINT} IFS=$' \\t\\n'
        read -ra words <<< "$line"
        [[ $line == *[[:space:]] ]] && words+=("")
        cword=$((\${#words[@]} - 1))
        cur=\${words[cword]} prev=\${words[cword - 1]}
    }
fi
if ! declare -F __agent_paste_complete >/dev/null; then`;
/** Bash replaces only what follows the last colon. */
const AFTER_BASH = `
__agent_paste_after_colons() {
    __agent_paste_complete
    local word=\${COMP_LINE:0:COMP_POINT}
    word=\${word##*[[:space:]]}
    [[ $COMP_WORDBREAKS == *:* ]] && COMPREPLY=("\${COMPREPLY[@]#"\${word%"\${word##*:}"}"}")
}
complete -F __agent_paste_after_colons agent-paste
fi`;
