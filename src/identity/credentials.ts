/** Reading the one bearer credential of a request (RFC 6750 section 2.1). */
import { refusal } from '../errors.ts';

/**
 * @param headers every Authorization header of the request, in order
 * @throws ApiError no_bearer, multiple_credentials
 */
export function bearerCredential(headers: readonly string[]): string {
  if (headers.length > 1)
    throw refusal('multiple_credentials', { expected: '1 Authorization header', received: String(headers.length) });
  // The scheme is case-insensitive and ends at white space; what follows is judged by the verifier, a tab included.
  // Spaces at the ends of the value are gone by now. `trim` would take a no-break space too, which is no white space
  // of HTTP (RFC 9110 section 5.6.3).
  const credential = headers[0]?.match(/^bearer(?=[ \t]) *(.*)/is)?.[1];
  if (!credential) throw refusal('no_bearer', { expected: 'Authorization: Bearer <token>', received: 'none' });
  return credential;
}
