import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logged, type Story, story } from './story.ts';

let told: Story;

beforeAll(async () => {
  told = await story();
});

afterAll(() => told[Symbol.asyncDispose]());

describe('the page of an event', () => {
  test('names the workspace, the member and the callback that made it', async () => {
    const { items } = await told.read('events', '--member', 'ada@example.com');
    const created = items.find(({ action }: { action: string }) => action === 'api_key.created');
    const view = await told.read('event', created.id);
    expect(view.event).toEqual(created);
    expect([view.workspace.id, view.workspace_member.email]).toEqual([created.workspace_id, 'ada@example.com']);
    expect(view.callbacks).toMatchObject([{ request_id: 'req_ada_first', outcome: 'provisioned' }]);
    const shortened = await told.inspect('event', `${created.id.slice(0, 12)}…${created.id.slice(-4)}`);
    expect([shortened.code, shortened.stdout]).toEqual([0, expect.stringContaining('req_ada_first')]);
    expect(shortened.stdout).toContain('api_key.created');
  });

  test.each(['evt_unknown', 'req_ada_first'])('is not found by %s', async (name) => {
    expect(await told.inspect('event', name)).toMatchObject({ code: 5 });
  });
});

describe('the page of a user', () => {
  test.each(['ada@example.com', 'ADA@example.com', 'ada@exam'])('is found by %s', async (name) => {
    const { user, workspace_member, callbacks, sessions, page_info } = await told.read('user', name);
    expect([user.email, workspace_member.email]).toEqual(['ada@example.com', 'ada@example.com']);
    expect(callbacks).toHaveLength(4);
    expect([sessions, page_info.has_more]).toEqual([[], false]);
  });

  test('tells a user who is gone from the directory, by id', async () => {
    const { items } = await told.read('callbacks', '--request', 'req_zoe_gone');
    const view = await told.read('user', items[0].subject);
    expect([view.user, view.workspace_member]).toEqual([null, null]);
    expect(view.callbacks).toMatchObject([{ request_id: 'req_zoe_gone' }]);
    const { stdout } = await told.inspect('user', items[0].subject);
    expect(stdout).toContain('not in the local directory');
    expect(stdout).toContain('no callback of this user was accepted');
  });

  test.each([
    ['a session id', 'session_ada_2'],
    ['a request id', 'req_ada_later'],
    ['the session id of a refused token', 'session_ada_3'],
  ])('is found by %s', async (_, name) => {
    expect((await told.read('user', name)).user.email).toBe('ada@example.com');
  });

  test('shows the newest callbacks, and how to see the others', async () => {
    const { callbacks, page_info } = await told.read('user', 'ada@example.com', '--limit', '1');
    expect([callbacks[0].request_id, page_info.has_more]).toEqual(['req_bad_issuer', true]);
    expect((await told.inspect('user', 'ada@example.com', '--limit', '1')).stdout).toContain('callbacks --user');
  });

  test('names the users where a beginning means several, and the nearest where it means none', async () => {
    const several = await told.inspect('user', 'user_');
    expect([several.code, several.stderr]).toEqual([2, expect.stringContaining('ada@example.com')]);
    const none = await told.inspect('user', 'adda@example.com');
    expect([none.code, none.stderr]).toEqual([5, expect.stringContaining('ada@example.com')]);
  });

  test('is found by an address that the user had before, and after the user was removed', async () => {
    const { server } = told;
    const id = server.users.findByEmail('grace.hopper@example.com')?.id ?? '';
    server.users.changeEmail(id, 'grace@example.com', new Date().toISOString());
    expect((await told.read('user', 'grace.hopper@example.com')).user.email).toBe('grace@example.com');
    await server.post(server.mint({ sub: id }).token, { 'x-request-id': 'req_grace_renamed' });
    await logged(server, 8);
    expect((await told.read('user', 'grace.hopper@example.com')).user.email).toBe('grace@example.com');
    server.users.remove(id);
    for (const address of ['grace@example.com', 'grace.hopper@example.com'])
      expect(await told.read('user', address)).toMatchObject({ workos_user_id: id, user: null });
  });
});
