/** `agent-paste inspect bundle --member <who> --out <file>` */
import type { Command } from 'commander';
import { Failure } from '../../../errors/failure.ts';
import { writePrivateFile } from '../../../machine/private-file.ts';
import { clockedBy } from '../../../machine/state-clock.ts';
import { shellWord } from '../../../machine/values/shell-word.ts';
import { BUNDLED, bundleOf } from '../../../store/bundle.ts';
import { MEMBER_NAMES } from '../../../store/view/member-names.ts';
import type { Action } from '../../command.ts';
import { addExamples } from '../../examples.ts';
import { openInspected } from './tables.ts';

export const BUNDLE = 'bundle';

export function configureBundle(inspect: Command, action: Action): void {
  addExamples(inspect.command(BUNDLE), [
    'agent-paste inspect bundle --member ada@example.com --out ada.json',
    'agent-paste inspect callbacks --bundle ada.json',
  ])
    .description(
      'Writes all that is known of a user into a file for a ticket: no secret, and pseudonyms for addresses.',
    )
    .requiredOption('--member <who>', `whose: ${MEMBER_NAMES}; also a user who is no member`)
    .requiredOption('--out <file>', 'the file, - for stdout; an existing one is not replaced')
    .action(
      action(async (context, { member, out }: { member: string; out: string }) => {
        const { output, runtime } = context;
        await using state = await openInspected(context, inspect, { what: BUNDLE });
        const bundle = await state.store.together((reads) =>
          bundleOf(reads, member, clockedBy(state.settings, runtime.now)()),
        );
        const text = JSON.stringify(bundle, null, 1);
        if (out === '-') return output.line(text);
        if (!writePrivateFile(out, `${text}\n`, { exclusive: true }))
          throw new Failure('conflict', `${out} exists already`, 'Name another file with --out, or remove it.');
        const counts = Object.fromEntries(BUNDLED.map((list) => [list, bundle.items[list].length]));
        if (output.json) return output.document({ file: out, items: counts });
        output.line(out);
        const told = Object.entries(counts).filter(([, count]) => count > 0);
        output.note(`${told.map(([list, count]) => `${count} ${list}`).join(', ')}; look inside, and then send it`);
        output.note(`To read it: agent-paste inspect callbacks --bundle ${shellWord(out)}`);
      }),
    );
}
