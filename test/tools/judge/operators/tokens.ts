/** Signatures, algorithms and keys that are believed although they should not be. */
import { constants, createHmac, createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import type { Rules } from '../api/rules.ts';
import { type Mistake, mistakes } from './operator.ts';

type Verifies = Rules['verifies'];

const always = () => true;
const only =
  (algorithm: string, check: Verifies) =>
  ({ verifies, algorithms }: Rules): Partial<Rules> => ({
    algorithms: [...algorithms, algorithm],
    verifies: (input, signature, key, header) =>
      (header.alg === algorithm ? check : verifies)(input, signature, key, header),
  });
const orElse =
  (check: Verifies) =>
  ({ verifies }: Rules): Partial<Rules> => ({
    verifies: (...given) => verifies(...given) || check(...given),
  });
const unsigned = { shape: /^[\w-]+\.[\w-]+\.[\w-]*$/ };

export const TOKEN_MISTAKES: readonly Mistake[] = [
  ...mistakes('an algorithm is let in', {
    'alg none': (rules) => ({ ...only('none', always)(rules), ...unsigned }),
    'alg None in another case': (rules) => ({ ...only('nOnE', always)(rules), ...unsigned }),
    'HS256 under the public key as PEM': only('HS256', (input, signature, key) =>
      createHmac('sha256', key.export({ type: 'spki', format: 'pem' }))
        .update(input)
        .digest()
        .equals(signature),
    ),
    'HS256 under the modulus': only('HS256', (input, signature, key) =>
      createHmac('sha256', Buffer.from(key.export({ format: 'jwk' }).n ?? '', 'base64url'))
        .update(input)
        .digest()
        .equals(signature),
    ),
    'HS256 under an empty key': only('HS256', (input, signature) =>
      createHmac('sha256', '').update(input).digest().equals(signature),
    ),
    RS384: only('RS384', (input, signature, key) => verify('sha384', Buffer.from(input), key, signature)),
    RS512: only('RS512', (input, signature, key) => verify('sha512', Buffer.from(input), key, signature)),
    PS256: only('PS256', (input, signature, key) =>
      verify('sha256', Buffer.from(input), { key, padding: constants.RSA_PKCS1_PSS_PADDING }, signature),
    ),
    'alg in lower case': ({ algorithms }) => ({ algorithms: [...algorithms, 'rs256'] }),
  }),
  ...mistakes('a signature is believed', {
    'no signature is looked at': () => ({ verifies: always }),
    'an empty signature will do': (rules) => ({
      ...orElse((_, signature) => signature.length === 0)(rules),
      ...unsigned,
    }),
    'a signature of zeros will do': orElse((_, signature) => signature.every((byte) => byte === 0)),
    'a signature with zeros around it will do': ({ verifies }) => ({
      verifies: (input, signature, key, header) =>
        verifies(input, signature.length > 256 ? signature.subarray(-256) : signature, key, header) ||
        verifies(input, signature.subarray(0, 256), key, header),
    }),
    'SHA-1 will do': orElse((input, signature, key) => verify('sha1', Buffer.from(input), key, signature)),
    'a PSS signature will do': orElse((input, signature, key) =>
      verify('sha256', Buffer.from(input), { key, padding: constants.RSA_PKCS1_PSS_PADDING }, signature),
    ),
    'a cut signature will do': orElse((_, signature) => signature.length > 0 && signature.length < 256),
  }),
  ...mistakes('a key is chosen by the token', {
    'the jwk of the header is believed': ({ keyOf }) => ({
      keyOf: (kid, keys, header) =>
        typeof header.jwk === 'object' && header.jwk !== null
          ? createPublicKey({ key: header.jwk as JsonWebKey, format: 'jwk' })
          : keyOf(kid, keys, header),
    }),
    'an unknown kid means the newest key': ({ keyOf }) => ({
      keyOf: (kid, keys, header) => keyOf(kid, keys, header) ?? keys.values().next().value,
    }),
  }),
  ...mistakes('keys are held', {
    'keys are fetched once': ({ keyCache }) => ({ keyCache: { ...keyCache, isFinal: true } }),
    'a removed key stays good': ({ keyCache }) => ({ keyCache: { ...keyCache, keepsRemoved: true } }),
  }),
];
