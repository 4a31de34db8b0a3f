/** The table of faults: it drives `mint`, its list, the tests and the documentation. */
import { closest } from '../closest.ts';
import { Failure } from '../errors.ts';
import { ALGORITHM_FAULTS } from './faults/algorithm.ts';
import { ENCODING_FAULTS } from './faults/encoding.ts';
import type { Fault } from './faults/fault.ts';
import { HEADER_FAULTS } from './faults/header.ts';
import { KEY_ID_FAULTS } from './faults/key-id.ts';
import { PAYLOAD_FAULTS } from './faults/payload.ts';
import { SIGNATURE_FAULTS } from './faults/signature.ts';
import { SUBJECT_FAULTS } from './faults/subject.ts';

/** In the order in which a verifier looks: the later the fault, the more of the token is good. */
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
    throw new Failure('invalid_argument', `no fault is called ${JSON.stringify(name)}${meant}`, hint);
  });
}

/** Characters beyond which Node answers 431 to the header that carries a token. */
const LONGEST_IN_A_HEADER = 16_000;

/**
 * Whether an Authorization header can bring this token to a server unchanged. Line breaks, NUL and characters beyond
 * Latin-1 cannot be sent, and white space at the ends is taken off on the way (RFC 9110 sections 5.5 and 11.4).
 */
export function fitsAuthorizationHeader(token: string): boolean {
  return token.length <= LONGEST_IN_A_HEADER && /^(?! )[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff]$/.test(token);
}
