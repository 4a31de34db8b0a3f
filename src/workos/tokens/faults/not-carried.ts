/** Bad inputs that a token string alone cannot show, with the reason. All others have a fault. */
const ANOTHER_HEADER = 'it is about the Authorization header around the token, or about its absence';
const BEFORE_US = 'Node refuses the request before a token is read';
const KEY_SET = 'it is about the published key set; the token is valid';
const USER_ANSWER = 'it is about the answer of WorkOS for the user; the token is valid';

export const ROWS_NOT_CARRIED_BY_A_TOKEN: Readonly<Record<number, string>> = {
  1: ANOTHER_HEADER,
  2: ANOTHER_HEADER,
  3: ANOTHER_HEADER,
  4: ANOTHER_HEADER,
  5: ANOTHER_HEADER,
  6: ANOTHER_HEADER,
  8: ANOTHER_HEADER,
  10: 'it is about a token in the query or the body',
  11: 'it is about a token in a cookie',
  12: BEFORE_US,
  13: BEFORE_US,
  14: BEFORE_US,
  16: BEFORE_US,
  18: 'it is about the method of the request',
  20: 'it is about a good token after many bad ones',
  46: 'it is about an order: a good token first, then signature-padded or unused-bits of the same',
  115: KEY_SET,
  116: KEY_SET,
  117: KEY_SET,
  118: KEY_SET,
  119: KEY_SET,
  120: KEY_SET,
  121: KEY_SET,
  122: KEY_SET,
  154: USER_ANSWER,
  155: USER_ANSWER,
};
