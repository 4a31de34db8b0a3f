/** The tables of `docs/check.md`: invariants, what they need, and bugs. */
import { BUG_NAMES, BUGS } from '../../../src/conformance/check/bugs/bugs.ts';
import { INVARIANT_IDS } from '../../../src/conformance/check/invariants/ids.ts';
import { INVARIANTS } from '../../../src/conformance/check/invariants/invariants.ts';
import { NEEDS } from '../../../src/conformance/check/trial/target.ts';
import { markdownTable } from './sections.ts';

export function checkPageSections(): Record<string, string> {
  return {
    invariants: markdownTable(
      ['invariant', 'what must be true', 'needs'],
      INVARIANT_IDS.map((id) => [`\`${id}\``, INVARIANTS[id].meaning, INVARIANTS[id].needs]),
    ),
    needs: markdownTable(['need', 'what it is'], Object.entries(NEEDS)),
    bugs: markdownTable(
      ['bug', 'what the server does', 'caught by'],
      BUG_NAMES.map((name) => [`\`${name}\``, BUGS[name].summary, `\`${BUGS[name].breaks}\``]),
    ),
  };
}
