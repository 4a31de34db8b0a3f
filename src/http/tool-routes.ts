/** What a running server tells other commands of this program about itself. Nothing of it is a secret. */
import type { VerifierSettings as Body } from '../contract/schemas.ts';
import type { VerifierSettings } from '../identity/examination.ts';
import { json, type RequestOf } from './answers.ts';

/** Where keys and users come from, as configured; this server itself plays what is not. */
export interface IssuerUrls {
  readonly jwks: string | undefined;
  readonly api: string | undefined;
}

export function verifierSettings(
  c: RequestOf,
  { issuer, clientId, clientIdClaim, clockTolerance }: VerifierSettings,
  urls: IssuerUrls,
): Response {
  // Its own name for itself is the one that the asker reached it by: it may listen on any address, behind any port.
  const api = urls.api ?? new URL(c.req.url).origin;
  const settings: Body = {
    issuer,
    client_id: clientId,
    client_id_claim: clientIdClaim,
    clock_tolerance_seconds: clockTolerance,
    jwks_url: urls.jwks ?? `${api}/sso/jwks/${clientId}`,
    workos_api_url: api,
  };
  return json(c, settings);
}
