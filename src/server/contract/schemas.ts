/**
 * The bodies of the contract as schemas. The server imports only their types: zod is loaded at the first request for the
 * OpenAPI document, not at start-up. Objects are closed, except users of WorkOS, which have members that we do not read.
 */
import { z } from 'zod';
import type * as answer from '../../callback/workspace/answer.ts';
import { KEY_SCOPES, MEMBER_SCOPES } from '../../callback/workspace/records.ts';
import { type ErrorCode, HTTP_STATUS } from '../../errors/codes.ts';
import { REASONS, type Reason } from '../../errors/reasons.ts';
import { verifierFields } from './verifier-fields.ts';

const CROCKFORD = '[0-9A-HJKMNP-TV-Z]';

/** Form of an `X-Request-Id` that is kept (contract §1, Errors). */
const REQUEST_ID = /^[A-Za-z0-9_-]{8,128}$/;

const prefixedId = (prefix: string) => z.string().regex(new RegExp(`^${prefix}_${CROCKFORD}{26}$`));
const instant = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/)
  .describe('ISO 8601 with milliseconds, UTC');
const workspaceId = z.uuid({ version: 'v4' });
const count = z.int().min(0);
const memberScopes = z.array(z.enum(MEMBER_SCOPES));
const keyScopes = z.array(z.enum(KEY_SCOPES));
const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/);
/** As loose as the check of the server: only WorkOS knows whether an address exists. */
const email = z
  .string()
  .max(320)
  .regex(/^[^\s@]+@[^\s@]+$/);
const requestId = z.string().regex(REQUEST_ID);
const publicId = z.string().regex(new RegExp(`^${CROCKFORD}{16}$`));

export const Workspace = z.strictObject({
  id: workspaceId,
  name: z.string(),
  created_at: instant,
}) satisfies z.ZodType<answer.WorkspaceSummary>;

export const WorkspaceMember = z.strictObject({
  id: prefixedId('mem'),
  workspace_id: workspaceId,
  email,
  scopes: memberScopes,
  created_at: instant,
  last_seen_at: instant,
}) satisfies z.ZodType<answer.MemberSummary>;

export const ApiKeySummary = z.strictObject({
  id: prefixedId('key'),
  workspace_id: workspaceId,
  name: z.string(),
  public_id: publicId,
  scopes: keyScopes,
  revoked_at: instant.nullable(),
  created_at: instant,
  last_used_at: instant.nullable(),
}) satisfies z.ZodType<answer.ApiKeySummary>;

export const ApiKeySecret = z
  .string()
  .regex(new RegExp(`^ap_pk_(preview|production|live)_${CROCKFORD}{16}_[A-Za-z0-9_-]{43}$`))
  .describe('The whole API key. Only the first answer and its replays contain it.');

export const CallbackResponse = z.strictObject({
  workspace: Workspace,
  workspace_member: WorkspaceMember,
  scopes: memberScopes,
  default_api_key: z.strictObject({ api_key: ApiKeySummary, secret: ApiKeySecret }).nullable(),
}) satisfies z.ZodType<answer.CallbackBody>;

export const ErrorEnvelope = z.strictObject({
  error: z.strictObject({
    code: z.enum(Object.keys(HTTP_STATUS) as ErrorCode[]),
    message: z.string(),
    request_id: requestId,
    docs: z.url().optional(),
    reason: z
      .enum(Object.keys(REASONS) as Reason[])
      .optional()
      .describe('The machine-readable cause, on 401 and 503.'),
  }),
});
export type ErrorEnvelope = z.infer<typeof ErrorEnvelope>;

export const UsagePolicy = z.strictObject({
  file_size_cap_bytes: count,
  artifact_size_cap_bytes: count,
  file_count_cap: count,
  actor_rate_limit_per_minute: count,
  workspace_burst_cap_per_minute: count,
  upload_session_ttl_seconds: count,
  default_ttl_seconds: count,
  min_ttl_seconds: count,
  max_ttl_seconds: count,
});
export type UsagePolicy = z.infer<typeof UsagePolicy>;

export const WebWorkspace = z.strictObject({
  workspace: Workspace,
  workspace_member: WorkspaceMember,
  usage_policy: UsagePolicy,
  default_key_first_run: z.literal(false),
});
export type WebWorkspace = z.infer<typeof WebWorkspace>;

export const PageInfo = z.strictObject({ next_cursor: z.string().nullable(), has_more: z.boolean() });
export type PageInfo = z.infer<typeof PageInfo>;

const page = <T extends z.ZodType>(item: T) => z.strictObject({ items: z.array(item), page_info: PageInfo });

export const Artifact = z.strictObject({
  id: prefixedId('art'),
  title: z.string(),
  status: z.enum(['Published', 'Deleted', 'Expired']),
  latest_revision_id: prefixedId('rev'),
  pinned: z.boolean(),
  lockdown: z.boolean(),
  last_published_at: instant,
  auto_delete_at: instant.nullable(),
});
export type Artifact = z.infer<typeof Artifact>;

export const ArtifactList = page(Artifact);
export type ArtifactList = z.infer<typeof ArtifactList>;

export const ArtifactDetail = Artifact.extend({ entrypoint: z.string(), file_count: count, size_bytes: count });
export type ArtifactDetail = z.infer<typeof ArtifactDetail>;

export const KeyListItem = ApiKeySummary.extend({ expires_at: z.null(), revoked: z.boolean() });
export type KeyListItem = z.infer<typeof KeyListItem>;

export const KeyList = page(KeyListItem);
export type KeyList = z.infer<typeof KeyList>;

export const AuditEntry = z.strictObject({
  id: prefixedId('evt'),
  time: instant,
  actor: z.string().describe('`type:id` of the actor, such as `system:web-auth`'),
  action: z.string(),
  target: z.string().describe('`type:id` of the changed object'),
  change_summary: z.string(),
  request_id: requestId,
});
export type AuditEntry = z.infer<typeof AuditEntry>;

export const AuditList = page(AuditEntry);
export type AuditList = z.infer<typeof AuditList>;

export const WorkspaceSettings = z.strictObject({
  workspace_name: z.string(),
  auto_deletion_days: count,
  usage_policy: z.strictObject({ artifacts_per_day: count, bytes_per_day: count }),
});
export type WorkspaceSettings = z.infer<typeof WorkspaceSettings>;

export const Whoami = z.strictObject({
  actor: z.strictObject({ type: z.literal('api_key'), id: prefixedId('key'), name: z.string() }),
  workspace: Workspace,
  scopes: keyScopes,
  usage_policy: UsagePolicy,
});
export type Whoami = z.infer<typeof Whoami>;

export const Health = z.strictObject({ status: z.literal('ok') });
export type Health = z.infer<typeof Health>;

export const VerifierSettings = z.strictObject({
  ...verifierFields,
  jwks_url: z.url(),
  workos_api_url: z.url(),
});
export type VerifierSettings = z.infer<typeof VerifierSettings>;

export const OpenApiDocument = z.looseObject({ openapi: z.string() });

/** RFC 7517 section 5; public members only. */
export const Jwks = z.strictObject({
  keys: z.array(
    z.strictObject({
      kty: z.literal('RSA'),
      use: z.literal('sig'),
      alg: z.literal('RS256'),
      kid: z.string(),
      n: base64url,
      e: base64url,
    }),
  ),
});
export type Jwks = z.infer<typeof Jwks>;

export const WorkosUser = z.looseObject({
  object: z.literal('user'),
  id: z.string(),
  email,
  email_verified: z.boolean(),
  first_name: z.string().nullable(),
  last_name: z.string().nullable(),
  last_sign_in_at: instant.nullable(),
  external_id: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  created_at: instant,
  updated_at: instant,
});
export type WorkosUser = z.infer<typeof WorkosUser>;

export const WorkosUserList = z.strictObject({
  object: z.literal('list'),
  data: z.array(WorkosUser),
  list_metadata: z.strictObject({ before: z.string().nullable(), after: z.string().nullable() }),
});
export type WorkosUserList = z.infer<typeof WorkosUserList>;

const newUserMembers = {
  first_name: z.string().max(200).nullable().optional(),
  last_name: z.string().max(200).nullable().optional(),
  email_verified: z.boolean().optional(),
  external_id: z.string().min(1).max(255).nullable().optional(),
  metadata: z.record(z.string().max(40), z.string().max(600).nullable()).optional(),
  password: z.string().min(1).max(1000).optional(),
};

export const WorkosNewUser = z.looseObject({ email, ...newUserMembers });
export type WorkosNewUser = z.infer<typeof WorkosNewUser>;

/** What is left out stays as it is. */
export const WorkosUserChange = z.looseObject({ email: email.optional(), ...newUserMembers });
export type WorkosUserChange = z.infer<typeof WorkosUserChange>;

export const WorkosUserAnswer = z.strictObject({ user: WorkosUser });
export type WorkosUserAnswer = z.infer<typeof WorkosUserAnswer>;

export const WorkosIdentities = z.array(
  z.strictObject({ idp_id: z.string(), type: z.literal('OAuth'), provider: z.string() }),
);
export type WorkosIdentities = z.infer<typeof WorkosIdentities>;

export const WorkosCode = z.looseObject({ code: z.string() });
export type WorkosCode = z.infer<typeof WorkosCode>;

export const WorkosMagicAuthRequest = z.looseObject({ email });
export type WorkosMagicAuthRequest = z.infer<typeof WorkosMagicAuthRequest>;

export const WorkosOneTimeCode = z.strictObject({
  object: z.enum(['magic_auth', 'email_verification']),
  id: z.string().regex(new RegExp(`^(magic_auth|email_verification)_${CROCKFORD}{26}$`)),
  user_id: z.string(),
  email,
  expires_at: instant,
  code: z.string().regex(/^\d{6}$/),
  created_at: instant,
  updated_at: instant,
});
export type WorkosOneTimeCode = z.infer<typeof WorkosOneTimeCode>;

/** What a sign-in lacks; where a token goes on with it, it is there. */
export const WorkosStepNeeded = z.strictObject({
  code: z.enum(['email_verification_required', 'organization_selection_required', 'sso_required', 'mfa_enrollment']),
  message: z.string(),
  error: z.string().optional(),
  error_description: z.string().optional(),
  pending_authentication_token: base64url.optional(),
  email: email.optional(),
  email_verification_id: z.string().optional(),
  organizations: z.array(z.strictObject({ id: z.string(), name: z.string() })).optional(),
  connection_ids: z.array(z.string()).optional(),
  user: WorkosUser.optional(),
});
export type WorkosStepNeeded = z.infer<typeof WorkosStepNeeded>;

export const WorkosError = z.strictObject({
  message: z.string(),
  code: z.string().optional(),
  errors: z.array(z.strictObject({ code: z.string(), message: z.string() })).optional(),
});
export type WorkosError = z.infer<typeof WorkosError>;

/** RFC 6749 section 5.2. Some SDKs read `code` instead of `error`; both have the same value. */
export const OauthError = z.strictObject({
  error: z.string(),
  error_description: z.string(),
  code: z.string().optional(),
  message: z.string().optional(),
});
export type OauthError = z.infer<typeof OauthError>;

/** Members that a grant does not use are ignored. */
export const WorkosAuthenticate = z.looseObject({
  client_id: z.string(),
  grant_type: z.string(),
  client_secret: z.string().optional(),
});
export type WorkosAuthenticate = z.infer<typeof WorkosAuthenticate>;

export const WorkosAuthentication = z.strictObject({
  user: WorkosUser,
  organization_id: z.string().optional(),
  access_token: z.string(),
  refresh_token: z.string(),
  authentication_method: z.string(),
});
export type WorkosAuthentication = z.infer<typeof WorkosAuthentication>;

export const WorkosDeviceRequest = z.looseObject({ client_id: z.string() });
export type WorkosDeviceRequest = z.infer<typeof WorkosDeviceRequest>;

/** RFC 8628 section 3.2. */
export const WorkosDeviceAuthorization = z.strictObject({
  device_code: base64url,
  user_code: z.string().regex(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/),
  verification_uri: z.url(),
  verification_uri_complete: z.url(),
  expires_in: count,
  interval: count,
});
export type WorkosDeviceAuthorization = z.infer<typeof WorkosDeviceAuthorization>;

export const WorkosSession = z.strictObject({
  object: z.literal('session'),
  id: z.string().regex(/^session_[0-9A-HJKMNP-TV-Z]{26}$/),
  user_id: z.string(),
  organization_id: z.string().optional(),
  ip_address: z.string().nullable(),
  user_agent: z.string().nullable(),
  auth_method: z.string(),
  status: z.enum(['active', 'expired', 'revoked']),
  expires_at: instant,
  ended_at: instant.nullable(),
  created_at: instant,
  updated_at: instant,
});
export type WorkosSession = z.infer<typeof WorkosSession>;

export const WorkosSessionList = z.strictObject({
  object: z.literal('list'),
  data: z.array(WorkosSession),
  list_metadata: z.strictObject({ before: z.string().nullable(), after: z.string().nullable() }),
});
export type WorkosSessionList = z.infer<typeof WorkosSessionList>;

export const WorkosSessionReference = z.looseObject({ session_id: z.string() });
export type WorkosSessionReference = z.infer<typeof WorkosSessionReference>;

export const WorkosOrganization = z.strictObject({
  object: z.literal('organization'),
  id: z.string(),
  name: z.string(),
  allow_profiles_outside_organization: z.literal(false),
  domains: z.array(z.string()).max(0),
  external_id: z.null(),
  metadata: z.strictObject({}),
  created_at: instant,
  updated_at: instant,
});
export type WorkosOrganization = z.infer<typeof WorkosOrganization>;

const workosList = <T extends z.ZodType>(item: T) =>
  z.strictObject({
    object: z.literal('list'),
    data: z.array(item),
    list_metadata: z.strictObject({ before: z.string().nullable(), after: z.string().nullable() }),
  });

export const WorkosOrganizationList = workosList(WorkosOrganization);
export type WorkosOrganizationList = z.infer<typeof WorkosOrganizationList>;

const role = z.strictObject({ slug: z.string() });

export const WorkosMembership = z.strictObject({
  object: z.literal('organization_membership'),
  id: z.string(),
  user_id: z.string(),
  organization_id: z.string(),
  organization_name: z.string(),
  status: z.enum(['active', 'inactive']),
  role,
  roles: z.array(role),
  created_at: instant,
  updated_at: instant,
});
export type WorkosMembership = z.infer<typeof WorkosMembership>;

export const WorkosMembershipList = workosList(WorkosMembership);
export type WorkosMembershipList = z.infer<typeof WorkosMembershipList>;
