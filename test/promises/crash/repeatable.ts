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

const AT = '2030-01-31T12:00:00.000Z';
const LATER = '2030-02-01T12:00:00.000Z';

const output = async ({ paths }: State, ...args: string[]) =>
  (await agentPaste([...args, '--state-dir', paths.directory])).stdout.trim();

/** The key ids, the one that signs first. */
async function kids(state: State, isPublished: boolean): Promise<readonly string[]> {
  const { keys } = JSON.parse(await output(state, 'keys', 'list', '--json'));
  return (keys as readonly { kid: string; retired_at: string | null }[])
    .filter(({ retired_at }) => (retired_at === null) === isPublished)
    .map(({ kid }) => kid);
}

const KEPT = JSON.stringify({ ...makeRsaKey().jwk, kid: 'kept' });
const CHANGED = JSON.stringify({ ...makeRsaKey().jwk, kid: 'changed' });

async function twoKeys(state: State): Promise<void> {
  for (const input of [CHANGED, KEPT]) await run(state, ['keys', 'import', '-'], { input });
}

export const REPEATABLE = {
  'keys retire': {
    prepare: twoKeys,
    from: 'start',
    run: (state, options) => run(state, ['keys', 'retire', 'changed'], options),
    check: async (state) => {
      expect([...(await kids(state, true)), ...(await kids(state, false))].sort()).toEqual(['changed', 'kept']);
      await run(state, ['keys', 'retire', 'changed'], {});
      expect(await kids(state, true)).toEqual(['kept']);
      expect(await kids(state, false)).toEqual(['changed']);
    },
  },
  'keys publish': {
    prepare: async (state) => {
      await twoKeys(state);
      await run(state, ['keys', 'retire', 'changed'], {});
    },
    from: 'start',
    run: (state, options) => run(state, ['keys', 'publish', 'changed'], options),
    check: async (state) => {
      expect([...(await kids(state, true)), ...(await kids(state, false))].sort()).toEqual(['changed', 'kept']);
      await run(state, ['keys', 'publish', 'changed'], {});
      expect(await kids(state, true)).toEqual(['kept', 'changed']);
    },
  },
  'clock set': {
    from: 'start',
    run: async (state, options) => {
      await using server = await serve(state, { env: { AGENT_PASTE_CLOCK: AT } });
      const isAlive = await run(state, ['clock', 'set', LATER], options);
      expect(isAlive ? [LATER] : [AT, LATER]).toContain(await output(state, 'clock', 'show'));
      expect(await output(state, 'clock', 'set', LATER)).toBe(LATER);
      expect(await server.stop()).toBe(0);
      return isAlive;
    },
  },
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
