import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { scenarioJsonSchema } from '../../../src/conformance/scenario/schema.ts';
import { agentPaste, BINARY } from '../../support/binary.ts';
import { command } from '../../support/command.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { testServer } from '../../support/server.ts';
import { callbackAnswer, json, scriptedServer } from './scripted-server.ts';

const DIRECTORY = fileURLToPath(new URL('../../../fixtures/scenarios/', import.meta.url));
const SCHEMA = 'scenario.schema.json';
const files = readdirSync(DIRECTORY).filter((name) => name !== SCHEMA);

test('ships at least fifteen scenarios with distinct names', () => {
  const names = files.map((file) => parse(readFileSync(join(DIRECTORY, file), 'utf8')).name);
  expect(new Set(names).size).toBe(files.length);
  expect(files.length).toBeGreaterThanOrEqual(15);
});

describe.each(files)('%s', (file) => {
  const content = parse(readFileSync(join(DIRECTORY, file), 'utf8'));

  test('fits the JSON Schema', () => {
    const validate = new Ajv2020({ strict: false }).compile(scenarioJsonSchema());
    expect(validate(content), JSON.stringify(validate.errors)).toBe(true);
  });

  test('passes', async () => {
    await using server = content.server === 'own' ? undefined : await testServer();
    using directory = temporaryDirectory();
    const env: Record<string, string> =
      server === undefined ? {} : { AGENT_PASTE_API_URL: server.url, AGENT_PASTE_STATE_DIR: server.paths.directory };
    const args = ['replay', join(DIRECTORY, file), '--json'];
    const { code, stdout, stderr } = await command(args, { cwd: directory.path, env });
    expect({ code, stderr, violations: JSON.parse(stdout).violations }).toEqual({
      code: 0,
      stderr: '',
      violations: [],
    });
    expect(JSON.parse(stdout).scenarios).toMatchObject([{ name: content.name, ok: true }]);
    // What expects nothing of its answers proves nothing.
    expect(content.steps.some((step: object) => 'expect' in step)).toBe(true);
  });
});

test('advance moves the clock of tokens, records and of a server that restarted, without waiting', async () => {
  using directory = temporaryDirectory();
  writeFileSync(
    join(directory.path, 's.yaml'),
    `name: time
server: own
settings: { idempotency-ttl: 1h }
steps:
  - { id: short, send: { email: ada@example.com, expires_in: 5m }, expect: { outcome: provisioned } }
  - { id: long, send: { email: ada@example.com, jti: again }, expect: { outcome: seen } }
  - advance: 6m
  - { send: { token: short }, expect: { reason: expired } }
  - restart: server
  - { send: { token: short }, expect: { reason: expired } }
  - { id: fresh, send: { email: ada@example.com, jti: again }, expect: { outcome: replayed, same_as: long } }
  - advance: 2h
  - { send: { email: ada@example.com, jti: again }, expect: { outcome: seen, differs_from: long } }
  - advance: 365d
  - { send: { email: bob@example.com }, expect: { outcome: provisioned } }
`,
  );
  const { code, stdout } = await command(['replay', 's.yaml', '--json'], { cwd: directory.path });
  expect({ code, violations: JSON.parse(stdout).violations }).toEqual({ code: 0, violations: [] });
});

test('runs all scenarios in one command, and a scenario without its own server twice', async () => {
  await using server = await testServer();
  using directory = temporaryDirectory();
  const paths = files.slice(0, 4).map((file) => join(DIRECTORY, file));
  const env = { AGENT_PASTE_API_URL: server.url, AGENT_PASTE_STATE_DIR: server.paths.directory };
  const anyServer = join(DIRECTORY, 'any-server.yaml');
  const { code, stdout } = await agentPaste(['replay', ...paths, anyServer, anyServer], { cwd: directory.path, env });
  expect(code).toBe(0);
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^ok: \d+ sends: .*; 6 of 6 scenarios hold$/);
});

async function runText(text: string, env: Record<string, string> = {}, ...args: readonly string[]) {
  using directory = temporaryDirectory();
  writeFileSync(join(directory.path, 's.yaml'), text);
  return await command(['replay', 's.yaml', ...args], { cwd: directory.path, env });
}

describe('rejects a bad scenario with file, line and field, before sending anything', () => {
  const steps = (text: string) => `name: x\nsteps:\n${text}`;
  test.each<[string, string, string]>([
    ['not YAML', 'name: [', 's.yaml:1: '],
    ['nothing', '', 's.yaml:1: the file: '],
    ['a list', '- a', 's.yaml:1: the file: '],
    ['no name', 'steps:\n  - send: {}', 's.yaml:1: name: '],
    ['no steps', 'name: x', 's.yaml:1: steps: must be a list of steps'],
    ['an empty list', 'name: x\nsteps: []', 's.yaml:2: steps: must have a step'],
    [
      'an unknown field',
      'name: x\nstep: []\nsteps: [{send: {}}]',
      's.yaml:2: step: is not a known field (did you mean steps?)',
    ],
    ['an unknown step', steps('  - sendd: {}'), 's.yaml:3: steps[0].sendd: is not a known field (did you mean send?)'],
    [
      'an unknown expectation',
      steps('  - send: {}\n    expect:\n      outcom: seen'),
      's.yaml:5: steps[0].expect.outcom: is not a known field (did you mean outcome?)',
    ],
    [
      'an unknown outcome',
      steps('  - send: {}\n    expect: { outcome: provisionned }'),
      's.yaml:4: steps[0].expect.outcome: must be one of provisioned, seen, replayed, refused, in_flight, unavailable, unreadable (did you mean provisioned?)',
    ],
    [
      'an unknown outcome in a count',
      steps('  - send: {}\n    expect: { outcomes: { replay: 1 } }'),
      's.yaml:4: steps[0].expect.outcomes.replay: is not a known field (did you mean replayed?)',
    ],
    [
      'an unknown reason',
      steps('  - send: {}\n    expect: { reason: kid_unkown }'),
      's.yaml:4: steps[0].expect.reason: must be a reason of docs/rejections.md (did you mean kid_unknown?)',
    ],
    [
      'an unknown fault',
      steps('  - send: { faults: [expird] }'),
      's.yaml:3: steps[0].send.faults[0]: must be a fault of `agent-paste mint --list-faults` (did you mean expired?)',
    ],
    [
      'a step that is not there',
      steps('  - id: first\n    send: {}\n  - send: { token: firs }'),
      's.yaml:5: steps[1].send.token: there is no step "firs" (did you mean first?)',
    ],
    [
      'a comparison with a step that is not there',
      steps('  - send: {}\n    expect: { same_as: nobody }'),
      's.yaml:4: steps[0].expect.same_as: there is no step "nobody"',
    ],
    [
      'a step that comes later',
      steps('  - send: { token: later }\n  - id: later\n    mint: {}'),
      's.yaml:3: steps[0].send.token: the step later does not come before this one',
    ],
    [
      'a comparison with a step that sends nothing',
      steps('  - id: a\n    mint: {}\n  - send: { token: a }\n    expect: { differs_from: a }'),
      's.yaml:6: steps[1].expect.differs_from: the step a sends nothing',
    ],
    ['the token of a wait', steps('  - id: a\n    wait: 1ms\n  - send: { token: a }'), 'the step a has no token'],
    ['a step that does nothing', steps('  - id: a'), 's.yaml:3: steps[0]: does nothing; a step has one of'],
    ['a step that does two things', steps('  - mint: {}\n    send: {}'), 'has mint and send; a step does one thing'],
    [
      'two steps of one name',
      steps('  - id: a\n    mint: {}\n  - id: a\n    mint: {}'),
      's.yaml:5: steps[1].id: another step is called a',
    ],
    ['an expectation of a mint', steps('  - mint: {}\n    expect: { status: 200 }'), 'mint gets no answer'],
    [
      'a token and its making',
      steps('  - id: a\n    mint: {}\n  - send: { token: a, jti: x }'),
      'jti would make another one',
    ],
    [
      'a token and a profile',
      steps('  - id: a\n    mint: {}\n  - send: { token: a, profile: connect }'),
      'profile would make another one',
    ],
    ['a clock that is not ours', steps('  - advance: 10m'), 's.yaml:3: steps[0].advance: needs `server: own`'],
    [
      'a clock without a unit',
      `server: own\n${steps('  - advance: "10"')}`,
      'steps[0].advance: must be a duration from 1ms to 3650d',
    ],
    ['a clock that goes back', `server: own\n${steps('  - advance: -5m')}`, 'steps[0].advance: must be a duration'],
    ['a wait without bound', steps('  - wait: 5h'), 's.yaml:3: steps[0].wait: must be a duration from 1ms to 60s'],
    ['a restart of a foreign server', steps('  - restart: server'), 'needs `server: own`'],
    ['settings of a foreign server', 'name: x\nsettings: {}\nsteps: [{send: {}}]', 'needs `server: own`'],
    [
      'a bad setting',
      'name: x\nserver: own\nsettings:\n  in-flight-wait: soon\nsteps: [{send: {}}]',
      's.yaml:4: settings.in-flight-wait: must be a duration from 1ms to 60s, such as 250ms, 5s or 30s, not "soon"',
    ],
    [
      'a bad pattern',
      steps('  - send: {}\n    expect: { fields: { a: { matches: "(" } } }'),
      'is not a regular expression',
    ],
    ['a bad address', steps('  - send: { email: nobody }'), 's.yaml:3: steps[0].send.email: must be an e-mail address'],
    ['too many sends', steps('  - send: { times: 100000 }'), 's.yaml:3: steps[0].send.times'],
  ])('%s', async (_, text, message) => {
    await using server = await scriptedServer((response) => json(response, 200, callbackAnswer('seen')));
    const { code, stdout, stderr } = await runText(text, { AGENT_PASTE_API_URL: server.url });
    expect(stderr).toContain(message);
    expect({ code, stdout, lines: stderr.trimEnd().split('\n').length <= 2 }).toEqual({
      code: 2,
      stdout: '',
      lines: true,
    });
    expect(server.tokens).toEqual([]);
  });

  test('sends nothing of the first file when the second is bad', async () => {
    await using server = await scriptedServer((response) => json(response, 200, callbackAnswer('seen')));
    using directory = temporaryDirectory();
    writeFileSync(join(directory.path, 'good.yaml'), steps('  - send: {}'));
    writeFileSync(join(directory.path, 'bad.yaml'), steps('  - send: { token: x }'));
    const env = { AGENT_PASTE_API_URL: server.url };
    const { code } = await command(['replay', 'good.yaml', 'bad.yaml'], { cwd: directory.path, env });
    expect(code).toBe(2);
    expect(server.tokens).toEqual([]);
  });

  test('exits 2 for a missing file, as for every other file that is named', async () => {
    const { code, stderr } = await command(['replay', 'no-such-scenario.yaml']);
    expect(code).toBe(2);
    expect(stderr).toContain('cannot read no-such-scenario.yaml: no such file or directory (ENOENT)');
  });

  test.each(['--times', '--email', '--jti', '--expect', '--concurrency', '--token'])(
    'rejects %s with a file',
    async (flag) => {
      const value = { '--expect': 'seen', '--email': 'ada@example.com' }[flag] ?? '5';
      const { code, stderr } = await runText(steps('  - send: {}'), {}, flag, value);
      expect(code).toBe(2);
      expect(stderr).toContain(`${flag} does not go with a scenario`);
    },
  );

  test('rejects --url with a scenario that has its own server', async () => {
    const { code, stderr } = await runText(`server: own\n${steps('  - send: {}')}`, {}, '--url', 'http://127.0.0.1:1');
    expect(code).toBe(2);
    expect(stderr).toContain('s.yaml starts its own server');
  });
});

describe('a failed expectation', () => {
  test.each<[string, string, { invariant: string; expected: string; observed: string }]>([
    [
      'outcome: seen',
      'provisioned',
      { invariant: 'expected-outcome', expected: 'seen', observed: 'provisioned (200)' },
    ],
    [
      'outcomes: { seen: 1 }',
      'x',
      { invariant: 'expected-outcomes', expected: '1 seen, 0 provisioned', observed: '0 seen, 1 provisioned' },
    ],
    ['status: 401', 'x', { invariant: 'expected-status', expected: '401', observed: '200' }],
    ['reason: expired', 'x', { invariant: 'expected-reason', expected: 'expired', observed: 'null' }],
    ['code: forbidden', 'x', { invariant: 'expected-code', expected: 'forbidden', observed: 'null' }],
    [
      'fields: { workspace_member.email: bob@example.com }',
      'x',
      {
        invariant: 'expected-field',
        expected: 'workspace_member.email: "bob@example.com"',
        observed: 'workspace_member.email: "ada@example.com"',
      },
    ],
    [
      'fields: { no.such.field: null }',
      'x',
      { invariant: 'expected-field', expected: 'no.such.field: null', observed: 'no.such.field: nothing' },
    ],
  ])('%s', async (expectation, _, violation) => {
    const text = `name: x\nserver: own\nsteps:\n  - id: one\n    send: { email: ada@example.com }\n    expect: { ${expectation} }\n`;
    const { code, stdout } = await runText(text, {}, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout).violations).toEqual([
      { ...violation, scenario: 'x', step: 'one', send: 1, reproduce: 'agent-paste replay s.yaml' },
    ]);
  });

  test('compares steps by bytes, for same_as and differs_from', async () => {
    const { code, stdout } = await runText(
      [
        'name: x',
        'server: own',
        'steps:',
        '  - { id: a, send: { email: ada@example.com } }',
        '  - { id: b, send: { email: ada@example.com }, expect: { same_as: a } }',
        '  - { id: c, send: { token: a }, expect: { differs_from: a } }',
        '  - { id: d, send: { email: bob@example.com }, expect: { same_fields: { as: a, fields: [workspace.id] } } }',
      ].join('\n'),
      {},
      '--json',
    );
    expect(code).toBe(1);
    const found = JSON.parse(stdout).violations;
    expect(found.map(({ invariant, step }: Record<string, string>) => `${step} ${invariant}`)).toEqual([
      'b same-answer',
      'c different-answer',
      'd same-fields',
    ]);
  });

  test('does not print a wrong secret', async () => {
    const expectation = 'expect: { fields: { default_api_key.secret: nothing } }';
    const { code, stdout } = await runText(
      `name: x\nserver: own\nsteps:\n  - send: {}\n    ${expectation}`,
      {},
      '--json',
    );
    expect(code).toBe(1);
    const [{ observed }] = JSON.parse(stdout).violations;
    expect(observed).toMatch(/^default_api_key\.secret: "ap_pk_preview_[0-9A-Z]{16}_<secret>"$/);
  });

  test('requires successful, consistent answers of a step without expect', async () => {
    await using server = await scriptedServer((response, n) => json(response, 200, callbackAnswer('seen', String(n))));
    const { code, stdout } = await runText(
      'name: x\nsteps:\n  - send: { times: 2 }',
      { AGENT_PASTE_API_URL: server.url },
      '--json',
    );
    expect(code).toBe(1);
    expect(JSON.parse(stdout).violations).toMatchObject([{ invariant: 'same-key-same-answer', step: 'step-1' }]);
  });
});

test("removes its own server after SIGINT, and exits with the signal's code", async () => {
  using directory = temporaryDirectory();
  const temporary = join(directory.path, 'tmp');
  mkdirSync(temporary);
  writeFileSync(join(directory.path, 's.yaml'), 'name: x\nserver: own\nsteps:\n  - send: {}\n  - wait: 60s\n');
  const changes = watch(temporary);
  const child = spawn(process.execPath, [BINARY, 'replay', 's.yaml'], {
    cwd: directory.path,
    env: { TMPDIR: temporary },
    stdio: 'ignore',
  });
  for await (const { filename } of changes) if (filename?.startsWith('agent-paste-replay-')) break;
  child.kill('SIGINT');
  expect((await once(child, 'close'))[0]).toBe(130);
  expect(readdirSync(temporary)).toEqual([]);
});
