/** `agent-paste inspect --audit` */
import { constants, setPriority } from 'node:os';
import { Failure } from '../../errors.ts';
import { type AuditResult, audit } from '../../store/audit.ts';
import { type Peppers, readPeppers } from '../../store/peppers.ts';
import type { CommandContext } from '../command.ts';
import { visible } from '../output.ts';
import { paragraph } from '../paragraph.ts';
import { tableStyle } from './formats.ts';
import { withState } from './state.ts';

/** Exit 1 when a promise is broken. */
export function auditDatabase(context: CommandContext): Promise<void> {
  const { output } = context;
  // The server beside it has people waiting; an audit has time.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  return withState(context, ({ database, peppers }) => {
    const results: AuditResult[] = [];
    for (const result of audit({ path: database, peppers: pepperFile(peppers), onWarning: output.warning })) {
      results.push(result);
      if (!output.json) print(context, result);
    }
    const broken = results.filter(({ result }) => result === 'broken');
    const ok = broken.length === 0;
    if (output.json) output.document({ ok, database, results });
    else {
      const { green, red } = output.paint;
      const skipped = results.some(({ result }) => result === 'skipped') ? ', not all were judged' : '';
      output.line('');
      output.line(
        ok
          ? green(`${database} keeps its promises${skipped}`)
          : red(`${database} breaks ${broken.map(({ id }) => id).join(', ')}`),
      );
    }
    if (!ok) context.exitWith(1);
  });
}

function print(context: CommandContext, { id, promise, result, broken_by, broken_count, note }: AuditResult): void {
  const { output } = context;
  const { green, red, yellow, dim } = output.paint;
  const marks = { kept: green('kept   '), broken: red('BROKEN '), skipped: yellow('skipped') };
  output.line(`${marks[result]}  ${id.padEnd(26)}  ${dim(promise)}`);
  const { width } = tableStyle(context);
  const more = broken_count - broken_by.length;
  const sentences = [...(note === null ? [] : [note]), ...broken_by, ...(more > 0 ? [`and ${more} more`] : [])];
  for (const sentence of sentences)
    for (const line of paragraph(visible(sentence), { width, indent: ' '.repeat(9) })) output.line(line);
}

/** The peppers, or why sealed answers cannot be opened. */
function pepperFile(path: string): Peppers | string {
  try {
    return readPeppers(path) ?? `there is no pepper file at ${path}`;
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
}
