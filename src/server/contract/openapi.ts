/** The OpenAPI 3.1 document, made of the route table and the schemas. It loads zod, so it is loaded on demand. */
import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiRequestBodyObject,
} from 'zod-openapi';
import { AUTHKIT_ROUTES } from './authkit-routes.ts';
import { DEFAULT_PAGE_LIMIT, DEFAULT_USER_PAGE_LIMIT, MAX_PAGE_LIMIT } from './constants.ts';
import { responsesOf } from './responses.ts';
import { type Auth, ROUTES, type Route, type SchemaName } from './routes.ts';
import * as schemas from './schemas.ts';

export interface DocumentOptions {
  readonly version: string;
  readonly serverUrl: string;
}

export function openApiDocument({ version, serverUrl }: DocumentOptions): ReturnType<typeof createDocument> {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of [...ROUTES, ...AUTHKIT_ROUTES]) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'agent-paste callback API',
      version,
      description: 'The API that the dashboard and API keys use after a sign-in through WorkOS AuthKit.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: serverUrl }],
    tags: [
      { name: API_TAG, description: 'The API itself.' },
      {
        name: TOOL_TAG,
        description: 'For other commands of this program. The API of agent-paste does not have these routes.',
      },
      { name: WORKOS_TAG, description: 'The local WorkOS. In remote mode these routes do not exist.' },
    ],
    paths: paths as ZodOpenApiPathsObject,
    components: { schemas: componentSchemas, securitySchemes },
  });
}

const API_TAG = 'agent-paste';
const TOOL_TAG = 'local tools';
const WORKOS_TAG = 'local WorkOS';

const securitySchemes = {
  workos_token: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'A WorkOS AuthKit access token.',
  },
  api_key: { type: 'http', scheme: 'bearer', description: 'An API key, `ap_pk_…`.' },
  workos_api_key: { type: 'http', scheme: 'bearer', description: 'The WorkOS API key of the local WorkOS.' },
} as const satisfies Record<Exclude<Auth, 'none'>, object>;

const componentSchemas: Record<SchemaName, z.ZodType> = { ...schemas };

function operation(route: Route): ZodOpenApiOperationObject {
  const { operationId, summary, auth, scope, body, local, tool } = route;
  return {
    operationId,
    summary,
    tags: [tool ? TOOL_TAG : local ? WORKOS_TAG : API_TAG],
    ...(scope === null ? {} : { description: `Needs the scope \`${scope}\`.` }),
    security: auth === 'none' ? [] : [{ [auth]: [] }],
    ...parameters(route),
    ...(body === undefined ? {} : { requestBody: requestBody(body) }),
    responses: responsesOf(route),
  };
}

function requestBody(name: SchemaName): ZodOpenApiRequestBodyObject {
  return { content: { 'application/json': { schema: componentSchemas[name] } }, required: true };
}

function parameters({ path, query, local }: Route): Pick<ZodOpenApiOperationObject, 'requestParams'> {
  const values = queryValues(local ? DEFAULT_USER_PAGE_LIMIT : DEFAULT_PAGE_LIMIT);
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => [name, z.string()]);
  const inQuery = query.map((name) => [name, values[name].optional()]);
  return {
    requestParams: {
      ...(inPath.length === 0 ? {} : { path: z.object(Object.fromEntries(inPath)) }),
      ...(inQuery.length === 0 ? {} : { query: z.object(Object.fromEntries(inQuery)) }),
    },
  };
}

function queryValues(defaultLimit: number): Record<Route['query'][number], z.ZodType> {
  return {
    limit: z.int().min(1).max(MAX_PAGE_LIMIT).meta({ description: 'Number of items.', default: defaultLimit }),
    cursor: z.string().describe('`next_cursor` of the previous page.'),
    email: z.string().describe('Users with this address, in upper or lower case.'),
    after: z.string().describe('Id of the user after which the page begins.'),
    before: z.string().describe('Id of the user before which the page ends.'),
    user_id: z.string().describe('Memberships of this user.'),
    organization_id: z.string().describe('Memberships of this organization.'),
    order: z.enum(['asc', 'desc']).meta({ description: 'By creation.', default: 'desc' }),
  };
}
