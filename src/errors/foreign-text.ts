/**
 * Makes texts from other sources safe for a log, a message or a terminal. Each function is linear in the length of its
 * text, because no pattern below backtracks.
 */

const MAX_LENGTH = 200;

/** Characters that move the cursor, or reverse or hide text. JSON.stringify does not escape half of them. */
function withEscapes(text: string, replaced: (found: string) => string): string {
  // Classes of Unicode take a millisecond to load, and most texts need none.
  if (/^[ -~]*$/.test(text)) return text;
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, replaced);
}

/** The whole text, with all of them except line breaks written as `\uXXXX`, which is also valid JSON. */
export function visible(text: string): string {
  return withEscapes(text, (found) => (found === '\n' ? found : escaped(found)));
}

/** One line of at most 200 visible characters and `…`. */
export function printable(text: string): string {
  // Cut before, so that a long text costs little, and again afterwards, because an escape has at least six characters.
  return cut(withEscapes(cut(text), escaped));
}

/**
 * The text with possible secrets removed: people enter a token instead of a name, servers repeat their input, and the
 * output of a command may be kept in logs. A token is recognized by its first characters, which are `{"` in base64url.
 * The public part of an API key stays, because it helps to find the key. A URL keeps its host, and loses what stands before the @;
 * that of a database keeps its user, and loses the password.
 */
export function redacted(text: string): string {
  return text
    .replace(/(?<![A-Za-z0-9])eyJ[\w-]*(?:\.[\w-]*)*/g, '<secret>')
    .replace(/(?<![A-Za-z0-9])(ap_pk_[a-z]+_)([\w-]+)/g, withoutSecret)
    .replace(/(?<![A-Za-z0-9])sk_[\w-]+/g, '<secret>')
    .replace(/(?<=(?<!postgres(?:ql)?):\/\/)[^/?#\s"'@]+@/gi, '<secret>@')
    .replace(/(?<=postgres(?:ql)?:\/\/[^/?#\s"'@:]*:)[^/?#\s"'@]+(?=@)/gi, '<secret>');
}

/** A text of another server: printable, and without secrets. */
export function excerpt(text: string): string {
  // Cut before: half a secret is still recognized.
  return printable(redacted(cut(text)));
}

function withoutSecret(key: string, kind: string, rest: string): string {
  const publicId = /^[0-9A-Z]{16}_/.exec(rest)?.[0] ?? '';
  return rest === publicId ? key : `${kind}${publicId}<secret>`;
}

function cut(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}

/** The escape of JSON; a character beyond U+FFFF needs two. */
function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');
}
