import { describe, expect, test } from 'vitest';
import { Failure } from '../../src/errors/failure.ts';
import { problemWith, type ValueForm } from '../../src/machine/values/form.ts';
import { dateTime, instant, saidInstant } from '../../src/machine/values/instant.ts';
import { httpUrl, listenHost, port, portProblem, serverUrl } from '../../src/machine/values/network.ts';
import { path, secret } from '../../src/machine/values/text.ts';
import { email, personName, userId } from '../../src/machine/values/user.ts';
import { clientId, issuer } from '../../src/machine/values/workos.ts';

function read<T>(form: ValueForm<T>, value: unknown): T {
  return form.read(value, (problem) => new Failure('invalid_argument', problem));
}

describe('an issuer', () => {
  test.each([
    'https://api.workos.com',
    'https://api.workos.com/',
    'https://api.workos.com/user_management/client_01K9',
    'https://auth.example.com',
    'http://localhost:8787',
    'https://xn--mnchen-3ya.example/a%20b',
  ])('is accepted as it is written: %s', (value) => {
    expect(read(issuer, value)).toBe(value);
  });

  test.each<[unknown, string]>([
    ['/', 'it is not a URL'],
    ['x', 'it is not a URL'],
    ['https://', 'it is not a URL'],
    ['https:/api.workos.com', 'it is not a URL'],
    ['ftp://api.workos.com', 'it is not a URL'],
    ['https://api.workos.com\\x', 'it is not a URL'],
    ['api.workos.com', 'it has no scheme (did you mean https://api.workos.com?)'],
    ['client_01K9', 'it looks like a client id'],
    ['"https://api.workos.com"', 'it has quotes around it, which a shell removes but an env file may keep'],
    ["'https://api.workos.com'", 'it has quotes around it'],
    ['“https://api.workos.com”', 'it has quotes around it'],
    ['https://a.example,https://b.example', 'it looks like a list, but only one value is accepted'],
    ['https://a.example, https://b.example', 'it looks like a list'],
    ['https://api.workos.com\n', 'it has a line break'],
    ['https://api.workos.com\r', 'it has a line break'],
    ['https://api.workos.com ', 'it begins or ends with a space'],
    ['https://api. workos.com', 'it has a space in it'],
    ['https://api.workos.com/\u200b', 'it has an invisible character'],
    ['https://аpi.workos.com', 'it has a character that is not ASCII'],
    ['\x24{WORKOS_ISSUER}', 'it looks like a variable that was not replaced'],
    ['$WORKOS_ISSUER', 'it looks like a variable that was not replaced'],
    ['<issuer>', 'it looks like a variable that was not replaced'],
    ['undefined', 'it looks like a variable that was not set'],
    ['https://api.workos.com?x=1', 'it has a query or a fragment'],
    ['https://api.workos.com/#x', 'it has a query or a fragment'],
    [`https://a.example/${'x'.repeat(983)}`, 'at most 1000'],
    ['', 'must not be blank'],
    [5, 'is not a string'],
  ])('is refused: %j', (value, problem) => {
    expect(problemWith(issuer, value)).toContain(problem);
  });

  test('does not repeat a password or an API key', () => {
    for (const value of ['https://me:canary@api.workos.com', 'sk_live_canary', '"sk_test_canary"'])
      expect(problemWith(issuer, value)).not.toContain('canary');
  });
});

describe('a client id', () => {
  test.each(['client_01K9AGENTPASTE000000000000', 'client-1', 'c', 'my.client~1'])('is accepted: %s', (value) => {
    expect(read(clientId, value)).toBe(value);
  });

  test.each<[string, string]>([
    ['a/b', 'it would change the path of the key set'],
    ['..', 'it would change the path of the key set'],
    ['.', 'it would change the path of the key set'],
    ['a?b', 'it would change the path of the key set'],
    ['a#b', 'it would change the path of the key set'],
    ['%2e', 'it would change the path of the key set'],
    ['a\\b', 'it would change the path of the key set'],
    ['"client_x"', 'it has quotes around it'],
    ['client_"x', 'it has a quote in it'],
    ['client_a,client_b', 'it looks like a list'],
    ['client x', 'it has a space in it'],
    ['client_x\n', 'it has a line break'],
    ['https://api.workos.com', 'it looks like a URL'],
    ['<client id>', 'it looks like a variable that was not replaced'],
    ['null', 'it looks like a variable that was not set'],
    ['x'.repeat(256), 'it has 256 characters'],
  ])('is refused: %s', (value, problem) => {
    expect(problemWith(clientId, value)).toContain(problem);
  });
});

describe('an API key', () => {
  test.each<[unknown, string]>([
    ['"sk_canary"', 'it has quotes around it'],
    ['sk_canary\n', 'it has a line break'],
    ['sk_ canary', 'it has a space in it'],
    ['Bearer sk_canary', 'it begins with "Bearer"'],
    ['sk_canary,sk_other', 'it looks like a list'],
    ['sk_canaryé', 'it has a character that is not ASCII'],
    ['\x24{canary}', 'it looks like a variable that was not replaced'],
    ['', 'it has 0 characters'],
    [{ canary: 1 }, 'it is not a string'],
  ])('is refused without being shown (%#)', (value, problem) => {
    expect(problemWith(secret, value)).toContain(problem);
    expect(problemWith(secret, value)).not.toContain('canary');
  });
});

describe('a URL', () => {
  test.each([
    ['https://workos.example/base/', 'https://workos.example/base'],
    ['http://127.0.0.1:8787', 'http://127.0.0.1:8787'],
    ['https://münchen.example', 'https://xn--mnchen-3ya.example'],
  ])('is accepted: %s', (value, url) => {
    expect(read(httpUrl, value)).toBe(url);
  });

  test.each<[string, string]>([
    ['https://a.example?x=1', 'it has a query or a fragment'],
    ['https://a.example/#', 'it has a query or a fragment'],
    ['https://u:canary@a.example', 'a URL must not contain credentials'],
    ['"https://a.example"', 'it has quotes around it'],
    ['https://a.example https://b.example', 'it has a space in it'],
    ['https://a.example,https://b.example', 'it looks like a list'],
    ['https:a.example', 'must be an https URL'],
    ['https:\\\\a.example', 'must be an https URL'],
    ['https://a.example\\b', 'it has a backslash'],
    ['ws://a.example', 'must be an https URL'],
    ['a.example', 'must be an https URL'],
    ['http://a.example', 'it is not encrypted'],
    ['http://0.0.0.0:8787', 'to reach the server, use 127.0.0.1'],
    ['http://[::]:8787', 'to reach the server, use 127.0.0.1'],
  ])('is refused: %s', (value, problem) => {
    expect(problemWith(httpUrl, value)).toContain(problem);
    expect(problemWith(httpUrl, value)).not.toContain('canary');
  });

  test('of a server may be http on another machine, and is judged alike otherwise', () => {
    expect(read(serverUrl, 'http://api:8080/')).toBe('http://api:8080');
    for (const value of ['http://api:8080?x', 'http://u:p@api', 'http://0.0.0.0:1'])
      expect(problemWith(serverUrl, value), value).toBeDefined();
  });
});

describe('a port', () => {
  test('has a problem where fetch refuses to connect, and nowhere else', async () => {
    const isBlocked = async (number: number) => {
      const error = await fetch(`http://127.0.0.1:${number}`, { signal: AbortSignal.abort() }).catch(
        (thrown) => thrown,
      );
      const answer = await fetch(`http://127.0.0.1:${number}`, { method: 'HEAD' }).catch((thrown) => thrown.cause);
      expect(error).toBeInstanceOf(Error);
      return answer instanceof Error && answer.message === 'bad port';
    };
    for (const number of [1, 22, 25, 79, 80, 443, 2049, 3000, 5060, 6000, 6001, 6665, 6669, 6670, 8080, 10_080, 10_081])
      expect(portProblem(number) !== undefined, String(number)).toBe(await isBlocked(number));
  });

  test('is one number', () => {
    for (const value of ['80 ', '0x50', '1e3', '+80', -1, 65_536, 1.5, null, []])
      expect(problemWith(port, value), String(value)).toBeDefined();
  });
});

describe('an address to listen on', () => {
  test.each(['127.0.0.1', 'localhost', '::1', '[::1]', '0.0.0.0', '::', 'my-host_1.example.'])(
    'is accepted: %s',
    (value) => {
      expect(read(listenHost, value)).toBe(value.replace(/[[\]]/g, ''));
    },
  );

  test.each<[string, string]>([
    ['127.0.0.1:8787', 'it has a port, which --port sets'],
    ['http://127.0.0.1', 'it is a URL'],
    ['*', 'every address is 0.0.0.0 or ::'],
    ['"localhost"', 'it has quotes around it'],
    ['a b', 'it has a space in it'],
    ['a/b', 'must be a host name or an IP address'],
  ])('is refused: %s', (value, problem) => {
    expect(problemWith(listenHost, value)).toContain(problem);
  });
});

describe('a path', () => {
  test.each(['state', './a b', '/tmp/ä', 'C:\\state', 'a,b', "it's"])('is accepted: %s', (value) => {
    expect(read(path, value)).toBe(value);
  });

  test.each<[unknown, string]>([
    ['a\0b', 'it has a NUL character'],
    ['a\nb', 'it has a line break'],
    ['"/data"', 'it has quotes around it'],
    ['~/state', 'it begins with ~, which only a shell expands'],
    ['\x24{HOME}/state', 'it looks like a variable that was not replaced'],
    [' ', 'must not be blank'],
    ['', 'must not be blank'],
    [5, 'is not a string'],
  ])('is refused: %j', (value, problem) => {
    expect(problemWith(path, value)).toContain(problem);
  });
});

/** Every door asks this rule: commands, seeds, scenarios, WorkOS routes, the sign-in page, and the look-up of a sign-in. */
const UNUSABLE_ADDRESSES = [
  '',
  'ada',
  'a@',
  '@b',
  'a@b@c',
  'a b@c.d',
  'a\u00a0b@c.d',
  'a\u3000@c.d',
  'a\u0000b@c.d',
  'a\u001bb@c.d',
  'a\u007f@c.d',
  'a\u202eb@c.d',
  'a\u200bb@c.d',
  'a\u2060@c.d',
  'a\u00ad@c.d',
  'a\u3164@c.d',
  'a\u2800@c.d',
  'a\ufeff@c.d',
  'a\ud800@c.d',
  'a@\udfff.d',
  'a@c.d\n',
  ' a@c.d',
  `${'a'.repeat(320)}@c.d`,
  5,
  null,
  { toString: 'a@b.c' },
];

describe('an e-mail address', () => {
  test.each([
    'ada@example.com',
    'a@b',
    'ada+x@example.com',
    "o'hara@example.ie",
    'ä@ö.example',
    '用户@例子.广告',
    '😀@x.y',
  ])('is accepted: %s', (value) => {
    expect(read(email, value)).toBe(value);
  });

  test.each(UNUSABLE_ADDRESSES)('is refused: %j', (value) => {
    expect(problemWith(email, value)).toMatch(/^must be an e-mail address, such as name@example\.com, not /);
  });
});

test('a user id is letters, digits, _ and -', () => {
  for (const value of ['user_01K9', 'u', 'A-1']) expect(read(userId, value)).toBe(value);
  for (const value of ['', 'a b', '../x', 'a.b', 'ä', 'a\u0000', 'x'.repeat(256), 7])
    expect(problemWith(userId, value), String(value)).toBeDefined();
});

test('the name of a person is one line', () => {
  for (const value of ['Ada', 'Ada King, Countess of Lovelace', '李']) expect(read(personName, value)).toBe(value);
  for (const value of ['', '  ', 'a\nb', 'a\u0000', 'a\ud800', 'x'.repeat(201), 7])
    expect(problemWith(personName, value), String(value)).toBeDefined();
});

describe('an instant', () => {
  test.each([
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31T12:00', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:05', '2026-01-31T12:00:05.000Z'],
    ['2026-01-31 12:00:05Z', '2026-01-31T12:00:05.000Z'],
    ['2026-01-31t12:00:05.123456789z', '2026-01-31T12:00:05.123Z'],
    ['2026-01-31T12:00+01:00', '2026-01-31T11:00:00.000Z'],
    ['2026-01-31T23:30:00-01:00', '2026-02-01T00:30:00.000Z'],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
  ])('without a zone is UTC: %s', (value, iso) => {
    for (const form of [dateTime, instant, saidInstant(0)]) expect(new Date(read(form, value)).toISOString()).toBe(iso);
  });

  test.each([
    '2026-02-30',
    '2026-13-01',
    '2026-00-10',
    '2027-02-29',
    '2026-01-31T24:00',
    '2026-01-31T12:60',
    '2026-01-31T12:00:60Z',
    '2026-01-31T12',
    '2026-01-31Z',
    '2026-1-31',
    '2026-01-31T12:00+25:00',
    '1969-12-31T23:59:59Z',
    '10000-01-01',
    '+010000-01-01T00:00:00Z',
    '31.01.2026',
    'Jan 31 2026',
    '-5',
    '',
    ' ',
  ])('is refused: %j', (value) => {
    for (const form of [dateTime, instant, saidInstant(0)]) expect(problemWith(form, value), value).toBeDefined();
  });

  test('may be seconds since 1970, and not milliseconds', () => {
    expect(read(instant, '1785000000')).toBe(1_785_000_000_000);
    expect(problemWith(instant, '1785000000000')).toContain('it looks like milliseconds, but must be in seconds');
    expect(problemWith(dateTime, '1785000000')).toBeDefined();
  });

  const now = Date.parse('2026-01-31T08:30:00.000Z');
  test.each([
    ['now', '2026-01-31T08:30:00.000Z'],
    ['10m', '2026-01-31T08:20:00.000Z'],
    ['2h ago', '2026-01-31T06:30:00.000Z'],
    ['2 h ago', '2026-01-31T06:30:00.000Z'],
    ['5 min ago', '2026-01-31T08:25:00.000Z'],
    ['1w', '2026-01-24T08:30:00.000Z'],
    ['5 minutes ago', '2026-01-31T08:25:00.000Z'],
    ['1 hour ago', '2026-01-31T07:30:00.000Z'],
    ['2 Days', '2026-01-29T08:30:00.000Z'],
    ['in 90 secs', '2026-01-31T08:31:30.000Z'],
    ['yesterday 22:00', '2026-01-30T22:00:00.000Z'],
    ['yesterday at 9:15', '2026-01-30T09:15:00.000Z'],
    ['today 09:00', '2026-01-31T09:00:00.000Z'],
    ['today at 00:00:01 Z', '2026-01-31T00:00:01.000Z'],
    ['today', '2026-01-31T00:00:00.000Z'],
    ['Yesterday', '2026-01-30T00:00:00.000Z'],
    ['08:00', '2026-01-31T08:00:00.000Z'],
    ['8:00', '2026-01-31T08:00:00.000Z'],
    ['08:30', '2026-01-31T08:30:00.000Z'],
    ['09:00', '2026-01-30T09:00:00.000Z'],
    ['in 5m', '2026-01-31T08:35:00.000Z'],
    ['in 2 h', '2026-01-31T10:30:00.000Z'],
    ['09:00:30z', '2026-01-30T09:00:30.000Z'],
    ['9999d', '1998-09-16T08:30:00.000Z'],
    ['99999d', '1970-01-01T00:00:00.000Z'],
  ])('may be said as %s', (value, iso) => {
    expect(new Date(read(saidInstant(now), value)).toISOString()).toBe(iso);
    expect(problemWith(instant, value)).toBeDefined();
  });

  test.each([
    'tomorrow',
    '25:00',
    '9:99',
    '-5m',
    '5',
    '24',
    '10 years',
    'ago',
    'in 5m ago',
    'in',
    'at 9:00',
    'yesterday 24:00',
    'yesterdayat 9:00',
    'in yesterday',
    '',
    ' ',
  ])('is refused as %j', (value) => {
    expect(problemWith(saidInstant(now), value)).toMatch(/^must be a time such as 10m, 2h ago/);
  });
});
