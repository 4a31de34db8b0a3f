/** Ids, and variants that differ in one respect. A server that normalizes ids would confuse the two. */

export interface IdBase {
  /** @param tail letters and digits that only this try uses */
  readonly base: (tail: string) => string;
  readonly variants: (tail: string) => Readonly<Record<string, string>>;
}

const LETTERS_AND_DIGITS = /(?<=.)[A-Z](?=[^A-Z]*$)/;

export const ID_BASES: readonly IdBase[] = [
  {
    base: (tail) => `Id-A.b_${tail}`,
    variants: (tail) => ({
      'in the case of a letter': `id-A.b_${tail}`,
      'in the case of its last letter': `Id-A.b_${tail.replace(LETTERS_AND_DIGITS, (letter) => letter.toLowerCase())}`,
      'in a hyphen': `IdA.b_${tail}`,
      'in a dot': `Id-Ab_${tail}`,
      'in an underscore': `Id-A.b%${tail}`,
      'in a letter before its digits': `Ie-A.b_${tail}`,
      'in its last character': `Id-A.b_${otherEnd(tail)}`,
      'in the order of two characters': `dI-A.b_${tail}`,
      'in one character more': `Id-A.b_${tail}0`,
      'in one character less': `Id-A.b_${tail.slice(0, -1)}`,
      'by the prefix session_': `session_Id-A.b_${tail}`,
      'behind a line end': `Id-A.b_${tail}\nx`,
      'behind a NUL': `Id-A.b_${tail}\0x`,
      'by a wildcard': `Id-A.b_${tail.slice(0, -1)}*`,
      'by another wildcard': `Id-A.b_${tail.slice(0, -1)}%`,
    }),
  },
  {
    // As a ULID, a UUID or a list may be read.
    base: (tail) => `7${tail.slice(1, 25)}0`,
    variants: (tail) => ({
      'in a letter O that was a zero': `7${tail.slice(1, 25)}O`,
      'after its first ten characters': `7${tail.slice(1, 10)}${tail.slice(10, 25).replaceAll(/./g, other)}0`,
      'before its last sixteen characters': `6${tail.slice(1, 25)}0`,
      'in its case': `7${tail.slice(1, 25).toLowerCase()}0`,
      'by a slash at its end': `7${tail.slice(1, 25)}0/`,
      'by a dot at its end': `7${tail.slice(1, 25)}0.`,
      'by a comma and more': `7${tail.slice(1, 25)}0,x`,
      'by a semicolon and more': `7${tail.slice(1, 25)}0;x`,
      'by an equals sign at its end': `7${tail.slice(1, 25)}0=`,
      'by quotes around it': `"7${tail.slice(1, 25)}0"`,
      'by apostrophes around it': `'7${tail.slice(1, 25)}0'`,
      'by brackets around it': `[7${tail.slice(1, 25)}0]`,
      'by braces around it': `{7${tail.slice(1, 25)}0}`,
      'by hyphens in it': `7${tail.slice(1, 9)}-${tail.slice(9, 25)}0`,
      'by a query behind it': `7${tail.slice(1, 25)}0?a=b`,
      'by a fragment behind it': `7${tail.slice(1, 25)}0#a`,
      'by a parent folder in it': `x/../7${tail.slice(1, 25)}0`,
      'by a comment behind it': `7${tail.slice(1, 25)}0--`,
      'by a backslash in it': `7${tail.slice(1, 9)}\\${tail.slice(9, 25)}0`,
      'by an escaped character': `\\u0037${tail.slice(1, 25)}0`,
      'by an entity in it': `&#55;${tail.slice(1, 25)}0`,
      'in the order of its characters': `0${[...tail.slice(1, 25)].reverse().join('')}7`,
      ...unseen((mark) => `7${tail.slice(1, 9)}${mark}${tail.slice(9, 25)}0`),
      ...blanks((blank) => `${blank}7${tail.slice(1, 25)}0`, 'before'),
      ...blanks((blank) => `7${tail.slice(1, 25)}0${blank}`, 'after'),
    }),
  },
  {
    base: (tail) => `session_${tail}`,
    variants: (tail) => ({
      'by having no prefix': tail,
      'by another prefix': `sess_${tail}`,
      'by its prefix twice': `session_session_${tail}`,
      'in the case of its prefix': `SESSION_${tail}`,
      'in the character after its prefix': `session_${other(tail[0] ?? '')}${tail.slice(1)}`,
      'in its last character': `session_${otherEnd(tail)}`,
      'after 27 characters': `session_${tail.slice(0, 19)}${tail.slice(19).replaceAll(/./g, other)}`,
    }),
  },
  {
    base: (tail) => `${uuidOf(tail)}`,
    variants: (tail) => ({
      'in the case of its hexadecimal digits': uuidOf(tail).toUpperCase(),
      'by having no hyphens': uuidOf(tail).replaceAll('-', ''),
      'by braces around it': `{${uuidOf(tail)}}`,
      'by urn:uuid: before it': `urn:uuid:${uuidOf(tail)}`,
      'in its last digit': `${uuidOf(tail).slice(0, -1)}${uuidOf(tail).endsWith('1') ? '2' : '1'}`,
    }),
  },
  {
    base: (tail) => `00${numbered(tail)}`,
    variants: (tail) => ({
      'in a leading zero': `0${numbered(tail)}`,
      'by having no leading zeros': numbered(tail),
      'as a number in another form': `${numbered(tail)}.0`,
      'by one at its end, beyond the precision of a number': `00${numbered(tail).slice(0, -1)}${numbered(tail).endsWith('1') ? '2' : '1'}`,
      'by a sign': `+00${numbered(tail)}`,
    }),
  },
  ...[255, 251, 201, 129, 101, 65, 49, 40].map(long),
  {
    base: (tail) => `a b:c/d?e=f+g&h"i'j\\k ${tail}`,
    variants: (tail) => ({
      'in a colon that was a blank': `a:b:c/d?e=f+g&h"i'j\\k ${tail}`,
      'in an entity': `a b:c/d?e=f+g&amp;h"i'j\\k ${tail}`,
      'in a backslash less': `a b:c/d?e=f+g&h"i'jk ${tail}`,
      'in a blank more': `a  b:c/d?e=f+g&h"i'j\\k ${tail}`,
      'in a blank less': `ab:c/d?e=f+g&h"i'j\\k ${tail}`,
      'in a plus that was a blank': `a+b:c/d?e=f+g&h"i'j\\k ${tail}`,
      'in a blank that was a plus': `a b:c/d?e=f g&h"i'j\\k ${tail}`,
      'in a blank written as %20': `a%20b:c/d?e=f+g&h"i'j\\k ${tail}`,
      'in a blank before it': ` a b:c/d?e=f+g&h"i'j\\k ${tail}`,
      'in a blank after it': `a b:c/d?e=f+g&h"i'j\\k ${tail} `,
      'behind a colon': `a b:C/d?e=f+g&h"i'j\\k ${tail}`,
      'behind a slash': `a b:c/D?e=f+g&h"i'j\\k ${tail}`,
      'in a quote': `a b:c/d?e=f+g&h"i''j\\k ${tail}`,
      'in a backslash': `a b:c/d?e=f+g&h"i'j\\\\k ${tail}`,
    }),
  },
  {
    base: (tail) => `caf\u00e9-\ufb01-\u2460-\u00df-\u0130-\u{1f600}-${tail}`,
    variants: (tail) => ({
      'in the form of an accent (NFD)': `cafe\u0301-\ufb01-\u2460-\u00df-\u0130-\u{1f600}-${tail}`,
      'in an accent': `cafe-\ufb01-\u2460-\u00df-\u0130-\u{1f600}-${tail}`,
      'in a ligature (NFKC)': `caf\u00e9-fi-\u2460-\u00df-\u0130-\u{1f600}-${tail}`,
      'in a circled digit (NFKC)': `caf\u00e9-\ufb01-1-\u00df-\u0130-\u{1f600}-${tail}`,
      'in a sharp s': `caf\u00e9-\ufb01-\u2460-ss-\u0130-\u{1f600}-${tail}`,
      'in the case of an accented letter': `caf\u00c9-\ufb01-\u2460-\u00df-\u0130-\u{1f600}-${tail}`,
      'in a character beyond 16 bits': `caf\u00e9-\ufb01-\u2460-\u00df-\u0130-\u{1f601}-${tail}`,
      'in a character beyond Latin-1': `caf\u00e9-\ufb01-\u2461-\u00df-\u0130-\u{1f600}-${tail}`,
    }),
  },
];

/** Ids of one length, which differ at the end, in the middle or at the beginning. */
function long(length: number): IdBase {
  const base = (tail: string) => tail.repeat(Math.ceil(length / tail.length)).slice(0, length);
  return {
    base,
    variants: (tail) => {
      const id = base(tail);
      const middle = length >> 1;
      return {
        [`in the last of ${length} characters`]: otherEnd(id),
        [`in the first of ${length} characters`]: `${other(id[0] ?? '')}${id.slice(1)}`,
        [`in the middle of ${length} characters`]: `${id.slice(0, middle)}${other(id[middle] ?? '')}${id.slice(middle + 1)}`,
      };
    },
  };
}

/** Characters that no screen shows. */
function unseen(around: (mark: string) => string): Readonly<Record<string, string>> {
  const marks = ['\u00ad', '\u200b', '\u200d', '\u200e', '\u2060', '\ufeff', '\ufe0f'];
  return Object.fromEntries(marks.map((mark) => [`by the unseen ${codeOf(mark)} in it`, around(mark)]));
}

function blanks(around: (blank: string) => string, where: string): Readonly<Record<string, string>> {
  const all = [' ', '\t', '\n', '\r\n', '\0', '\u00a0', '\u2003', '\u3000'];
  return Object.fromEntries(all.map((blank) => [`by the blank ${codeOf(blank)} ${where} it`, around(blank)]));
}

function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** A UUID with letters in it. */
function uuidOf(tail: string): string {
  const digits = [...tail].map((character) => ((character.codePointAt(0) ?? 0) % 16).toString(16)).join('');
  return `a${digits.slice(0, 7)}-${digits.slice(7, 11)}-4${digits.slice(11, 14)}-b${digits.slice(14, 17)}-${digits.slice(17, 26)}abc`;
}

function otherEnd(id: string): string {
  return `${id.slice(0, -1)}${other(id.at(-1) ?? '')}`;
}

function other(character: string): string {
  return character === 'X' ? 'Y' : 'X';
}

/** Twenty digits that depend on the tail; the first is not zero. */
function numbered(tail: string): string {
  return `9${[...tail]
    .map((character) => (character.codePointAt(0) ?? 0) % 10)
    .join('')
    .slice(0, 19)}`;
}
