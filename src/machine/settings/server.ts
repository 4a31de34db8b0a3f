/** Settings of the server: where it listens, its first rows, its log. */

import { listOf, oneOf, onOff } from '../values/choice.ts';
import { clock } from '../values/clock.ts';
import { database, passwordInFlag } from '../values/database.ts';
import { optional } from '../values/form.ts';
import { hostHeader, listenHost, port, webOrigin } from '../values/network.ts';
import { integer, localPath, password, secretJson } from '../values/text.ts';
import { HOLD_POINTS, type HoldPoint, hold } from './hold.ts';
import type { SettingRows } from './setting.ts';

export const SERVER_SETTINGS = {
  port: {
    says: 'port to listen on; 0 for any free port',
    form: port,
    env: 'AGENT_PASTE_PORT',
    fallback: 8787,
  },
  host: {
    notFound: 'it could offer this machine to the network',
    says: 'address to listen on',
    form: listenHost,
    env: 'AGENT_PASTE_HOST',
    fallback: '127.0.0.1',
  },
  'allow-remote': {
    notFound: 'it could offer this machine to the network',
    says: 'allow a --host or --url that is not on this machine',
    form: onOff,
    env: 'AGENT_PASTE_ALLOW_REMOTE',
    fallback: 'false',
  },
  'allow-host': {
    notFound: 'it could open the server to names that others control',
    says: 'further Host headers to answer to, such as api.test:8787',
    form: listOf(hostHeader),
    env: 'AGENT_PASTE_ALLOW_HOST',
    fallback: [] as readonly string[],
  },
  'allow-origin': {
    notFound: 'it could open the server to pages of others',
    says: 'origins whose pages may call, such as http://localhost:3000',
    form: listOf(webOrigin),
    env: 'AGENT_PASTE_ALLOW_ORIGIN',
    fallback: [] as readonly string[],
  },
  db: {
    notInFlag: passwordInFlag,
    says: 'database file, :memory:, or postgres://user@host:5432/name',
    form: optional(database),
    env: 'AGENT_PASTE_DB',
    fallback: undefined,
    fallbackSays: 'agent-paste.db in the state directory',
  },
  'db-pool-size': {
    says: 'connections to a PostgreSQL database at once',
    form: integer(1, 100),
    env: 'AGENT_PASTE_DB_POOL_SIZE',
    fallback: 8,
  },
  'db-password': {
    says: 'password of the PostgreSQL user',
    form: optional(password),
    env: 'PGPASSWORD',
    fallback: undefined,
    secret: true,
  },
  peppers: {
    notFound: 'its author would know what answers are sealed with',
    says: 'mounted file with the peppers, instead of that of the state directory',
    form: optional(localPath),
    env: 'AGENT_PASTE_PEPPERS_FILE',
    fallback: undefined,
    neverEmpty: true,
    placeholder: 'file',
  },
  'peppers-json': {
    notFound: 'its author would know what answers are sealed with',
    says: 'the content of such a file',
    form: optional(secretJson),
    env: 'AGENT_PASTE_PEPPERS',
    fallback: undefined,
    neverEmpty: true,
    secret: true,
  },
  seed: {
    says: 'YAML or JSON file with the first users, workspaces and artifacts',
    form: optional(localPath),
    env: 'AGENT_PASTE_SEED',
    fallback: undefined,
    placeholder: 'file',
  },
  'key-env': {
    says: 'environment that new API keys name: preview, production or live',
    form: oneOf('preview', 'production', 'live'),
    env: 'AGENT_PASTE_KEY_ENV',
    fallback: 'preview',
    placeholder: 'env',
  },
  clock: {
    says: 'clock of the state: a time at which it stands still, or an offset from now',
    form: optional(clock),
    env: 'AGENT_PASTE_CLOCK',
    fallback: undefined,
    fallbackSays: 'the time of this machine',
  },
  hold: {
    says: `delay each callback at a point, such as before-send=2s; points: ${HOLD_POINTS.join(', ')}`,
    form: listOf(hold),
    env: 'AGENT_PASTE_HOLD',
    fallback: [] as readonly (readonly [HoldPoint, number])[],
  },
  log: {
    says: 'request log: pretty, json or off',
    form: oneOf('pretty', 'json', 'off'),
    env: 'AGENT_PASTE_LOG',
    fallback: 'pretty',
    placeholder: 'form',
  },
} as const satisfies SettingRows;
