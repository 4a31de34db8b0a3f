/** Ways of signing other than RS256 with the key of the issuer. */
import { Buffer } from 'node:buffer';
import { constants, createHmac, createPublicKey, sign } from 'node:crypto';
import type { FaultContext } from './fault.ts';
import { foreignEcKey, foreignEdKey, foreignRsaKey } from './foreign-keys.ts';

export type Signer = (input: Buffer, context: FaultContext) => Buffer;

export const foreignSignature: Signer = (input) => sign('sha256', input, foreignRsaKey);
export const foreignEcdsa: Signer = (input) => sign('sha256', input, { key: foreignEcKey, dsaEncoding: 'ieee-p1363' });
export const foreignEddsa: Signer = (input) => sign(null, input, foreignEdKey);

/** RSASSA-PKCS1-v1_5 with the right key and another hash. */
export function rsaWith(hash: 'sha1' | 'sha384' | 'sha512'): Signer {
  return (input, { key }) => sign(hash, input, key.privateKey);
}

/** RSASSA-PSS with the right key (RFC 7518 section 3.5). */
export const pss: Signer = (input, { key }) =>
  sign('sha256', input, { key: key.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });

/** HMAC with public data as its key. It tricks a verifier that confuses the kinds of keys (RFC 8725 section 2.1). */
export function hmac(secret: (context: FaultContext) => string | Buffer): Signer {
  return (input, context) => createHmac('sha256', secret(context)).update(input).digest();
}

export const publicKeyTexts = {
  spkiPem: ({ key }: FaultContext): string =>
    createPublicKey(key.privateKey).export({ type: 'spki', format: 'pem' }).toString(),
  pkcs1Pem: ({ key }: FaultContext): string =>
    createPublicKey(key.privateKey).export({ type: 'pkcs1', format: 'pem' }).toString(),
  spkiDer: ({ key }: FaultContext): Buffer => createPublicKey(key.privateKey).export({ type: 'spki', format: 'der' }),
  modulus: ({ key }: FaultContext): Buffer => Buffer.from(key.jwk.n, 'base64url'),
  jwks: ({ published }: FaultContext): string => JSON.stringify(published),
};
