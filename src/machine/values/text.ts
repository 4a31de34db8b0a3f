/** Words, paths and numbers. */
import { resolve } from 'node:path';
import { oddityOf, oddityOfPath, placeholderIn } from './characters.ts';
import { mustBe, show, type ValueForm } from './form.ts';

export const path: ValueForm<string> = {
  read(value, refuse) {
    if (typeof value !== 'string') throw refuse(`${show(value)} is not a string; put it in quotes`);
    if (value.trim() === '') throw refuse('must not be blank');
    const oddity = oddityOfPath(value);
    if (oddity !== undefined) throw refuse(mustBe('a path', value, oddity));
    return value;
  },
  write: (value) => value,
  placeholder: 'path',
  accepts: 'a path',
  schema: { type: 'string', pattern: '\\S' },
  locate: (value, directory) => resolve(directory, value),
};

/** On this machine: as a path, `https://host/name` would be a directory called `https:`. */
export const localPath: ValueForm<string> = {
  ...path,
  read(value, refuse) {
    const name = path.read(value, refuse);
    if (name.trim() !== name) throw refuse(mustBe('a path', value, 'it has a space at one end'));
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(name)) throw refuse('must be a path, not a URL');
    return name;
  },
};

/** One word; the code that uses it checks it further. */
export const word: ValueForm<string> = {
  read(value, refuse) {
    if (typeof value !== 'string') throw refuse(`${show(value)} is not a string; put it in quotes`);
    if (value.trim() === '') throw refuse('must not be blank');
    const oddity = oddityOf(value);
    if (oddity !== undefined) throw refuse(mustBe(word.accepts, value, oddity));
    return value;
  },
  write: (value) => value,
  placeholder: 'text',
  accepts: 'one word',
  schema: { type: 'string', pattern: '^\\S+$' },
};

/** A value for an Authorization header; never shown, not even if it is invalid. */
export const secret: ValueForm<string> = {
  read(value, refuse) {
    const fail = (why: string) => refuse(`must be ${secret.accepts}: ${why}`);
    if (typeof value !== 'string') throw fail('it is not a string');
    if (value === '' || value.length > MAX_SECRET_LENGTH) throw fail(`it has ${value.length} characters`);
    if (/^Bearer\s/i.test(value)) throw fail('it begins with "Bearer", which the program adds itself');
    const oddity = oddityOf(value);
    if (oddity !== undefined) throw fail(oddity);
    return value;
  },
  write: () => '(secret)',
  placeholder: 'secret',
  accepts: 'one word of printable ASCII characters',
  schema: { type: 'string', pattern: '^[\\x21-\\x7e]+$' },
};

const MAX_SECRET_LENGTH = 1024;

/** The content of a file, as JSON; never shown, not even if it is invalid. */
export const secretJson: ValueForm<string> = {
  ...secret,
  read(value, refuse) {
    const fail = (why: string) => refuse(`must be ${secretJson.accepts}: ${why}`);
    if (typeof value !== 'string') throw fail('it is not a string');
    const problem = placeholderIn(value) ?? (isJsonObject(value) ? undefined : 'it is not');
    if (problem !== undefined) throw fail(problem);
    return value;
  },
  accepts: 'the content of such a file, a JSON object',
  schema: { type: 'string', pattern: '^\\s*\\{' },
};

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** What a server compares with what it knows; never shown. */
export const password: ValueForm<string> = {
  ...secret,
  read(value, refuse) {
    if (typeof value === 'string' && value !== '') return value;
    throw refuse(`must be ${password.accepts}`);
  },
  accepts: 'a text',
  schema: { type: 'string', minLength: 1 },
};

/** A whole number. */
export function integer(least: number, most: number): ValueForm<number> {
  const accepts = `a whole number from ${least} to ${most}`;
  return {
    read(value, refuse) {
      const digits = typeof value === 'string' && /^\d{1,15}$/.test(value);
      const number = typeof value === 'number' ? value : digits ? Number(value) : Number.NaN;
      if (!Number.isInteger(number) || number < least || number > most) throw refuse(mustBe(accepts, value));
      return number;
    },
    write: String,
    placeholder: 'n',
    accepts,
    schema: {
      anyOf: [
        { type: 'integer', minimum: least, maximum: most },
        { type: 'string', pattern: '^\\d+$' },
      ],
    },
  };
}
