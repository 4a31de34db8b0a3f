import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newUser } from '../../../../src/workos/users.ts';
import { type Story, story } from './story.ts';

let told: Story;

beforeAll(async () => {
  told = await story();
});

afterAll(() => told[Symbol.asyncDispose]());

const LISTS = ['workspaces', 'members', 'keys', 'events', 'callbacks', 'records', 'users'] as const;

/** Fields as the contract names them. */
const FIELDS: Record<(typeof LISTS)[number], readonly string[]> = {
  workspaces: ['id', 'name', 'contact_email', 'member_id', 'created_at'],
  members: ['id', 'workspace_id', 'workos_user_id', 'email', 'scopes', 'created_at', 'last_seen_at'],
  keys: ['id', 'workspace_id', 'name', 'public_id', 'scopes', 'revoked_at', 'created_at', 'last_used_at', 'revoked'],
  events: ['id', 'time', 'actor', 'action', 'target', 'change_summary', 'request_id', 'workspace_id'],
  callbacks: [
    ...['id', 'at', 'request_id', 'status', 'outcome', 'reason', 'issuer', 'subject', 'session_id'],
    ...['idempotency_key', 'expected', 'received', 'milliseconds', 'token_id'],
    ...['claimed_issuer', 'claimed_subject', 'claimed_session_id', 'claimed_token_id', 'email', 'callbacks'],
  ],
  records: [
    ...['idempotency_key', 'subject', 'issuer', 'member_id', 'outcome', 'status', 'key_public_id'],
    ...['body_sha256', 'created_at', 'expires_at', 'expired'],
  ],
  users: ['id', 'email', 'first_name', 'last_name', 'created_at', 'updated_at'],
};

describe.each(LISTS)('inspect %s, beside a running server', (list) => {
  test("prints an object of version 1 with items, page_info and the contract's fields", async () => {
    const { schema_version, items, page_info } = await told.read(list);
    expect(schema_version).toBe(1);
    expect(items.length).toBeGreaterThan(0);
    for (const item of items) expect(Object.keys(item)).toEqual(FIELDS[list]);
    expect(page_info).toEqual({ next_cursor: null, has_more: false });
  });

  test('pages through the same items in the same order', async () => {
    const { items } = await told.read(list);
    const walked: unknown[] = [];
    let cursor: string | null = null;
    do {
      const page: { items: unknown[]; page_info: { next_cursor: string | null; has_more: boolean } } = await told.read(
        list,
        '--limit',
        '1',
        ...(cursor === null ? [] : ['--cursor', cursor]),
      );
      walked.push(...page.items);
      cursor = page.page_info.next_cursor;
      expect(page.page_info.has_more).toBe(cursor !== null);
    } while (cursor !== null);
    expect(new Set(walked.map((item) => JSON.stringify(item)))).toEqual(
      new Set(items.map((item: unknown) => JSON.stringify(item))),
    );
    expect(walked).toHaveLength(items.length);
  });

  test('prints the same items as ndjson and as csv', async () => {
    const { items } = await told.read(list);
    const ndjson = (await told.inspect(list, '--format', 'ndjson')).stdout;
    expect(
      ndjson
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(items);
    const csv = (await told.inspect(list, '--format', 'csv')).stdout;
    expect(csv.endsWith('\r\n')).toBe(true);
    const [heading, ...rows] = csv.trimEnd().split('\r\n');
    expect(heading).toBe(FIELDS[list].join(','));
    expect(rows).toHaveLength(items.length);
  });

  test('omits items older than --since and items from the future', async () => {
    const { items } = await told.read(list);
    expect((await told.read(list, '--since', '1h')).items).toEqual(items);
    expect((await told.read(list, '--since', '2020-01-31')).items).toEqual(items);
    expect((await told.read(list, '--since', '2999-01-31')).items).toEqual([]);
  });

  test('shows no secret and no token, in any format', async () => {
    const forms = await Promise.all(
      ['table', 'json', 'ndjson', 'csv'].map((format) => told.inspect(list, '--format', format)),
    );
    const printed = forms.map(({ stdout, stderr }) => stdout + stderr).join('\n');
    for (const secret of told.secrets.filter((text) => text !== 'nonsense')) {
      expect(printed).not.toContain(secret);
      expect(printed).not.toContain(secret.slice(-43)); // the secret part of a key, the end of a token
    }
    expect(printed).not.toMatch(/secret_hmac|body_sealed|eyJ/);
  });
});

test('lists items newest first', async () => {
  const requests = async (list: string) =>
    (await told.read(list)).items.map(({ request_id }: { request_id: string }) => request_id);
  expect(await requests('callbacks')).toEqual([
    'req_nonsense',
    'req_bad_issuer',
    'req_zoe_gone',
    'req_grace_first',
    'req_ada_later',
    'req_ada_again',
    'req_ada_first',
  ]);
  expect(await requests('events')).toEqual(['req_grace_first', 'req_grace_first', 'req_ada_first', 'req_ada_first']);
});

test.each([
  ['callbacks', '--outcome', 'refused', 3],
  ['callbacks', '--outcome', 'replayed', 1],
  ['callbacks', '--reason', 'issuer_mismatch', 1],
  ['callbacks', '--request', 'req_ada_later', 1],
  ['callbacks', '--member', 'ada@example.com', 4],
  ['callbacks', '--email', 'ADA@example.com', 4],
  ['events', '--member', 'ada@example.com', 2],
  ['keys', '--member', 'req_ada_again', 1],
  ['records', '--email', 'ada@example.com', 2],
  ['workspaces', '--member', 'grace.hopper@example.com', 1],
  ['members', '--email', 'grace.hopper@example.com', 1],
  ['users', '--email', 'Ada@example.com', 1],
] as const)('inspect %s %s %s has %i', async (list, flag, value, count) => {
  expect((await told.read(list, flag, value)).items).toHaveLength(count);
});

test('finds callbacks of a user who never became a member', async () => {
  const [zoe] = (await told.read('callbacks', '--request', 'req_zoe_gone')).items;
  expect((await told.read('callbacks', '--user', zoe.subject)).items).toEqual([zoe]);
});

test('combines filters of callbacks', async () => {
  const { items } = await told.read('callbacks', '--member', 'ada@example.com', '--outcome', 'seen');
  expect(items.map(({ request_id }: { request_id: string }) => request_id)).toEqual(['req_ada_later']);
});

test('escapes cells that a spreadsheet would run, and quotes commas (RFC 4180)', async () => {
  told.server.users.add({
    ...newUser('user_formula', '=cmd|calc@example.com', '2026-01-31T12:00:00.000Z'),
    first_name: 'Doe, "Jo"',
    last_name: '@SUM(1)',
  });
  const { stdout } = await told.inspect('users', '--email', '=cmd|calc@example.com', '--format', 'csv');
  told.server.users.remove('user_formula');
  expect(stdout.split('\r\n')[1]).toBe(
    `user_formula,'=cmd|calc@example.com,"Doe, ""Jo""",'@SUM(1),2026-01-31T12:00:00.000Z,2026-01-31T12:00:00.000Z`,
  );
});

test.each([
  [['membr']],
  [['membr', 'x']],
  [[]],
  [['members', '--limit', '0']],
  [['members', '--since', 'some day']],
  [['members', '--format', 'xml']],
  [['members', '--json', '--format', 'csv']],
  [['members', '--cursor', 'zzz']],
  [['members', '--email', 'a@example.com', '--user', 'b']],
  [['callbacks', '--reason', 'expird']],
  [['callbacks', '--outcome', 'fine']],
  [['member', 'ada@example.com', '--format', 'csv']],
  [['member', '']],
])('inspect %j is exit 2 with one sentence', async (args) => {
  const { code, stdout, stderr } = await told.inspect(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^(?:error: |\{"error":).+\n/);
  expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
});

test('rejects a cursor of another list', async () => {
  const { page_info } = await told.read('callbacks', '--limit', '1');
  expect((await told.inspect('events', '--cursor', page_info.next_cursor)).code).toBe(2);
});
