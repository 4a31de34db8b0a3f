/** Faults that every verifier must refuse: those that the contract names or jose refuses. Others are only recommended. */
import { FAULTS } from '../../../workos/tokens/faults.ts';

/** Encodings, header members and forms of values that the contract of the callback does not name. */
const RECOMMENDED = new Set([
  ...['leading-tab', 'latin-1-character', 'token-too-large', 'signature-space', 'signature-tab', 'payload-space'],
  ...['header-space', 'signature-padded', 'header-padded', 'base64-standard', 'unused-bits', 'signature-question-mark'],
  ...['signature-hash', 'crit-repeated', 'b64-true', 'b64-without-crit', 'jwk-own', 'x5c', 'x5t', 'x5t-s256', 'zip'],
  ...['enc', 'typ-logout', 'typ-secevent', 'typ-dpop', 'typ-id-token', 'typ-number', 'typ-array'],
  ...[
    'header-invalid-utf8',
    'payload-invalid-utf8',
    'header-byte-order-mark',
    'duplicate-alg-none-first',
    'duplicate-kid',
    'header-nested-12000',
    'kid-missing',
  ],
  ...['kid-300', 'kid-10000', 'payload-byte-order-mark', 'duplicate-sub', 'duplicate-exp', 'duplicate-jti'],
  // A server may tolerate differences of clocks; `bad-claims-refused` has dates beyond any tolerance.
  ...['expired', 'expired-now', 'exp-infinite', 'exp-milliseconds', 'exp-year-10000', 'exp-before-iat', 'iat-string'],
  ...['issued-in-future', 'iss-two-slashes', 'azp-conflict', 'client-id-missing'],
  ...['sub-dot', 'sub-dot-dot', 'sub-path-traversal', 'sub-lone-surrogate', 'sub-nul', 'sub-crlf', 'sub-256'],
  ...['ids-spaces', 'ids-no-break-space', 'ids-tab', 'jti-number', 'jti-boolean', 'jti-array', 'jti-object'],
  ...['sid-number', 'sid-boolean', 'sid-array', 'sid-object', 'jti-zero-width-space', 'jti-nul', 'jti-control'],
  ...['jti-lone-surrogate', 'jti-256', 'jti-64k'],
]);

export function isRecommended(fault: string): boolean {
  return RECOMMENDED.has(fault);
}

/** Recommended names that are not in the table of faults, because they were mistyped. */
export function unknownRecommendations(): readonly string[] {
  return [...RECOMMENDED].filter((name) => !FAULTS.some((fault) => fault.name === name));
}
