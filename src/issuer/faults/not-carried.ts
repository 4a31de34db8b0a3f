/** Bad inputs that no token string can show, with the reason; everything else has a fault. */
const ANOTHER_HEADER = 'it is about the Authorization header around the token, or about its absence';
const BEFORE_US = 'Node refuses the request before anybody reads a token';
const KEY_SET = 'it is about the published key set; the token is a good one';
const USER_ANSWER = 'it is about what WorkOS answers for the user; the token is a good one';

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
