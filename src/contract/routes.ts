/** Every route of the API, once: the server registers them from here, and the OpenAPI document describes them. */
import type { ErrorCode } from '../errors.ts';
import { CALLBACK_PATH, type MEMBER_SCOPES } from './constants.ts';
import type * as schemas from './schemas.ts';

export type Auth = 'none' | 'workos_token' | 'api_key' | 'workos_api_key';

export type Scope = (typeof MEMBER_SCOPES)[number];

export type WorkosErrorStatus = 400 | 401 | 404 | 422;

export type SchemaName = keyof typeof schemas;

export interface Route {
  readonly method: 'GET' | 'POST';
  /** With parameters as `:name`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly auth: Auth;
  /** What a member must be allowed. */
  readonly scope: Scope | null;
  /** All of them optional. */
  readonly query: readonly ('limit' | 'cursor' | 'email' | 'after' | 'before' | 'order')[];
  readonly body?: SchemaName;
  readonly success: { readonly status: 200 | 201; readonly schema: SchemaName };
  /** Error codes beyond those that any route may answer with. */
  readonly errors: readonly ErrorCode[];
  /** Plays WorkOS, and is there in local mode alone. */
  readonly local: boolean;
  /** No part of the API of agent-paste: other commands of this program ask it. */
  readonly tool?: true;
  /** Statuses whose body is an error in the form of WorkOS; only where `local`. */
  readonly workosErrors?: readonly WorkosErrorStatus[];
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
  scope: Scope | null,
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
  scope: Scope,
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

/** Where this server does not play WorkOS, its routes are not there. */
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
    summary: 'Provision the workspace of a WorkOS user, exactly once, or answer what was answered before',
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
  keyRead('whoami', '/v1/whoami', 'Whoami', 'Whose API key this is'),
  keyRead('getUsagePolicy', '/v1/usage-policy', 'UsagePolicy', 'The usage policy'),
  open('getOpenApi', '/openapi.json', 'OpenApiDocument', 'This document'),
  open('getHealth', '/healthz', 'Health', 'Liveness'),
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
