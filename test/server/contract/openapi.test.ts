import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { HTTP_STATUS } from '../../../src/errors/codes.ts';
import { AUTHKIT_ROUTES } from '../../../src/server/contract/authkit-routes.ts';
import { EXAMPLES } from '../../../src/server/contract/examples.ts';
import { openApiDocument } from '../../../src/server/contract/openapi.ts';
import { ROUTES as API_ROUTES } from '../../../src/server/contract/routes.ts';
import * as schemas from '../../../src/server/contract/schemas.ts';

const ROUTES = [...API_ROUTES, ...AUTHKIT_ROUTES];

interface Response {
  readonly description: string;
  readonly headers: Readonly<Record<string, { readonly required?: boolean }>>;
}

interface Operation {
  readonly operationId: string;
  readonly description?: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly responses: Readonly<Record<string, Response>>;
}

// As a client gets it: through JSON.
const document = JSON.parse(JSON.stringify(openApiDocument({ version: '1.2.3', serverUrl: 'http://127.0.0.1:8787' })));
const operations = new Map<string, Operation>(
  Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
  ),
);
const operationOf = ({ method, path }: (typeof ROUTES)[number]) =>
  operations.get(`${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`) as Operation;

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
    const { info: _, ...untitled } = document;
    expect(await validator.validate(structuredClone(untitled))).toMatchObject({ valid: false });
  });

  it('names the version and the address of the server', () => {
    expect(document).toMatchObject({ info: { version: '1.2.3' }, servers: [{ url: 'http://127.0.0.1:8787' }] });
  });

  it('describes every route of the table and no other', () => {
    const table = ROUTES.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    expect([...operations.keys()].sort()).toEqual(table.sort());
  });

  it('gives every operation its own id from the table', () => {
    expect(new Set(ROUTES.map(({ operationId }) => operationId)).size).toBe(ROUTES.length);
    for (const route of ROUTES) expect(operationOf(route).operationId).toBe(route.operationId);
  });

  it('names the credential, the scope and the parameters of every route', () => {
    for (const route of ROUTES) {
      const { security, description, parameters } = operationOf(route);
      expect(security).toEqual(route.auth === 'none' ? [] : [{ [route.auth]: [] }]);
      expect(description).toBe(route.scope === null ? undefined : `Needs the scope \`${route.scope}\`.`);
      const named = (place: string) => parameters.filter((parameter) => parameter.in === place);
      expect(named('query').map(({ name }) => name)).toEqual(route.query);
      expect(named('query').every(({ required }) => !required)).toBe(true);
      expect(named('path').map(({ name }) => `:${name}`)).toEqual(route.path.match(/:\w+/g) ?? []);
    }
  });

  it('lists every error code of a route under its status', () => {
    for (const route of ROUTES) {
      for (const code of route.errors) {
        expect(operationOf(route).responses[HTTP_STATUS[code]]?.description).toContain(`\`${code}\``);
      }
    }
  });

  it('promises the headers that clients act on', () => {
    const required = (route: Operation | undefined, status: number, name: string) =>
      route?.responses[status]?.headers[name]?.required;
    const callback = operations.get('POST /v1/auth/web/callback');
    for (const [status, name] of [
      [401, 'WWW-Authenticate'],
      [405, 'Allow'],
      [409, 'Retry-After'],
      [503, 'Retry-After'],
    ] as const) {
      expect(required(callback, status, name)).toBe(true);
    }
    const replaying = [...operations.values()].filter(
      ({ responses }) => responses[200]?.headers['Idempotency-Replayed'],
    );
    expect(replaying).toEqual([callback]);
    for (const { responses } of operations.values()) {
      for (const { headers } of Object.values(responses)) expect(headers['X-Request-Id']?.required).toBe(true);
    }
  });

  it('has a component of every schema, and an example that fits it', () => {
    expect(Object.keys(document.components.schemas).sort()).toEqual(Object.keys(schemas).sort());
    for (const [name, examples] of Object.entries(EXAMPLES)) {
      for (const example of Object.values(examples)) schemas[name as keyof typeof schemas].parse(example);
    }
  });

  it('closes every object, except what WorkOS may add to and the document itself', () => {
    const open = Object.entries<object>(document.components.schemas)
      .filter(([, schema]) => JSON.stringify(schema).includes('"additionalProperties":{}'))
      .map(([name]) => name);
    expect(open.sort()).toEqual([
      'OpenApiDocument',
      'WorkosAuthenticate',
      'WorkosCode',
      'WorkosDeviceRequest',
      'WorkosMagicAuthRequest',
      'WorkosNewUser',
      'WorkosSessionReference',
      'WorkosUser',
      'WorkosUserChange',
    ]);
    for (const schema of Object.values<{ type: string }>(document.components.schemas)) {
      if (schema.type === 'object') expect(schema).toHaveProperty('additionalProperties');
    }
  });
});
