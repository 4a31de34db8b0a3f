/** Checks the query of `GET /user_management/authorize` in a fixed order; the first failure is the answer. */
import type { RedirectPattern } from '../../machine/values/redirect-uri.ts';
import { isChallenge } from './pkce.ts';
import { isAllowed, parseRedirectUri } from './redirect-uris.ts';

export interface AuthorizationRequest {
  /** As a parsed URL. */
  readonly redirectUri: string;
  readonly state: string | undefined;
  readonly challenge: string | null;
  readonly provider: string;
  readonly screen: 'sign-in' | 'sign-up';
  readonly loginHint: string | undefined;
  readonly organizationId: string | undefined;
  /** The page must be shown, even if this server could answer without a person. */
  readonly asksForPerson: boolean;
}

/** An error that is sent to the dashboard (RFC 6749 section 4.1.2.1). */
export interface RedirectedError {
  readonly kind: 'redirect';
  readonly redirectUri: string;
  readonly state: string | undefined;
  readonly error: string;
  readonly description: string;
}

/** An error that only the person sees, because the redirect URI of the request is not allowed, or the sign-in cannot go on. */
export interface ShownError {
  readonly kind: 'page';
  readonly reason: string;
  /** Sentences for a page; they are not escaped yet. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
}

export interface JudgedRequest {
  readonly kind: 'request';
  readonly request: AuthorizationRequest;
}

export interface Judging {
  readonly clientId: string;
  readonly redirectUris: readonly RedirectPattern[];
  readonly hasOrganization: (id: string) => boolean;
}

const NAMES = [
  'client_id',
  'redirect_uri',
  'response_type',
  'state',
  'code_challenge',
  'code_challenge_method',
  'provider',
  'screen_hint',
  'login_hint',
  'organization_id',
  'connection_id',
  'invitation_token',
  'password_reset_token',
  'prompt',
  'max_age',
] as const;

/** `authkit` is the usual name of the page; the other providers lead to the same page. */
const PROVIDERS: readonly string[] = [
  'authkit',
  ...['Apple', 'Bitbucket', 'Discord', 'GitHub', 'GitLab', 'Google', 'Grok', 'Intuit', 'LinkedIn', 'Microsoft'],
  ...['Salesforce', 'Slack', 'VercelMarketplace', 'Vercel', 'X', 'Xero'],
].map((name) => (name === 'authkit' ? name : `${name}OAuth`));

const MAX_STATE_LENGTH = 4096;

export function judgeAuthorization(
  query: URLSearchParams,
  judging: Judging,
): JudgedRequest | RedirectedError | ShownError {
  const twice = NAMES.find((name) => query.getAll(name).length > 1);
  if (twice !== undefined)
    return page('invalid_request', `The request names ${twice} twice.`, 'Send each parameter once.');
  const value = (name: (typeof NAMES)[number]) => query.get(name) || undefined;
  if (value('client_id') !== judging.clientId)
    return page(
      'invalid_client',
      `The request ${value('client_id') === undefined ? 'names no client_id' : 'is for another client'}.`,
      `This server plays the client ${judging.clientId}: set WORKOS_CLIENT_ID to the same client here and in the dashboard.`,
    );
  const url = parseRedirectUri(value('redirect_uri') ?? '');
  if (url === undefined || !isAllowed(url, judging.redirectUris)) return refusedRedirect(value('redirect_uri'), url);

  const redirectUri = url.href;
  const state = query.get('state') ?? undefined;
  const failure = firstFailure(value, state, judging);
  if (failure === undefined) return { kind: 'request', request: requestOf(value, redirectUri, state) };
  if (failure.error === 'page') return page('not_played', failure.description, 'Begin again without it.');
  return { kind: 'redirect', redirectUri, state, ...failure };
}

type Value = (name: (typeof NAMES)[number]) => string | undefined;

interface ErrorAndDescription {
  /** `page` instead of a redirect. */
  readonly error: string;
  readonly description: string;
}

function firstFailure(
  value: Value,
  state: string | undefined,
  { hasOrganization }: Judging,
): ErrorAndDescription | undefined {
  const invalid = (description: string) => ({ error: 'invalid_request', description });
  if (value('response_type') !== 'code')
    return { error: 'unsupported_response_type', description: 'response_type must be code.' };
  const pkce = pkceProblem(value('code_challenge'), value('code_challenge_method'));
  if (pkce !== undefined) return invalid(pkce);
  const screen = value('screen_hint');
  if (screen !== undefined && screen !== 'sign-in' && screen !== 'sign-up')
    return invalid('screen_hint must be sign-in or sign-up.');
  const [provider, connection, organization] = [value('provider'), value('connection_id'), value('organization_id')];
  if (screen !== undefined && provider !== 'authkit') return invalid('screen_hint is for the provider authkit only.');
  if ((state?.length ?? 0) > MAX_STATE_LENGTH)
    return invalid(`state must have at most ${MAX_STATE_LENGTH} characters.`);

  if (provider === undefined && connection === undefined && organization === undefined)
    return { error: 'invalid_connection_selector', description: 'provider must be given, such as authkit.' };
  if (provider !== undefined && !PROVIDERS.includes(provider))
    return { error: 'invalid_connection_selector', description: `provider must be one of ${PROVIDERS.join(', ')}.` };
  if (connection !== undefined)
    return { error: 'connection_invalid', description: 'SSO connections are not played here.' };
  if (organization !== undefined && (provider === undefined || !hasOrganization(organization)))
    return { error: 'organization_invalid', description: 'organization_id needs provider=authkit and must be known.' };
  for (const name of ['invitation_token', 'password_reset_token'] as const)
    if (value(name) !== undefined) return { error: 'page', description: `${name} is not played here.` };
  if (value('prompt')?.split(' ').includes('none'))
    return { error: 'login_required', description: 'This page keeps no session, so it must always ask the person.' };
  return undefined;
}

function pkceProblem(challenge: string | undefined, method: string | undefined): string | undefined {
  if (challenge === undefined && method === undefined) return undefined;
  if (challenge === undefined || method === undefined)
    return 'code_challenge and code_challenge_method must be given together.';
  if (method !== 'S256') return 'code_challenge_method must be S256.';
  return isChallenge(challenge) ? undefined : 'code_challenge must be 43 base64url characters.';
}

function requestOf(value: Value, redirectUri: string, state: string | undefined): AuthorizationRequest {
  const prompts = value('prompt')?.split(' ') ?? [];
  return {
    redirectUri,
    state,
    challenge: value('code_challenge') ?? null,
    provider: value('provider') ?? 'authkit',
    screen: value('screen_hint') === 'sign-up' ? 'sign-up' : 'sign-in',
    loginHint: value('login_hint'),
    organizationId: value('organization_id'),
    asksForPerson: prompts.some((each) => ['login', 'consent', 'select_account'].includes(each)),
  };
}

function refusedRedirect(text: string | undefined, url: URL | undefined): ShownError {
  if (text === undefined)
    return page('redirect_uri_missing', 'The request names no redirect_uri.', 'Set the redirect URI of the dashboard.');
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  if (url === undefined)
    return page(
      'redirect_uri_malformed',
      `The redirect_uri is not accepted: ${shown}`,
      'It must be an absolute URI without a fragment, a user, a backslash or a control character.',
    );
  return page(
    'redirect_uri_not_allowed',
    `The redirect_uri is not allowed: ${shown}`,
    `To allow it, start the server with --redirect-uri ${shown}`,
  );
}

function page(reason: string, message: string, remedy: string): ShownError {
  return { kind: 'page', reason, message, remedy };
}
