/** The body of a request that makes or changes a user. */
import {
  externalId,
  isEmail,
  isExternalId,
  isMetadata,
  isPersonName,
  METADATA_ACCEPTS,
} from '../../machine/values/user.ts';
import { isPassword, PASSWORD_ACCEPTS } from '../../workos/authkit/password.ts';

/** What is undefined was not said. */
export interface UserMembers {
  readonly email?: string;
  readonly first_name?: string | null;
  readonly last_name?: string | null;
  readonly email_verified?: boolean;
  readonly external_id?: string | null;
  /** Null takes an entry away. */
  readonly metadata?: Readonly<Record<string, string | null>>;
  readonly password?: string;
}

interface Rule {
  readonly is: (value: unknown) => boolean;
  /** Of a value that is none. */
  readonly accepts: string;
}

const RULES: Readonly<Record<keyof UserMembers, Rule>> = {
  email: { is: isEmail, accepts: 'an e-mail address' },
  first_name: { is: orNull(isPersonName), accepts: 'a name of at most 200 characters in one line, or null' },
  last_name: { is: orNull(isPersonName), accepts: 'a name of at most 200 characters in one line, or null' },
  email_verified: { is: (value) => typeof value === 'boolean', accepts: 'true or false' },
  external_id: { is: orNull(isExternalId), accepts: `${externalId.accepts}, or null` },
  metadata: { is: isMetadata, accepts: METADATA_ACCEPTS },
  password: { is: isPassword, accepts: PASSWORD_ACCEPTS },
};

/** They would be accepted and ignored. */
const NOT_PLAYED = ['password_hash', 'password_hash_type'] as const;

/** @returns a sentence about a body that cannot be used */
export function readUserMembers(text: string): UserMembers | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'The body must be a JSON object.';
  const given = value as Readonly<Record<string, unknown>>;
  const unplayed = NOT_PLAYED.find((name) => Object.hasOwn(given, name));
  if (unplayed !== undefined) return `${unplayed} is not played here: give a password.`;
  const read: Record<string, unknown> = {};
  for (const [name, { is, accepts }] of Object.entries(RULES)) {
    const member = Object.hasOwn(given, name) ? given[name] : undefined;
    if (member === undefined) continue;
    if (!is(member)) return `${name} must be ${accepts}.`;
    read[name] = member;
  }
  return read;
}

/** What is there already goes on; null and undefined are left out. The result may have too many entries (`isMetadata`). */
export function mergedMetadata(
  known: Readonly<Record<string, string>>,
  given: UserMembers['metadata'] = {},
): Readonly<Record<string, string>> {
  const entries = Object.entries({ ...known, ...given });
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
}

function orNull(is: (value: unknown) => boolean): (value: unknown) => boolean {
  return (value) => value === null || is(value);
}
