/**
 * The kinds of access token that WorkOS issues, with the claims and the issuer that each has; or the kind of a given token.
 * Sources: workos.com/docs/reference/authkit/session-tokens, workos.com/docs/authkit/connect/token-claims,
 * github.com/workos/authkit-nextjs/pull/476 for the forms of the issuer.
 */
import { Buffer } from 'node:buffer';
import { closest } from '../../errors/closest.ts';
import { Failure } from '../../errors/failure.ts';
import { isTooDeep } from '../../errors/nesting.ts';
import { WORKOS_ISSUER } from '../../machine/settings.ts';
import type { Members } from './faults/fault.ts';
import type { Profile } from './token.ts';

const ULID = '01K9AGENTPASTE000000000000';
const DOMAIN = 'https://local-example.authkit.app';

/** The issuer of a form; one that a server expects is kept if it has that form. */
const ISSUERS = {
  legacy: () => WORKOS_ISSUER,
  environment: (_: string, client: string) => `${WORKOS_ISSUER}/user_management/${client}`,
  domain: (expected: string) => (formOf(expected) === 'domain' ? expected : DOMAIN),
} as const;

function formOf(issuer: unknown): keyof typeof ISSUERS {
  const text = String(issuer).replace(/\/$/, '');
  if (text === WORKOS_ISSUER) return 'legacy';
  return text.startsWith(`${WORKOS_ISSUER}/`) ? 'environment' : 'domain';
}

/** Of a member of an organization. */
const ORGANIZATION: Members = {
  org_id: `org_${ULID}`,
  role: 'member',
  roles: ['member'],
  permissions: ['posts:read'],
  entitlements: ['audit-logs'],
  feature_flags: ['beta'],
};

const OF_A_SESSION = { claims: (now: number) => ({ ...ORGANIZATION, auth_time: now }) };

const PROFILES: Readonly<Record<string, Profile>> = {
  /** Names its client nowhere. */
  'workos-legacy': { issuer: ISSUERS.legacy, claims: () => ({ client_id: undefined, ...ORGANIZATION }) },
  /** Environments since the middle of 2025. */
  'workos-environment': { issuer: ISSUERS.environment, ...OF_A_SESSION },
  'authkit-domain': { issuer: ISSUERS.domain, ...OF_A_SESSION },
  /** Another application acts for the user: it is the client, and ours is the audience. */
  connect: {
    issuer: ISSUERS.domain,
    session: 'app_consent',
    claims: (_, client) => ({
      aud: client,
      client_id: `client_${ULID.slice(0, -1)}1`,
      org_id: ORGANIZATION.org_id,
      scope: 'openid profile email',
    }),
  },
};

export const PROFILE_NAMES = Object.keys(PROFILES);

/** @throws Failure invalid_argument */
export function profileNamed(name: string): Profile {
  const profile = Object.hasOwn(PROFILES, name) ? PROFILES[name] : undefined;
  if (profile !== undefined) return profile;
  throw new Failure(
    'invalid_argument',
    `--profile: there is no ${JSON.stringify(name.slice(0, 80))}${closest(name, PROFILE_NAMES)}`,
    `Accepted: ${PROFILE_NAMES.join(', ')}.`,
  );
}

/** Which claims the token has, of which form, and how long it lives; no value of it. @throws Failure invalid_argument */
export function profileOf(token: string): Profile {
  const { iss, exp, iat, nbf: _, sub: __, ...claims } = claimsOf(token);
  const lifetime = Number(exp) - Number(iat);
  const absent = Object.fromEntries(['sid', 'jti', 'client_id'].map((name) => [name, undefined]));
  return {
    issuer: ISSUERS[formOf(iss)],
    ...(Number.isInteger(lifetime) && lifetime > 0 ? { lifetime } : {}),
    session: /^([a-z_]+)_[0-9A-Z]{26}$/.exec(String(claims.sid))?.[1] ?? 'session',
    claims: (now, client) => {
      const made = Object.entries(claims).map(([name, value]) => [name, standIn(value, now, client)]);
      const { sid, jti, ...others } = { ...absent, ...Object.fromEntries(made) };
      // Ids that the token has are made again.
      return { ...others, ...(sid === undefined ? { sid } : {}), ...(jti === undefined ? { jti } : {}) };
    },
  };
}

function claimsOf(token: string): Members {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    if (typeof claims === 'object' && claims !== null && !Array.isArray(claims) && !isTooDeep(claims))
      return claims as Members;
  } catch {
    // Told below, without the text: it may be a credential.
  }
  throw new Failure('invalid_argument', '--profile: the input is not a JSON Web Token', 'Give an access token.');
}

/** A value of the same form, with nothing of the given one but the names of its members. */
function standIn(value: unknown, now: number, client: string): unknown {
  if (Array.isArray(value)) return value.map((element) => standIn(element, now, client));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [withoutPerson(name), standIn(member, now, client)]),
    );
  if (typeof value === 'number') return value > 1e9 && value < 1e11 ? now : 0;
  if (typeof value !== 'string') return typeof value === 'boolean' ? false : value;
  if (value.startsWith('client_')) return client;
  const prefix = /^([a-z]+(?:_[a-z]+)*_)[0-9A-Z]{26}$/.exec(value)?.[1];
  if (prefix !== undefined) return prefix + ULID;
  return withoutPerson(value) === value ? 'text' : SOMEONE;
}

const SOMEONE = 'someone@example.com';

/** Custom claims may be objects by address. */
function withoutPerson(name: string): string {
  return name.includes('@') ? SOMEONE : name;
}
