/** Passwords; only their scrypt hash is stored (RFC 7914). */
import { Buffer } from 'node:buffer';
import { type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { RandomSource } from '../../machine/random.ts';

const COST: ScryptOptions = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 2 ** 20 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const MAX_LENGTH = 1000;

/** Runs on another thread. */
const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

export const PASSWORD_ACCEPTS = `text of 1 to ${MAX_LENGTH} characters`;

export function isPassword(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_LENGTH;
}

/** @returns `scrypt$<salt>$<hash>` */
export async function hashPassword(password: string, random: Pick<RandomSource, 'bytes'>): Promise<string> {
  const salt = random.bytes(SALT_BYTES);
  const hash = await derive(password, salt, HASH_BYTES, COST);
  return `scrypt$${salt.toString('base64url')}$${hash.toString('base64url')}`;
}

/** Takes equally long without a stored hash, so that the time does not reveal whether there is one. */
export async function isPasswordOf(stored: string | null, password: string): Promise<boolean> {
  const [, salt = '', hash = ''] = stored?.split('$') ?? [];
  const made = await derive(password, Buffer.from(salt, 'base64url'), HASH_BYTES, COST);
  const kept = Buffer.from(hash, 'base64url');
  return kept.length === made.length && timingSafeEqual(made, kept);
}
