/**
 * An RSA key as the RSALib of Infineon made them (CVE-2017-15361, "ROCA"): both primes are k·M + (65537^a mod M), with M
 * the product of the first 126 primes. Its modulus can be told from others, and factored with effort.
 */
import { checkPrimeSync, createPrivateKey, type KeyObject, randomBytes, randomInt } from 'node:crypto';

const EXPONENT = 65_537n;
const SMALL_PRIMES = firstPrimes(126);
const M = SMALL_PRIMES.reduce((product, prime) => product * prime, 1n);

/** 2048 bits. */
export function rocaKey(): KeyObject {
  const [p, q] = [rocaPrime(), rocaPrime()];
  const d = inverse(EXPONENT, (p - 1n) * (q - 1n));
  const members = { n: p * q, e: EXPONENT, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) };
  const jwk = Object.fromEntries(Object.entries(members).map(([name, value]) => [name, encode(value)]));
  return createPrivateKey({ key: { kty: 'RSA', ...jwk }, format: 'jwk' });
}

/** The fingerprint: modulo every small prime, the modulus is a power of 65537. */
export function looksLikeRoca(modulus: string): boolean {
  const n = BigInt(`0x${Buffer.from(modulus, 'base64url').toString('hex')}`);
  return SMALL_PRIMES.every((prime) => {
    for (let power = 1n, i = 0n; i < prime; i++, power = (power * EXPONENT) % prime)
      if (power === n % prime) return true;
    return false;
  });
}

function rocaPrime(): bigint {
  // The two highest bits are set, so that the product of two primes has twice their bits.
  const smallest = 3n << 1022n;
  for (;;) {
    const k = smallest / M + 1n + BigInt(randomInt(2 ** 40));
    const candidate = k * M + power(EXPONENT, BigInt(`0x${randomBytes(16).toString('hex')}`));
    if (checkPrimeSync(candidate)) return candidate;
  }
}

function firstPrimes(count: number): bigint[] {
  const primes: bigint[] = [];
  for (let candidate = 2n; primes.length < count; candidate++) {
    if (primes.every((prime) => candidate % prime !== 0n)) primes.push(candidate);
  }
  return primes;
}

/** Modulo M. */
function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n, square = (square * square) % M) {
    if (rest & 1n) result = (result * square) % M;
  }
  return result;
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [r, next, s, following] = [modulus, value % modulus, 0n, 1n];
  while (next !== 0n) {
    const quotient = r / next;
    [r, next] = [next, r - quotient * next];
    [s, following] = [following, s - quotient * following];
  }
  return ((s % modulus) + modulus) % modulus;
}

function encode(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url');
}
