import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BUNDLED, bundleOf } from '../../src/store/bundle.ts';
import { openBundle } from '../../src/store/open.ts';
import type { ListName, ReadStore } from '../../src/store/read-store.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/directory.ts';
import { type EmptyState, ENGINES } from '../support/engines.ts';
import { attemptOf, emailOf, populate } from './contract-state.ts';

const all = async (reads: ReadStore, list: ListName) => (await reads.list(list, { limit: 100 })).items;

describe.each(Object.keys(ENGINES))('a bundle of %s', (name) => {
  let state: EmptyState;
  let directory: TemporaryDirectory;
  beforeEach(() => {
    state = ENGINES[name]!();
    directory = temporaryDirectory();
  });
  afterEach(async () => {
    directory[Symbol.dispose]();
    await state[Symbol.asyncDispose]();
  });

  async function bundled(who: string): Promise<{ text: string; reads: ReadStore; from: ReadStore }> {
    const made = await state.make();
    await populate(made);
    const address = emailOf(2).toUpperCase();
    made.attempts.record(attemptOf(2, { email: address, received: `not ${emailOf(2)}`, session_id: address }));
    made.attempts.record(
      attemptOf(2, { subject: null, idempotency_key: null, token_id: null, claimed_subject: 'user_2' }),
    );
    await made.attempts.flush();
    const from = await state.read();
    const text = JSON.stringify(await bundleOf(from, who, 0));
    const path = join(directory.path, 'bundle.json');
    writeFileSync(path, text);
    return { text, reads: await openBundle(path), from };
  }

  test('has what is known of one user, and nothing of others', async () => {
    const { text, reads } = await bundled('user_2');
    await using _ = reads;
    const counts = await Promise.all(BUNDLED.map(async (list) => [list, (await all(reads, list)).length]));
    expect(Object.fromEntries(counts)).toEqual({
      ...{ workspaces: 1, members: 1, keys: 1, events: 2, records: 1, callbacks: 3, users: 1, sessions: 0 },
    });
    expect(text).not.toMatch(/user_[13-7]|hmac|pepper|sealed/);
  });

  test('has one pseudonym for an address, wherever it stands', async () => {
    const { text, reads } = await bundled(emailOf(2));
    await using _ = reads;
    expect(text.toLowerCase()).not.toContain('user_2%');
    expect(new Set(text.match(/[\w-]+@[\w.]+/g))).toEqual(new Set(['address-1@redacted.invalid']));
    const [last] = await all(reads, 'callbacks').then((items) => items.slice(1));
    expect(last).toMatchObject({
      session_id: 'address-1@redacted.invalid',
      received: 'not address-1@redacted.invalid',
    });
  });

  test('is read like the state, apart from addresses', async () => {
    const { reads, from } = await bundled('user_2');
    await using _ = reads;
    for (const list of ['keys', 'events', 'records'] as const) {
      const { items } = await reads.list(list, { limit: 9 });
      const original = (await from.list(list, { limit: 100 })).items as readonly object[];
      for (const item of items) expect(original).toContainEqual(item);
    }
    const [member] = (await reads.list('members', { limit: 1 })).items;
    const [original] = (await from.list('members', { limit: 1, where: { workos_user_id: ['user_2'] } })).items;
    expect(member).toEqual({ ...original, email: 'address-1@redacted.invalid' });
    expect(await reads.namesBeginning('email', { beginning: 'address', end: '' }, 9)).toEqual([member?.email]);
  });

  test('of an unknown user is not made', async () => {
    await expect(bundled('user_nobody')).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a file that is no bundle', () => {
  const items = Object.fromEntries(BUNDLED.map((list) => [list, []]));
  const bundle = { bundle: 'agent-paste', schema_version: 1, made_at: '', items };
  const user = {
    id: 'user_1',
    email: 'a@example.com',
    first_name: null,
    last_name: null,
    created_at: '',
    updated_at: '',
  };

  test.each([
    ['nothing', '', 'not JSON'],
    ['a text', 'hello', 'not JSON'],
    ['a list', '[]', 'not a bundle'],
    ['a tape', '{"tape":"agent-paste"}', 'not a bundle'],
    ['a name twice', '{"bundle":"agent-paste","bundle":"agent-paste"}', 'line 1'],
    ['a newer version', JSON.stringify({ ...bundle, schema_version: 2 }), 'schema_version: must be 1'],
    ['no items', JSON.stringify({ ...bundle, items: null }), 'items.workspaces: must be a list'],
    ['a list without objects', JSON.stringify({ ...bundle, items: { ...items, keys: [1] } }), 'items.keys[0]: must be'],
    [
      'a row without columns',
      JSON.stringify({ ...bundle, items: { ...items, members: [{}] } }),
      'items.members[0]: not a',
    ],
    [
      'a value that no row has',
      JSON.stringify({ ...bundle, items: { ...items, users: [user] } }),
      'items.users[0]: not a',
    ],
    [
      'an object for a text',
      JSON.stringify({ ...bundle, items: { ...items, users: [{ ...user, id: {} }] } }),
      'items.users[0]',
    ],
  ])('with %s is refused in one line that names the place', async (_, text, message) => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'bundle.json');
    writeFileSync(path, text);
    await expect(openBundle(path)).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining(message),
    });
  });
});
