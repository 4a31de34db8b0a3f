/** What an entry of the catalogue is, how it is judged, and how a section of them becomes tests. */
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localKeys } from '../../../src/callback/token/keys.ts';
import { type Verifier, verifyAccessToken } from '../../../src/callback/token/verify.ts';
import { ApiError } from '../../../src/errors/api-error.ts';
import type { Reason } from '../../../src/errors/reasons.ts';
import { LOCAL_CLIENT_ID, WORKOS_ISSUER } from '../../../src/machine/settings.ts';
import { faultsNamed, fitsAuthorizationHeader } from '../../../src/workos/tokens/faults.ts';
import type { MintOptions } from '../../../src/workos/tokens/mint.ts';
import { type Answer, type TestServer, testServer } from '../../support/server.ts';

/** A reason, or the status of an answer that has none. */
export type Outcome = Reason | 200 | 400 | 405 | 431;

export interface Verdict {
  readonly status: number;
  readonly code: string | undefined;
  readonly reason: string | undefined;
  /** Absent when no header can carry the token and the verifier was asked itself. */
  readonly headers?: Headers;
}

export interface BadInput {
  /** Numbers in the catalogue of bad inputs; none for what belongs beside it. */
  readonly rows: readonly number[];
  readonly what: string;
  readonly outcome: Outcome;
  /** The fault of `agent-paste mint --fault` that makes the same token. */
  readonly fault?: string;
  readonly send: (server: TestServer) => Promise<Verdict>;
}

/** Everything else that refuses is 401: an outage is never a bad token, nor the other way round. */
const OUTAGES: readonly Outcome[] = [
  'jwks_unavailable',
  'jwks_invalid',
  'user_endpoint_unavailable',
  'workos_credentials_refused',
];

/** A token of `mint` with one fault, described by that fault. */
export function faulty(rows: readonly number[], fault: string, outcome: Outcome): BadInput {
  const [row] = faultsNamed([fault]);
  return { ...minted(rows, row?.summary ?? fault, outcome, { faults: [fault] }), fault };
}

export function minted(
  rows: readonly number[],
  what: string,
  outcome: Outcome,
  options: Partial<MintOptions>,
): BadInput {
  return { rows, what, outcome, send: (server) => judge(server, server.mint(options).token) };
}

/** The answer of the server, or of its verifier where no header can carry the token. */
export async function judge(server: TestServer, token: string): Promise<Verdict> {
  return fitsAuthorizationHeader(token) ? verdictOf(await server.post(token)) : verified(server, token);
}

export function verdictOf({ status, body, headers }: Pick<Answer, 'status' | 'body' | 'headers'>): Verdict {
  return { status, code: body?.error?.code, reason: body?.error?.reason, headers };
}

/** The verifier of a server with default settings. */
export function verifierOf({ keyring }: Pick<TestServer, 'keyring'>): Verifier {
  return {
    keys: localKeys(() => keyring.jwks()),
    settings: {
      issuer: WORKOS_ISSUER,
      clientId: LOCAL_CLIENT_ID,
      clientIdClaim: 'required',
      clockTolerance: 0,
    },
  };
}

/** The refusal of the verifier, or undefined when it accepts; anything else that it throws fails the test. */
export async function refusalOf(
  server: Pick<TestServer, 'keyring'>,
  token: string,
  now = Date.now(),
): Promise<ApiError | undefined> {
  try {
    await verifyAccessToken(token, verifierOf(server), now);
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

async function verified(server: TestServer, token: string): Promise<Verdict> {
  const refusal = await refusalOf(server, token);
  return { status: refusal?.status ?? 200, code: refusal?.code, reason: refusal?.reason };
}

function expectOutcome({ status, code, reason, headers }: Verdict, outcome: Outcome): void {
  if (typeof outcome === 'number') expect({ status, reason }).toEqual({ status: outcome, reason: undefined });
  else if (OUTAGES.includes(outcome)) {
    expect({ status, code, reason }).toEqual({ status: 503, code: 'verification_unavailable', reason: outcome });
  } else expect({ status, code, reason }).toEqual({ status: 401, code: 'not_authenticated', reason: outcome });

  if (outcome === 405)
    expect({ code, allow: headers?.get('allow') }).toEqual({ code: 'method_not_allowed', allow: 'POST' });
  if (headers === undefined) return;
  const challenge = status !== 401 ? null : outcome === 'no_bearer' ? 'Bearer' : 'Bearer error="invalid_token"';
  expect(headers.get('www-authenticate')).toBe(challenge);
  expect(headers.has('retry-after')).toBe(status === 503);
  expect(headers.has('access-control-allow-origin')).toBe(false);
  expect(headers.has('idempotency-replayed')).toBe(false);
}

/** How many rows each table of a server's database has. */
export function storedRows({ paths }: Pick<TestServer, 'paths'>): Record<string, number> {
  const db = new DatabaseSync(paths.database, { readOnly: true });
  try {
    const tables = ['workspaces', 'workspace_members', 'api_keys', 'operation_events', 'callback_records'];
    const count = (table: string) => Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n);
    return Object.fromEntries(tables.map((table) => [table, count(table)]));
  } finally {
    db.close();
  }
}

export function titleOf({ rows, what, outcome }: BadInput): string {
  return `${rows.join(', ')}: ${what}: ${outcome === 200 ? 'accepted' : outcome}`.replace(/^: /, '');
}

/** One test for each input, all against one server; what is refused writes nothing, and nothing is a bug. */
export function describeInputs(section: string, inputs: readonly BadInput[]): void {
  describe(section, () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await testServer();
    });
    afterAll(() => server[Symbol.asyncDispose]());

    test.each(inputs.map((input) => [titleOf(input), input] as const))('%s', async (_, { send, outcome }) => {
      server.setClock(undefined);
      const before = storedRows(server);
      expectOutcome(await send(server), outcome);
      if (outcome !== 200) expect(storedRows(server)).toEqual(before);
      expect(server.bugs).toEqual([]);
    });
  });
}
