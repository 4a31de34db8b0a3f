/** The same tokens to two servers: what they answer differently is named by its place, and nothing else is. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wrappingWith } from '../../../src/conformance/check/bugs/bugs.ts';
import { systemRandom } from '../../../src/machine/random.ts';
import { resolveSettings } from '../../../src/machine/settings.ts';
import { command } from '../../support/command.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';
import { type TestServer, testServer } from '../../support/server.ts';
import { callbackAnswer, json, refused, SECRET, scriptedServer } from './scripted-server.ts';

let directory: TemporaryDirectory;
let first: TestServer;
let second: TestServer;
let broken: TestServer;
let recorder: TestServer;

beforeAll(async () => {
  directory = temporaryDirectory();
  const { values } = resolveSettings({}, {}, undefined);
  first = await testServer({}, directory);
  second = await testServer({ db: join(directory.path, 'second.db') }, directory);
  recorder = await testServer({ db: join(directory.path, 'recorder.db') }, directory);
  const bug = wrappingWith(['member-before-replay'], values, systemRandom());
  broken = await testServer({ db: join(directory.path, 'broken.db') }, directory, bug);
});

afterAll(async () => {
  for (const server of [first, second, broken, recorder]) await server[Symbol.asyncDispose]();
});

const run = (args: readonly string[], one = first.url, other = second.url) =>
  command(['replay', ...args, '--against', one, '--against', other], {
    cwd: directory.path,
    env: { AGENT_PASTE_STATE_DIR: first.paths.directory },
  });

test('two servers that agree differ in ids, secrets and times alone', async () => {
  const { code, stdout } = await run(['--email', 'ada@example.com', '--times', '3', '--json']);
  const { ok, violations, sends } = JSON.parse(stdout);
  expect({ code, ok, violations }).toEqual({ code: 0, ok: true, violations: [] });
  expect(sends.map(({ target, n, outcome }: Record<string, unknown>) => [target, n, outcome])).toEqual(
    [first.url, second.url].flatMap((url) => [
      [url, 1, 'provisioned'],
      [url, 2, 'replayed'],
      [url, 3, 'replayed'],
    ]),
  );
});

test('a tape is sent to both, refused callbacks too', async () => {
  const steps = [
    'name: mixed',
    'steps:',
    '  - { send: { email: tape@example.com, jti: jti_tape, times: 2 } }',
    '  - { send: { email: tape@example.com }, expect: { outcome: seen } }',
    '  - { send: { email: tape@example.com, faults: [expired] }, expect: { reason: expired } }',
    '  - { send: { token: none }, expect: { reason: no_bearer } }',
  ];
  writeFileSync(join(directory.path, 's.yaml'), steps.join('\n'));
  const env = { AGENT_PASTE_STATE_DIR: first.paths.directory, AGENT_PASTE_API_URL: recorder.url };
  const recorded = await command(['replay', 's.yaml', '--save', 't.json'], { cwd: directory.path, env });
  expect(recorded).toMatchObject({ code: 0, stderr: '' });
  const { code, stdout } = await run(['t.json']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('the servers agree on 5 of 5 sends') });
});

test('a difference has its path, both values, a command, and a case in the reports', async () => {
  const reports = ['--report', 'junit=r.xml', '--report', 'json=r.json'];
  const args = ['--email', 'grace@example.com', '--times', '2', ...reports];
  const { code, stdout, stderr } = await run(args, first.url, broken.url);
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  expect(stdout).toContain(`reproduce: agent-paste replay --email grace@example.com --times 2 --against ${first.url}`);
  expect(stdout).toMatch(/FAILED: .*the servers agree on \d of 2 sends/);
  const report = JSON.parse(readFileSync(join(directory.path, 'r.json'), 'utf8'));
  expect(report).toMatchObject({ ok: false, counts: { failed: 1 } });
  expect(readFileSync(join(directory.path, 'r.xml'), 'utf8')).toContain('failures="1"');
});

describe('of answers in memory', () => {
  const compared = async (
    one: (n: number) => [number, unknown, Record<string, string>?],
    other: (n: number) => [number, unknown, Record<string, string>?],
    args: readonly string[] = [],
  ) => {
    await using a = await scriptedServer((response, n) => json(response, ...one(n)));
    await using b = await scriptedServer((response, n) => json(response, ...other(n)));
    const { code, stdout, stderr } = await run([...args, '--json'], a.url, b.url);
    const found = stdout === '' ? [] : (JSON.parse(stdout).violations as Record<string, string>[]);
    return {
      code,
      stderr,
      stdout,
      rules: found.map(({ invariant }) => invariant),
      found,
      tokens: [a.tokens, b.tokens],
    };
  };
  const good = callbackAnswer('provisioned') as Record<string, Record<string, unknown>>;

  test('both get the same tokens', async () => {
    const { tokens } = await compared(
      () => [200, good],
      () => [200, good],
      ['--times', '3', '--fresh'],
    );
    expect(new Set(tokens[0]).size).toBe(3);
    expect(tokens[1]).toEqual(tokens[0]);
  });

  test('another member, another name and another type are found, and no secret is shown', async () => {
    const other = { ...good, workspace: { id: 'w2', name: 7 }, scopes: ['x'], more: SECRET };
    const { code, rules, found, stdout } = await compared(
      () => [200, good],
      () => [200, other],
    );
    expect({ code, rules }).toEqual({ code: 1, rules: ['targets-body'] });
    const observed = found[0]?.observed ?? '';
    for (const path of ['workspace.name: "" → 7', 'scopes[0]: absent → "x"', 'more: absent → '])
      expect(observed).toContain(path);
    expect(stdout).not.toContain('s'.repeat(43));
  });

  test('an id that changes where the other server keeps it is a difference', async () => {
    const { rules, found } = await compared(
      () => [200, good],
      (n) => [200, { ...good, workspace: { id: `w${n}`, name: '' } }],
      ['--times', '2'],
    );
    expect(rules).toContain('targets-body');
    expect(found.map(({ observed }) => observed).join()).toContain(
      'workspace.id: "<id, first at workspace.id of send 1>" →',
    );
  });

  test('another status, reason or header is a difference', async () => {
    expect(
      await compared(
        () => [401, refused('not_authenticated', 'expired')],
        () => [401, refused('not_authenticated', 'bad_signature')],
        ['--fault', 'expired'],
      ),
    ).toMatchObject({ code: 1, rules: ['targets-status', 'targets-body'] });
    expect(
      await compared(
        () => [200, good, { 'cache-control': 'no-store' }],
        () => [200, good],
      ),
    ).toMatchObject({ code: 1, rules: ['targets-header'] });
  });

  test('two servers that refuse every token alike are no success', async () => {
    const no = (): [number, unknown] => [401, refused('not_authenticated', 'kid_unknown')];
    expect(await compared(no, no)).toMatchObject({ code: 4, rules: ['accepted'] });
    expect(await compared(no, no, ['--fault', 'kid-unknown'])).toMatchObject({ code: 0, rules: [] });
  });

  test('a hostile answer is bounded: many paths, deep JSON, too many bytes', async () => {
    const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`m${index}`, `\u202e${index}`]));
    const { found } = await compared(
      () => [200, good],
      () => [200, { ...good, ...many }],
    );
    const observed = found[0]?.observed ?? '';
    expect(observed.length).toBeLessThan(2000);
    expect(observed).not.toContain('\u202e');
    await using one = await scriptedServer((response) => json(response, 200, good));
    await using deep = await scriptedServer((response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(`${'['.repeat(90_000)}${']'.repeat(90_000)}`);
    });
    expect(await run(['--times', '1'], one.url, deep.url)).toMatchObject({ code: 3 });
    expect(
      await compared(
        () => [200, good],
        () => [200, { ...good, big: 'x'.repeat(1_100_000) }],
      ),
    ).toMatchObject({ code: 3, stderr: expect.stringContaining('more than 1048576 bytes') });
  });
});

test('a server that is not there is exit 3, and named', async () => {
  const { code, stderr } = await run(['--times', '1'], first.url, 'http://127.0.0.1:1');
  expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining('http://127.0.0.1:1') });
});

test.each([
  [['--against', 'http://127.0.0.1:2'], 'two servers'],
  [['--against', 'http://127.0.0.1:2', '--against', 'http://127.0.0.1:2'], 'two servers'],
  [['--against', 'nowhere', '--against', 'http://127.0.0.1:2'], '--against: '],
  [['--against', 'http://127.0.0.1:2', '--against', 'http://192.0.2.1'], '--allow-remote'],
  ...[
    ['--url', 'http://127.0.0.1:3'],
    ['--expect', 'seen'],
    ['--save', 'x.json'],
    ['--concurrency', '2'],
  ].map(
    (more) => [['--against', 'http://127.0.0.1:1', '--against', 'http://127.0.0.1:2', ...more], more[0] ?? ''] as const,
  ),
  [['builtin:key-rotation', '--against', 'http://127.0.0.1:1', '--against', 'http://127.0.0.1:2'], 'scenario'],
] as const)('refuses %j before anything is sent', async (args, said) => {
  using place = temporaryDirectory();
  const { code, stderr } = await command(['replay', ...args], { cwd: place.path });
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(said) });
});
