import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Story, story } from './story.ts';

let told: Story;
// biome-ignore lint/suspicious/noExplicitAny: the document is whatever the test says it is
let ada: any;

beforeAll(async () => {
  told = await story();
  ada = await told.read('member', 'ada@example.com');
});

afterAll(() => told[Symbol.asyncDispose]());

describe('the page of a member', () => {
  test('shows the user, what they own, and each callback in order', () => {
    expect(ada.workspace_member.email).toBe('ada@example.com');
    expect(ada.workspace).toMatchObject({ id: ada.workspace_member.workspace_id, name: "ada's Workspace" });
    expect(ada.scopes).toEqual(['publish', 'read', 'admin']);
    expect(ada.provisioned.request_id).toBe('req_ada_first');
    expect(ada.callbacks.map((one: { outcome: string; request_id: string }) => [one.outcome, one.request_id])).toEqual([
      ['provisioned', 'req_ada_first'],
      ['replayed', 'req_ada_again'],
      ['seen', 'req_ada_later'],
      ['refused', 'req_bad_issuer'],
    ]);
    expect(
      ada.sessions.map((one: { session_id: string; callbacks: number }) => [one.session_id, one.callbacks]),
    ).toEqual([
      ['session_ada_1', 2],
      ['session_ada_2', 1],
      ['session_ada_3', 1],
    ]);
  });

  test('shows keys by public id, their use, and relative and absolute times', async () => {
    const { stdout } = await told.inspect('member', 'ada@example.com');
    const [key] = ada.api_keys;
    expect(stdout).toContain(`ap_pk_preview_${key.public_id}_…`);
    expect(stdout).toContain('never used');
    expect(stdout).toMatch(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ \((?:just now|.+ ago)\)/);
    expect(stdout.indexOf('provisioned  ')).toBeLessThan(stdout.indexOf('replayed  '));
  });

  test('shows when a key was used and when it was revoked', async () => {
    const secret = told.secrets.find((text) => text.startsWith('ap_pk_')) ?? '';
    expect((await told.server.get('/v1/whoami', secret)).status).toBe(200);
    const { api_keys } = await told.read('member', 'ada@example.com');
    expect(api_keys[0].last_used_at).not.toBeNull();
  });

  test('is found by each of its names', async () => {
    const { workspace_member: member, api_keys } = ada;
    const names = [
      member.id,
      member.workos_user_id,
      'ada@example.com',
      'ADA@Example.COM',
      member.workspace_id,
      api_keys[0].id,
      api_keys[0].public_id,
      `ap_pk_preview_${api_keys[0].public_id}_…`,
      'req_ada_again',
      'ada@',
      member.workspace_id.slice(0, 13),
      api_keys[0].public_id.slice(0, 10),
      // As a narrow table shows it, where the beginnings of ids are those of their time.
      `${member.id.slice(0, 8)}…${member.id.slice(-5)}`,
      `${member.workspace_id.slice(0, 4)}…${member.workspace_id.slice(-4)}`,
    ];
    for (const name of names) expect((await told.read('member', name)).workspace_member.id, name).toBe(member.id);
  });

  test('exits 2 with the candidates for an ambiguous prefix', async () => {
    const { code, stdout, stderr } = await told.inspect('member', 'mem_');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('means more than one member');
    expect(stderr).toContain(ada.workspace_member.id);
    expect(stderr).toContain('grace.hopper@example.com');
  });

  test('exits 2 with the candidates for an address of two members', async () => {
    await told.server.post(told.server.mint({ sub: 'user_another_ada', email: 'ada@example.com' }).token);
    const { code, stderr } = await told.inspect('member', 'ada@example.com', '--json');
    expect(code).toBe(2);
    const { error } = JSON.parse(stderr);
    expect(error.code).toBe('invalid_argument');
    expect(error.hint).toContain('user_another_ada');
    expect(error.hint).toContain(ada.workspace_member.id);
  });

  test.each([
    ['grace.hoper@example.com', 'grace.hopper@example.com'],
    ['brace.hopper@example.com', 'grace.hopper@example.com'],
  ])('exits 5 with the nearest match for %s', async (name, nearest) => {
    const { code, stdout, stderr } = await told.inspect('member', name);
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).toContain(nearest);
  });

  test('says what happened to a user who never became a member', async () => {
    const [{ subject }] = (await told.read('callbacks', '--request', 'req_zoe_gone')).items;
    const { code, stderr } = await told.inspect('member', subject);
    expect(code).toBe(5);
    expect(stderr).toContain('refused user_fetch_failed');
    expect(stderr).toContain('inspect callback req_zoe_gone');
  });
});

test('shows the reason, the expected value and the remedy on the page of a callback', async () => {
  const { callbacks, advice } = await told.read('callback', 'req_bad_issuer');
  expect(callbacks).toHaveLength(1);
  expect(callbacks[0]).toMatchObject({
    reason: 'issuer_mismatch',
    expected: 'https://api.workos.com',
    received: 'https://auth.example.com',
  });
  expect(advice).toContain('WORKOS_ISSUER');
  const { stdout } = await told.inspect('callback', 'req_bad');
  expect(stdout).toContain('refused issuer_mismatch');
});

test('shows the hash of the answer on the page of a record, which is found by its jti alone', async () => {
  const [{ idempotency_key }] = ada.callbacks;
  const jti = idempotency_key.replace('workos-jti:', '');
  const { record, workspace_member } = await told.read('record', jti);
  expect(record).toMatchObject({ idempotency_key, outcome: 'provisioned', expired: false });
  expect(record.body_sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(workspace_member.id).toBe(ada.workspace_member.id);
});

test('leads from the page of a key and of a workspace to the member', async () => {
  const [{ id, public_id }] = ada.api_keys;
  expect((await told.read('key', public_id)).workspace_member.id).toBe(ada.workspace_member.id);
  const page = await told.read('workspace', ada.workspace.id);
  expect(page.workspace_member.id).toBe(ada.workspace_member.id);
  expect(page.events.map(({ action }: { action: string }) => action)).toEqual(['workspace.created', 'api_key.created']);
  expect(page.api_keys[0].id).toBe(id);
});

test('shows no secret on any page, and repeats none from the command line', async () => {
  const secret = told.secrets.find((text) => text.startsWith('ap_pk_')) ?? '';
  const token = told.secrets.find((text) => text.startsWith('eyJ')) ?? '';
  const results = await Promise.all([
    told.inspect('member', ada.workspace_member.id),
    told.inspect('workspace', ada.workspace.id),
    told.inspect('key', secret),
    told.inspect('key', `${secret.slice(0, 20)}x${secret.slice(21)}`),
    told.inspect('member', token),
    told.inspect('callback', 'req_ada_first', '--json'),
  ]);
  expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 5, 2, 0]);
  const printed = results.map(({ stdout, stderr }) => stdout + stderr).join('\n');
  for (const hidden of told.secrets.filter((text) => text !== 'nonsense'))
    expect(printed).not.toContain(hidden.slice(40));
});
