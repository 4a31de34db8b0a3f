/** Tokens whose alg is not RS256, or whose signature has another algorithm than alg (RFC 8725 sections 2.1, 3.1). */
import { Buffer } from 'node:buffer';
import { set, without } from './edits.ts';
import { refused } from './expected-verdict.ts';
import { type Changes, type Fault, fault } from './fault.ts';
import { foreignEcdsa, foreignEddsa, hmac, pss, publicKeyTexts, rsaWith, type Signer } from './signing.ts';

const notAllowed = refused('alg_not_allowed');
const badAlgorithm = refused('header_invalid', 'algorithm');

export const ALGORITHM_FAULTS: readonly Fault[] = [
  // A token without a signature is refused before its algorithm is checked; with one, it is refused for its algorithm.
  fault('alg-none', [47], 'alg none, no signature', refused('malformed_token'), unsigned('none')),
  fault('alg-none-title-case', [48], 'alg None, no signature', refused('malformed_token'), unsigned('None')),
  fault('alg-none-upper-case', [49], 'alg NONE, no signature', refused('malformed_token'), unsigned('NONE')),
  fault('alg-none-mixed-case', [50], 'alg nOnE, no signature', refused('malformed_token'), unsigned('nOnE')),
  fault('alg-none-title-case-signed', [48], 'alg None over a good signature', notAllowed, alg('None')),
  fault('alg-none-upper-case-signed', [49], 'alg NONE over a good signature', notAllowed, alg('NONE')),
  fault('alg-none-mixed-case-signed', [50], 'alg nOnE over a good signature', notAllowed, alg('nOnE')),
  fault('alg-none-space', [51], 'alg none with a space after it', notAllowed, alg('none ')),
  fault('alg-none-signed', [52], 'alg none over a good signature', notAllowed, alg('none')),
  fault('alg-missing', [53], 'no alg', badAlgorithm, { header: without('alg') }),
  fault('alg-empty', [54], 'alg ""', badAlgorithm, alg('')),
  fault('alg-null', [54], 'alg null', badAlgorithm, alg(null)),
  fault('alg-number', [54], 'alg as a number', badAlgorithm, alg(256)),
  fault('alg-boolean', [54], 'alg true', badAlgorithm, alg(true)),
  fault('alg-array', [54], 'alg as an array', badAlgorithm, alg(['RS256'])),
  fault('alg-lower-case', [55], 'alg rs256', notAllowed, alg('rs256')),
  fault('alg-proto', [56], 'alg __proto__', notAllowed, alg('__proto__')),
  fault('alg-constructor', [56], 'alg constructor', notAllowed, alg('constructor')),

  fault('hs256-spki-pem', [57], 'HMAC under the public key as PEM', notAllowed, hs256(publicKeyTexts.spkiPem)),
  fault('hs256-spki-pem-no-newline', [58], 'the same without its last line break', notAllowed, {
    ...hs256((context) => publicKeyTexts.spkiPem(context).trimEnd()),
  }),
  fault('hs256-pkcs1-pem', [59], 'HMAC under the public key as PKCS#1 PEM', notAllowed, hs256(publicKeyTexts.pkcs1Pem)),
  fault('hs256-spki-der', [60], 'HMAC under the public key as DER', notAllowed, hs256(publicKeyTexts.spkiDer)),
  fault('hs256-modulus', [61], 'HMAC under the bytes of n', notAllowed, hs256(publicKeyTexts.modulus)),
  fault('hs256-jwks', [62], 'HMAC under the JWKS as JSON', notAllowed, hs256(publicKeyTexts.jwks)),
  fault(
    'hs256-empty-key',
    [63],
    'HMAC under an empty key',
    notAllowed,
    hs256(() => ''),
  ),
  fault('hs256-spki-pem-space', [64], 'HMAC under the public key as PEM after a space', notAllowed, {
    ...hs256((context) => ` ${publicKeyTexts.spkiPem(context)}`),
  }),

  fault('rs384', [65], 'RS384 with the right key', notAllowed, signedAs('RS384', rsaWith('sha384'))),
  fault('rs512', [65], 'RS512 with the right key', notAllowed, signedAs('RS512', rsaWith('sha512'))),
  fault('ps256', [66], 'PS256 with the right key', notAllowed, signedAs('PS256', pss)),
  fault('signature-pss', [67], 'RS256 in the header, a PSS signature', refused('bad_signature'), { sign: pss }),
  fault('signature-sha1', [68], 'RS256 in the header, a SHA-1 signature', refused('bad_signature'), {
    sign: rsaWith('sha1'),
  }),
  fault('es256', [69], 'ES256 by another key', notAllowed, signedAs('ES256', foreignEcdsa)),
  fault('eddsa', [69], 'EdDSA by another key', notAllowed, signedAs('EdDSA', foreignEddsa)),
  fault(
    'es256-zero',
    [70],
    'ES256 with r = s = 0',
    notAllowed,
    signedAs('ES256', () => Buffer.alloc(64)),
  ),
];

function alg(value: unknown): Changes {
  return { header: set({ alg: value }) };
}

function unsigned(name: string): Changes {
  return { ...alg(name), signature: () => Buffer.alloc(0) };
}

function signedAs(name: string, sign: Signer): Changes {
  return { ...alg(name), sign };
}

function hs256(secret: Parameters<typeof hmac>[0]): Changes {
  return signedAs('HS256', hmac(secret));
}
