/** Settings of the inspector: whether it has a page, and what is recorded of callbacks. */
import { oneOf } from '../values/choice.ts';
import { port } from '../values/network.ts';
import type { SettingRows } from './setting.ts';

export const INSPECTOR_SETTINGS = {
  inspector: {
    says: 'page of the inspector: on: it shows callbacks and can send some; read: it only shows; record: no page, but details are recorded; off: neither; auto: on for a terminal',
    form: oneOf('auto', 'on', 'read', 'record', 'off'),
    env: 'AGENT_PASTE_INSPECTOR',
    fallback: 'auto',
    placeholder: 'mode',
  },
  'inspector-port': {
    says: 'port of that page, on 127.0.0.1; 0 for any free port, and the next free one after the default',
    form: port,
    env: 'AGENT_PASTE_INSPECTOR_PORT',
    fallback: 8788,
  },
} as const satisfies SettingRows;
