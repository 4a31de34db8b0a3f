/** The tables of `test/promises/bad-inputs/README.md`: every input with the answer that it must get. */
import { HTTP_STATUS } from '../../../src/errors/codes.ts';
import { REASONS } from '../../../src/errors/reasons.ts';
import type { BadInput, Outcome } from '../../promises/bad-inputs/bad-input.ts';
import { SECTIONS } from '../../promises/bad-inputs/catalogue.ts';
import { markdownTable } from './sections.ts';

export function badInputSections(): Record<string, string> {
  return Object.fromEntries(SECTIONS.map(({ name, inputs }) => [name, tableOf(inputs)]));
}

function tableOf(inputs: readonly BadInput[]): string {
  return markdownTable(
    ['#', 'input', 'answer', 'fault'],
    [...inputs]
      .sort((a, b) => (a.rows[0] ?? Infinity) - (b.rows[0] ?? Infinity))
      .map(({ rows, what, outcome, fault = '' }) => [rows.join(', '), what, answerOf(outcome), code(fault)]),
  );
}

function answerOf(outcome: Outcome): string {
  if (typeof outcome === 'number') return String(outcome);
  return `${HTTP_STATUS[REASONS[outcome].code]} ${code(outcome)}`;
}

function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}
