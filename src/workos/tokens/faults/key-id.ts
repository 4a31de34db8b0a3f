/** Key ids that name no key, or contain an attack. */
import { set, without } from './edits.ts';
import { ACCEPTED, refused } from './expected-verdict.ts';
import { type Changes, type Fault, fault } from './fault.ts';

const unknown = refused('kid_unknown');
const invalid = refused('kid_invalid');

export const KEY_ID_FAULTS: readonly Fault[] = [
  fault('kid-unknown', [92], 'a kid that no key has', unknown, kid('unknown')),
  fault(
    'kid-missing',
    [93, 94],
    'no kid: accepted where one key is published, ambiguous where there are more',
    ({ published }) => (published.keys.length > 1 ? refused('key_ambiguous') : ACCEPTED),
    { header: without('kid') },
  ),
  fault('kid-empty', [95], 'kid ""', invalid, kid('')),
  fault('kid-null', [95], 'kid null', invalid, kid(null)),
  fault('kid-number', [95], 'kid as a number', invalid, kid(1)),
  fault('kid-array', [95], 'kid as an array', invalid, kid(['unknown'])),
  fault('kid-path-traversal', [96], 'kid ../../../../dev/null', unknown, kid('../../../../dev/null')),
  fault('kid-device', [96], 'kid /dev/null', unknown, kid('/dev/null')),
  fault('kid-path', [96], 'kid /invalid_path', unknown, kid('/invalid_path')),
  fault('kid-sql', [97], 'kid with SQL', unknown, kid("x' UNION SELECT '1';--")),
  fault('kid-shell-pipe', [98], 'kid with a shell pipe', unknown, kid('|sleep 10')),
  fault('kid-shell-substitution', [98], 'kid with a shell substitution', unknown, kid('$(sleep 10)')),
  fault('kid-300', [99], 'a kid of 300 characters', invalid, kid('k'.repeat(300))),
  fault('kid-10000', [99], 'a kid of 10,000 characters', refused('token_too_large'), kid('k'.repeat(10_000))),
  fault('kid-escape', [100], 'kid with a terminal escape', unknown, kid('\u001b[31mred')),
  fault('kid-crlf', [100], 'kid with a line break', unknown, kid('x\r\naccepted')),
  fault('kid-bidi', [100], 'kid with a right-to-left override', unknown, kid('x\u202edetpecca')),
  fault('kid-c1', [100], 'kid with a C1 control character', unknown, kid('\u009b31mred')),
];

function kid(value: unknown): Changes {
  return { header: set({ kid: value }) };
}
