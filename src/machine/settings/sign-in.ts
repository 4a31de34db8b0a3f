/** Settings of the sign-in of the local WorkOS. Another WorkOS has its own settings for this. */
import { listOf } from '../values/choice.ts';
import { duration, seconds } from '../values/duration.ts';
import { optional } from '../values/form.ts';
import { type RedirectPattern, redirectUri } from '../values/redirect-uri.ts';
import { word } from '../values/text.ts';
import { email } from '../values/user.ts';
import type { SettingRows } from './setting.ts';

const WHO_GETS_IN = 'it decides who gets a sign-in';

/** They have no fallback, so that a given value can be refused in remote mode. */
export const SIGN_IN_SETTINGS = {
  'redirect-uri': {
    says: 'where a sign-in may return to, such as http://localhost:3000/callback; * may be the port or the first label',
    form: listOf(redirectUri),
    env: 'AGENT_PASTE_REDIRECT_URI',
    notFound: WHO_GETS_IN,
    fallback: [] as readonly RedirectPattern[],
    fallbackSays: 'http and https on this machine',
  },
  'sign-in-as': {
    says: 'sign this address in without showing the page; needs --redirect-uri',
    form: optional(email),
    env: 'AGENT_PASTE_SIGN_IN_AS',
    notFound: WHO_GETS_IN,
    fallback: undefined,
  },
  'sign-out-redirect': {
    says: 'where a sign-out returns to if it names no return_to',
    form: optional(word),
    env: 'AGENT_PASTE_SIGN_OUT_REDIRECT',
    notFound: WHO_GETS_IN,
    fallback: undefined,
    fallbackSays: 'the origin that the sign-in returned to',
    placeholder: 'uri',
  },
  'access-token-lifetime': {
    says: 'how long an access token of a sign-in is valid',
    form: optional(seconds('1s', '24h')),
    env: 'AGENT_PASTE_ACCESS_TOKEN_LIFETIME',
    fallback: undefined,
    fallbackSays: '5m',
    placeholder: 'duration',
  },
  'session-lifetime': {
    says: 'how long after the sign-in it can be refreshed',
    form: optional(duration('1s', '365d')),
    env: 'AGENT_PASTE_SESSION_LIFETIME',
    fallback: undefined,
    fallbackSays: '30d',
    placeholder: 'duration',
  },
  'refresh-grace': {
    says: 'how long an exchanged refresh token gets the same answer again',
    form: optional(duration('0s', '5m')),
    env: 'AGENT_PASTE_REFRESH_GRACE',
    fallback: undefined,
    fallbackSays: '30s',
    placeholder: 'duration',
  },
} as const satisfies SettingRows;
