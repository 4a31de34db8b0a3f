/** The settings and inputs of the sign-in of the local WorkOS. */
import type { RandomSource } from '../../machine/random.ts';
import type { Membership } from './sign-ins.ts';

export interface AuthkitSettings {
  readonly clientId: string;
  /** The API key, which is also the client secret. */
  readonly apiKey: string;
  /** Seconds. */
  readonly accessTokenLifetime: number;
  /** Milliseconds after the sign-in. */
  readonly sessionLifetime: number;
  /** Milliseconds for which an exchanged refresh token gets the same answer again. */
  readonly refreshGrace: number;
}

interface AccessTokenRequest {
  readonly sub: string;
  readonly sid: string;
  /** Seconds since 1970. */
  readonly authTime: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Seconds. */
  readonly expiresIn: number;
  readonly membership?: Membership | undefined;
  /** A deliberate fault of the token, as `mint --fault` names it. */
  readonly fault?: string | undefined;
}

/** Makes an access token. The function holds the signing key; its caller does not. */
export type MintAccessToken = (request: AccessTokenRequest) => string;

/** The rows, within one transaction. */
export interface SignInContext {
  readonly settings: AuthkitSettings;
  readonly mint: MintAccessToken;
  readonly random: Pick<RandomSource, 'bytes' | 'ulid'>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A code and a page are valid for ten minutes. */
export const CODE_LIFETIME_MS = 600_000;
