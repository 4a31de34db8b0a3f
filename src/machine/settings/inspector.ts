/** Settings of the inspector: what is recorded of callbacks. */
import { oneOf } from '../values/choice.ts';
import type { SettingRows } from './setting.ts';

export const INSPECTOR_SETTINGS = {
  inspector: {
    says: 'details of callbacks: record: keep them in the log of attempts; off: keep none',
    form: oneOf('record', 'off'),
    env: 'AGENT_PASTE_INSPECTOR',
    fallback: 'off',
    placeholder: 'mode',
  },
} as const satisfies SettingRows;
