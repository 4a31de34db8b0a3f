/** Kinds of characters, and signs that a text is not meant as it was written. */

/** Control and format characters (U+200B, bidi marks…), fillers and lone surrogates: invisible to people and in logs. */
export function hasInvisible(text: string): boolean {
  // Classes of Unicode take a millisecond to load, and most texts need none.
  return !/^[ -~]*$/.test(text) && /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/u.test(text);
}

/** Whether a text can be stored and shown in one line: no control characters, line ends or lone surrogates. */
export function isOneLine(text: string): boolean {
  return !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(text);
}

const QUOTES = /^(["'`]).*\1$|^[“”‘’„«].*[“”‘’»]$/s;

/** A clause about the problem with a text that must be one word; undefined if there is none. */
export function oddityOf(word: string, { ascii = true }: { readonly ascii?: boolean } = {}): string | undefined {
  const found = ODDITIES.find(([pattern]) => pattern.test(word))?.[1];
  if (found !== undefined) return found;
  if (hasInvisible(word)) return 'it has an invisible character in it';
  return ascii && /[^\x21-\x7e]/.test(word) ? 'it has a character that is not ASCII' : undefined;
}

/** The same for a text in which every character is allowed: a clause about what stands in its place. */
export function placeholderIn(text: string): string | undefined {
  if (text.trim() === '') return text === '' ? 'it is empty' : 'it is blank';
  return [QUOTED, UNREPLACED, UNSET].find(([pattern]) => pattern.test(text.trim()))?.[1];
}

/** The same for a path, in which most characters are allowed. */
export function oddityOfPath(path: string): string | undefined {
  return PATH_ODDITIES.find(([pattern]) => pattern.test(path))?.[1];
}

const LINE_BREAK = [/[\r\n\u2028\u2029]/, 'it has a line break'] as const;
const QUOTED = [QUOTES, 'it has quotes around it, which a shell removes but an env file may keep'] as const;
const UNREPLACED = [/^\$\w|\$\{|^<[^>]*>$|^\{\{|^%\w+%$/, 'it looks like a variable that was not replaced'] as const;
const UNSET = [/^(?:undefined|null|None|nil)$/, 'it looks like a variable that was not set'] as const;
const SPACE_AT_END = [/^\s|\s$/, 'it begins or ends with a space'] as const;

const ODDITIES: readonly (readonly [RegExp, string])[] = [
  LINE_BREAK,
  QUOTED,
  [/,/, 'it looks like a list, but only one value is accepted'],
  UNREPLACED,
  UNSET,
  SPACE_AT_END,
  [/\s/, 'it has a space in it'],
  [/["'`“”‘’„«»]/, 'it has a quote in it'],
];

const PATH_ODDITIES: readonly (readonly [RegExp, string])[] = [
  [/\0/, 'it has a NUL character in it'],
  LINE_BREAK,
  QUOTED,
  UNREPLACED,
  UNSET,
  [/[\ud800-\udfff]/u, 'it has half of a character in it'],
  [/[\u202a-\u202e\u2066-\u2069\ufeff]/, 'it has an invisible character in it'],
  [/^~(?:$|[/\\])/, 'it begins with ~, which only a shell expands'],
];
