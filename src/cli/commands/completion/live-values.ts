/** Values that only the program knows: its own names, and those in the state directory. */
import { existsSync } from 'node:fs';
import { OUTCOMES } from '../../../callback/outcome.ts';
import { BUG_NAMES } from '../../../conformance/check/bugs/bugs.ts';
import { INVARIANT_IDS } from '../../../conformance/check/invariants/ids.ts';
import { Failure } from '../../../errors/failure.ts';
import { REASONS } from '../../../errors/reasons.ts';
import { HOLD_POINTS } from '../../../machine/settings/hold.ts';
import { statePaths } from '../../../machine/state-directory.ts';
import type { NameKind, Reads } from '../../../store/read-store.ts';
import { ofEach } from '../../../store/view/names.ts';
import { openKeyring } from '../../../workos/keys/keyring.ts';
import { FAULTS } from '../../../workos/tokens/faults.ts';
import { PROFILE_NAMES } from '../../../workos/tokens/profiles.ts';
import type { CommandContext } from '../../command.ts';
import { openState } from '../../opened-state.ts';
import { commandSettings } from '../../settings.ts';
import { SHELLS } from '../completion.ts';

/** Largest number for each kind; a shell does not show more. */
const MOST = 50;

export type Values = () => readonly string[] | Promise<readonly string[]>;

/** By option (`--fault`) or argument (`keys retire <kid>`). Each is read at its first use; no file is created. */
export async function liveValues(context: CommandContext): Promise<Readonly<Record<string, Values>>> {
  const { values: settings } = await commandSettings(context);
  const { signingKeys } = statePaths(settings['state-dir']);
  const kids = orNone(async () =>
    (existsSync(signingKeys) ? openKeyring(signingKeys).list() : []).map(({ kid }) => kid),
  );
  const fromState = (read: (reads: Reads) => Promise<readonly string[]>) =>
    orNone(async () => {
      await using state = await openState(context, () => undefined);
      return read(state.store);
    });
  const users = (field: 'email' | 'id') =>
    fromState(async (reads) => (await reads.list('users', { limit: MOST })).items.map((user) => user[field]));
  const names = (...kinds: NameKind[]) =>
    fromState((reads) => ofEach(kinds, (kind) => reads.namesBeginning(kind, { beginning: '', end: '' }, MOST)));
  return {
    '--fault': () => FAULTS.map(({ name }) => name),
    '--bug': () => BUG_NAMES,
    '--profile': () => PROFILE_NAMES,
    '--only': () => INVARIANT_IDS,
    '--skip': () => INVARIANT_IDS,
    '--reason': () => Object.keys(REASONS),
    '--outcome': () => OUTCOMES,
    '--hold': () => HOLD_POINTS.map((point) => `${point}=`),
    '--expect': () => OUTCOMES,
    '--kid': kids,
    '--email': users('email'),
    '--sub': users('id'),
    '--member': names('email'),
    '--user': names('workos_user_id'),
    '--workspace': names('workspace_id'),
    '--request': names('request_id'),
    'completion <shell>': () => SHELLS,
    'replay <file>': async () =>
      Object.keys((await import('../../../conformance/scenario/builtin.ts')).BUILTIN_SCENARIOS),
    'keys retire <kid>': kids,
    'keys export <kid>': kids,
    'users remove <user>': users('email'),
    'users sign-out <user>': users('email'),
    'users update <user>': users('email'),
    'inspect member <id>': names('email', 'member_id'),
    'inspect workspace <id>': names('workspace_id', 'email'),
    'inspect key <id>': names('public_id', 'key_id'),
    'inspect record <id>': names('idempotency_key'),
    'inspect callback <id>': names('request_id'),
    'inspect event <id>': names('event_id'),
    'inspect user <id>': names('user_email', 'user_id'),
  };
}

/** A completion does not report problems of a state directory; the command itself will. */
function orNone(read: () => Promise<readonly string[]>): Values {
  return async () => {
    try {
      return await read();
    } catch (error) {
      if (error instanceof Failure) return [];
      throw error;
    }
  };
}
