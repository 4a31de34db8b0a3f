import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { EXAMPLES } from '../../../src/server/contract/examples.ts';
import * as schemas from '../../../src/server/contract/schemas.ts';

type SchemaName = keyof typeof schemas;
type Path = readonly string[];

const { n, e } = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });

/** Bodies without an example in the document. */
const BODIES: Partial<Record<SchemaName, Record<string, object>>> = {
  ErrorEnvelope: {
    refusal: {
      error: {
        code: 'not_authenticated',
        message: 'the token has expired',
        request_id: 'req_01KJQ2M8',
        reason: 'expired',
      },
    },
    withDocs: {
      error: { code: 'forbidden', message: 'no', request_id: 'client-chosen_1', docs: 'https://example.com/errors' },
    },
  },
  Jwks: { one: { keys: [{ kty: 'RSA', use: 'sig', alg: 'RS256', kid: 'key-1', n, e }] } },
  WorkosNewUser: { named: { email: 'ada@example.com', first_name: 'Ada', last_name: null } },
  WorkosError: {
    plain: { message: 'Unauthorized' },
    taken: {
      message: 'Could not create user.',
      code: 'user_creation_error',
      errors: [{ code: 'taken', message: 'Taken.' }],
    },
  },
};

const ALL = Object.entries({ ...EXAMPLES, ...BODIES }).flatMap(([schema, examples]) =>
  Object.entries(examples ?? {}).map(([name, body]) => ({ schema: schema as SchemaName, name, body })),
);

/** Members that may be missing. */
const OPTIONAL: Partial<Record<SchemaName, readonly string[]>> = {
  ErrorEnvelope: ['error.docs', 'error.reason'],
  WorkosNewUser: ['first_name', 'last_name'],
  WorkosError: ['code', 'errors'],
};

/** Objects that may have further members: a WorkOS user has more of them than are read here (contract §3). */
const OPEN: Partial<Record<SchemaName, readonly string[]>> = {
  WorkosUser: [''],
  WorkosUserList: ['data.0'],
  WorkosNewUser: [''],
};

const accepts = (schema: SchemaName, body: unknown) => schemas[schema].safeParse(body).success;

describe.each(ALL)('$schema ($name)', ({ schema, body }) => {
  it('accepts its example', () => {
    expect(schemas[schema].safeParse(body).error).toBeUndefined();
  });

  it('rejects a value of another type in any place', () => {
    const accepted = leaves(body).filter((path) =>
      accepts(
        schema,
        changed(body, path, () => ({ other: true })),
      ),
    );
    expect(accepted).toEqual([]);
  });

  it('requires all members except optional ones', () => {
    const lackable = members(body).filter((path) =>
      accepts(
        schema,
        changed(body, path, () => undefined),
      ),
    );
    const optional = members(body).filter((path) => OPTIONAL[schema]?.includes(path.join('.')));
    expect(lackable).toEqual(optional);
  });

  it('allows further members only where it is open', () => {
    const extensible = objects(body).filter((path) =>
      accepts(
        schema,
        changed(body, path, (object) => ({ ...(object as object), more: 1 })),
      ),
    );
    expect(extensible.map((path) => path.join('.'))).toEqual(OPEN[schema] ?? []);
  });
});

describe('formats', () => {
  const { provisioned } = EXAMPLES.CallbackResponse ?? {};
  const secret = provisioned?.default_api_key?.secret ?? '';

  it.each<[string, string, readonly unknown[]]>([
    [
      'a workspace id is a UUID v4',
      'workspace.id',
      ['6f1c9a52-3d0b-1e7a-9c44-2b8f5d1e7a90', 'wrk_01KJQ2M8RXA3B4C5D6E7F8G9HJ'],
    ],
    [
      'a member id is mem_ and 26 Crockford characters',
      'workspace_member.id',
      [
        'key_01KJQ2M8RXA3B4C5D6E7F8G9HJ',
        'mem_01kjq2m8rxa3b4c5d6e7f8g9hj',
        'mem_01KJQ2M8RXA3B4C5D6E7F8G9H',
        'mem_01KJQ2M8RXA3B4C5D6E7F8G9HI',
      ],
    ],
    [
      'a time is ISO 8601 with milliseconds and Z',
      'workspace.created_at',
      ['2026-03-02T09:30:00Z', '2026-03-02T09:30:00.125+00:00', '2026-03-02 09:30:00.125Z', 1772443800125],
    ],
    ['a member has no other scope than publish, read and admin', 'scopes.0', ['write', 'Publish']],
    ['a key never has the scope admin', 'default_api_key.api_key.scopes.0', ['admin']],
    [
      'a public id is 16 Crockford characters',
      'default_api_key.api_key.public_id',
      ['4WXYZ0123456789', '4wxyz0123456789a'],
    ],
    [
      'a secret names its environment and ends in 43 base64url characters',
      'default_api_key.secret',
      [
        secret.slice(0, -1),
        `${secret}A`,
        secret.replace('preview', 'staging'),
        secret.replace(/.$/, '+'),
        `x${secret}`,
      ],
    ],
    ['an e-mail address has two parts', 'workspace_member.email', ['ada', 'ada@', 'ada @example.com']],
  ])('%s', (_promise, path, bad) => {
    for (const value of bad) {
      const body = changed(provisioned, path.split('.'), () => value);
      expect({ value, accepted: accepts('CallbackResponse', body) }).toEqual({ value, accepted: false });
    }
  });

  it.each(['preview', 'production', 'live'])('accepts a secret of the environment %s', (environment) => {
    expect(accepts('ApiKeySecret', secret.replace('preview', environment))).toBe(true);
  });

  it('accepts only known codes and reasons in an error', () => {
    const refusal = BODIES.ErrorEnvelope?.refusal;
    for (const member of ['code', 'reason', 'request_id']) {
      expect(
        accepts(
          'ErrorEnvelope',
          changed(refusal, ['error', member], () => 'no such'),
        ),
      ).toBe(false);
    }
  });
});

/** Paths of every value within, itself included. */
function places(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([name, inner]) => places(inner, [...at, name]))];
}

function valueAt(body: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], body);
}

function objects(body: unknown): Path[] {
  return places(body).filter((path) => {
    const value = valueAt(body, path);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  });
}

function leaves(body: unknown): Path[] {
  return places(body).filter((path) => !(valueAt(body, path) instanceof Object));
}

function members(body: unknown): Path[] {
  return places(body).filter((path) => path.length > 0 && !Array.isArray(valueAt(body, path.slice(0, -1))));
}

/** A copy of the body with another value at the path; `undefined` leaves the member out. */
function changed(body: unknown, path: Path, change: (value: unknown) => unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return change(body);
  const copy = structuredClone(body) as Record<string, unknown>;
  const inner = changed(copy[name], rest, change);
  if (inner === undefined) delete copy[name];
  else copy[name] = inner;
  return copy;
}
