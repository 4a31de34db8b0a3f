import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../src/errors/failure.ts';
import { REASONS } from '../../src/errors/reasons.ts';
import type { MemberItem, ReadStore } from '../../src/store/read-store.ts';
import { attemptsNamed, callbackView } from '../../src/store/view/callback.ts';
import { keyView } from '../../src/store/view/key.ts';
import { listView, whereOf } from '../../src/store/view/list.ts';
import { memberView } from '../../src/store/view/member.ts';
import { recordView } from '../../src/store/view/record.ts';
import { workspaceView } from '../../src/store/view/workspace.ts';
import { type EmptyState, READ_ENGINES, type WritableState } from '../support/engines.ts';
import { DAY } from '../support/store.ts';
import { at, attemptOf, codeOf, emailOf, iso, MEMBERS, populate } from './contract-state.ts';

/** What pages of `inspect` show of a state, on every engine. An engine is a row of `READ_ENGINES`. */

const OPTIONS = { limit: 50, now: at(100) };

describe.each(Object.keys(READ_ENGINES))('%s', (name) => {
  let state: EmptyState;
  let made: WritableState;
  let reads: ReadStore;
  let member: MemberItem;
  beforeEach(async () => {
    state = READ_ENGINES[name]!();
    made = await state.make();
    await populate(made);
    reads = await state.read();
    member = (await reads.list('members', { limit: 1, where: { workos_user_id: ['user_2'] } })).items[0] as MemberItem;
  });
  afterEach(() => state[Symbol.asyncDispose]());

  /** Every name that leads to member 2. */
  async function namesOfMember(): Promise<readonly string[]> {
    const [key] = (await reads.list('keys', { limit: 1, where: { workspace_id: [member.workspace_id] } })).items;
    const { id, workspace_id } = member;
    const whole = [id, workspace_id, 'user_2', emailOf(2), key?.id, key?.public_id, 'workos-jti:jti_2', 'request_2'];
    const shortened = [`${id.slice(0, 8)}…${id.slice(-4)}`, emailOf(2).slice(0, 7).toLowerCase()];
    return [...whole, ...shortened, `ap_pk_preview_${key?.public_id}_${'x'.repeat(43)}`] as string[];
  }

  test('a member has the workspace, the key, the request of the first sign-in and the callbacks, by any name', async () => {
    for (const text of await namesOfMember()) {
      const view = await memberView(reads, text, OPTIONS);
      expect(view, text).toMatchObject({
        workspace: { id: member.workspace_id, contact_email: emailOf(2) },
        workspace_member: { id: member.id, email: emailOf(2), workos_user_id: 'user_2' },
        api_keys: [{ workspace_id: member.workspace_id, revoked: false }],
        provisioned: { at: iso(2), request_id: 'request_2' },
        sessions: [],
        callbacks: [{ request_id: 'request_2' }],
        page_info: { has_more: false },
      });
    }
  });

  test('a member shows the newest callbacks in order, and every session', async () => {
    for (const n of [10, 11, 12])
      made.attempts.record({ ...attemptOf(2), at: iso(n), request_id: `later_${n}`, session_id: `s${n % 2}` });
    await made.attempts.flush();
    const view = await memberView(reads, member.id, { ...OPTIONS, limit: 2 });
    expect(view.callbacks.map(({ request_id }) => request_id)).toEqual(['later_11', 'later_12']);
    expect(view.page_info.has_more).toBe(true);
    expect(view.sessions).toEqual([
      { session_id: 's0', first_seen_at: iso(10), last_seen_at: iso(12), callbacks: 2 },
      { session_id: 's1', first_seen_at: iso(11), last_seen_at: iso(11), callbacks: 1 },
    ]);
  });

  test('a workspace has its events in order, and says when there are more', async () => {
    const { events, page_info } = await workspaceView(reads, member.workspace_id, OPTIONS);
    expect(events.map(({ action }) => action).toSorted()).toEqual(['api_key.created', 'workspace.created']);
    expect(events[0]).toMatchObject({ time: iso(2), request_id: 'request_2', workspace_id: member.workspace_id });
    expect(page_info.has_more).toBe(false);
    expect((await workspaceView(reads, member.id, { ...OPTIONS, limit: 1 })).page_info.has_more).toBe(true);
  });

  test('a key is found by its id, its public id, its text, and its member', async () => {
    for (const text of await namesOfMember()) {
      const view = await keyView(reads, text, OPTIONS);
      expect(view.api_key, text).toMatchObject({ workspace_id: member.workspace_id, revoked: false });
      expect(view.workspace.id).toBe(member.workspace_id);
      expect(view.workspace_member?.id).toBe(member.id);
    }
  });

  test('a record is found by its key or the jti in it, and says when it has expired', async () => {
    for (const text of ['workos-jti:jti_2', 'jti_2']) {
      const { record, workspace_member } = await recordView(reads, text, OPTIONS);
      expect(record).toMatchObject({ subject: 'user_2', outcome: 'provisioned', expired: false });
      expect(record.body_sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(workspace_member?.id).toBe(member.id);
    }
    const later = await recordView(reads, 'jti_2', { now: at(2) + DAY });
    expect(later.record).toMatchObject({ expires_at: new Date(at(2) + DAY).toISOString(), expired: true });
  });

  test('a callback has its record, its member, and what to do about it', async () => {
    expect(await callbackView(reads, 'request_2', OPTIONS)).toMatchObject({
      callbacks: [{ id: expect.any(Number), ...attemptOf(2) }],
      workspace_member: { id: member.id },
      record: { idempotency_key: 'workos-jti:jti_2', subject: 'user_2' },
      advice: null,
    });
    const refused = await callbackView(reads, 'request_3', OPTIONS);
    expect(refused.advice).toBe(REASONS.user_fetch_failed.remedy);
  });

  test('callbacks of one request id are the newest, in order', async () => {
    for (const n of [20, 21]) made.attempts.record(attemptOf(2, { at: iso(n) }));
    await made.attempts.flush();
    const times = async (limit: number) => (await attemptsNamed(reads, 'request_2', limit)).map((each) => each.at);
    expect(await times(50)).toEqual([iso(2), iso(20), iso(21)]);
    expect(await times(2)).toEqual([iso(20), iso(21)]);
  });

  test('every list is filtered by a member, by any of its names', async () => {
    for (const text of await namesOfMember())
      for (const list of ['workspaces', 'members', 'keys', 'events', 'callbacks', 'records'] as const) {
        const where = await whereOf(reads, list, { who: text });
        const { items, page_info } = await listView(reads, list, { limit: 50, where }, OPTIONS);
        expect(items, `${list} of ${text}`).toHaveLength(list === 'events' ? 2 : 1);
        expect(page_info).toEqual({ next_cursor: null, has_more: false });
      }
    const where = await whereOf(reads, 'users', { who: emailOf(2) });
    expect((await listView(reads, 'users', { limit: 50, where }, OPTIONS)).items).toMatchObject([{ id: 'user_2' }]);
  });

  test('callbacks of a user who is no member are found by the subject', async () => {
    made.attempts.record(attemptOf(9));
    await made.attempts.flush();
    const where = await whereOf(reads, 'callbacks', { who: 'user_9', callbacks: { outcome: ['refused'] } });
    const { items } = await listView(reads, 'callbacks', { limit: 50, where }, OPTIONS);
    expect(items).toMatchObject([{ subject: 'user_9' }]);
  });

  test('a name that may mean several is rejected with all of them', async () => {
    const rejected = await memberView(reads, 'user_', OPTIONS).catch((error: unknown) => error);
    expect(rejected).toBeInstanceOf(Failure);
    expect(rejected).toMatchObject({ code: 'invalid_argument', hint: expect.stringContaining(member.id) });
    for (let n = 1; n <= MEMBERS; n++) expect((rejected as Failure).hint).toContain(`user_${n}`);
  });

  test('a name without a meaning is rejected with the nearest, and a token is not repeated', async () => {
    const rejected = await memberView(reads, 'user-33@example.com', OPTIONS).catch((error: unknown) => error);
    expect(rejected).toMatchObject({ code: 'not_found', hint: expect.stringContaining(emailOf(3)) });
    const views = [memberView, workspaceView, keyView, recordView, callbackView];
    for (const view of views) {
      expect(await codeOf(view(reads, 'unknown-name', OPTIONS))).toBe('not_found');
      expect(await codeOf(view(reads, ' ', OPTIONS))).toBe('invalid_argument');
      const token = await view(reads, 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln', OPTIONS).catch((error: Failure) => error);
      expect(token).toMatchObject({ code: 'invalid_argument' });
      expect((token as Failure).message).not.toContain('eyJ');
    }
  });
});
