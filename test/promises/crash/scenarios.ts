/** What a program does while it is killed: each from a prepared state to its own end. */
import { agentPaste, type RunOptions, type ServerProcess } from '../../support/binary.ts';
import { execute } from '../../support/database.ts';
import { MIGRATION } from './migration.ts';
import { REPEATABLE } from './repeatable.ts';
import { emptyState, post, type State, serve, signInsOf } from './state.ts';

export interface Scenario {
  /** Adds to an empty state what was there before. */
  readonly prepare?: (state: State) => Promise<void>;
  /** From where statements are counted. */
  readonly from: 'start' | 'request';
  /** @param options how the program is run, and killed @returns whether it got to its end alive */
  readonly run: (state: State, options: RunOptions) => Promise<boolean>;
  /** What must hold afterwards, if not what always must (`expectSound`). */
  readonly check?: (state: State) => Promise<void>;
}

export const SCENARIOS = {
  'first start': {
    from: 'start',
    run: (state, options) => serving(state, options, async () => undefined),
  },
  provisioning: {
    prepare: async (state) => {
      await startedOnce(state);
      signInsOf(state, 'user_1');
    },
    from: 'request',
    run: postingAll,
  },
  seen: {
    prepare: async (state) => {
      await signedIn(state, 'user_1');
      signInsOf(state, 'user_1');
    },
    from: 'request',
    run: (state, options) => serving(state, options, (server) => post(server.ready.callback_url, state.signIns[1]!)),
  },
  replay: {
    prepare: (state) => signedIn(state, 'user_1'),
    from: 'request',
    run: postingAll,
  },
  'callbacks that share one commit': {
    prepare: async (state) => {
      await signedIn(state, 'user_1');
      for (const subject of ['user_1', 'user_2', 'user_3']) signInsOf(state, subject, 2);
    },
    from: 'request',
    run: postingAll,
  },
  sweep: {
    prepare: async (state) => {
      await signedIn(state, 'user_1');
      // More than one batch, and one record that lives.
      execute(
        state.paths.database,
        `WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 600)
         INSERT INTO callback_records
         SELECT 'workos-jti:expired_' || n, subject, issuer, member_id, outcome, status, key_public_id, body_sealed,
                body_sha256, seal_version, pepper_kid, created_at, 1
         FROM callback_records, i`,
      );
    },
    from: 'start',
    run: (state, options) => command(state, ['sweep'], options),
  },
  'key rotation': {
    prepare: (state) => signedIn(state, 'user_1'),
    from: 'start',
    run: (state, options) => command(state, ['keys', 'rotate'], options),
  },
  'pepper rotation': {
    prepare: (state) => signedIn(state, 'user_1'),
    from: 'start',
    run: (state, options) => command(state, ['keys', 'rotate', '--pepper'], options),
  },
  'first start with a new pepper': {
    prepare: async (state) => {
      await signedIn(state, 'user_1');
      await command(state, ['keys', 'rotate', '--pepper'], {});
      signInsOf(state, 'user_2');
    },
    from: 'start',
    run: postingAll,
  },
  migration: MIGRATION,
  ...REPEATABLE,
  /** All of the above that one server can do, on a directory that does not exist yet. */
  'a life': {
    from: 'start',
    run: (state, options) =>
      serving(state, options, async (server) => {
        for (const subject of ['user_1', 'user_1', 'user_2'])
          await post(server.ready.callback_url, signInsOf(state, subject)[0]!);
        for (const signIn of state.signIns) await post(server.ready.callback_url, signIn);
      }),
  },
} satisfies Record<string, Scenario>;

export async function prepared({ prepare }: Scenario): Promise<State> {
  const state = emptyState();
  await prepare?.(state);
  return state;
}

async function startedOnce(state: State): Promise<void> {
  await serving(state, {}, async () => undefined);
}

async function signedIn(state: State, subject: string): Promise<void> {
  await startedOnce(state);
  signInsOf(state, subject);
  await postingAll(state, {});
}

async function command({ paths }: State, args: readonly string[], options: RunOptions): Promise<boolean> {
  const { code, stderr } = await agentPaste([...args, '--state-dir', paths.directory], options);
  if (code !== 0 && code !== null) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
  return code === 0;
}

function postingAll(state: State, options: RunOptions): Promise<boolean> {
  return serving(state, options, (server) =>
    Promise.all(state.signIns.map((signIn) => post(server.ready.callback_url, signIn))),
  );
}

/** From the start of a server to its end, with requests between them. */
async function serving(
  state: State,
  options: RunOptions,
  requests: (server: ServerProcess) => Promise<unknown>,
): Promise<boolean> {
  let started: ServerProcess;
  try {
    started = await serve(state, options);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('serve ended with null')) return false; // before it was ready
    throw error;
  }
  await using server = started;
  await requests(server);
  await server.stop();
  return server.child.exitCode === 0;
}
