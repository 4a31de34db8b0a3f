/** Recognises tokens for another purpose, or of another product: no setting should make a server accept them. */
import { visible } from '../../errors/foreign-text.ts';
import { type JsonObject, member } from '../token/json-object.ts';
import type { RefusedToken } from './refused-token.ts';

type Readable = Pick<RefusedToken, 'header' | 'claims' | 'verifier'>;

/** What the token is instead of an access token of AuthKit, or undefined. The first row that fits is reported. */
export function otherToken(token: Readable): string | undefined {
  return KINDS.find(([fits]) => fits(token))?.[1](token);
}

const SEND = 'send the access token of the sign-in';

const KINDS: readonly (readonly [(token: Readable) => boolean, (token: Readable) => string])[] = [
  [
    isIdToken,
    () => `It looks like an id token, which tells an application who signed in: ${SEND}, which comes with it.`,
  ],
  [
    ({ claims }) => hasPurpose(claims, 'refresh') || hasPurpose(claims, 'offline'),
    () => `It looks like a refresh token: exchange it for an access token, and ${SEND}.`,
  ],
  [
    ({ claims }) => isObject(member(claims, 'events')),
    () => `It looks like a security event, such as a logout token, which one server sends to another: ${SEND}.`,
  ],
  [
    ({ claims }) => typeof member(claims, 'htm') === 'string' && typeof member(claims, 'htu') === 'string',
    () => `It looks like a DPoP proof, which accompanies a token: ${SEND}.`,
  ],
  [
    ({ claims }) => /^app_consent_/.test(String(member(claims, 'sid'))),
    () => `It is a token of WorkOS Connect, for another application: ${SEND}.`,
  ],
  [
    isMachineToken,
    () =>
      `It looks like a token of a machine (client credentials), for which no user signed in: sign in as a user, and ${SEND}.`,
  ],
  [
    ({ claims }) => productOf(claims) !== undefined,
    ({ claims }) => `It is a token of ${productOf(claims)}, not of AuthKit: ${SEND} with AuthKit.`,
  ],
];

/** OpenID Connect Core sections 2 and 3.1.3.6; `token_use` is of Cognito, `typ` of Keycloak. AuthKit names its session in `sid`. */
function isIdToken({ claims, verifier }: Readable): boolean {
  if (['nonce', 'at_hash', 'c_hash', 's_hash'].some((name) => typeof member(claims, name) === 'string')) return true;
  if (hasPurpose(claims, 'id')) return true;
  const aud = member(claims, 'aud');
  const isForClient = [aud].flat().includes(verifier.settings.clientId);
  return isForClient && ['sid', 'client_id', 'azp'].every((name) => (member(claims, name) ?? undefined) === undefined);
}

function hasPurpose(claims: JsonObject | null, purpose: string): boolean {
  return ['token_use', 'typ'].some((name) => {
    const value = member(claims, name);
    return typeof value === 'string' && value.toLowerCase() === purpose;
  });
}

/** RFC 9068 section 2.2: without a user, `sub` is the client. `gty` is of Auth0, `idtyp` of Entra. */
function isMachineToken({ claims }: Readable): boolean {
  const sub = member(claims, 'sub');
  if (member(claims, 'gty') === 'client-credentials' || member(claims, 'idtyp') === 'app') return true;
  if (typeof sub !== 'string' || sub === '') return false;
  const isClient = ['client_id', 'azp'].some((name) => member(claims, name) === sub);
  return isClient || /^client_[A-Za-z0-9]+$|@clients$/.test(sub);
}

/** Issuers that no AuthKit environment has, by the end of their host name. */
const PRODUCTS: readonly (readonly [string, string])[] = [
  ['accounts.google.com', 'Google'],
  ['securetoken.google.com', 'Firebase'],
  ['appleid.apple.com', 'Apple'],
  ['login.microsoftonline.com', 'Microsoft Entra'],
  ['sts.windows.net', 'Microsoft Entra'],
  ['b2clogin.com', 'Microsoft Entra'],
  ['ciamlogin.com', 'Microsoft Entra'],
  ['auth0.com', 'Auth0'],
  ['okta.com', 'Okta'],
  ['oktapreview.com', 'Okta'],
  ['clerk.accounts.dev', 'Clerk'],
  ['supabase.co', 'Supabase'],
  ['supabase.com', 'Supabase'],
  ['kinde.com', 'Kinde'],
  ['stytch.com', 'Stytch'],
  ['logto.app', 'Logto'],
  ['token.actions.githubusercontent.com', 'GitHub Actions'],
  ['gitlab.com', 'GitLab'],
  ['kubernetes.default.svc', 'Kubernetes'],
  ['kubernetes.default.svc.cluster.local', 'Kubernetes'],
];

function productOf(claims: JsonObject | null): string | undefined {
  const iss = member(claims, 'iss');
  if (typeof iss !== 'string') return undefined;
  if (iss === 'supabase') return 'Supabase';
  const host = /^(?:https:\/\/)?([^/:?#]+)/i.exec(iss)?.[1]?.toLowerCase() ?? '';
  if (/^cognito-idp\.[a-z0-9-]+\.amazonaws\.com$/.test(host)) return 'Amazon Cognito';
  if (/^https?:\/\/[^/]+\/(?:auth\/)?realms\/[^/]+\/?$/.test(iss)) return `Keycloak (${visible(iss)})`;
  return PRODUCTS.find(([end]) => host === end || host.endsWith(`.${end}`))?.[1];
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
