import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../src/errors/failure.ts';
import type { ListName, NameKind, ReadStore, Where } from '../../src/store/read-store.ts';
import { type EmptyState, IN_MEMORY, READ_ENGINES, type WritableState } from '../support/engines.ts';
import { callbackOf } from '../support/store.ts';
import { at, attemptOf, codeOf, emailOf, iso, MEMBERS, populate } from './contract-state.ts';

/** What every engine promises to those who read beside a server. An engine is a row of `READ_ENGINES`. */

const LISTS = ['workspaces', 'members', 'keys', 'events', 'callbacks', 'records', 'users'] as const;
const all = async (reads: ReadStore, list: ListName) =>
  (await reads.list(list, { limit: 1000 })).items as readonly (Readonly<Record<string, unknown>> & object)[];

describe.each(Object.keys(READ_ENGINES))('%s', (name) => {
  /** Not for what only its server reads: that is there from the start, and has no snapshots. */
  const outside: (title: string, run: () => Promise<void>) => void = name === IN_MEMORY ? () => undefined : test;
  let state: EmptyState;
  beforeEach(() => {
    state = READ_ENGINES[name]!();
  });
  afterEach(() => state[Symbol.asyncDispose]());

  async function populated(): Promise<WritableState & { readonly reads: ReadStore }> {
    const made = await state.make();
    await populate(made);
    return { ...made, reads: await state.read() };
  }

  describe('a list', () => {
    test('is newest first, in pages that miss and repeat nothing', async () => {
      const { reads } = await populated();
      for (const list of LISTS) {
        const whole = await all(reads, list);
        expect(whole).toHaveLength(list === 'events' ? MEMBERS * 2 : MEMBERS);
        const times = whole.map((item) => String(item.at ?? item.created_at));
        expect(times).toEqual(times.toSorted().reverse());
        const seen: unknown[] = [];
        let cursor: string | null | undefined;
        while (cursor !== null) {
          const page = await reads.list(list, { limit: 2, cursor });
          expect(page.items.length).toBeLessThanOrEqual(2);
          seen.push(...page.items);
          cursor = page.nextCursor;
        }
        expect(seen).toEqual(whole);
      }
    });

    test('accepts only a cursor that it has given out', async () => {
      const { reads } = await populated();
      const { nextCursor } = await reads.list('members', { limit: 1 });
      for (const cursor of ['', 'x', `${nextCursor}=`, `${nextCursor}A`])
        expect(await codeOf(reads.list('members', { limit: 1, cursor })), cursor).toBe('invalid_cursor');
      for (const list of LISTS.filter((list) => list !== 'members'))
        expect(await codeOf(reads.list(list, { limit: 1, cursor: nextCursor ?? '' })), list).toBe('invalid_cursor');
    });

    test('shows nothing older than it is asked for', async () => {
      const { reads } = await populated();
      for (const list of LISTS) {
        const { items } = await reads.list(list, { limit: 1000, since: at(5) });
        expect(items).toEqual((await all(reads, list)).filter((item) => String(item.at ?? item.created_at) >= iso(5)));
      }
      expect((await reads.list('members', { limit: 1, since: at(5) })).nextCursor).not.toBeNull();
      expect((await reads.list('members', { limit: 3, since: at(5) })).nextCursor).toBeNull();
    });

    test.each([
      ['workspaces', ['id', 'member_id']],
      ['members', ['id', 'workos_user_id', 'workspace_id', 'email']],
      ['keys', ['id', 'public_id', 'workspace_id']],
      ['events', ['id', 'workspace_id']],
      ['callbacks', ['request_id', 'subject', 'reason', 'outcome']],
      ['records', ['idempotency_key', 'member_id']],
      ['users', ['id', 'email']],
    ] as const)('of %s is filtered by %s', async (list, filters) => {
      const { reads } = await populated();
      const whole = await all(reads, list);
      for (const filter of filters) {
        const values = [...new Set(whole.map((item) => item[filter]).filter((value) => value !== null))] as string[];
        for (const accepted of [values.slice(0, 1), values.slice(1, 3), ['unknown'], []]) {
          const { items } = await reads.list(list, { limit: 1000, where: { [filter]: accepted } });
          expect(items, `${filter} ${accepted}`).toEqual(
            whole.filter((item) => accepted.includes(item[filter] as string)),
          );
        }
      }
    });

    test('of callbacks tells what a token claims from what was verified', async () => {
      const { reads, attempts } = await populated();
      const claims = { claimed_subject: 'user_2', claimed_session_id: 'session_c', claimed_token_id: 'jti_2' };
      const unverified = { subject: null, idempotency_key: null, token_id: null, ...claims };
      attempts.record(attemptOf(20, { ...unverified, outcome: 'refused', reason: 'kid_unknown' }));
      attempts.record(attemptOf(21, { session_id: 'session_c', token_id: 'jti_9' }));
      await attempts.flush();
      const found = async (where: Where<'callbacks'>) =>
        (await reads.list('callbacks', { limit: 9, where })).items.map(({ request_id }) => request_id);
      expect(await found({ subject: ['user_2'] })).toEqual(['request_2']);
      expect(await found({ claimed_subject: ['user_2'] })).toEqual(['request_20']);
      expect(await found({ any_subject: ['user_2', 'user_3'] })).toEqual(['request_20', 'request_3', 'request_2']);
      expect(await found({ session_id: ['session_c'] })).toEqual(['request_21']);
      expect(await found({ any_session_id: ['session_c'] })).toEqual(['request_21', 'request_20']);
      expect(await found({ any_token_id: ['jti_2', 'jti_9'], outcome: ['refused', 'provisioned'] })).toEqual([
        'request_21',
        'request_20',
        'request_2',
      ]);
      expect(await reads.namesBeginning('subject', { beginning: 'session', end: '' }, 9)).toEqual([]);
    });

    test('finds an e-mail address in any case, and holds every filter at once', async () => {
      const { reads } = await populated();
      const email = [emailOf(2).toUpperCase(), emailOf(3).toLowerCase()];
      expect((await reads.list('members', { limit: 9, where: { email } })).items).toHaveLength(2);
      expect((await reads.list('users', { limit: 9, where: { email } })).items).toHaveLength(2);
      const both = { outcome: ['refused'], subject: ['user_3', 'user_4'] };
      const { items } = await reads.list('callbacks', { limit: 9, where: both });
      expect(items.map(({ subject }) => subject)).toEqual(['user_3']);
    });

    test('shows a row as it was written, without anything secret', async () => {
      const { reads, store } = await populated();
      const context = await store.memberOf('user_2');
      const [member] = (await reads.list('members', { limit: 1, where: { workos_user_id: ['user_2'] } })).items;
      expect(member).toStrictEqual(context?.member);
      const [attempt] = (await reads.list('callbacks', { limit: 1, where: { request_id: ['request_2'] } })).items;
      expect(attempt).toStrictEqual({ id: attempt?.id, ...attemptOf(2) });
      const shown = JSON.stringify(await Promise.all(LISTS.map((list) => all(reads, list))));
      expect(shown).not.toMatch(/hmac|pepper|sealed/);
    });

    outside('does not exist before its part of the state', async () => {
      const reads = await state.read();
      for (const list of LISTS) expect(await codeOf(reads.list(list, { limit: 1 })), list).toBe('not_found');
      for (const part of ['database', 'attempts', 'users'] as const) expect(await reads.has(part)).toBe(false);
      expect(await reads.namesBeginning('email', { beginning: '', end: '' }, 9)).toEqual([]);
      expect(await reads.namesAround('request_id', 'request', 9)).toEqual([]);
      await state.make();
      for (const list of LISTS) expect((await reads.list(list, { limit: 1 })).items, list).toEqual([]);
      for (const part of ['database', 'attempts', 'users'] as const) expect(await reads.has(part)).toBe(true);
    });
  });

  describe('names', () => {
    const SOURCES: Readonly<Record<NameKind, readonly [list: ListName, field: string]>> = {
      member_id: ['members', 'id'],
      workos_user_id: ['members', 'workos_user_id'],
      email: ['members', 'email'],
      workspace_id: ['workspaces', 'id'],
      key_id: ['keys', 'id'],
      public_id: ['keys', 'public_id'],
      idempotency_key: ['records', 'idempotency_key'],
      request_id: ['callbacks', 'request_id'],
      subject: ['callbacks', 'subject'],
      event_id: ['events', 'id'],
      user_id: ['users', 'id'],
      user_email: ['users', 'email'],
    };

    test.each(Object.entries(SOURCES) as [NameKind, readonly [ListName, string]][])(
      'of kind %s are found by their beginning and their end, in order',
      async (kind, [list, field]) => {
        const { reads } = await populated();
        const folded = (text: string) => (kind === 'email' || kind === 'user_email' ? text.toLowerCase() : text);
        const names = [...new Set((await all(reads, list)).map((item) => String(item[field])))].toSorted(
          (one, other) => (folded(one) < folded(other) ? -1 : 1),
        );
        const beginning = (text: string, end = '') => reads.namesBeginning(kind, { beginning: text, end }, 100);
        expect(await beginning('')).toEqual(names);
        for (const name of names) {
          expect((await beginning(name))[0], 'a whole name is the first').toBe(name);
          const [front, back] = [name.slice(0, 5), name.slice(-3)];
          expect(await beginning(front)).toEqual(names.filter((each) => folded(each).startsWith(folded(front))));
          expect(await beginning(front, back)).toEqual(
            names.filter((each) => folded(each).startsWith(folded(front)) && folded(each).endsWith(folded(back))),
          );
          const at = names.indexOf(name);
          expect((await reads.namesAround(kind, name, 1)).toSorted()).toEqual(
            names.slice(Math.max(0, at - 1), at + 1).toSorted(),
          );
        }
        expect(await reads.namesBeginning(kind, { beginning: '', end: '' }, 2)).toEqual(names.slice(0, 2));
      },
    );

    test('are texts, and no patterns', async () => {
      const { reads } = await populated();
      for (const beginning of ['%', '_', '*', 'user?', "'", 'User_2_', '\u{10ffff}'])
        expect(await reads.namesBeginning('email', { beginning, end: '' }, 9), beginning).toEqual([]);
      expect(await reads.namesBeginning('email', { beginning: 'uSER_2%', end: '' }, 9)).toEqual([emailOf(2)]);
    });
  });

  describe('reads that belong together', () => {
    outside('see one state, whatever is written meanwhile', async () => {
      const { reads, store } = await populated();
      const later = callbackOf({
        subject: 'user_8',
        email: emailOf(8),
        idempotencyKey: 'workos-jti:jti_8',
        now: at(8),
      });
      const counts = await reads.together(async (snapshot) => {
        const before = await snapshot.list('members', { limit: 100 });
        await store.resolveMember(later);
        return [before.items.length, (await snapshot.list('records', { limit: 100 })).items.length];
      });
      expect(counts).toEqual([MEMBERS, MEMBERS]);
      expect(await all(reads, 'members')).toHaveLength(MEMBERS + 1);
    });

    test('wait for those before them, and may fail without harm to those after them', async () => {
      const { reads } = await populated();
      const count = () =>
        reads.together(async (snapshot) => (await snapshot.list('members', { limit: 100 })).items.length);
      const failing = reads.together(async (snapshot) => {
        await snapshot.list('members', { limit: 1 });
        throw new Failure('conflict', 'on purpose');
      });
      expect(await Promise.all([count(), codeOf(failing), count()])).toEqual([MEMBERS, 'conflict', MEMBERS]);
    });
  });

  describe('a list that is followed', () => {
    test('begins with what is there, goes on with what is written, and ends with its signal', async () => {
      const { reads, attempts } = await populated();
      const over = new AbortController();
      const seen: string[] = [];
      const where = { outcome: ['provisioned'] };
      for await (const items of reads.follow('callbacks', { limit: 2, where }, over.signal)) {
        if (seen.length === 0)
          for (const n of [100, 102, 103]) {
            attempts.record(attemptOf(n));
            await attempts.flush();
          }
        seen.push(...items.map(({ request_id }) => request_id));
        if (seen.includes('request_103')) over.abort();
      }
      expect(seen).toEqual(['request_5', 'request_7', 'request_100', 'request_103']);
    });

    test('begins with nothing where there is nothing', async () => {
      const { store } = await state.make();
      const reads = await state.read();
      const over = new AbortController();
      const batches: number[] = [];
      for await (const items of reads.follow('events', { limit: 10 }, over.signal)) {
        batches.push(items.length);
        if (batches.length === 1) await store.resolveMember(callbackOf());
        if (items.length > 0) over.abort();
      }
      expect(batches).toEqual([0, 2]);
    });

    outside('must exist', async () => {
      const reads = await state.read();
      const { signal } = new AbortController();
      const first = async () => {
        for await (const _ of reads.follow('events', { limit: 1 }, signal)) return;
      };
      expect(await codeOf(first())).toBe('not_found');
    });
  });
});
