/** The place of the state, and the URL of a server. */
import { serverUrl } from '../values/network.ts';
import { localPath } from '../values/text.ts';
import type { SettingRows } from './setting.ts';

export const PLACE_SETTINGS = {
  'state-dir': {
    says: 'where keys, users and databases are kept',
    form: localPath,
    env: 'AGENT_PASTE_STATE_DIR',
    fallback: '.agent-paste',
    placeholder: 'dir',
  },
  url: {
    says: 'base URL of the server',
    form: serverUrl,
    env: 'AGENT_PASTE_API_URL',
    fallback: 'http://127.0.0.1:8787',
  },
} as const satisfies SettingRows;
