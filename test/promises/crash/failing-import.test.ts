/** An import of several keys on a disk that fails at one of its calls: all keys are imported, or none is. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { agentPaste, type RunOptions } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { makeRsaKey } from '../../workos/keys/key-material.ts';
import { CAN_TRACE, callsIn, failingFrom, tracing } from './strace.ts';

const KIDS = ['imp1', 'imp2', 'imp3'];
const JWKS = JSON.stringify({ keys: KIDS.map((kid) => ({ ...makeRsaKey().jwk, kid })) });

async function newState() {
  const directory = temporaryDirectory();
  const run = (args: readonly string[], options: RunOptions = {}) =>
    agentPaste([...args, '--state-dir', join(directory.path, 'state')], options);
  writeFileSync(join(directory.path, 'keys.json'), JWKS);
  await run(['mint']);
  return {
    /** The published key ids, the one that signs first. */
    kids: async () =>
      JSON.parse((await run(['keys', 'list', '--json'])).stdout).keys.map(({ kid }: { kid: string }) => kid),
    bring: (wrapper: string[] = []) => run(['keys', 'import', join(directory.path, 'keys.json')], { wrapper }),
    trace: join(directory.path, 'trace'),
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}

test.skipIf(!CAN_TRACE).each([
  ['link', 'EIO'],
  ['link', 'ENOSPC'],
  ['fsync', 'EIO'],
] as const)(
  '%s failing with %s (needs strace) leaves the keys as they were, and a second import brings all',
  async (call, error) => {
    using known = await newState();
    expect((await known.bring(tracing(known.trace))).code).toBe(0);
    const calls = callsIn(readFileSync(known.trace, 'utf8'), 'signing-keys').filter((each) => each.call === call);
    expect(calls.length).toBeGreaterThanOrEqual(KIDS.length);
    for (const { number } of calls.slice(0, KIDS.length)) {
      using state = await newState();
      const before = await state.kids();
      expect(await state.bring(failingFrom({ call, number }, error))).toMatchObject({ code: 7, stdout: '' });
      expect(await state.kids()).toEqual(before);
      expect((await state.bring()).code).toBe(0);
      expect((await state.kids()).toSorted()).toEqual([...before, ...KIDS].toSorted());
    }
  },
);
