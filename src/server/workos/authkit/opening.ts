/** The sign-in at the start of the server: its settings are checked; its code and pages are not loaded yet. */

import { refusal } from '../../../errors/api-error.ts';
import { Failure } from '../../../errors/failure.ts';
import type { RandomSource } from '../../../machine/random.ts';
import { SIGN_IN_SETTINGS } from '../../../machine/settings/sign-in.ts';
import { LOCAL_API_KEY, type Settings } from '../../../machine/settings.ts';
import { show } from '../../../machine/values/form.ts';
import { DAY } from '../../../machine/values/time.ts';
import { openSignIns } from '../../../store/open.ts';
import type { MintAccessToken } from '../../../workos/authkit/authkit.ts';
import { isAllowedOrigin, parseRedirectUri } from '../../../workos/authkit/redirect-uris.ts';
import type { Mail } from '../../../workos/authkit/refusal.ts';
import type { SignIns } from '../../../workos/authkit/sign-ins.ts';
import type { Keyring } from '../../../workos/keys/keyring.ts';
import type { Authkit } from './authkit.ts';
import type { AuthkitOptions } from './deps.ts';

export interface AuthkitOpening {
  /** Loaded at the first request: the pages are a third of the program. @throws ApiError database_io, database_busy */
  load(): Promise<Authkit>;
  /** Drops expired rows. */
  sweep(now: number): Promise<number>;
  close(): Promise<void>;
}

interface OpeningParts {
  readonly options: AuthkitOptions;
  readonly settings: Settings;
  /** File of the user directory. */
  readonly users: string;
  readonly keyring: Pick<Keyring, 'jwks' | 'signingKey'>;
  readonly random: RandomSource;
  readonly mail: (mail: Mail) => void;
}

/** In remote mode these settings would have no effect. @throws Failure invalid_argument */
export function refuseSignInSettings(settings: Settings): void {
  const given = (Object.keys(SIGN_IN_SETTINGS) as (keyof typeof SIGN_IN_SETTINGS)[]).find((name) => {
    const value = settings[name];
    return Array.isArray(value) ? value.length > 0 : value !== undefined;
  });
  if (given === undefined) return;
  throw new Failure(
    'invalid_argument',
    `--${given} is for the sign-in that this server plays, and --workos-api-url names another WorkOS`,
    `Leave out --${given}, or --workos-api-url (WORKOS_API_BASE_URL).`,
  );
}

export function openAuthkit(parts: OpeningParts): AuthkitOpening {
  const { users } = parts;
  let opening: Promise<SignIns> | undefined;
  let loaded: Promise<Authkit> | undefined;
  let closed = false;
  /** After a failure, the next request tries again. */
  const opened = (): Promise<SignIns> => {
    opening ??= available(users).catch((error) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
  return {
    load() {
      loaded ??= loadAuthkit(parts, opened).catch((error) => {
        loaded = undefined;
        throw error;
      });
      return loaded;
    },
    sweep: async (now) => (closed ? 0 : (await opened()).sweep(now)),
    async close() {
      closed = true;
      (await opening?.catch(() => undefined))?.close();
    },
  };
}

async function loadAuthkit(parts: OpeningParts, opened: () => Promise<SignIns>): Promise<Authkit> {
  const [{ createAuthkit }, mint, signIns] = await Promise.all([import('./authkit.ts'), minterOf(parts), opened()]);
  const { options, random, mail } = parts;
  return createAuthkit({ options, signIns, mint, random, mail });
}

/** @throws Failure invalid_argument for settings that contradict each other */
export function signInOptions(settings: Settings): AuthkitOptions {
  const { 'redirect-uri': redirectUris, 'sign-in-as': signInAs, 'sign-out-redirect': signOut } = settings;
  if (signInAs !== undefined) {
    if (redirectUris.length === 0)
      throw new Failure(
        'invalid_argument',
        '--sign-in-as needs a --redirect-uri: without one, any program on this machine could get the sign-in',
        'Add --redirect-uri with the callback of the dashboard.',
      );
  }
  const target = signOut === undefined ? undefined : parseRedirectUri(signOut);
  if (signOut !== undefined && (target === undefined || !isAllowedOrigin(target, redirectUris)))
    throw new Failure(
      'invalid_argument',
      `--sign-out-redirect: must have the origin of an allowed redirect URI, not ${show(signOut)}`,
      'Allow its origin with --redirect-uri.',
    );
  return {
    clientId: settings['client-id'],
    apiKey: settings['workos-api-key'] ?? LOCAL_API_KEY,
    redirectUris,
    signInAs,
    signOutRedirect: target?.href,
    accessTokenLifetime: settings['access-token-lifetime'] ?? 300,
    sessionLifetime: settings['session-lifetime'] ?? 30 * DAY,
    refreshGrace: settings['refresh-grace'] ?? 30_000,
  };
}

/** Routes get this function instead of a private key. */
async function minterOf({ settings, keyring, random }: OpeningParts): Promise<MintAccessToken> {
  const { mintToken } = await import('../../../workos/tokens/mint.ts');
  const { issuer, 'client-id': clientId } = settings;
  return ({ sub, sid, authTime, now, expiresIn, membership, fault }) => {
    const claims = { auth_time: authTime, ...(membership && organizationClaims(membership)) };
    const issuedAt = Math.floor(now / 1000);
    const faults = fault === undefined ? [] : [fault];
    const options = { issuer, clientId, sub, sid, issuedAt, expiresIn, claims, faults };
    return mintToken(options, { keyring, now, random }).token;
  };
}

function organizationClaims({
  organization,
  role,
  permissions,
}: NonNullable<Parameters<MintAccessToken>[0]['membership']>) {
  const { id, entitlements, feature_flags } = organization;
  return {
    org_id: id,
    role,
    roles: [role],
    permissions,
    ...(entitlements.length === 0 ? {} : { entitlements }),
    ...(feature_flags.length === 0 ? {} : { feature_flags }),
  };
}

/** If the database cannot be opened, the request is answered with 503; the server goes on. */
async function available(path: string): Promise<SignIns> {
  try {
    return await openSignIns(path);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw refusal(error.code === 'state_locked' ? 'database_busy' : 'database_io', { cause: error });
  }
}
