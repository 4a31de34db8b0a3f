/** Every route of the API: the server registers them from this table, and the OpenAPI document describes them. */

import type { MemberScope } from '../../callback/workspace/records.ts';
import type { ErrorCode } from '../../errors/codes.ts';
import { CALLBACK_PATH } from './constants.ts';
import type * as schemas from './schemas.ts';

export type Auth = 'none' | 'workos_token' | 'api_key' | 'workos_api_key';

export type WorkosErrorStatus = 400 | 401 | 403 | 404 | 422 | 429;

export type SchemaName = keyof typeof schemas;

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With parameters as `:name`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly auth: Auth;
  /** The scope that the member must have. */
  readonly scope: MemberScope | null;
  /** All of them optional. */
  readonly query: readonly (
    | 'limit'
    | 'cursor'
    | 'email'
    | 'after'
    | 'before'
    | 'order'
    | 'user_id'
    | 'organization_id'
  )[];
  readonly body?: SchemaName;
  readonly success: { readonly status: 200 | 201; readonly schema: SchemaName };
  /** Error codes beyond those that any route may answer with. */
  readonly errors: readonly ErrorCode[];
  /** A route of the local WorkOS; it exists in local mode only. */
  readonly local: boolean;
  /** Not part of the API of agent-paste: it is for other commands of this program. */
  readonly tool?: true;
  /** Statuses whose body is an error in the form of WorkOS; only for `local` routes. */
  readonly workosErrors?: readonly WorkosErrorStatus[];
  /** Some of its errors have the form of OAuth (RFC 6749 section 5.2). */
  readonly oauth?: true;
}

const VERIFICATION = [
  'not_authenticated',
  'verification_unavailable',
  'database_unavailable',
] as const satisfies readonly ErrorCode[];
const MEMBER = [...VERIFICATION, 'forbidden'] as const;

function webRead<const Id extends string>(
  operationId: Id,
  path: string,
  scope: MemberScope | null,
  schema: SchemaName,
  summary: string,
) {
  return {
    method: 'GET',
    path,
    operationId,
    summary,
    auth: 'workos_token',
    scope,
    query: [],
    success: { status: 200, schema },
    errors: MEMBER,
    local: false,
  } as const;
}

function webList<const Id extends string>(
  operationId: Id,
  path: string,
  scope: MemberScope,
  schema: SchemaName,
  summary: string,
) {
  return {
    ...webRead(operationId, path, scope, schema, summary),
    query: ['limit', 'cursor'],
    errors: [...MEMBER, 'invalid_request', 'invalid_cursor'],
  } as const;
}

function keyRead<const Id extends string>(operationId: Id, path: string, schema: SchemaName, summary: string) {
  return {
    method: 'GET',
    path,
    operationId,
    summary,
    auth: 'api_key',
    scope: null,
    query: [],
    success: { status: 200, schema },
    errors: ['not_authenticated', 'database_unavailable'],
    local: false,
  } as const;
}

function open<const Id extends string>(operationId: Id, path: string, schema: SchemaName, summary: string) {
  return {
    method: 'GET',
    path,
    operationId,
    summary,
    auth: 'none',
    scope: null,
    query: [],
    success: { status: 200, schema },
    errors: [],
    local: false,
  } as const;
}

/** In remote mode, this server has no routes of WorkOS. */
function playedWorkos<const Id extends string>(operationId: Id, path: string, schema: SchemaName, summary: string) {
  return {
    ...open(operationId, path, schema, summary),
    auth: 'workos_api_key',
    errors: ['not_found'],
    local: true,
  } as const;
}

export const ROUTES = [
  {
    method: 'POST',
    path: CALLBACK_PATH,
    operationId: 'webCallback',
    summary: 'Provision the workspace of a WorkOS user exactly once, or repeat the first answer',
    auth: 'workos_token',
    scope: null,
    query: [],
    success: { status: 200, schema: 'CallbackResponse' },
    errors: [...VERIFICATION, 'invalid_request', 'idempotency_in_flight', 'payload_too_large'],
    local: false,
  },
  webRead('getWebWorkspace', '/v1/web/workspace', null, 'WebWorkspace', 'The workspace and the member'),
  webList('listWebArtifacts', '/v1/web/artifacts', 'read', 'ArtifactList', 'Artifacts, last published first'),
  {
    ...webRead('getWebArtifact', '/v1/web/artifacts/:id', 'read', 'ArtifactDetail', 'One artifact'),
    errors: [...MEMBER, 'artifact_not_found'],
  },
  webList('listWebKeys', '/v1/web/keys', 'admin', 'KeyList', 'API keys, newest first, never a secret'),
  webList('listWebAudit', '/v1/web/audit', 'admin', 'AuditList', 'Operation events, newest first'),
  webRead('getWebSettings', '/v1/web/settings', 'admin', 'WorkspaceSettings', 'Settings of the workspace'),
  keyRead('whoami', '/v1/whoami', 'Whoami', 'The owner of this API key'),
  keyRead('getUsagePolicy', '/v1/usage-policy', 'UsagePolicy', 'The usage policy'),
  open('getOpenApi', '/openapi.json', 'OpenApiDocument', 'This document'),
  open('getHealth', '/healthz', 'Health', 'Liveness'),
  { ...open('getReadiness', '/readyz', 'Health', 'Readiness'), errors: ['database_unavailable'] },
  {
    ...open('getVerifierSettings', '/local/verifier', 'VerifierSettings', 'How this server judges tokens'),
    tool: true,
  },
  {
    ...playedWorkos('getJwks', '/sso/jwks/:client_id', 'Jwks', 'The public signing keys'),
    auth: 'none',
    workosErrors: [404],
  },
  {
    ...playedWorkos('getUser', '/user_management/users/:id', 'WorkosUser', 'One user'),
    workosErrors: [401, 404],
  },
  {
    ...playedWorkos('listUsers', '/user_management/users', 'WorkosUserList', 'Users, newest first'),
    query: ['email', 'limit', 'after', 'before', 'order'],
    workosErrors: [401, 422],
  },
  {
    ...playedWorkos('createUser', '/user_management/users', 'WorkosUser', 'Create a user'),
    method: 'POST',
    body: 'WorkosNewUser',
    success: { status: 201, schema: 'WorkosUser' },
    errors: ['not_found', 'invalid_request', 'payload_too_large'],
    workosErrors: [400, 401, 422],
  },
] as const satisfies readonly Route[];

export type RouteId = (typeof ROUTES)[number]['operationId'];
