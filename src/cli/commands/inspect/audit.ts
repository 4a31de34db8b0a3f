/** `agent-paste inspect --audit` */
import { constants, setPriority } from 'node:os';
import type { Command } from 'commander';
import { visible } from '../../../errors/foreign-text.ts';
import type { AuditResult } from '../../../store/audit.ts';
import { type SharedAddress, sharedAddressSentence } from '../../../store/shared-addresses.ts';
import { type AuditView, auditView } from '../../../store/view/audit.ts';
import type { CommandContext } from '../../command.ts';
import { paragraph } from '../../terminal/paragraph.ts';
import { tableStyle } from './formats.ts';
import { openInspected } from './tables.ts';

/** Exits 1 if a promise is broken. */
export async function auditDatabase(context: CommandContext, inspect: Command): Promise<void> {
  const { output } = context;
  // An audit pauses between batches, so that it does not slow down a running server.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  await using state = await openInspected(context, inspect, { what: 'audit' });
  const { store, database, peppers } = state;
  const view = await auditView(store, { database, peppers }, (result) => {
    if (!output.json) print(context, result);
  });
  if (output.json) output.document(view);
  else printConclusion(context, view);
  if (!view.ok) context.exitWith(1);
}

function printConclusion(context: CommandContext, { ok, database, results, shared_addresses }: AuditView): void {
  printShared(context, shared_addresses);
  const { output } = context;
  const { green, red } = output.paint;
  const skipped = results.some(({ result }) => result === 'skipped') ? ', not all were judged' : '';
  const broken = results.filter(({ result }) => result === 'broken').map(({ id }) => id);
  output.line('');
  output.line(ok ? green(`${database} keeps its promises${skipped}`) : red(`${database} breaks ${broken.join(', ')}`));
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

/** No promise is broken: an id that was named on purpose may have an address that is taken. */
function printShared(context: CommandContext, shared: readonly SharedAddress[]): void {
  if (shared.length === 0) return;
  const { output } = context;
  output.line(
    `${output.paint.yellow('warning')}  ${'shared-addresses'.padEnd(26)}  ${output.paint.dim('several users have one address')}`,
  );
  const { width } = tableStyle(context);
  for (const address of shared)
    for (const line of paragraph(visible(sharedAddressSentence(address)), { width, indent: ' '.repeat(9) }))
      output.line(line);
}
