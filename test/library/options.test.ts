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
  const refused = ['state-dir', 'clock', 'inspector', 'inspector-port'];
  expect(named).toEqual(SETTING_NAMES.filter((name) => !refused.includes(name)));
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
  ...['inspector', 'inspector-port'].map((name): (typeof ALL_WRONG)[number] => [
    `the setting ${name}`,
    () => startServer({ settings: { [name]: 'on' } as object }),
    /is for `agent-paste serve`/,
  ]),
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
    'a time in milliseconds',
    () => server.mint({ issuedAt: Date.now() }),
    /issuedAt must be a number of seconds, not \d{13}$/,
  ],
  [
    'another time in milliseconds',
    () => server.mint({ notBefore: Date.now() }),
    /notBefore must be a number of seconds, not \d{13}$/,
  ],
  [
    'a profile that there is not',
    () => server.mint({ profile: 'workos' } as unknown as TokenRequest),
    /profile must be one of workos-legacy, workos-environment, authkit-domain, connect, not "workos"/,
  ],
  [
    'a profile with an issuer',
    () => server.mint({ profile: 'connect', issuer: 'https://auth.example.com' }),
    /issuer and profile contradict each other/,
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
  ['a time of a clock', () => startServer({ now: () => Number.NaN }), /time of now\(\) must be a number .*, not NaN/],
  ['a time that is none', () => server.mint({ issuedAt: Number.NaN }), /issuedAt must be a number of seconds, not NaN/],
  ['options that are null', () => server.mint(null as unknown as object), /the options must be an object, not null/],
  [
    'a function for a text',
    () => server.mint({ email: (() => 1) as unknown as string }),
    /email must be a text, not a function/,
  ],
  [
    'a value that JSON cannot write',
    () => server.mint({ sub: { x: 1n } as unknown as string }),
    /sub must be a text, not an object/,
  ],
  ['an address of a user', () => server.addUser({ email: 'ada' }), /addUser: .*e-mail/],
  [
    'an id of another type',
    () => server.addUser({ email: 'a@b.co', id: 5 as unknown as string }),
    /id must be a text, not 5/,
  ],
  [
    'a user to change',
    () => server.changeEmail(undefined as unknown as string, 'a@b.co'),
    /changeEmail: the id must be a text/,
  ],
  ['an address to change to', () => server.changeEmail('user_1', 'nobody'), /changeEmail: .*e-mail/],
  ['a user to remove', () => server.removeUser(5 as unknown as string), /removeUser: the id must be a text, not 5/],
  ['a key to retire', () => server.retireKey(undefined as unknown as string), /retireKey: the kid must be a text/],
  ['a time backwards', () => server.advance(-1), /the time must be a number of seconds, or a duration .*, not -1/],
  ['a duration backwards', () => server.advance('-5m'), /advance: the time: .*"-5m"/],
  ['an endless time', () => server.advance(Number.MAX_VALUE), /from 0 to 3650d/],
  [
    'a filter',
    () => server.inspect('members', { where: { emial: 'x' } as object }),
    /no field "emial" \(did you mean email\?\)/,
  ],
  [
    'a list',
    () => server.inspect('member' as 'members'),
    /the list must be one of .*, not "member" \(did you mean members\?\)/,
  ],
  [
    'a list with the name of a prototype',
    () => server.inspect('toString' as 'members'),
    /the list must be one of .*, not "toString"$/,
  ],
  ['no list', () => server.inspect(undefined as unknown as 'members'), /the list must be one of .*, not undefined$/],
  [
    'a state directory of mint',
    () => mint({ stateDirectory: '/no/such/state' }),
    /there is no state directory \/no\/such\/state/,
  ],
  [
    'no state directory of mint',
    () => mint({} as { stateDirectory: string }),
    /mint: stateDirectory must be a text, not undefined/,
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
    const error = await (async () => call())().then(String, (thrown: TypeError) => thrown);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as TypeError).message).toMatch(message);
    expect((error as TypeError).message).not.toContain('\n');
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

test('a key that is unknown is no wrong option', () => {
  expect(() => server.mint({ kid: 'nope' })).toThrow('no signing key has the kid "nope"');
});

test('options that are undefined are absent', async () => {
  const options = { settings: undefined, now: undefined } as unknown as object;
  await using other = await startServer(options);
  expect(await other.inspect('users', { where: { email: undefined } as object })).toEqual([]);
  expect(other.mint({ email: undefined, sid: null } as unknown as TokenRequest).claims.sid).toBeUndefined();
});

test('a server that was stopped says so, for everything that is asked of it', async () => {
  const stopped = await startServer();
  await stopped.stop();
  expect(() => stopped.advance('1m')).toThrow('advance: this server was stopped');
  expect(() => stopped.mint()).toThrow('mint: this server was stopped');
  await expect(stopped.inspect('members')).rejects.toThrow('inspect: this server was stopped');
  expect(() => stopped.removeUser('user_x')).toThrow('removeUser: this server was stopped');
  await stopped.stop();
  await stopped[Symbol.asyncDispose]();
});
