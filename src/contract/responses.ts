/** What each route can answer, as OpenAPI response objects: bodies refer to the schemas by name, headers stand here. */
import type { oas31 } from 'zod-openapi';
import { type ErrorCode, HTTP_STATUS } from '../errors.ts';
import { EXAMPLES } from './examples.ts';
import type { Route, SchemaName, WorkosErrorStatus } from './routes.ts';

/** Any route may answer with these, whatever its work is: reached by a wrong name or page, or in the wrong way. */
const ANYWHERE: readonly ErrorCode[] = ['host_not_allowed', 'forbidden', 'method_not_allowed', 'internal_error'];

const WORKOS_ERRORS: Record<WorkosErrorStatus, string> = {
  400: 'The address is taken',
  401: 'Another API key than that of the local WorkOS, or none',
  404: 'No such user or client',
  422: 'Malformed parameters',
};

export function responsesOf(route: Route): oas31.ResponsesObject {
  const codes = Map.groupBy(new Set([...route.errors, ...ANYWHERE]), (code): number => HTTP_STATUS[code]);
  const workosErrors = new Set<number>(route.workosErrors);
  const statuses = [...new Set([...codes.keys(), ...workosErrors])].sort((a, b) => a - b);
  return Object.fromEntries([
    [route.success.status, success(route)],
    ...statuses.map((status) => [status, failure(status, codes.get(status) ?? [], workosErrors.has(status))]),
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

/** @param workos whether the status may also carry an error in the form of WorkOS */
function failure(status: number, codes: readonly ErrorCode[], workos: boolean): oas31.ResponseObject {
  const bodies = [
    ...(workos ? [reference('WorkosError')] : []),
    ...(codes.length > 0 ? [envelope(status, codes)] : []),
  ] as [oas31.SchemaObject, ...oas31.SchemaObject[]];
  const descriptions = [
    ...(workos ? [WORKOS_ERRORS[status as WorkosErrorStatus]] : []),
    ...codes.map((code) => `\`${code}\``),
  ];
  return {
    description: descriptions.join(', '),
    headers: { ...EVERYWHERE, ...(codes.length > 0 ? HEADERS_OF[status] : {}) },
    content: { 'application/json': { schema: bodies.length === 1 ? bodies[0] : { anyOf: bodies } } },
  };
}

/** Statuses whose answers name a machine-readable cause (contract §1, Errors). */
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
    description: 'That of the request where it had a usable one.',
    required: true,
    schema: { type: 'string', pattern: '^[A-Za-z0-9_-]{8,128}$' },
  },
  'Cache-Control': { required: true, schema: { const: 'no-store' } },
};

const REPLAYED: oas31.HeaderObject = {
  description: 'There when this is, byte for byte, what was answered before.',
  schema: { const: 'true' },
};

const RETRY_AFTER: oas31.HeadersObject = {
  'Retry-After': { description: 'Seconds.', required: true, schema: { type: 'string', pattern: '^[0-9]+$' } },
};

const HEADERS_OF: Readonly<Record<number, oas31.HeadersObject>> = {
  401: {
    'WWW-Authenticate': {
      description: 'With `error="invalid_token"` when a credential was sent (RFC 6750 section 3).',
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
  503: RETRY_AFTER,
};
