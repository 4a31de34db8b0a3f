/**
 * The bodies of the contract as schemas. The server takes only their types: zod is loaded by whoever asks for the
 * OpenAPI document, not at start-up. Objects are closed, but for users of WorkOS, which has more to say than we read.
 */
import { z } from 'zod';
import { type ErrorCode, HTTP_STATUS, REASONS, type Reason } from '../errors.ts';
import { KEY_SCOPES, MEMBER_SCOPES } from './constants.ts';

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
/** As loose as the server: whether an address exists is for WorkOS to say. */
const email = z
  .string()
  .max(320)
  .regex(/^[^\s@]+@[^\s@]+$/);
const requestId = z.string().regex(REQUEST_ID);
const publicId = z.string().regex(new RegExp(`^${CROCKFORD}{16}$`));

export const Workspace = z.strictObject({ id: workspaceId, name: z.string(), created_at: instant });
export type Workspace = z.infer<typeof Workspace>;

export const WorkspaceMember = z.strictObject({
  id: prefixedId('mem'),
  workspace_id: workspaceId,
  email,
  scopes: memberScopes,
  created_at: instant,
  last_seen_at: instant,
});
export type WorkspaceMember = z.infer<typeof WorkspaceMember>;

export const ApiKeySummary = z.strictObject({
  id: prefixedId('key'),
  workspace_id: workspaceId,
  name: z.string(),
  public_id: publicId,
  scopes: keyScopes,
  revoked_at: instant.nullable(),
  created_at: instant,
  last_used_at: instant.nullable(),
});
export type ApiKeySummary = z.infer<typeof ApiKeySummary>;

export const ApiKeySecret = z
  .string()
  .regex(new RegExp(`^ap_pk_(preview|production|live)_${CROCKFORD}{16}_[A-Za-z0-9_-]{43}$`))
  .describe('The whole API key. Shown in the first answer and its replays, nowhere else.');

export const CallbackResponse = z.strictObject({
  workspace: Workspace,
  workspace_member: WorkspaceMember,
  scopes: memberScopes,
  default_api_key: z.strictObject({ api_key: ApiKeySummary, secret: ApiKeySecret }).nullable(),
});
export type CallbackResponse = z.infer<typeof CallbackResponse>;

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
  actor: z.string().describe('`type:id` of whoever did it, such as `system:web-auth`'),
  action: z.string(),
  target: z.string().describe('`type:id` of what was changed'),
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
  issuer: z.string(),
  client_id: z.string(),
  client_id_claim: z.enum(['required', 'optional']),
  clock_tolerance_seconds: count,
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

export const WorkosNewUser = z.looseObject({
  email,
  first_name: z.string().max(200).nullable().optional(),
  last_name: z.string().max(200).nullable().optional(),
});
export type WorkosNewUser = z.infer<typeof WorkosNewUser>;

export const WorkosError = z.strictObject({
  message: z.string(),
  code: z.string().optional(),
  errors: z.array(z.strictObject({ code: z.string(), message: z.string() })).optional(),
});
export type WorkosError = z.infer<typeof WorkosError>;
