/** Issuer and client id. A value that no token can match is refused at once, not at the first token. */
import { oddityOf } from './characters.ts';
import { mustBe, type Refuse, show, type ValueForm } from './form.ts';

/** The longest issuer that every database stores: with the longest key and subject, it fits into an index of PostgreSQL. */
const MAX_ISSUER_LENGTH = 1000;

export function isIssuer(value: unknown): value is string {
  return typeof value === 'string' && issuerProblem(value) === undefined;
}

/**
 * Stored as it is written: `iss` is compared with it character by character, except for one slash at the end. No request
 * is sent to this URL, so it may be http.
 */
export const issuer: ValueForm<string> = {
  read(value, refuse) {
    return word(issuer, value, issuerProblem, refuse);
  },
  write: (value) => value,
  placeholder: 'url',
  accepts: 'one http or https URL, such as https://api.workos.com',
  schema: { type: 'string', pattern: '^https?://', maxLength: MAX_ISSUER_LENGTH },
};

/** The problem with it, or undefined. */
function issuerProblem(text: string): string | undefined {
  const oddity = oddityOf(text);
  if (oddity !== undefined) return oddity;
  if (text.length > MAX_ISSUER_LENGTH)
    return `it has ${text.length} characters, but may have at most ${MAX_ISSUER_LENGTH}`;
  if (/^client_/.test(text)) return 'it looks like a client id';
  if (/^[\w-]+(?:\.[\w-]+)+(?:[:/]|$)/.test(text)) return `it has no scheme (did you mean https://${text}?)`;
  if (!/^https?:\/\/[^/?#\\@]+(?:\/[^?#\\]*)?$/i.test(text) || !URL.canParse(text)) return urlProblem(text);
  return undefined;
}

function urlProblem(text: string): string {
  if (/^https?:\/\/[^/?#]*@/i.test(text)) return 'it contains credentials';
  if (/[?#]/.test(text)) return 'it has a query or a fragment';
  return 'it is not a URL';
}

const CLIENT_ID = /^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,254}$/;

export function isClientId(value: unknown): value is string {
  return typeof value === 'string' && clientIdProblem(value) === undefined;
}

/** One segment of a URL path (RFC 3986 section 3.3) without encoding, because the keys are at `/sso/jwks/<client id>`. */
export const clientId: ValueForm<string> = {
  read(value, refuse) {
    return word(clientId, value, clientIdProblem, refuse);
  },
  write: (value) => value,
  placeholder: 'id',
  accepts: 'one client id: letters, digits, -, _, . and ~',
  schema: { type: 'string', pattern: CLIENT_ID.source },
};

function clientIdProblem(text: string): string | undefined {
  const oddity = oddityOf(text);
  if (oddity !== undefined) return oddity;
  if (/^https?:/i.test(text)) return 'it looks like a URL';
  if (CLIENT_ID.test(text)) return undefined;
  return text.length > 255 ? `it has ${text.length} characters` : 'it would change the path of the key set';
}

function word(
  form: ValueForm<string>,
  value: unknown,
  problemOf: (text: string) => string | undefined,
  refuse: Refuse,
): string {
  if (typeof value !== 'string') throw refuse(`${show(value)} is not a string; put it in quotes`);
  if (value.trim() === '') throw refuse('must not be blank');
  // The value is not shown: it may be an API key in the wrong place, or a password in a URL.
  if (/\bsk_/.test(value)) throw refuse(`must be ${form.accepts}: it looks like an API key`);
  const problem = problemOf(value);
  if (problem === undefined) return value;
  throw refuse(/@/.test(value) ? `must be ${form.accepts}: ${problem}` : mustBe(form.accepts, value, problem));
}
