/** `replay` and `check` of the library: the documents of the commands, without a process. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { check, replay, startServer } from '../../src/library/testing.ts';
import type { CheckOptions, CheckReport, ReplayOptions, ReplayReport, TestServer } from '../../src/library/types.ts';
import { command } from '../support/command.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** The names of all members, as `a.b`. */
function shape(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path];
  if (Array.isArray(value)) return value.length === 0 ? [path] : shape(value[0], `${path}[]`);
  return Object.entries(value).flatMap(([name, inner]) => shape(inner, `${path}.${name}`));
}

/** A server of another program: the callback always gives this answer. */
async function answering(status: number, body: object) {
  const other = createServer((_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(other.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => other.close(() => resolve())),
  };
}

describe('replay', () => {
  test('sends one callback as often as it is told', async () => {
    const report = await server.replay({
      email: 'ada@example.com',
      times: 4,
      concurrency: 2,
      expect: ['provisioned', 'replayed'],
    });
    expect(report.violations).toEqual([]);
    expect(report.ok).toBe(true);
    expect(report.sends.map(({ outcome }) => outcome).sort()).toEqual([
      'provisioned',
      'replayed',
      'replayed',
      'replayed',
    ]);
    expect(new Set(report.sends.map(({ sha256 }) => sha256)).size).toBe(1);
  });

  test('names what was expected and what came, and the call that shows it again', async () => {
    const report = await server.replay({ email: 'bob@example.com', times: 2, fresh: true, sid: null, expect: 'seen' });
    expect(report.ok).toBe(false);
    expect(report.violations[0]).toMatchObject({
      invariant: 'expected-outcome',
      expected: 'seen',
      observed: 'provisioned (200) (and 1 more)',
      send: 1,
      reproduce: 'replay({"email":"bob@example.com","times":2,"fresh":true,"sid":null,"expect":"seen"})',
    });
  });

  test('sends a given token, and does not repeat it in the report', async () => {
    const { token } = server.mint({ faults: ['expired'] });
    const report = await server.replay({ token, expect: [401] });
    expect(report).toMatchObject({ ok: true, sends: [{ status: 401, reason: 'expired', code: 'not_authenticated' }] });
    expect(JSON.stringify(await server.replay({ token }))).not.toContain(token);
  });

  test('has the members of `agent-paste replay --json`', async () => {
    const options: ReplayOptions = { email: 'eve@example.com', times: 2, expect: 'refused' };
    const args = ['--email', 'eve@example.com', '--times', '2', '--expect', 'refused', '--json'];
    const state = ['--state-dir', server.stateDirectory];
    const { stdout } = await command(['replay', '--url', server.url, ...args, ...state]);
    const report = await server.replay(options);
    expect(shape(report)).toEqual(shape(JSON.parse(stdout)).filter((name) => name !== '.schema_version'));
  });

  test('judges another server, by its URL', async () => {
    await using other = await answering(500, { error: { code: 'internal_error', message: 'x', request_id: 'r' } });
    const report = await server.replay({ url: other.url, times: 2 });
    expect(report.violations).toMatchObject([{ invariant: 'settled', observed: '500 internal_error' }]);
    const elsewhere = await replay({ url: other.url, stateDirectory: server.stateDirectory });
    expect(elsewhere.ok).toBe(false);
    expect(elsewhere.violations[0]?.reproduce).toBe(`replay({"url":"${other.url}"})`);
  });

  test('ends with its signal', async () => {
    using held = server.hold('before-send');
    const stop = new AbortController();
    const running = server.replay({ signal: stop.signal, times: 3 });
    await held.reached();
    stop.abort(new Error('of the test'));
    await expect(running).rejects.toThrow('of the test');
  });
});

describe('check', () => {
  test('judges this server, and leaves no user and no key of its own', async () => {
    const kid = server.mint().header.kid;
    const users = (await server.inspect('users')).length;
    const report = await server.check({ only: ['one-secret-per-user', 'no-id-refused'], seed: 7, strict: true });
    expect(report).toMatchObject({ ok: true, url: server.url, seed: 7, strict: true, passed: 2, failed: 0 });
    expect(report.invariants.map(({ id }) => id).sort()).toEqual(['no-id-refused', 'one-secret-per-user']);
    expect(await server.inspect('users')).toHaveLength(users);
    const { keys } = (await (await fetch(server.jwksUrl)).json()) as { keys: { kid: string }[] };
    expect(keys.map((key) => key.kid)).toEqual([kid]);
  });

  test('has the members of `agent-paste check --json`', async () => {
    const only = ['no-id-refused'];
    const args = ['check', '--url', server.url, '--only', ...only, '--state-dir', server.stateDirectory, '--json'];
    const { stdout } = await command(args);
    const report = await check({ url: server.url, stateDirectory: server.stateDirectory, only });
    expect(shape(report)).toEqual(shape(JSON.parse(stdout)).filter((name) => name !== '.schema_version'));
  });

  test('says that an API does not trust the tokens', async () => {
    await using other = await answering(401, {
      error: { code: 'not_authenticated', message: 'x', request_id: 'r', reason: 'kid_unknown' },
    });
    await expect(server.check({ url: other.url, only: ['no-id-refused'] })).rejects.toThrow(
      /does not trust the tokens/,
    );
  });
});

describe('wrong options are refused before anything is sent', () => {
  test.each<[string, () => Promise<ReplayReport | CheckReport>, RegExp]>([
    [
      'a name',
      () => server.replay({ time: 2 } as ReplayOptions),
      /replay: unknown option "time" \(did you mean times\?\)/,
    ],
    ['no times', () => server.replay({ times: 0 }), /times must be a whole number from 1 to 100000, not 0/],
    [
      'a broken number',
      () => server.replay({ concurrency: Number.NaN }),
      /concurrency must be a whole number .*, not NaN/,
    ],
    ['too many at once', () => server.replay({ concurrency: 257 }), /from 1 to 256, not 257/],
    ['a pause backwards', () => server.replay({ interval: -1 }), /interval must be a number of seconds.*, not -1/],
    ['a pause without a unit', () => server.replay({ interval: '5' }), /interval: .*"5": it has no unit/],
    [
      'a pause beside others',
      () => server.replay({ interval: 1, concurrency: 2 }),
      /interval does not go with concurrency/,
    ],
    ['a timeout', () => server.replay({ timeout: '1y' }), /timeout: /],
    [
      'an expectation',
      () => server.replay({ expect: ['seeen' as 'seen'] }),
      /"seeen" is not accepted.*did you mean seen/,
    ],
    ['no expectation', () => server.replay({ expect: [] }), /expect must be outcomes or statuses/],
    [
      'a token beside an address',
      () => server.replay({ token: 'x', email: 'a@b.co' }),
      /email is for tokens that are minted here/,
    ],
    ['an address', () => server.replay({ email: 'ada' }), /replay: email/],
    [
      'a word for a flag',
      () => server.replay({ retry: 'yes' as unknown as boolean }),
      /retry must be true or false, not "yes"/,
    ],
    ['a signal', () => server.replay({ signal: {} as AbortSignal }), /signal must be an AbortSignal/],
    ['a URL', () => server.replay({ url: 'localhost:1' }), /url must be an http or https URL/],
    [
      'another machine',
      () => server.replay({ url: 'https://example.com' }),
      /is not on this machine; allowRemote: true/,
    ],
    ['null', () => server.replay(null as unknown as object), /the options must be an object, not null/],
    ['an invariant', () => server.check({ only: ['one-secret'] }), /only must be one of .*, not "one-secret"/],
    [
      'the name of a prototype',
      () => server.check({ skip: ['constructor'] }),
      /skip must be one of .*, not "constructor"/,
    ],
    [
      'nothing to check',
      () => server.check({ only: ['no-id-refused'], skip: ['no-id-refused'] }),
      /leave nothing to check/,
    ],
    ['a patience backwards', () => server.check({ patience: '-1s' }), /patience: .*"-1s"/],
    ['a seed', () => server.check({ seed: 1.5 }), /seed must be a whole number/],
    [
      'an option of the command',
      () => server.check({ 'random-seed': 1 } as CheckOptions),
      /unknown option "random-seed"/,
    ],
    ['no URL', () => check({ stateDirectory: 'x' } as never), /check: url must be a text, not undefined/],
    [
      'no state',
      () => replay({ url: 'http://127.0.0.1:1' } as never),
      /replay: stateDirectory must be a text, not undefined/,
    ],
    [
      'a state that is not there',
      () => replay({ url: 'http://127.0.0.1:1', stateDirectory: '/no/such' }),
      /no state directory \/no\/such/,
    ],
    ['no options', () => check(undefined as never), /check: the options must be an object, not undefined/],
  ])('%s', async (_, call, message) => {
    const before = server.log.length;
    const error = await (async () => call())().then(String, (thrown: TypeError) => thrown);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as TypeError).message).toMatch(message);
    expect((error as TypeError).message).not.toContain('\n');
    expect(server.log).toHaveLength(before);
  });

  test('after stop', async () => {
    const stopped = await startServer();
    await stopped.stop();
    await expect(stopped.replay()).rejects.toThrow('replay: this server was stopped');
    await expect(stopped.check()).rejects.toThrow('check: this server was stopped');
  });
});
