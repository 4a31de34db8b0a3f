/** `inspect --url`: the commands of `inspect` over a server in memory, or one whose files are elsewhere. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agentPaste, BINARY } from '../../support/binary.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';
import { type OpenedInspector, openedInspector } from '../web/opened.ts';

let inspector: OpenedInspector;
let elsewhere: TemporaryDirectory;
let keyFile: string;
let url: string;

beforeAll(async () => {
  inspector = await openedInspector(['--db', ':memory:']);
  elsewhere = temporaryDirectory();
  url = `http://127.0.0.1:${inspector.port}`;
  keyFile = join(elsewhere.path, 'key.json');
  copyFileSync(join(inspector.directory, `inspector-${inspector.port}.json`), keyFile);
  await inspector.post(await inspector.mint('--email', 'ada@example.com'));
  await inspector.post(await inspector.mint('--email', 'ada@example.com', '--fault', 'expired'));
  await inspector.written(2);
});

afterAll(async () => {
  await inspector[Symbol.asyncDispose]();
  elsewhere[Symbol.dispose]();
});

/** From a directory that has no state. */
const inspect = (...args: readonly string[]) =>
  agentPaste(['--state-dir', join(elsewhere.path, 'none'), 'inspect', ...args]);

const remote = () => ['--url', url, '--key-file', keyFile];

describe('inspect --url', () => {
  test('lists what a server in memory has, as a server with files does', async () => {
    for (const [list, rows] of [
      ['members', 1],
      ['workspaces', 1],
      ['keys', 1],
      ['events', 2],
      ['records', 1],
      ['callbacks', 2],
      ['users', 1],
      ['sessions', 0],
    ] as const) {
      const { stdout, stderr, code } = await inspect(...remote(), list, '--format', 'json');
      expect({ list, code, stderr }).toEqual({ list, code: 0, stderr: '' });
      expect(JSON.parse(stdout).items, list).toHaveLength(rows);
    }
  });

  test('shows pages by any name of a member, counts, and filters', async () => {
    const page = await inspect(...remote(), 'member', 'ada@example.com', '--format', 'json');
    expect(JSON.parse(page.stdout)).toMatchObject({ callbacks: [{}, {}], api_keys: [{}] });
    const refused = await inspect(...remote(), 'callbacks', '--email', 'ada@example.com', '--outcome', 'refused');
    expect(refused.stdout).toMatch(/refused expired/);
    const counted = await inspect(...remote(), 'callbacks', '--by', 'reason', '--format', 'json');
    expect(JSON.parse(counted.stdout)).toMatchObject({ callbacks: 2, items: [{}, {}] });
    const unknown = await inspect(...remote(), 'member', 'bob@example.com');
    expect(unknown).toMatchObject({ code: 5, stderr: expect.stringContaining('bob@example.com') });
  });

  test('is asked by 24 processes at once, and answers each', async () => {
    const all = await Promise.all(
      Array.from({ length: 24 }, () => inspect(...remote(), 'member', 'ada@example.com', '--json')),
    );
    expect(all.map(({ code, stderr }) => [code, stderr])).toEqual(all.map(() => [0, '']));
    expect(new Set(all.map(({ stdout }) => JSON.parse(stdout).workspace_member.id))).toEqual(
      new Set([expect.stringMatching(/^mem_/)]),
    );
  });

  test('goes on from a cursor, in pages that miss nothing', async () => {
    const first = await inspect(...remote(), 'callbacks', '--limit', '1', '--json');
    const { items, page_info } = JSON.parse(first.stdout);
    const second = await inspect(...remote(), 'callbacks', '--limit', '1', '--cursor', page_info.next_cursor, '--json');
    const ids = [...items, ...JSON.parse(second.stdout).items].map(({ request_id }) => request_id);
    expect(new Set(ids).size).toBe(2);
    const strange = await inspect(...remote(), 'callbacks', '--cursor', 'x');
    expect(strange).toMatchObject({ code: 2, stderr: expect.stringContaining('cursor') });
  });

  test('needs neither flag for the key where the state directory has it', async () => {
    const found = await agentPaste(['--state-dir', inspector.directory, 'inspect', '--url', url, 'members', '--json']);
    expect(JSON.parse(found.stdout).items).toHaveLength(1);
    const byFile = await inspect('--key-file', keyFile, 'members', '--json');
    expect(JSON.parse(byFile.stdout).items).toHaveLength(1);
  });

  test('follows callbacks as they arrive', async () => {
    const child = spawn(
      process.execPath,
      [BINARY, 'inspect', ...remote(), 'callbacks', '--follow', '--format', 'ndjson'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const exited = once(child, 'exit');
    const outcomes: string[] = [];
    for await (const line of createInterface(child.stdout)) {
      outcomes.push(JSON.parse(line).outcome);
      if (outcomes.length === 2) await inspector.post(await inspector.mint('--email', 'eve@example.com'));
      if (outcomes.length === 3) child.kill('SIGINT');
    }
    await exited;
    expect(outcomes).toEqual(['provisioned', 'refused', 'provisioned']);
  });
});

test.each([[['--db', ':memory:']], [[]]])('--follow over %j ends with 3 when the server is killed', async (args) => {
  await using other = await openedInspector(args);
  const given = ['--url', `http://127.0.0.1:${other.port}`, 'callbacks', '--follow', '--format', 'ndjson'];
  await other.post(await other.mint('--email', 'ada@example.com'));
  await other.written(1);
  const child = spawn(process.execPath, [BINARY, '--state-dir', other.directory, 'inspect', ...given], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  for await (const _ of createInterface(child.stdout)) await other.server.kill();
  expect(await exited).toEqual([3, null]);
  expect(said).toContain(`http://127.0.0.1:${other.port}`);
});

describe('inspect --url refuses', () => {
  test.each([
    ['http://example.com:8788', 'not the address of an inspector'],
    ['http://127.0.0.1.example.com', 'not the address of an inspector'],
    ['https://127.0.0.1:8788', 'not the address of an inspector'],
    ['http://[::1]:8788', 'not the address of an inspector'],
    ['file:///etc/passwd', 'not the address of an inspector'],
    ['8788', 'not the address of an inspector'],
    ['', 'not the address of an inspector'],
  ])('--url %j, and the key goes nowhere', async (named, said) => {
    const { code, stderr } = await inspect('--url', named, '--key-file', keyFile, 'members');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(said) });
  });

  test('an address whose key the state directory does not have, and names those it has', async () => {
    const other = await agentPaste([
      '--state-dir',
      inspector.directory,
      'inspect',
      '--url',
      'http://127.0.0.1:1',
      'members',
    ]);
    expect(other).toMatchObject({ code: 5, stderr: expect.stringContaining(url) });
    expect(await inspect('--url', url, 'members')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('--key-file'),
    });
  });

  test('a key of another run, a file that others can read, and one that is no key file', async () => {
    const write = (name: string, text: string, mode = 0o600) => {
      const path = join(elsewhere.path, name);
      writeFileSync(path, text, { mode });
      chmodSync(path, mode);
      return path;
    };
    const note = { url, pid: 1, db: ':memory:', started_at: '2026-01-01T00:00:00.000Z' };
    const old = write('old.json', JSON.stringify({ ...note, key: 'A'.repeat(43) }));
    expect(await inspect('--key-file', old, 'members')).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('refused the key'),
    });
    const open = write('open.json', JSON.stringify({ ...note, key: inspector.key }), 0o644);
    expect(await inspect('--key-file', open, 'members')).toMatchObject({ code: 7 });
    for (const text of ['', '{}', '[]', 'null', '{"url":1,"key":2}'])
      expect(await inspect('--key-file', write('strange.json', text), 'members')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('not the key file'),
      });
    expect(await inspect('--key-file', join(elsewhere.path, 'missing'), 'members')).toMatchObject({ code: 5 });
  });

  test.each([
    [['--db', 'x.db', 'members'], '--db'],
    [['--bundle', 'x.json', 'members'], '--bundle'],
    [['--schema', 'reference', 'members'], '--schema'],
    [['--audit'], '--audit'],
  ])('%j beside it', async (args, named) => {
    const { code, stderr } = await inspect(...remote(), ...args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(named) });
  });

  test('a bundle beside --key-file, which is named', async () => {
    const { code, stderr } = await inspect('--key-file', keyFile, '--bundle', 'x.json', 'members');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^error: --key-file and --bundle /) });
  });

  test('what answers as no inspector does, and a port where nothing listens', async () => {
    const answers = [
      [200, '<html>'],
      [200, '{"schema_version":2,"result":[]}'],
      [200, 'null'],
      [404, 'not found'],
      [302, ''],
      [500, '{"error":{"code":"internal_error","message":"\\u001b[2Jboom","request_id":"r"}}'],
    ] as const;
    let next = 0;
    const server = createServer((_, response) => {
      const [status, body] = answers[next++]!;
      response.writeHead(status, { location: 'http://example.com/' }).end(body);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    for (const [status] of answers) {
      const { code, stderr } = await inspect('--url', `http://127.0.0.1:${port}`, '--key-file', keyFile, 'members');
      expect({ status, code, stderr }).toEqual({ status, code: 3, stderr: expect.not.stringContaining('\u001b') });
    }
    server.close();
    await once(server, 'close');
    const gone = await inspect('--url', `http://127.0.0.1:${port}`, '--key-file', keyFile, 'members');
    expect(gone).toMatchObject({ code: 3, stderr: expect.stringContaining('does not answer') });
  });
});

describe('POST /api/reads', () => {
  test.each([
    [{}, 'read'],
    [{ read: 'drop' }, 'read'],
    [{ read: 'list', list: 'peppers', query: { limit: 1 } }, 'list'],
    [{ read: 'list', list: '__proto__', query: { limit: 1 } }, 'list'],
    [{ read: 'list', list: 'members', query: { limit: 201 } }, 'query.limit'],
    [{ read: 'list', list: 'members', query: { limit: 1, order: 'x' } }, 'query'],
    [{ read: 'list', list: 'members', query: { limit: 1, where: { secret_hmac: ['x'] } } }, 'secret_hmac'],
    [{ read: 'list', list: 'members', query: { limit: 1, where: { constructor: ['x'] } } }, 'constructor'],
    [{ read: 'follow', list: 'keys', query: { limit: 1 } }, 'list'],
    [{ read: 'namesBeginning', kind: 'secret', name: { beginning: '', end: '' }, limit: 1 }, 'kind'],
    [{ read: 'has', part: 'peppers' }, 'part'],
    [{ read: 'has', part: 'users', snapshot: 'x' }, 'snapshot'],
  ])('refuses %j by its field', async (body, field) => {
    const answer = await inspector.fetch('/api/reads', {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', origin: url },
    });
    const { error } = (await answer.json()) as { error: { code: string; message: string } };
    expect({ status: answer.status, ...error }).toMatchObject({
      status: 400,
      code: 'invalid_request',
      message: expect.stringContaining(field),
    });
  });

  test('needs the key, and its own origin', async () => {
    const body = JSON.stringify({ read: 'has', part: 'users' });
    const headers = { 'content-type': 'application/json', origin: url };
    const send = (changed: Record<string, string>) =>
      fetch(`${url}/api/reads`, { method: 'POST', body, headers: { ...headers, ...changed } });
    expect((await send({})).status).toBe(401);
    const bearer = { authorization: `Bearer ${inspector.key}` };
    expect((await send({ ...bearer, origin: 'http://127.0.0.1:1' })).status).toBe(403);
    expect((await send(bearer)).status).toBe(200);
  });
});
