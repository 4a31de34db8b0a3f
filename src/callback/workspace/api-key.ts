/** The API key: its text form, and the HMAC that is stored instead of its secret (contract §1, Formats). */
import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';

export type KeyEnvironment = 'preview' | 'production' | 'live';

export interface Pepper {
  /** The number of the pepper, stored with every HMAC that it made. */
  readonly kid: number;
  readonly key: KeyObject;
}

export interface ApiKeyText {
  readonly publicId: string;
  /** 32 random bytes, base64url. */
  readonly secret: string;
}

export function formatApiKey(env: KeyEnvironment, { publicId, secret }: ApiKeyText): string {
  return `ap_pk_${env}_${publicId}_${secret}`;
}

const API_KEY = /^ap_pk_(?:preview|production|live)_([0-9A-HJKMNP-TV-Z]{16})_([A-Za-z0-9_-]{43})$/;

/** `undefined` if the text does not have the form of a key. */
export function parseApiKey(text: string): ApiKeyText | undefined {
  const match = API_KEY.exec(text);
  return match ? { publicId: match[1] as string, secret: match[2] as string } : undefined;
}

/** HMAC-SHA-256 of the secret part, base64url; the database stores it instead of the secret. */
export function hashSecret(pepper: Pepper, secret: string): string {
  return createHmac('sha256', pepper.key).update(secret).digest('base64url');
}

/** Compares in constant time. */
export function secretMatches(pepper: Pepper, secret: string, storedHmac: string): boolean {
  const stored = Buffer.from(storedHmac, 'base64url');
  const given = Buffer.from(hashSecret(pepper, secret), 'base64url');
  return stored.length === given.length && timingSafeEqual(stored, given);
}
