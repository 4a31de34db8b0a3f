/** The catalogue of bad inputs, by what is wrong with them. `README.md` here shows it as tables. */
import type { BadInput } from './bad-input.ts';
import { CLAIM_INPUTS } from './rows/claims.ts';
import { CREDENTIAL_INPUTS } from './rows/credentials.ts';
import { ENCODING_INPUTS } from './rows/encoding.ts';
import { HEADER_INPUTS } from './rows/header.ts';
import { KEY_INPUTS } from './rows/keys.ts';
import { USER_INPUTS } from './rows/user.ts';

export interface Section {
  readonly name: string;
  /** Numbers of its first and last input. */
  readonly first: number;
  readonly last: number;
  readonly inputs: readonly BadInput[];
}

export const SECTIONS: readonly Section[] = [
  { name: 'credentials', first: 1, last: 20, inputs: CREDENTIAL_INPUTS },
  { name: 'encoding', first: 21, last: 46, inputs: ENCODING_INPUTS },
  { name: 'header', first: 47, last: 108, inputs: HEADER_INPUTS },
  { name: 'keys', first: 109, last: 122, inputs: KEY_INPUTS },
  { name: 'claims', first: 123, last: 153, inputs: CLAIM_INPUTS },
  { name: 'user', first: 154, last: 156, inputs: USER_INPUTS },
];
