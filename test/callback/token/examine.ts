/** Tokens with any header and any claims under a good signature, and what the verifier finds; no server in between. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { expect } from 'vitest';
import type { PublicKey, VerifiedToken } from '../../../src/callback/identity.ts';
import type { CheckFinding, VerifierSettings } from '../../../src/callback/token/examination.ts';
import { type KeySource, localKeys } from '../../../src/callback/token/keys.ts';
import { verifyAccessToken } from '../../../src/callback/token/verify.ts';
import { ApiError } from '../../../src/errors/api-error.ts';

/** 2026-01-01T00:00:00Z in seconds. */
export const NOW = Date.UTC(2026, 0, 1) / 1000;

export const SETTINGS: VerifierSettings = {
  issuer: 'https://issuer.example',
  clientId: 'client_1',
  clientIdClaim: 'required',
  clockTolerance: 0,
};

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

export const KEY: PublicKey = { ...(publicKey.export({ format: 'jwk' }) as PublicKey), kid: 'key_1' };

const HEADER = { alg: 'RS256', kid: 'key_1' };
export const CLAIMS = {
  iss: SETTINGS.issuer,
  client_id: SETTINGS.clientId,
  sub: 'user_1',
  jti: 'jti_1',
  sid: 'session_1',
  exp: NOW + 300,
};

/** Members to put in place of others; `undefined` leaves one out. A text is taken as it is. */
export type Part = string | Buffer | Readonly<Record<string, unknown>>;

export function tokenOf(header: Part = {}, claims: Part = {}): string {
  const input = [bytesOf(HEADER, header), bytesOf(CLAIMS, claims)].map((each) => each.toString('base64url')).join('.');
  return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`;
}

function bytesOf(good: object, part: Part): Buffer {
  return Buffer.from(typeof part === 'string' || part instanceof Buffer ? part : JSON.stringify({ ...good, ...part }));
}

export interface Examined {
  readonly verified: VerifiedToken | undefined;
  /** What ended the examination; undefined for a token that was accepted. */
  readonly reason: string | undefined;
  readonly expected: string | undefined;
  readonly received: string | undefined;
  readonly cause: unknown;
  /** What each check that passed has compared, by its name. */
  readonly findings: Readonly<Record<string, CheckFinding>>;
}

export interface Circumstances {
  readonly settings?: Partial<VerifierSettings>;
  readonly keys?: KeySource;
  /** Seconds since 1970. */
  readonly now?: number;
}

/** Whatever is found or refused says what was expected and what came instead; `explain` shows both. */
export async function examine(token: string, circumstances: Circumstances = {}): Promise<Examined> {
  const { settings, keys = localKeys(() => KEYS), now = NOW } = circumstances;
  const findings: Record<string, CheckFinding> = {};
  let observed: ApiError | undefined;
  try {
    const verifier = { settings: { ...SETTINGS, ...settings }, keys };
    const verified = await verifyAccessToken(token, verifier, now * 1000, (name, result) => {
      if (result instanceof ApiError) observed = result;
      else findings[name] = result;
    });
    expect(observed).toBeUndefined();
    return { verified, reason: undefined, expected: undefined, received: undefined, cause: undefined, findings };
  } catch (error) {
    const { reason, detail } = refused(error);
    expect(observed).toBe(error);
    const { expected, received, cause } = detail;
    return { verified: undefined, reason, expected, received, cause, findings };
  } finally {
    for (const each of Object.values(findings)) expectBothSides(each);
  }
}

const KEYS = { keys: [KEY] };

/** A refusal with both of its sides; anything else that was thrown is thrown on. */
export function refused(error: unknown): ApiError {
  if (!(error instanceof ApiError)) throw error;
  expect(error.reason).toBeDefined();
  expectBothSides(error.detail);
  return error;
}

function expectBothSides({ expected, received }: { readonly expected?: string; readonly received?: string }): void {
  expect(expected).toMatch(/\S/);
  expect(received).toMatch(/\S/);
}
