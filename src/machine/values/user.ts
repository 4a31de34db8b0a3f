/** The rules for addresses, ids and names of users, for every input. */
import { hasInvisible, isOneLine } from './characters.ts';
import { mustBe, type ValueForm } from './form.ts';

/** RFC 5321 section 4.5.3.1: 64 for the local part, @, 255 for the domain. */
const MAX_EMAIL_LENGTH = 320;
const MAX_NAME_LENGTH = 200;
const MAX_EXTERNAL_ID_LENGTH = 255;

/** Looser than RFC 5322, like WorkOS: one @, no white space, only visible characters. */
export function isEmail(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= MAX_EMAIL_LENGTH &&
    /^[^\s@]+@[^\s@]+$/.test(value) &&
    !hasInvisible(value) &&
    !BLANK.test(value)
  );
}

/** Letters and symbols that have no visible form (Unicode has no property for them). */
const BLANK = /[\u2800\u{1d159}]/u;

/** Ids of WorkOS are `user_` and a ULID; shorter ids are easier to read in tests. */
export function isUserId(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{1,255}$/.test(value);
}

/** A first or last name: anything that can be stored and shown in one line. */
export function isPersonName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_NAME_LENGTH && isOneLine(value);
}

/** The id of a user in another system. */
export function isExternalId(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_EXTERNAL_ID_LENGTH && isOneLine(value);
}

export const email: ValueForm<string> = {
  read(value, refuse) {
    if (!isEmail(value)) throw refuse(mustBe(email.accepts, value, emailProblem(value)));
    return value;
  },
  write: (value) => value,
  placeholder: 'address',
  accepts: 'an e-mail address, such as name@example.com',
  schema: { type: 'string', pattern: '^[^\\s@]+@[^\\s@]+$', maxLength: MAX_EMAIL_LENGTH },
};

export const userId: ValueForm<string> = {
  read(value, refuse) {
    if (!isUserId(value)) throw refuse(mustBe(userId.accepts, value));
    return value;
  },
  write: (value) => value,
  placeholder: 'id',
  accepts: 'a user id: 1 to 255 letters, digits, _ and -',
  schema: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,255}$' },
};

export const personName: ValueForm<string> = {
  read(value, refuse) {
    if (!isPersonName(value) || value.trim() === '') throw refuse(mustBe(personName.accepts, value));
    return value;
  },
  write: (value) => value,
  placeholder: 'name',
  accepts: `a name of 1 to ${MAX_NAME_LENGTH} characters in one line`,
  schema: { type: 'string', minLength: 1, maxLength: MAX_NAME_LENGTH },
};

export const externalId: ValueForm<string> = {
  read(value, refuse) {
    if (!isExternalId(value)) throw refuse(mustBe(externalId.accepts, value));
    return value;
  },
  write: (value) => value,
  placeholder: 'id',
  accepts: `text of 1 to ${MAX_EXTERNAL_ID_LENGTH} characters in one line`,
  schema: { type: 'string', minLength: 1, maxLength: MAX_EXTERNAL_ID_LENGTH },
};

const MAX_ENTRIES = 50;
export const METADATA_ACCEPTS = `at most ${MAX_ENTRIES} entries of text: names to 40, values to 600 characters`;

/** The `metadata` of a user of WorkOS; null takes an entry away. */
export function isMetadata(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  const isValue = (each: unknown) => each === null || (typeof each === 'string' && each.length <= 600);
  const isEntry = ([name, each]: [string, unknown]) => name.length >= 1 && name.length <= 40 && isValue(each);
  return entries.length <= MAX_ENTRIES && entries.every(isEntry);
}

function emailProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (value.length > MAX_EMAIL_LENGTH) return `it has more than ${MAX_EMAIL_LENGTH} characters`;
  if (/[\r\n]/.test(value)) return 'it has a line break';
  if (hasInvisible(value) || BLANK.test(value)) return 'it has an invisible character';
  if (/\s/.test(value)) return 'it has a space';
  return /@.*@/.test(value) ? 'it has more than one @' : undefined;
}
