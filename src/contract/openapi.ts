/** The OpenAPI 3.1 document, made of the route table and the schemas. Loads zod, so it is itself loaded on demand. */
import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';
import { type ErrorCode, HTTP_STATUS } from '../errors.ts';
import { DEFAULT_PAGE_LIMIT, MAX_PAGE_LIMIT } from './constants.ts';
import { type Auth, ROUTES, type Route } from './routes.ts';
import * as schemas from './schemas.ts';

export interface DocumentOptions {
  readonly version: string;
  readonly serverUrl: string;
}

export function openApiDocument({ version, serverUrl }: DocumentOptions): ReturnType<typeof createDocument> {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of ROUTES) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'agent-paste callback API',
      version,
      description: 'What the dashboard and API keys ask of agent-paste after a sign-in through WorkOS AuthKit.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: serverUrl }],
    paths: paths as ZodOpenApiPathsObject,
    components: {
      schemas: componentSchemas,
      securitySchemes: {
        workos_token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'A WorkOS AuthKit access token.',
        },
        api_key: { type: 'http', scheme: 'bearer', description: 'An API key, `ap_pk_…`.' },
        workos_api_key: { type: 'http', scheme: 'bearer', description: 'The WorkOS API key of the local WorkOS.' },
      },
    },
  });
}

const componentSchemas = Object.fromEntries(
  Object.entries(schemas).filter(([, schema]) => schema instanceof z.ZodType),
) as Record<string, z.ZodType>;

/** Any route may answer with these, whatever its work is: reached by a wrong name or page, or in the wrong way. */
const ANYWHERE: readonly ErrorCode[] = ['host_not_allowed', 'forbidden', 'method_not_allowed', 'internal_error'];

function operation(route: Route): ZodOpenApiOperationObject {
  return {
    operationId: route.operationId,
    summary: route.summary,
    ...(route.auth === 'none' ? {} : { security: [{ [route.auth satisfies Auth]: [] }] }),
    ...parameters(route),
    ...(route.body === undefined
      ? {}
      : { requestBody: { content: { 'application/json': { schema: schemaNamed(route.body) } }, required: true } }),
    responses: {
      [String(route.success.status)]: success(route),
      ...errors(route),
    } as ZodOpenApiOperationObject['responses'],
  };
}

/** Values of query parameters; all of them are optional. */
const QUERY: Record<string, z.ZodType> = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_PAGE_LIMIT)
    .optional()
    .describe(`How many items, ${DEFAULT_PAGE_LIMIT} by default.`),
  cursor: z.string().optional().describe('`next_cursor` of the page before.'),
  email: z.string().optional(),
  after: z.string().optional(),
  before: z.string().optional(),
  order: z.enum(['asc', 'desc']).optional(),
};

function parameters({ path, query }: Route): Pick<ZodOpenApiOperationObject, 'requestParams'> {
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name as string);
  if (names.length === 0 && query.length === 0) return {};
  return {
    requestParams: {
      ...(names.length === 0 ? {} : { path: z.object(Object.fromEntries(names.map((name) => [name, z.string()]))) }),
      ...(query.length === 0
        ? {}
        : { query: z.object(Object.fromEntries(query.map((name) => [name, QUERY[name] ?? z.string().optional()]))) }),
    },
  };
}

function success({ success: { schema }, operationId, summary }: Route): ZodOpenApiResponseObject {
  const replayed = z.literal('true').optional().describe('Present when this is what was answered before.');
  return {
    description: summary,
    headers: z.object({
      'X-Request-Id': z.string(),
      ...(operationId === 'webCallback' ? { 'Idempotency-Replayed': replayed } : {}),
    }),
    content: { 'application/json': { schema: schemaNamed(schema) } },
  };
}

function errors(route: Route): Record<string, ZodOpenApiResponseObject> {
  if (route.auth === 'workos_api_key') return workosErrors(route);
  const codes = [...new Set([...route.errors, ...ANYWHERE])];
  return Object.fromEntries(
    [...Map.groupBy(codes, (code) => HTTP_STATUS[code])].map(([status, together]) => [
      String(status),
      {
        description: together.map((code) => `\`${code}\``).join(', '),
        headers: z.object({ 'X-Request-Id': z.string(), ...HEADERS_OF[status] }),
        content: { 'application/json': { schema: schemas.ErrorEnvelope } },
      },
    ]),
  );
}

const HEADERS_OF: Record<number, Record<string, z.ZodType>> = {
  401: { 'WWW-Authenticate': z.string() },
  405: { Allow: z.string() },
  409: { 'Retry-After': z.string().describe('Seconds.') },
  503: { 'Retry-After': z.string().describe('Seconds.') },
};

/** The routes that play WorkOS answer in its form, and in ours where our own gate refuses. */
function workosErrors(route: Route): Record<string, ZodOpenApiResponseObject> {
  const response = (description: string, schema: z.ZodType): ZodOpenApiResponseObject => ({
    description,
    content: { 'application/json': { schema } },
  });
  return {
    401: response('Another API key than that of the local WorkOS', schemas.WorkosError),
    ...(route.operationId === 'createUser' ? { 400: response('The address is taken', schemas.WorkosError) } : {}),
    ...(route.operationId === 'getUser' ? { 404: response('No such user', schemas.WorkosError) } : {}),
    ...(route.operationId === 'getUser' ? {} : { 422: response('Malformed parameters', schemas.WorkosError) }),
    403: response('`forbidden`', schemas.ErrorEnvelope),
    421: response('`host_not_allowed`', schemas.ErrorEnvelope),
    500: response('`internal_error`', schemas.ErrorEnvelope),
  };
}

function schemaNamed(name: keyof typeof schemas): z.ZodType {
  return schemas[name] as z.ZodType;
}
