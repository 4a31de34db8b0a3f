import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agentPaste } from '../../../support/binary.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../../support/directory.ts';
import { logged, type Story, story } from './story.ts';

let told: Story;
let directory: TemporaryDirectory;
let file: string;

beforeAll(async () => {
  told = await story();
  const { server } = told;
  const ada = server.users.findByEmail('ada@example.com')?.id ?? '';
  await server.post(server.mint({ sub: ada, faults: ['kid-unknown'] }).token, { 'x-request-id': 'req_ada_kid' });
  server.users.changeEmail(ada, 'Ada.King@example.com', new Date().toISOString());
  await server.post(server.mint({ sub: ada }).token, { 'x-request-id': 'req_ada_renamed' });
  await logged(server, 9);
  directory = temporaryDirectory();
  file = join(directory.path, 'ada.json');
  const { code, stdout } = await told.inspect('bundle', '--member', 'ada@example.com', '--out', file);
  expect([code, stdout]).toEqual([0, `${file}\n`]);
});

afterAll(async () => {
  directory[Symbol.dispose]();
  await told[Symbol.asyncDispose]();
});

/** In a directory without a state. */
const open = (...args: string[]) => agentPaste(['inspect', ...args, '--bundle', file], { cwd: directory.path });
// biome-ignore lint/suspicious/noExplicitAny: the document is whatever the test says it is
async function read(...args: string[]): Promise<any> {
  const { code, stdout, stderr } = await open(...args, '--json');
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
  return JSON.parse(stdout);
}

test('holds no address, name, secret or token, and is private', () => {
  const text = readFileSync(file, 'utf8');
  expect(text).not.toMatch(/@example|ada@|king@|ada's/i);
  for (const secret of told.secrets) expect(text).not.toContain(secret);
  expect(text).not.toMatch(/ap_pk_|eyJ|sk_/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('is opened by each list, each page and each count', async () => {
  for (const [list, count] of Object.entries({
    ...{ workspaces: 1, members: 1, keys: 1, events: 2, callbacks: 6, records: 3, users: 1, sessions: 0 },
  }))
    expect((await read(list)).items, list).toHaveLength(count);
  const { workspace_member: member, api_keys, callbacks, claimed_callbacks, addresses } = await read('member', 'mem_');
  expect(callbacks.map((one: { request_id: string }) => one.request_id)).toEqual([
    ...['req_ada_first', 'req_ada_again', 'req_ada_later', 'req_bad_issuer', 'req_ada_renamed'],
  ]);
  expect(claimed_callbacks).toMatchObject([{ request_id: 'req_ada_kid' }]);
  expect(addresses.map(({ email }: { email: string }) => email)).toEqual([
    'address-1@redacted.invalid',
    'address-2@redacted.invalid',
  ]);
  expect((await read('user', 'address-2@redacted.invalid')).workspace_member.id).toBe(member.id);
  expect((await read('workspace', member.workspace_id)).workspace_member.id).toBe(member.id);
  expect((await read('key', api_keys[0].public_id)).created_by).toBe('req_ada_first');
  expect((await read('callback', 'req_ada_again')).record.outcome).toBe('provisioned');
  expect((await read('record', callbacks[0].idempotency_key)).workspace_member.id).toBe(member.id);
  expect((await read('event', (await read('events')).items[0].id)).workspace.id).toBe(member.workspace_id);
  expect((await read('callbacks', '--by', 'reason', '--outcome', 'refused')).callbacks).toBe(2);
  for (const page of ['member', 'user']) {
    const { stdout } = await open(page, 'address-2@redacted.invalid');
    expect(stdout).toContain('address-2@redacted.invalid');
  }
});

test('is made of a user who is no member, and says as JSON what is in it', async () => {
  const { items } = await told.read('callbacks', '--request', 'req_zoe_gone');
  const out = join(directory.path, 'zoe.json');
  expect(await told.read('bundle', '--member', items[0].subject, '--out', out)).toMatchObject({
    file: out,
    items: { members: 0, callbacks: 1 },
  });
});

describe('refuses', () => {
  test('to replace a file, and to write where it cannot', async () => {
    const before = readFileSync(file, 'utf8');
    const again = await told.inspect('bundle', '--member', 'mem_', '--out', file);
    expect(again.code).not.toBe(0);
    const taken = await told.inspect('bundle', '--member', 'req_ada_first', '--out', file);
    expect([taken.code, taken.stderr]).toEqual([6, expect.stringContaining('exists already')]);
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(await told.inspect('bundle', '--member', 'req_ada_first', '--out', '/no/such/place.json')).toMatchObject({
      code: 7,
    });
  });

  test('an unknown user, and a command without its options', async () => {
    const out = join(directory.path, 'nobody.json');
    expect(await told.inspect('bundle', '--member', 'nobody@example.com', '--out', out)).toMatchObject({ code: 5 });
    expect(await told.inspect('bundle', '--member', 'ada@example.com')).toMatchObject({ code: 2 });
  });

  test.each([
    [['members', '--db', 'x.db'], '--db'],
    [['members', '--schema', 'agent-paste'], '--schema'],
    [['events', '--follow'], '--follow'],
    [['--audit'], '--audit'],
    [['bundle', '--member', 'a', '--out', 'b'], 'inspect bundle'],
  ])('--bundle beside %j', async (args, other) => {
    const { code, stderr } = await open(...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`--bundle and ${other} contradict`)]);
  });

  test('a file that is no bundle, or is missing', async () => {
    const other = join(directory.path, 'other.json');
    writeFileSync(other, '{}');
    const { code, stderr } = await agentPaste(['inspect', 'members', '--bundle', other]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('not a bundle of agent-paste')]);
    expect(await agentPaste(['inspect', 'members', '--bundle', `${other}.x`])).toMatchObject({ code: 2 });
  });
});

test('goes to stdout with --out -, for a pipe', async () => {
  const { code, stdout, stderr } = await told.inspect('bundle', '--member', 'ada@example.com', '--out', '-');
  expect([code, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout).items).toEqual(JSON.parse(readFileSync(file, 'utf8')).items);
});
