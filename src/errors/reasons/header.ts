/** Reasons to refuse the header of a token, its key or its signature. */
import type { ReasonRows } from './reason.ts';

export const HEADER_REASONS = {
  header_invalid: {
    code: 'not_authenticated',
    message: 'the token header is not a valid JOSE header',
    remedy: 'Mint the token with a JWT library; the header must be a JSON object with a string `alg`.',
    cause:
      'The token was made by hand, or its header has members for encryption (`zip`, `enc`) or for an extension (`b64`).',
    fault: 'crit-empty',
  },
  duplicate_member: {
    code: 'not_authenticated',
    message: 'the token names a header member or claim twice',
    remedy:
      'Remove the second member: parsers disagree about which one counts (RFC 7515 section 4, RFC 7519 section 4).',
    cause: 'The token was assembled as text, or it is an attack on parsers that disagree.',
    fault: 'duplicate-alg-none-first',
  },
  alg_not_allowed: {
    code: 'not_authenticated',
    message: 'the token is not signed with RS256',
    remedy: 'Sign with RS256; it is the only algorithm AuthKit uses and the only one accepted.',
    cause: 'The token is from another issuer or a test, or it is an attack (`none`, or HMAC with the public key).',
    fault: 'alg-none-title-case-signed',
  },
  crit_not_supported: {
    code: 'not_authenticated',
    message: 'the token requires an extension that is not supported',
    remedy: 'Issue the token without `crit`; the server does not understand any JWS extension.',
    cause: 'The token is for a system with its own extensions.',
    fault: 'crit-unknown',
  },
  untrusted_key_header: {
    code: 'not_authenticated',
    message: 'the token brings its own key (jwk, jku, x5u, x5c or x5t)',
    remedy: 'Remove the member: keys come from the configured JWKS only, and a token must not name its own.',
    cause: 'A library adds its certificate to each token, or it is an attack with a key of its own.',
    fault: 'jwk-foreign',
  },
  typ_not_allowed: {
    code: 'not_authenticated',
    message: 'the token is not an access token (typ)',
    remedy: 'Send the access token, not an ID, logout or event token.',
    cause: 'An ID token, a logout token or a DPoP proof was sent instead of the access token.',
    fault: 'typ-logout',
  },
  kid_invalid: {
    code: 'not_authenticated',
    message: 'the key id (kid) of the token is not a usable string',
    remedy: 'Set `kid` to the id of the signing key as the JWKS lists it.',
    cause: 'The token was made by hand.',
    fault: 'kid-empty',
  },
  kid_unknown: {
    code: 'not_authenticated',
    message: 'no key of the JWKS has the key id of the token',
    remedy:
      'Compare the `kid` with the JWKS: the key was removed, or the token comes from another environment, another client or another state directory.',
    cause: 'The token and the JWKS belong to different environments or clients, or the key has been retired.',
    fault: 'kid-unknown',
  },
  key_ambiguous: {
    code: 'not_authenticated',
    message: 'more than one key of the JWKS fits the token',
    remedy: 'Give every key of the JWKS its own `kid` and name it in the token header.',
    cause:
      'Two keys of the set have the same `kid`, or the token has no `kid` while two keys are published, as after a rotation.',
    fault: 'kid-missing',
  },
  bad_signature: {
    code: 'not_authenticated',
    message: 'the signature of the token does not verify',
    remedy: 'The token was changed after signing, or signed by another key under the same `kid`.',
    cause: 'The token was edited after signing, or two environments have keys with the same `kid`.',
    fault: 'signature-pss',
  },
} as const satisfies ReasonRows;
