/** The tables of `test/promises/machine-faults/README.md`: every fault with the files of its tests. */
import { posix } from 'node:path';
import { AT_REST } from '../../promises/machine-faults/at-rest.ts';
import { HARDENING } from '../../promises/machine-faults/localhost.ts';
import { FAULTS } from '../../promises/machine-faults/machine.ts';
import type { FaultRow } from '../../promises/machine-faults/row.ts';
import { markdownTable } from './sections.ts';

export function machineFaultSections(): Record<string, string> {
  return { machine: tableOf('#', FAULTS), localhost: tableOf('area', HARDENING), 'at-rest': tableOf('part', AT_REST) };
}

function tableOf(first: string, faults: Readonly<Record<string, FaultRow>>): string {
  return markdownTable(
    [first, 'fault', 'what must happen', 'tests'],
    Object.entries(faults).map(([key, { fault, expected, shown, open = '' }]) => {
      const files = [...new Set(shown.map(([file]) => file))].map(linkTo);
      return [key, fault, expected, [files.join(', '), open].filter((text) => text !== '').join('. ')];
    }),
  );
}

/** From the folder of the page to a file of `test/`. */
function linkTo(file: string): string {
  return `[${posix.basename(file, '.test.ts')}](../../${file})`;
}
