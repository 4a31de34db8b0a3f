/** Holds an answer of the server against the OpenAPI document: status, headers and body, nothing more and nothing less. */
import assert from 'node:assert/strict';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import { HTTP_STATUS } from '../../src/errors/codes.ts';
import { REASONS } from '../../src/errors/reasons.ts';
import { isWorkosPath } from '../../src/server/contract/authkit-routes.ts';
import { openApiDocument } from '../../src/server/contract/openapi.ts';

export interface ActualResponse {
  readonly status: number;
  /** As parsed from JSON. */
  readonly body: unknown;
  readonly headers: Headers | Readonly<Record<string, string>>;
}

interface HeaderObject {
  readonly required?: boolean;
  readonly schema: object;
}

interface ResponseObject {
  readonly headers: Readonly<Record<string, HeaderObject>>;
  readonly content: { readonly 'application/json': { readonly schema: object } };
}

interface Operation {
  readonly responses: Readonly<Record<string, ResponseObject>>;
}

export const DOCUMENT = openApiDocument({ version: '0.0.0', serverUrl: 'http://127.0.0.1:8787' });
const PATHS = DOCUMENT.paths as unknown as Readonly<Record<string, Readonly<Record<string, Operation>>>>;

const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false });
ajvFormats.default(ajv);
ajv.addVocabulary(['openapi', 'info', 'servers', 'tags', 'paths', 'components']);
ajv.addSchema({ ...DOCUMENT, $id: 'openapi.json' }, undefined, undefined, false);

/** Headers that mean something: an answer may carry one only where the document names it. */
const MEANINGFUL = ['Allow', 'Idempotency-Replayed', 'Retry-After', 'WWW-Authenticate'];

/**
 * @param path as requested, a query is ignored
 * @throws AssertionError that says what differs; never quotes the body, which may hold a secret
 */
export function assertMatchesContract(method: string, path: string, response: ActualResponse): void {
  const { status, body } = response;
  const where = `${method} ${path.replace(/\?.*/, '')} answered ${status}`;
  const headers = new Headers(response.headers);
  const expected = expectedResponse(method, path, status, where);

  assert.equal(headers.get('content-type'), 'application/json; charset=utf-8', `${where}: Content-Type`);
  for (const [name, { required = false, schema }] of Object.entries(expected.headers)) {
    const value = headers.get(name);
    if (value === null) assert.ok(!required, `${where} without ${name}`);
    else assertValid(schema, value, `${where}: ${name}`);
  }
  for (const name of MEANINGFUL) {
    assert.ok(!headers.has(name) || name in expected.headers, `${where} with ${name}, which is not in the contract`);
  }

  assertValid(expected.content['application/json'].schema, body, `${where}: body`);
  if (isEnvelope(body)) assertConsistent(body.error, status, headers, where);
}

/** Statuses of the errors that need no route. */
const WITHOUT_ROUTE = [403, 421, 500];

function expectedResponse(method: string, path: string, status: number, where: string): ResponseObject {
  const item = PATHS[templateOf(path)];
  const operation = item?.[method.toLowerCase()];
  if (operation) {
    assert.ok(operation.responses[status], `${where}; documented: ${Object.keys(operation.responses).join(', ')}`);
    return operation.responses[status];
  }
  // Unknown paths answer 404, other methods of known paths 405.
  const missing = item ? 405 : 404;
  assert.ok(
    [missing, ...WITHOUT_ROUTE].includes(status),
    `${where}; expected ${missing}: the contract has no such route`,
  );
  const played = isWorkosPath(path.replace(/\?.*/, ''));
  const template = PATHS[played ? '/user_management/users' : '/healthz']?.get as Operation;
  const { headers } = template.responses[status === 404 ? 403 : status] as ResponseObject;
  const schema = { $ref: `#/components/schemas/${played ? 'WorkosError' : 'ErrorEnvelope'}` };
  return { headers, content: { 'application/json': { schema } } };
}

function templateOf(path: string): string {
  const wanted = path.replace(/\?.*/, '');
  const matches = (template: string) => new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(wanted);
  return wanted in PATHS ? wanted : (Object.keys(PATHS).find(matches) ?? '');
}

const validators = new Map<string, ValidateFunction>();

/** @param schema of the document, with its references, which all begin with `#/components`. */
function assertValid(schema: object, value: unknown, where: string): void {
  const rooted = JSON.stringify(schema).replaceAll('"#/components/', '"openapi.json#/components/');
  const validate = validators.get(rooted) ?? ajv.compile(JSON.parse(rooted));
  validators.set(rooted, validate);
  assert.ok(validate(value), `${where} ${ajv.errorsText(validate.errors, { dataVar: '' })}`);
}

interface ErrorBody {
  readonly code: keyof typeof HTTP_STATUS;
  readonly reason?: keyof typeof REASONS;
  readonly request_id: string;
}

function isEnvelope(body: unknown): body is { error: ErrorBody } {
  return typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'object';
}

/** What a schema cannot say: the parts of one answer belong together. */
function assertConsistent(
  { code, reason, request_id }: ErrorBody,
  status: number,
  headers: Headers,
  where: string,
): void {
  assert.equal(HTTP_STATUS[code], status, `${where}: ${code} belongs to another status`);
  assert.equal(headers.get('x-request-id'), request_id, `${where}: the request id of the header and of the body`);
  if (reason !== undefined) assert.equal(REASONS[reason].code, code, `${where}: ${reason} belongs to another code`);
}
