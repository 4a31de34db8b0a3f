/** The table of faults. `mint`, its list, the tests and the documentation use it. */
import { closest } from '../../errors/closest.ts';
import { Failure } from '../../errors/failure.ts';
import { ALGORITHM_FAULTS } from './faults/algorithm.ts';
import { ENCODING_FAULTS } from './faults/encoding.ts';
import type { Fault } from './faults/fault.ts';
import { HEADER_FAULTS } from './faults/header.ts';
import { KEY_ID_FAULTS } from './faults/key-id.ts';
import { PAYLOAD_FAULTS } from './faults/payload.ts';
import { SIGNATURE_FAULTS } from './faults/signature.ts';
import { SUBJECT_FAULTS } from './faults/subject.ts';

/** In the order of the checks of a verifier: the later the fault, the more of the token is valid. */
export const FAULTS: readonly Fault[] = [
  ...ENCODING_FAULTS,
  ...HEADER_FAULTS,
  ...ALGORITHM_FAULTS,
  ...KEY_ID_FAULTS,
  ...SIGNATURE_FAULTS,
  ...PAYLOAD_FAULTS,
  ...SUBJECT_FAULTS,
];

/** @throws Failure invalid_argument for a name that is not in the table */
export function faultsNamed(names: readonly string[]): readonly Fault[] {
  return names.map((name) => {
    const found = FAULTS.find((candidate) => candidate.name === name);
    if (found) return found;
    const hint = '`agent-paste mint --list-faults` shows them all.';
    const meant = closest(
      name,
      FAULTS.map((fault) => fault.name),
    );
    throw new Failure('invalid_argument', `there is no fault ${JSON.stringify(name)}${meant}`, hint);
  });
}

/** Above this number of characters, Node answers 431 to the header with the token. */
const LONGEST_IN_A_HEADER = 16_000;

/**
 * Whether an Authorization header can carry this token to a server unchanged. Line breaks, NUL and characters beyond
 * Latin-1 cannot be sent, and white space at the ends is removed on the way (RFC 9110 sections 5.5 and 11.4).
 */
export function fitsAuthorizationHeader(token: string): boolean {
  return token.length <= LONGEST_IN_A_HEADER && /^(?! )[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff]$/.test(token);
}
