/** Settings of the sign-in callback. */
import { oneOf } from '../values/choice.ts';
import { duration } from '../values/duration.ts';
import { DAY } from '../values/time.ts';
import type { PropertiesOf, SettingRows } from './setting.ts';

export const CALLBACK_SETTINGS = {
  'idempotency-ttl': {
    says: 'how long an answer is replayed; never shorter than the life of the token that made it',
    form: duration('1s', '365d'),
    env: 'AGENT_PASTE_IDEMPOTENCY_TTL',
    fallback: DAY,
  },
  'in-flight': {
    says: 'wait: wait for the running callback of the same key; conflict: answer 409 at once',
    form: oneOf('wait', 'conflict'),
    env: 'AGENT_PASTE_IN_FLIGHT',
    fallback: 'wait',
  },
  'in-flight-wait': {
    says: 'how long to wait before 409',
    form: duration('1ms', '60s'),
    env: 'AGENT_PASTE_IN_FLIGHT_WAIT',
    fallback: 5000,
  },
} as const satisfies SettingRows;

export type CallbackSettings = PropertiesOf<typeof CALLBACK_SETTINGS>;
