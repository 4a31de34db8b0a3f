/** The choices of a right server in the plainest style; each design changes some of them. */
import { createHash, randomBytes, randomUUID, verify } from 'node:crypto';
import type { ClaimCheck, Rules } from './rules.ts';
import { userOf } from './workos.ts';

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const withoutSlash = (text: string) => text.replace(/\/$/, '');

export const CLAIMS = {
  exp: ({ exp }, { now, tolerance }) => isNumber(exp) && exp > now - tolerance,
  nbf: ({ nbf }, { now, tolerance }) => nbf === undefined || (isNumber(nbf) && nbf <= now + tolerance),
  iat: ({ iat }) => iat === undefined || isNumber(iat),
  iss: ({ iss }, { issuer }) => typeof iss === 'string' && withoutSlash(iss) === withoutSlash(issuer),
  client: clientOf(),
  sub: ({ sub }) => typeof sub === 'string' && sub !== '',
} as const satisfies Rules['claims'];

function clientOf(): ClaimCheck {
  return ({ client_id, azp }, { clientId }) => (client_id ?? azp) === clientId;
}

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export function crockford(length: number): string {
  return Array.from(randomBytes(length), (byte) => CROCKFORD[byte % 32]).join('');
}

export const CORRECT: Rules = {
  around: () => (asked, next) => next(asked),
  send: (response, { status, headers, body }) => void response.writeHead(status, headers).end(body),
  listening: () => undefined,

  algorithms: ['RS256'],
  shape: /^[\w-]+\.[\w-]+\.[\w-]+$/,
  acceptsHeader: ({ crit }) => crit === undefined,
  verifies: (input, signature, key) => verify('sha256', Buffer.from(input), key, signature),
  keyOf: (kid, keys) => (typeof kid === 'string' ? keys.get(kid) : undefined),
  claims: CLAIMS,
  tolerance: 0,
  keyCache: { cooldownMs: 50, isFinal: false, keepsRemoved: false },

  idOf: (value) => (typeof value === 'string' && value.trim() !== '' ? value : undefined),
  idempotencyKeyOf: (tokenId, sessionId) =>
    tokenId !== undefined ? `jti:${tokenId}` : sessionId === undefined ? undefined : `sid:${sessionId}`,
  recordOf: (key, subject) => `${subject} ${key}`,
  subjectOf: (subject) => subject,
  findUser: userOf,
  workspaceIdOf: (_email, made) => made,
  workspaceNameOf: (email) => `${email.split('@')[0]}'s Workspace`,
  emailOf: (user) => user.email,
  needsUser: () => true,
  keepsRecord: () => true,
  isAlive: () => true,

  instantOf: (now) => now,
  seenBefore: (member, email, at) => ({ ...member, email, lastSeenAt: at }),
  afterReplay: (member) => member,
  secretWhenSeen: () => null,
  onRefused: 'nothing',
  leavesTrace: () => true,
  newSecret: () => randomBytes(32).toString('base64url'),
  memberScopes: ['publish', 'read', 'admin'],
  keyScopes: ['publish', 'read'],
  keepsKey: () => true,
  hashOf: (secret) => createHash('sha256').update(secret).digest('base64url'),
  keyWithSecret: 'needed',

  duplicates: 'wait',
  looksEarlyFor: [],
  latencyMs: 5,
  onHangUp: 'finish',
  busy: () => undefined,
  loses: () => false,

  write: (body) => JSON.stringify(body),
  replayed: (body) => body,
  timestamp: (milliseconds) => new Date(milliseconds).toISOString(),
  newId: (kind) => (kind === '' ? randomUUID() : `${kind}${crockford(26)}`),
  headers: (status, requestId) => ({
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-request-id': requestId,
    ...(status === 401 ? { 'www-authenticate': 'Bearer error="invalid_token"' } : {}),
  }),
  refusal: (_status, code, message, request_id) => ({ error: { code, message, request_id } }),
  statusOf: (status) => status,
  noIdMessage: 'missing WorkOS token_id or session_id',
  shown: (_route, body) => body,
  readLagMs: 0,
  apiKeyOnDashboard: false,
  tokenOnWhoami: false,
};
