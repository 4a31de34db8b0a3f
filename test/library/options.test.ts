import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { playWorkos } from '../../src/library/msw.ts';
import { mint, startServer } from '../../src/library/testing.ts';
import type { TestServer, TokenRequest } from '../../src/library/types.ts';
import { SETTING_NAMES } from '../../src/machine/settings.ts';
import { temporaryDirectory } from '../support/directory.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

test('the type of settings names every setting of the program, and no other', () => {
  const types = readFileSync(fileURLToPath(new URL('../../src/library/setting-names.ts', import.meta.url)), 'utf8');
  const [, union = ''] = /export type ServerSetting =([^;]*);/.exec(types) ?? [];
  const named = [...union.matchAll(/'([a-z-]+)'/g)].map(([, name]) => name);
  expect(named).toEqual(SETTING_NAMES.filter((name) => name !== 'state-dir'));
});

const ALL_WRONG: readonly [string, () => unknown, RegExp][] = [
  [
    'a setting',
    () => startServer({ settings: { 'in-fligt': 'wait' } as object }),
    /unknown setting "in-fligt" \(did you mean in-flight\?\)/,
  ],
  [
    'a setting in camel case',
    () => startServer({ settings: { inFlight: 'wait' } as object }),
    /unknown setting "inFlight" \(did you mean in-flight\?\)/,
  ],
  [
    'a setting of the state',
    () => startServer({ settings: { 'state-dir': 'x' } as object }),
    /is the option stateDirectory here/,
  ],
  [
    'a setting with the name of a prototype',
    () => startServer({ settings: JSON.parse('{"__proto__": "x"}') }),
    /unknown setting "__proto__"/,
  ],
  [
    'an inherited name',
    () => startServer({ settings: { constructor: 'x' } as object }),
    /unknown setting "constructor"/,
  ],
  ['an option', () => startServer({ stateDir: 'x' } as object), /unknown option "stateDir"/],
  ['an option of another type', () => startServer({ now: 5 } as unknown as object), /now must be a function, not 5/],
  [
    'settings that are a list',
    () => startServer({ settings: ['port'] } as unknown as object),
    /settings must be an object/,
  ],
  ['a value of a setting', () => startServer({ settings: { 'idempotency-ttl': '5' } }), /idempotency-ttl/],
  ['options that are none', () => startServer('x' as unknown as object), /the options must be an object, not "x"/],
  [
    'a claim by a wrong name',
    () => server.mint({ emial: 'a@b.co' } as TokenRequest),
    /unknown option "emial" \(did you mean email\?\)/,
  ],
  ['a lifetime that is no duration', () => server.mint({ expiresIn: 'soon' }), /expiresIn: must be a duration/],
  ['a lifetime without a unit', () => server.mint({ expiresIn: '5' }), /expiresIn: /],
  [
    'a lifetime that is infinite',
    () => server.mint({ expiresIn: Number.POSITIVE_INFINITY }),
    /expiresIn must be a number of seconds/,
  ],
  [
    'a time that is a date',
    () => server.mint({ issuedAt: new Date() } as unknown as TokenRequest),
    /issuedAt must be a number of seconds/,
  ],
  [
    'a token id that is a number',
    () => server.mint({ jti: 5 } as unknown as TokenRequest),
    /jti must be a text, or null, not 5/,
  ],
  ['claims that are a list', () => server.mint({ claims: [] } as unknown as TokenRequest), /claims must be an object/],
  [
    'a fault that is no list',
    () => server.mint({ faults: 'expired' } as unknown as TokenRequest),
    /faults must be a list of texts/,
  ],
  ['a fault', () => server.mint({ faults: ['expird'] }), /did you mean expired/],
  ['a kid', () => server.mint({ kid: 'nope' }), /no signing key has the kid "nope"/],
  ['a list', () => server.inspect('member' as 'members'), /"member" is no list \(did you mean members\?\)/],
  ['a list with the name of a prototype', () => server.inspect('toString' as 'members'), /"toString" is no list/],
  ['no list', () => server.inspect(undefined as unknown as 'members'), /undefined is no list/],
  [
    'a state directory of mint',
    () => mint({ stateDirectory: '/no/such/state' }),
    /there is no state directory \/no\/such\/state/,
  ],
  [
    'no state directory of mint',
    () => mint({} as { stateDirectory: string }),
    /stateDirectory must be a text, not null/,
  ],
  [
    'an option of mint',
    () => mint({ stateDirectory: server.stateDirectory, emial: 'x' } as { stateDirectory: string }),
    /unknown option "emial"/,
  ],
  [
    'an option of playWorkos',
    () => playWorkos({ baseURL: 'x' } as object),
    /unknown option "baseURL" \(did you mean baseUrl\?\)/,
  ],
  ['a type of playWorkos', () => playWorkos({ clientId: 5 } as unknown as object), /clientId must be a text, not 5/],
];

describe('a wrong option is refused, and named', () => {
  test.each(ALL_WRONG)('%s', async (_, call, message) => {
    await expect((async () => call())()).rejects.toThrow(message);
    await expect((async () => call())()).rejects.toMatchObject({ name: 'Failure' });
  });

  test('and makes no state', async () => {
    using directory = temporaryDirectory();
    const stateDirectory = join(directory.path, 'typo');
    await expect(mint({ stateDirectory })).rejects.toThrow('there is no state directory');
    await expect(startServer({ stateDirectory, settings: { porrt: '0' } as object })).rejects.toThrow('porrt');
    expect(existsSync(stateDirectory)).toBe(false);
  });
});

test('a lifetime is a number of seconds or a duration, as the flag of `mint` takes it', async () => {
  for (const [expiresIn, wanted] of [
    ['5m', 300],
    ['90s', 90],
    ['-1m', -60],
    [300, 300],
    [undefined, 300],
  ] as const) {
    const { claims } = server.mint(expiresIn === undefined ? {} : { expiresIn });
    expect(Number(claims.exp) - Number(claims.iat)).toBe(wanted);
  }
  const { claims } = (await playWorkos()).mint({ expiresIn: '1h' });
  expect(Number(claims.exp) - Number(claims.iat)).toBe(3600);
  const minted = await mint({ stateDirectory: server.stateDirectory, expiresIn: '2m' });
  expect(Number(minted.claims.exp) - Number(minted.claims.iat)).toBe(120);
});

test('options that are undefined are absent', async () => {
  const options = { settings: undefined, now: undefined } as unknown as object;
  await using other = await startServer(options);
  expect(other.mint({ email: undefined, sid: null } as unknown as TokenRequest).claims.sid).toBeUndefined();
});

test('a server that was stopped says so, for everything that is asked of it', async () => {
  const stopped = await startServer();
  await stopped.stop();
  expect(() => stopped.mint()).toThrow('mint: this server was stopped');
  await expect(stopped.inspect('members')).rejects.toThrow('inspect: this server was stopped');
  expect(() => stopped.removeUser('user_x')).toThrow('removeUser: this server was stopped');
  await stopped.stop();
  await stopped[Symbol.asyncDispose]();
});
