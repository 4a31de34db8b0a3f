/** Values that a completion offers and only the program knows: its own names, and what the state directory holds. */
import { existsSync } from 'node:fs';
import { BUG_NAMES } from '../bugs/bugs.ts';
import { HOLD_POINTS } from '../callback.ts';
import { INVARIANT_IDS } from '../check/invariant-ids.ts';
import { Failure, REASONS } from '../errors.ts';
import { FAULTS } from '../issuer/faults.ts';
import { openKeyring } from '../issuer/keyring.ts';
import { statePaths } from '../state-directory.ts';
import { openDirectory } from '../store/directory.ts';
import { type Inspection, type NameKind, openInspection } from '../store/inspection.ts';
import type { CommandContext } from './command.ts';
import { SHELLS } from './completion.ts';
import { OUTCOMES } from './inspect/listing.ts';
import { commandSettings } from './settings.ts';

/** Of each kind; a shell shows no more. */
const MOST = 50;

export type Values = () => readonly string[];

/** By option (`--fault`) or argument (`keys retire <kid>`), each read when it is asked for. Nothing is made. */
export async function liveValues(context: CommandContext): Promise<Readonly<Record<string, Values>>> {
  const { values: settings } = await commandSettings(context);
  const paths = statePaths(settings['state-dir']);
  const kids = orNone(() =>
    (existsSync(paths.signingKeys) ? openKeyring(paths.signingKeys).list() : []).map(({ kid }) => kid),
  );
  const users = (field: 'email' | 'id') =>
    orNone(() => {
      using directory = disposable(openDirectory(paths.users, { readOnly: true }));
      return directory.list({ limit: MOST }).users.map((user) => user[field]);
    });
  const names = (...kinds: NameKind[]) =>
    orNone(() => {
      const database = settings.db ?? paths.database;
      const options = { database, users: paths.users, onWarning: () => undefined };
      using inspection = disposable<Inspection>(openInspection(options));
      return kinds.flatMap((kind) => inspection.namesBeginning(kind, { beginning: '', end: '' }, MOST));
    });
  return {
    '--fault': () => FAULTS.map(({ name }) => name),
    '--bug': () => BUG_NAMES,
    '--only': () => INVARIANT_IDS,
    '--skip': () => INVARIANT_IDS,
    '--reason': () => Object.keys(REASONS),
    '--outcome': () => OUTCOMES,
    '--hold': () => HOLD_POINTS.map((point) => `${point}=`),
    '--expect': () => ['provisioned', 'seen', 'replayed', 'refused'],
    '--kid': kids,
    '--email': users('email'),
    '--sub': users('id'),
    '--member': names('email'),
    '--user': names('workos_user_id'),
    '--workspace': names('workspace_id'),
    '--request': names('request_id'),
    'completion <shell>': () => SHELLS,
    'keys retire <kid>': kids,
    'keys export <kid>': kids,
    'users remove <user>': users('email'),
    'inspect member <id>': names('email', 'member_id'),
    'inspect workspace <id>': names('workspace_id', 'email'),
    'inspect key <id>': names('public_id', 'key_id'),
    'inspect record <id>': names('idempotency_key'),
    'inspect callback <id>': names('request_id'),
  };
}

function disposable<T extends { close(): void }>(open: T): T & Disposable {
  return Object.assign(open, { [Symbol.dispose]: () => open.close() });
}

/** Completing is no place to complain about a state directory; the command itself will. */
function orNone(read: () => readonly string[]): Values {
  return () => {
    try {
      return read();
    } catch (error) {
      if (error instanceof Failure) return [];
      throw error;
    }
  };
}
