/**
 * Every check of an access token, in a fixed order. `verifyAccessToken` runs this list for both the server and
 * `explain`; a token with two errors is refused by the first check that fails.
 */
import { compactVerify, errors } from 'jose';
import { refusal } from '../../errors/api-error.ts';
import { checkClient, checkIssuer, checkLifetime, checkSessionAndTokenId, checkSubject, lifetimeOf } from './claims.ts';
import { MAX_TOKEN_LENGTH, parseCompact } from './compact.ts';
import type { CheckFinding, Examination } from './examination.ts';
import { checkAlgorithm, checkCritical, checkKeyHeaders, checkKeyId, checkType } from './header.ts';
import { parseJsonObject } from './json-object.ts';

interface CheckRow {
  readonly name: string;
  readonly run: (e: Examination) => CheckFinding | Promise<CheckFinding>;
}

export const CHECKS = [
  { name: 'size', run: checkSize },
  { name: 'encoding', run: checkEncoding },
  { name: 'header', run: checkHeader },
  { name: 'algorithm', run: (e) => checkAlgorithm(known(e.header)) },
  { name: 'critical', run: (e) => checkCritical(known(e.header)) },
  { name: 'key headers', run: (e) => checkKeyHeaders(known(e.header)) },
  { name: 'type', run: (e) => checkType(known(e.header)) },
  { name: 'key id', run: (e) => checkKeyId(known(e.header)) },
  { name: 'key', run: findKey },
  { name: 'signature', run: checkSignature },
  { name: 'payload', run: checkPayload },
  { name: 'lifetime', run: (e) => checkLifetime(lifetimeOf(known(e.payload)), e.now, e.settings) },
  { name: 'issuer', run: (e) => checkIssuer(known(e.payload), e.settings.issuer) },
  { name: 'client', run: (e) => checkClient(known(e.payload), e.settings) },
  { name: 'subject', run: (e) => checkSubject(known(e.payload)) },
  { name: 'session', run: checkSession },
] as const satisfies readonly CheckRow[];

export type CheckName = (typeof CHECKS)[number]['name'];

function checkSize({ token }: Examination): CheckFinding {
  const expected = `at most ${MAX_TOKEN_LENGTH} characters`;
  const received = `${token.length} characters`;
  if (token.length > MAX_TOKEN_LENGTH) throw refusal('token_too_large', { expected, received });
  return { expected, received };
}

function checkEncoding(e: Examination): CheckFinding {
  e.compact = parseCompact(e.token);
  return { expected: '3 canonical base64url parts', received: '3 parts' };
}

function checkHeader(e: Examination): CheckFinding {
  e.header = parseJsonObject(known(e.compact).header, 'header_invalid');
  return { expected: 'a JSON object', received: `members ${Object.keys(e.header).join(', ')}` };
}

async function findKey(e: Examination): Promise<CheckFinding> {
  e.key = await e.keys.find(known(e.header), e.trace);
  return { expected: 'one RSA key of the JWKS, 2048 bits or more', received: `${e.key.algorithm.modulusLength} bits` };
}

async function checkSignature(e: Examination): Promise<CheckFinding> {
  const key = known(e.key);
  try {
    await compactVerify(e.token, key, { algorithms: ['RS256'] });
  } catch (cause) {
    if (cause instanceof errors.JOSEError)
      throw refusal('bad_signature', { expected: 'RS256', received: 'another signature', cause });
    throw cause;
  }
  e.isSigned = true;
  return { expected: 'RS256', received: 'valid' };
}

function checkPayload(e: Examination): CheckFinding {
  e.payload = parseJsonObject(known(e.compact).payload, 'payload_invalid');
  return { expected: 'a JSON object', received: `claims ${Object.keys(e.payload).join(', ')}` };
}

function checkSession(e: Examination): CheckFinding {
  const found = checkSessionAndTokenId(known(e.payload));
  e.tokenId = found.tokenId;
  e.sessionId = found.sessionId;
  return found;
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('a check ran before the check that it depends on');
  return value;
}
