/** Commands that change more than one file: killed anywhere, doing them again is enough. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { agentPaste, type RunOptions } from '../../support/binary.ts';
import { query } from '../../support/database.ts';
import { makeRsaKey } from '../../workos/keys/key-material.ts';
import type { Scenario } from './scenarios.ts';
import { type State, serve } from './state.ts';

const SEED = JSON.stringify({
  users: [{ email: 'ada@example.com' }, { email: 'bob@example.com', id: 'user_bob' }],
  workspaces: [
    { user: 'ada@example.com', id: '6f1f5a35-5f0b-4f9f-8d0a-1d1e7a3a1c01' },
    { user: 'user_bob', id: '6f1f5a35-5f0b-4f9f-8d0a-1d1e7a3a1c02' },
  ],
});

const KEYS = JSON.stringify({
  keys: ['a', 'b', 'c'].map((kid) => ({ ...makeRsaKey().jwk, kid })),
});

/** @returns whether the command got to its end alive */
async function run({ paths }: State, args: readonly string[], options: RunOptions & { input?: string }) {
  const { code, stderr } = await agentPaste([...args, '--state-dir', paths.directory], options);
  if (code !== 0 && code !== null) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
  return code === 0;
}

async function seeded(state: State, options: RunOptions): Promise<boolean> {
  const file = join(dirname(state.paths.directory), 'seed.json');
  writeFileSync(file, SEED);
  try {
    await using server = await serve(state, { ...options, env: { ...options.env, AGENT_PASTE_SEED: file } });
    await server.stop();
    return server.child.exitCode === 0;
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('serve ended with null')) return false;
    throw error;
  }
}

const once = async (state: State) => void (await run(state, ['mint'], {}));

export const REPEATABLE = {
  import: {
    prepare: once,
    from: 'start',
    run: (state, options) => run(state, ['keys', 'import', '-'], { ...options, input: KEYS }),
    check: async (state) => {
      await run(state, ['keys', 'import', '-'], { input: KEYS });
      const { stdout } = await agentPaste(['keys', 'list', '--json', '--state-dir', state.paths.directory]);
      const keys: readonly { kid: string }[] = JSON.parse(stdout).keys;
      expect(keys.map(({ kid }) => kid).slice(0, 1)).toEqual(['a']); // the first one signs
      expect(keys.map(({ kid }) => kid).sort()).toEqual(expect.arrayContaining(['a', 'b', 'c']));
      expect(keys).toHaveLength(4);
    },
  },
  reset: {
    prepare: async (state) => {
      await (await serve(state)).stop();
      await once(state);
    },
    from: 'start',
    run: (state, options) => run(state, ['reset', '--yes'], options),
    check: async (state) => {
      await run(state, ['reset', '--yes'], {});
      await (await serve(state)).stop();
    },
  },
  'users add': {
    prepare: once,
    from: 'start',
    run: (state, options) => run(state, ['users', 'add', 'new@example.com'], options),
    check: async (state) => {
      await run(state, ['users', 'add', 'new@example.com'], {});
      expect(query(state.paths.users, "SELECT count(*) AS n FROM users WHERE email = 'new@example.com'")).toEqual([
        { n: 1 },
      ]);
    },
  },
  seed: {
    from: 'start',
    run: seeded,
    check: async (state) => {
      expect(await seeded(state, {})).toBe(true);
      expect(query(state.paths.users, 'SELECT count(*) AS n FROM users')).toEqual([{ n: 2 }]);
      expect(query(state.paths.database, 'SELECT count(*) AS n FROM workspaces')).toEqual([{ n: 2 }]);
      const owners = query(state.paths.database, 'SELECT workos_user_id AS id FROM workspace_members ORDER BY 1');
      expect(owners).toEqual(query(state.paths.users, 'SELECT id FROM users ORDER BY 1'));
    },
  },
} satisfies Record<string, Scenario>;
