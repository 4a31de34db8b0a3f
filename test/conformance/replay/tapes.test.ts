import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LOCAL_CLIENT_ID } from '../../../src/machine/settings.ts';
import { agentPaste } from '../../support/binary.ts';
import { command } from '../../support/command.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { type TestServer, testServer } from '../../support/server.ts';

function place(server: TestServer, cwd: string) {
  return { cwd, env: { AGENT_PASTE_API_URL: server.url, AGENT_PASTE_STATE_DIR: server.paths.directory } };
}

const read = (directory: string, name: string) => JSON.parse(readFileSync(join(directory, name), 'utf8'));

test('records claims, keys, statuses, outcomes and hashes, without tokens or secrets', async () => {
  await using server = await testServer();
  using directory = temporaryDirectory();
  const args = [
    'replay',
    '--email',
    'ada@example.com',
    '--jti',
    'jti_1',
    '--sid',
    's_1',
    '--times',
    '2',
    '--save',
    't.json',
  ];
  const { code, stdout } = await agentPaste([...args, '--json'], place(server, directory.path));
  expect(code).toBe(0);
  const tape = read(directory.path, 't.json');
  expect(tape).toMatchObject({
    tape: 'agent-paste',
    schema_version: 1,
    sends: [
      { n: 1, email: 'ada@example.com', key: 'workos-jti:jti_1', status: 200, outcome: 'provisioned' },
      { n: 2, email: 'ada@example.com', key: 'workos-jti:jti_1', status: 200, outcome: 'replayed' },
    ],
  });
  expect(tape.sends[0].claims).toMatchObject({ jti: 'jti_1', sid: 's_1', sub: expect.stringMatching(/^user_/) });
  expect(tape.sends[0].sha256).toBe(JSON.parse(stdout).sends[0].sha256);
  const text = readFileSync(join(directory.path, 't.json'), 'utf8');
  expect(text).not.toMatch(/eyJ|ap_pk_|Bearer/);
});

test('replays a tape after its tokens expired, with new tokens of the same ids', async () => {
  await using server = await testServer();
  using directory = temporaryDirectory();
  const options = place(server, directory.path);
  await command(['replay', '--times', '3', '--concurrency', '3', '--save', 't.json'], options);
  const { exp } = read(directory.path, 't.json').sends[0].claims;
  const later = (exp + 3600) * 1000;
  server.setClock(later);
  const { code, stdout } = await command(['replay', 't.json'], { ...options, now: later });
  expect(code).toBe(0);
  expect(stdout).toContain('ok: 3 sends: 3 replayed; the bytes of the tape came back for 1 of 1 key');
});

test('replays a tape on a new server, by outcomes and equal bytes', async () => {
  await using first = await testServer();
  await using second = await testServer();
  using directory = temporaryDirectory();
  const steps = [
    'name: mixed',
    'steps:',
    '  - { id: a, send: { email: ada@example.com, jti: jti_1, times: 3 }, expect: { status: 200 } }',
    '  - { send: { email: ada@example.com, jti: null, sid: session_1 }, expect: { outcome: seen } }',
    '  - { send: { email: bob@example.com, jti: jti_1 }, expect: { outcome: provisioned } }',
    '  - { send: { email: ada@example.com, faults: [signature-other-key] }, expect: { status: 401 } }',
    '  - { send: { email: ada@example.com, faults: [expired] }, expect: { reason: expired } }',
    '  - { send: { token: none }, expect: { reason: no_bearer } }',
  ];
  writeFileSync(join(directory.path, 's.yaml'), steps.join('\n'));
  const recorded = await command(['replay', 's.yaml', '--save', 'a.json'], place(first, directory.path));
  expect(recorded.code).toBe(0);
  const again = await command(['replay', 'a.json', '--save', 'b.json', '--json'], place(second, directory.path));
  expect({ code: again.code, violations: JSON.parse(again.stdout).violations }).toEqual({ code: 0, violations: [] });
  const compared = await command(['replay', 'a.json', '--compare', 'b.json'], { cwd: directory.path });
  expect(compared).toMatchObject({ code: 0, stdout: 'ok: 6 keys compared\n' });
});

describe('a tape that the server contradicts', () => {
  test('reports an answer that became a refusal', async () => {
    await using server = await testServer();
    using directory = temporaryDirectory();
    const options = place(server, directory.path);
    await command(['replay', '--times', '2', '--save', 't.json'], options);
    await using strict = await testServer({ 'client-id': 'client_other' });
    const forAnother = ['--client-id', LOCAL_CLIENT_ID]; // and not for that of the server
    const { code, stdout } = await command(
      ['replay', 't.json', '--json', ...forAnother],
      place(strict, directory.path),
    );
    expect(code).toBe(1);
    expect(JSON.parse(stdout).violations[0]).toMatchObject({
      invariant: 'tape-answers',
      expected: expect.stringContaining('2 × 200'),
      observed: expect.stringContaining('2 × 401 client_id_mismatch'),
      reproduce: expect.stringContaining('agent-paste replay t.json'),
    });
  });

  test('reports a new answer where the tape was replayed', async () => {
    using directory = temporaryDirectory();
    await using server = await testServer();
    const options = place(server, directory.path);
    await command(['replay', '--jti', 'jti_1', '--times', '2', '--save', 'a.json'], options);
    const tape = read(directory.path, 'a.json');
    tape.sends[1] = { ...tape.sends[1], outcome: 'seen', sha256: '0'.repeat(64) };
    writeFileSync(join(directory.path, 'b.json'), JSON.stringify(tape));
    const { code, stdout } = await command(['replay', 'a.json', '--compare', 'b.json', '--json'], options);
    expect(code).toBe(1);
    expect(JSON.parse(stdout).violations.map(({ invariant }: { invariant: string }) => invariant)).toEqual([
      'tape-outcomes',
      'tape-same-bytes',
    ]);
  });

  test('reports different callbacks as different tapes', async () => {
    using directory = temporaryDirectory();
    await using server = await testServer();
    const options = place(server, directory.path);
    await command(['replay', '--times', '2', '--save', 'a.json'], options);
    await command(['replay', '--times', '3', '--save', 'b.json'], options);
    const { code, stdout } = await command(['replay', 'a.json', '--compare', 'b.json'], options);
    expect(code).toBe(1);
    expect(stdout).toContain('2 × 200');
    expect(stdout).toContain('3 × 200');
  });
});

describe('rejects a file that is not a tape with file, line and field', () => {
  const tape = (send: object) => JSON.stringify({ tape: 'agent-paste', schema_version: 1, sends: [send] }, null, 1);
  const send = {
    n: 1,
    email: null,
    claims: null,
    faults: [],
    key: null,
    status: 200,
    outcome: 'seen',
    code: null,
    reason: null,
    sha256: '0'.repeat(64),
  };
  test.each<[string, string, string]>([
    ['a newer tape', '{"tape":"agent-paste","schema_version":2,"sends":[]}', 't.json:1: schema_version: is newer'],
    ['no sends', '{"tape":"agent-paste","schema_version":1,"sends":[]}', 't.json:1: sends: must have a send'],
    ['another tape', '{"tape":"magnetic","schema_version":1,"sends":[]}', 't.json:1: tape: must be agent-paste'],
    ['an unknown field', tape({ ...send, token: 'x' }), 'sends[0].token: is not a known field'],
    ['a bad hash', tape({ ...send, sha256: 'x' }), 'sends[0].sha256: must be 64 hexadecimal digits'],
    ['an unknown fault', tape({ ...send, faults: ['x'] }), 'sends[0].faults: there is no fault "x"'],
    ['text that ends early', tape(send).slice(0, 40), 't.json:'],
  ])('%s', async (_, text, message) => {
    using directory = temporaryDirectory();
    writeFileSync(join(directory.path, 't.json'), text);
    const { code, stdout, stderr } = await command(['replay', 't.json'], { cwd: directory.path });
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test.each([[['--times', '2']], [['--jti', 'x']], [['t.json']]])('rejects %j with a tape', async (args) => {
    using directory = temporaryDirectory();
    writeFileSync(join(directory.path, 't.json'), tape(send));
    const { code } = await command(['replay', 't.json', ...args], { cwd: directory.path });
    expect(code).toBe(2);
  });
});
