/** The answers of each route as OpenAPI response objects: bodies refer to the schemas by name; headers are listed here. */
import type { oas31 } from 'zod-openapi';
import { type ErrorCode, HTTP_STATUS } from '../../errors/codes.ts';
import { EXAMPLES } from './examples.ts';
import type { Route, SchemaName, WorkosErrorStatus } from './routes.ts';

/** Any route may answer with these, because Host, Origin and the form of the request are checked first. */
const ANYWHERE: readonly ErrorCode[] = [
  'forbidden',
  'method_not_allowed',
  'expectation_failed',
  'host_not_allowed',
  'internal_error',
];

const WORKOS_ERRORS: Record<WorkosErrorStatus, string> = {
  400: 'Refused',
  401: 'The API key is missing, or is not that of the local WorkOS',
  403: 'Another step is needed first',
  404: 'The id is unknown',
  422: 'Malformed parameters',
  429: 'Rate limited on purpose',
};

export function responsesOf(route: Route): oas31.ResponsesObject {
  const codes = Map.groupBy(new Set([...route.errors, ...ANYWHERE]), (code): number => HTTP_STATUS[code]);
  const workosErrors = new Set<number>(route.workosErrors);
  const statuses = [...new Set([...codes.keys(), ...workosErrors])].sort((a, b) => a - b);
  return Object.fromEntries([
    [route.success.status, success(route)],
    ...statuses.map((status) => {
      const own = codes.get(status) ?? [];
      return [status, route.local ? workosFailure(status, own, route) : failure(status, own)];
    }),
  ]);
}

function success({ success: { schema }, operationId, summary }: Route): oas31.ResponseObject {
  const examples = EXAMPLES[schema];
  return {
    description: summary,
    headers: { ...EVERYWHERE, ...(operationId === 'webCallback' ? { 'Idempotency-Replayed': REPLAYED } : {}) },
    content: {
      'application/json': {
        schema: reference(schema),
        ...(examples && {
          examples: Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }])),
        }),
      },
    },
  };
}

function failure(status: number, codes: readonly ErrorCode[]): oas31.ResponseObject {
  return {
    description: codes.map((code) => `\`${code}\``).join(', '),
    headers: { ...EVERYWHERE, ...HEADERS_OF[status] },
    content: { 'application/json': { schema: envelope(status, codes) } },
  };
}

/** In the form of WorkOS or of OAuth: the local WorkOS does not use the error envelope of the API. */
function workosFailure(status: number, codes: readonly ErrorCode[], { workosErrors, oauth }: Route) {
  const played = workosErrors?.find((each) => each === status);
  const { Allow, 'Retry-After': retryAfter } = HEADERS_OF[status] ?? {};
  const headers = { ...EVERYWHERE, ...(Allow && { Allow }), ...(retryAfter && { 'Retry-After': retryAfter }) };
  const others: readonly SchemaName[] = !oauth ? [] : status === 400 ? ['OauthError'] : (STEPS.get(status) ?? []);
  const bodies = [reference('WorkosError'), ...others.map(reference)] as const;
  return {
    description: [...(played === undefined ? [] : [WORKOS_ERRORS[played]]), ...codes.map((code) => `\`${code}\``)].join(
      ', ',
    ),
    headers,
    content: { 'application/json': { schema: bodies.length === 1 ? bodies[0] : { anyOf: [...bodies] } } },
  } satisfies oas31.ResponseObject;
}

/** Where a sign-in lacks a step. */
const STEPS = new Map<number, readonly SchemaName[]>([[403, ['WorkosStepNeeded']]]);

/** Statuses whose answers carry `error.reason` (contract §1, Errors). */
const WITH_REASON: readonly number[] = [401, 503];

const NEVER: oas31.SchemaObject = { not: {} };

function envelope(status: number, codes: readonly ErrorCode[]): oas31.SchemaObject {
  const error: oas31.SchemaObject = {
    type: 'object',
    properties: { code: { enum: [...codes] }, ...(WITH_REASON.includes(status) ? {} : { reason: NEVER }) },
    required: WITH_REASON.includes(status) ? ['code', 'reason'] : ['code'],
  };
  return { allOf: [reference('ErrorEnvelope'), { type: 'object', properties: { error } }] };
}

function reference(name: SchemaName): oas31.ReferenceObject {
  return { $ref: `#/components/schemas/${name}` };
}

const EVERYWHERE: oas31.HeadersObject = {
  'X-Request-Id': {
    description: 'The one of the request if its form is valid, otherwise a new one.',
    required: true,
    schema: { type: 'string', pattern: '^[A-Za-z0-9_-]{8,128}$' },
  },
  'Cache-Control': { required: true, schema: { const: 'no-store' } },
};

const REPLAYED: oas31.HeaderObject = {
  description: 'Present if these are the bytes of an earlier answer.',
  schema: { const: 'true' },
};

const RETRY_AFTER: oas31.HeadersObject = {
  'Retry-After': { description: 'Seconds.', required: true, schema: { type: 'string', pattern: '^[0-9]+$' } },
};

const HEADERS_OF: Readonly<Record<number, oas31.HeadersObject>> = {
  401: {
    'WWW-Authenticate': {
      description: 'Has `error="invalid_token"` if a credential was sent (RFC 6750 section 3).',
      required: true,
      schema: { enum: ['Bearer', 'Bearer error="invalid_token"'] },
    },
  },
  405: {
    Allow: {
      description: 'The methods of the path.',
      required: true,
      schema: { type: 'string', pattern: '^[A-Z]+(, [A-Z]+)*$' },
    },
  },
  409: RETRY_AFTER,
  429: RETRY_AFTER,
  503: RETRY_AFTER,
};
