/** Settings for the source of keys and users. */
import { duration } from '../values/duration.ts';
import { optional } from '../values/form.ts';
import { documentUrl, httpUrl } from '../values/network.ts';
import { secret } from '../values/text.ts';
import type { SettingRows } from './setting.ts';

export const LOCAL_API_KEY = 'sk_test_local';

export const WORKOS_SETTINGS = {
  'workos-api-key': {
    says: 'API key for the WorkOS at workos-api-url; also the API key of the local WorkOS',
    form: optional(secret),
    env: 'WORKOS_API_KEY',
    fallback: undefined,
    fallbackSays: `${LOCAL_API_KEY} for the local WorkOS`,
    secret: true,
  },
  'workos-api-url': {
    says: 'ask this WorkOS for keys and users instead of playing it',
    form: optional(httpUrl),
    env: 'WORKOS_API_BASE_URL',
    fallback: undefined,
  },
  'jwks-url': {
    says: 'fetch the keys from here',
    form: optional(documentUrl),
    env: 'WORKOS_JWKS_URL',
    fallback: undefined,
  },
  'jwks-max-age': {
    says: 'how long fetched keys are used',
    form: duration('1s', '24h'),
    env: 'AGENT_PASTE_JWKS_MAX_AGE',
    fallback: 3_600_000,
  },
} as const satisfies SettingRows;
