/** Signing keys, good and faulty tokens, and a verifier for them, without a server: hundreds of thousands are tried. */
import { createPublicKey, sign, verify } from 'node:crypto';
import { join } from 'node:path';
import type { PublicKeySet, VerifiedToken } from '../../../src/callback/identity.ts';
import { CHECKS, type CheckName } from '../../../src/callback/token/checks.ts';
import { localKeys } from '../../../src/callback/token/keys.ts';
import { verifyAccessToken } from '../../../src/callback/token/verify.ts';
import { systemRandom } from '../../../src/machine/random.ts';
import { openKeyring } from '../../../src/workos/keys/keyring.ts';
import { FAULTS } from '../../../src/workos/tokens/faults.ts';
import { type MintedToken, type MintOptions, mintToken } from '../../../src/workos/tokens/mint.ts';
import { temporaryDirectory } from '../../support/directory.ts';

export const NOW = Date.UTC(2026, 0, 1);
export const ISSUER = 'https://api.workos.com';
export const CLIENT = 'client_properties';

export interface Judgement {
  /** What the verifier read from the token, or what it threw. */
  readonly verified?: VerifiedToken;
  readonly error?: unknown;
  /** The checks that ran, in order. */
  readonly checks: readonly CheckName[];
  /** How often a key was looked for. */
  readonly lookups: number;
}

export interface TokenIssuer extends Disposable {
  readonly kids: readonly string[];
  published(): PublicKeySet;
  mint(options?: Partial<MintOptions>): MintedToken;
  /** A token of these bytes with a good signature. */
  sign(header: string, payload: string): string;
  /** Whether one of the keys signed just this text, as OpenSSL sees it. */
  signed(token: string): boolean;
  /** One token for every fault. */
  faulty(): MintedToken[];
  judge(token: string): Promise<Judgement>;
}

/** Two published keys, so that a token without a `kid` is not judged by luck. */
export async function tokenIssuer(): Promise<TokenIssuer> {
  const directory = temporaryDirectory();
  const keyring = openKeyring(join(directory.path, 'signing-keys'));
  await keyring.ensure(NOW);
  await keyring.rotate(NOW);
  const random = systemRandom();
  const key = keyring.signingKey();
  const published = keyring.jwks();
  const keys = localKeys(() => published);
  const mint = (options: Partial<MintOptions> = {}) =>
    mintToken({ issuer: ISSUER, clientId: CLIENT, sub: 'user_1', ...options }, { keyring, now: NOW, random });

  return {
    published: () => published,
    kids: published.keys.map(({ kid }) => String(kid)),
    mint,
    sign(header, payload) {
      const input = [header, payload].map((part) => Buffer.from(part).toString('base64url')).join('.');
      return `${input}.${sign('sha256', Buffer.from(input), key.privateKey).toString('base64url')}`;
    },
    signed(token) {
      const [header = '', payload = '', signature = ''] = token.split('.');
      return published.keys.some((jwk) =>
        verify(
          'sha256',
          Buffer.from(`${header}.${payload}`),
          createPublicKey({ key: { ...jwk }, format: 'jwk' }),
          Buffer.from(signature, 'base64url'),
        ),
      );
    },
    faulty: () => FAULTS.map(({ name }) => mint({ faults: [name] })),
    async judge(token) {
      const checks: CheckName[] = [];
      let lookups = 0;
      const verifier = {
        settings: { issuer: ISSUER, clientId: CLIENT, clientIdClaim: 'required' as const, clockTolerance: 0 },
        keys: {
          ...keys,
          find(header: Parameters<typeof keys.find>[0]) {
            lookups++;
            return keys.find(header);
          },
        },
      };
      try {
        const verified = await verifyAccessToken(token, verifier, NOW, (name) => checks.push(name));
        return { verified, checks, lookups };
      } catch (error) {
        return { error, checks, lookups };
      }
    },
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}

/** Whether these checks ran once each, in their order, up to the one that refused. */
export function isPrefixOfAllChecks(checks: readonly CheckName[]): boolean {
  return checks.every((name, index) => CHECKS[index]?.name === name);
}

/** What the contract asks of claims, in other words than the program's: no others may be accepted. */
export function isAcceptable({ iss, sub, sid, jti, client_id, azp, exp, nbf, iat }: Record<string, unknown>): boolean {
  const now = NOW / 1000;
  const isId = (value: unknown) => typeof value === 'string' && value.trim() !== '' && value.length <= 255;
  const isNone = (value: unknown) => value === undefined || value === null;
  const isBlank = (value: unknown) => isNone(value) || (typeof value === 'string' && value.trim() === '');
  return (
    (iss === ISSUER || iss === `${ISSUER}/`) &&
    isId(sub) &&
    (isId(jti) || isId(sid)) &&
    [jti, sid].every((id) => isId(id) || isBlank(id)) &&
    [client_id, azp].some((client) => client === CLIENT) &&
    [client_id, azp].every((client) => client === CLIENT || isNone(client)) &&
    typeof exp === 'number' &&
    exp > now &&
    (nbf === undefined || (typeof nbf === 'number' && nbf <= now)) &&
    (iat === undefined || (typeof iat === 'number' && iat <= now + 60 && iat < exp))
  );
}
