/** Settings of the verifier of access tokens, for `serve`, `explain`, `/local/verifier` and scenarios. */
import { oneOf } from '../values/choice.ts';
import { seconds } from '../values/duration.ts';
import { clientId, issuer } from '../values/workos.ts';
import type { PropertiesOf, SettingRows } from './setting.ts';

/** The client id of the local WorkOS. It is fixed, so that tokens and configurations can name it. */
export const LOCAL_CLIENT_ID = 'client_01K9AGENTPASTE000000000000';
export const WORKOS_ISSUER = 'https://api.workos.com';

export const VERIFIER_SETTINGS = {
  /** Compared with `iss`; one trailing slash is ignored on both sides. */
  issuer: {
    says: 'issuer of the tokens, compared with `iss`; one trailing slash is ignored',
    form: issuer,
    env: 'WORKOS_ISSUER',
    fallback: WORKOS_ISSUER,
  },
  'client-id': {
    says: 'WorkOS client that the tokens are issued to',
    form: clientId,
    env: 'WORKOS_CLIENT_ID',
    fallback: LOCAL_CLIENT_ID,
  },
  /** `optional` accepts a token without `client_id` and `azp`, and then checks `aud` if it is present. */
  'client-id-claim': {
    says: 'required: refuse tokens that name no client; optional: accept them',
    form: oneOf('required', 'optional'),
    env: 'AGENT_PASTE_CLIENT_ID_CLAIM',
    fallback: 'required',
  },
  'clock-tolerance': {
    says: 'how far exp and nbf may be off, up to 60s',
    form: seconds('0s', '60s'),
    env: 'AGENT_PASTE_CLOCK_TOLERANCE',
    fallback: 0,
  },
} as const satisfies SettingRows;

export type VerifierSettings = PropertiesOf<typeof VERIFIER_SETTINGS>;
