/** One state directory, the servers on it, and the commands that come and go. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type StatePaths, statePaths } from '../../../src/machine/state-directory.ts';
import { agentPaste, type RunResult, type ServerProcess } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { makeRsaKey } from '../../workos/keys/key-material.ts';
import { Model } from './model.ts';
import type { Choices } from './random.ts';

export interface World extends Disposable {
  readonly paths: StatePaths;
  readonly model: Model;
  readonly choices: Choices;
  /** Those that said they are ready, and were not told to end since. */
  readonly servers: ServerProcess[];
  readonly seedFile: string;
  readonly keyFile: string;
  /** How often each thing happened. */
  readonly tally: Map<string, number>;
}

export interface Done extends RunResult {
  /** When it began. */
  readonly from: number;
}

/** Of all commands, so many are killed, within the time that one takes here. */
const KILLED = 0.3;
const COMMAND_MS = 250;

/** In the seed and in the file of keys; the rows of a seed have pinned and free ids. */
export const SEEDED = {
  users: ['ada@example.com', 'bob@example.com'],
  workspaces: ['6f1f5a35-5f0b-4f9f-8d0a-1d1e7a3a1c01', '6f1f5a35-5f0b-4f9f-8d0a-1d1e7a3a1c02'],
} as const;
export const IMPORTED = ['a', 'b', 'c'] as const;

export function newWorld(choices: Choices): World {
  const directory = temporaryDirectory();
  const seedFile = join(directory.path, 'seed.json');
  const [ada, bob] = SEEDED.users;
  const seed = {
    users: [{ email: ada }, { email: bob, id: 'user_bob' }],
    workspaces: [ada, bob].map((user, index) => ({ user, id: SEEDED.workspaces[index] })),
  };
  writeFileSync(seedFile, JSON.stringify(seed));
  const keyFile = join(directory.path, 'keys.json');
  writeFileSync(keyFile, JSON.stringify({ keys: IMPORTED.map((kid) => ({ ...makeRsaKey().jwk, kid })) }));
  return {
    paths: statePaths(join(directory.path, 'state')),
    model: new Model(),
    choices,
    servers: [],
    seedFile,
    keyFile,
    tally: new Map(),
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}

/** One of few, so that several commands want the same, in some letter case. */
export function address({ choices }: World): string {
  const text = `user${choices.below(12)}@example.com`;
  return choices.happens(0.3) ? text.toUpperCase() : text;
}

export function count({ tally }: World, what: string): void {
  tally.set(what, (tally.get(what) ?? 0) + 1);
}

/**
 * Runs a command to its end, or to its kill. @returns undefined when it was killed
 * @throws Error for an exit code that is not in `accepted`
 */
export async function command(
  world: World,
  args: readonly string[],
  accepted: readonly number[] = [0],
): Promise<Done | undefined> {
  const { choices, model, paths } = world;
  const from = model.now();
  const killAfter = choices.happens(KILLED) ? { killAfter: 1 + choices.below(COMMAND_MS) } : {};
  const result = await agentPaste([...args, '--state-dir', paths.directory], killAfter);
  const [first = ''] = args;
  const name = args.slice(0, ['keys', 'users'].includes(first) ? 2 : 1).join(' ');
  count(world, `${name}: ${result.code ?? 'killed'}`);
  if (result.code === null) return undefined;
  if (!accepted.includes(result.code))
    throw new Error(`agent-paste ${args.join(' ')} ended with ${result.code}: ${result.stderr}`);
  return { ...result, from };
}
