/** A start that fails, at whichever step, leaves nothing open and nothing locked. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Failure } from '../../src/errors/failure.ts';
import { GUARD_FILES } from '../../src/machine/state-guard.ts';
import type { Wrapping } from '../../src/server/parts.ts';
import { openDescriptors, SHOWS_DESCRIPTORS } from '../support/descriptors.ts';
import { temporaryDirectory } from '../support/directory.ts';
import { type Flags, testServer } from '../support/server.ts';

interface FailingStart {
  readonly flags?: Flags;
  readonly wrapping?: Wrapping;
  readonly expected: string;
}

const GARBAGE = 'not what belongs here\n'.repeat(500);

/** A start on a state directory in which that file is garbage. */
const garbageIn =
  (name: string, expected: string) =>
  (directory: string): FailingStart => {
    mkdirSync(join(directory, 'signing-keys'), { mode: 0o700 });
    writeFileSync(join(directory, name), GARBAGE, { mode: 0o600 });
    return { expected };
  };

/** By the step that fails, in the order of the steps. */
const STEPS: Readonly<Record<string, (directory: string) => FailingStart | Promise<FailingStart>>> = {
  'the guard of the state': garbageIn(GUARD_FILES.guard, 'state_unwritable'),
  'the mark of a server': garbageIn(GUARD_FILES.served, 'state_unwritable'),
  'the signing keys': garbageIn('signing-keys/key_1.json', 'state_corrupt'),
  'the users': garbageIn('workos-users.db', 'state_corrupt'),
  'the peppers': garbageIn('peppers.json', 'state_corrupt'),
  'the database': garbageIn('agent-paste.db', 'state_corrupt'),
  'the note of a database elsewhere': (directory) => {
    mkdirSync(join(directory, 'elsewhere'), { mode: 0o700 });
    const elsewhere = join(directory, 'elsewhere', 'x.db');
    return { ...garbageIn('databases.json', 'state_corrupt')(directory), flags: { db: elsewhere } };
  },
  'the seed': (directory) => {
    const seed = join(directory, 'seed.yaml');
    writeFileSync(seed, 'workspaces:\n  - user: ada@example.com\n');
    return { flags: { seed }, expected: 'invalid_seed' };
  },
  'the log of attempts': garbageIn('agent-paste.attempts.db', 'state_corrupt'),
  'the wiring': () => ({
    wrapping: {
      fetch() {
        throw new Failure('conflict', 'wrapped wrongly');
      },
    },
    expected: 'conflict',
  }),
  'the port': async () => ({ flags: { port: String(await takenPort()) }, expected: 'conflict' }),
};

// A server that asks whether this is one of its kind gets no answer, and no socket stays open.
const taken = createServer((socket) => socket.destroy());
async function takenPort(): Promise<number> {
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  return (taken.address() as { port: number }).port;
}

afterAll(() => void taken.close());

test.skipIf(!SHOWS_DESCRIPTORS).each(Object.keys(STEPS))('closes everything when %s cannot be had', async (step) => {
  await (await testServer())[Symbol.asyncDispose](); // so that modules are loaded
  using directory = temporaryDirectory();
  const { flags, wrapping, expected } = await STEPS[step]!(directory.path);
  const before = openDescriptors(directory.path);
  const error = await testServer(flags, directory, wrapping).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Failure);
  expect(error).toMatchObject({ code: expected });
  expect(openDescriptors(directory.path)).toEqual(before);
});
