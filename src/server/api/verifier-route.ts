/** A running server tells other commands of this program about itself. The answer contains no secret. */

import { jwksUrlAt } from '../../callback/issuer-request.ts';
import type { VerifierSettings } from '../../callback/token/examination.ts';
import { fieldsOf } from '../../machine/settings/setting.ts';
import { VERIFIER_SETTINGS } from '../../machine/settings/verifier.ts';
import type { VerifierSettings as Body } from '../contract/schemas.ts';
import { json, type RequestOf } from '../http/answers.ts';

/** Where keys and users come from. For a URL that is not configured, this server's own URL is given. */
export interface IssuerUrls {
  readonly jwks: string | undefined;
  readonly api: string | undefined;
}

export function verifierSettings(c: RequestOf, verifier: VerifierSettings, urls: IssuerUrls): Response {
  // The server may listen on any address and behind any port, so it names itself as the caller reached it.
  const api = urls.api ?? new URL(c.req.url).origin;
  const settings: Body = {
    ...fieldsOf(VERIFIER_SETTINGS, verifier),
    jwks_url: urls.jwks ?? jwksUrlAt(api, verifier.clientId),
    workos_api_url: api,
  };
  return json(c, settings);
}
