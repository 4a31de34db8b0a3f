import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentPaste } from '../../../support/binary.ts';
import { checksum } from '../../../support/checksum.ts';
import { command } from '../../../support/command.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../../support/directory.ts';

let directory: TemporaryDirectory;
let cwd: string;
let token: string;

beforeAll(async () => {
  directory = temporaryDirectory();
  cwd = directory.path;
  token = (await command(['mint', '--email', 'ada@example.com'], { cwd })).stdout.trimEnd();
});

afterAll(() => directory[Symbol.dispose]());

async function verdict(args: readonly string[], options: { input?: string; env?: Record<string, string> } = {}) {
  const { code, stdout, stderr } = await command(['explain', '--json', ...args], { cwd, ...options });
  const { accepted, reason, advice } = stdout === '' ? {} : JSON.parse(stdout);
  return { code, stderr, accepted, reason, advice };
}

function file(content: string | Buffer): string {
  writeFileSync(join(cwd, 'token.txt'), content);
  return '@token.txt';
}

describe('a token is read', () => {
  it('from an argument, stdin, a file and the environment', async () => {
    expect(await verdict([token])).toMatchObject({ code: 0, accepted: true });
    expect(await verdict(['-'], { input: token })).toMatchObject({ code: 0, accepted: true });
    expect(await verdict([file(token)])).toMatchObject({ code: 0, accepted: true });
    expect(await verdict([], { env: { AGENT_PASTE_TOKEN: token } })).toMatchObject({ code: 0, accepted: true });
    expect(await verdict([], { env: { AGENT_PASTE_TOKEN: file(token) } })).toMatchObject({ code: 0, accepted: true });
  });

  it('without its final line break and its scheme', async () => {
    for (const input of [`${token}\n`, `${token}\r\n`, `Bearer ${token}`, `bearer   ${token}\n`]) {
      expect(await verdict(['-'], { input })).toMatchObject({ code: 0, accepted: true });
    }
    expect(await verdict(['-'], { input: `Authorization: Bearer ${token}` })).toMatchObject({ accepted: true });
  });

  it('with nothing else removed', async () => {
    for (const input of [`${token}\n\n`, ` ${token}`, `${token} `, `Bearer Bearer ${token}`, `"${token}"`]) {
      expect(await verdict(['-'], { input })).toMatchObject({ code: 1, reason: 'malformed_token' });
    }
  });

  it('and a byte order mark, UTF-16 or surrounding JSON is named', async () => {
    const hint = async (content: string | Buffer) => {
      const { code, reason, advice } = await verdict([file(content)]);
      expect({ code, reason }).toEqual({ code: 1, reason: 'malformed_token' });
      return advice[0];
    };
    expect(await hint(`\ufeff${token}`)).toContain('byte order mark');
    expect(await hint(Buffer.from(`\ufeff${token}\r\n`, 'utf16le'))).toContain('UTF-16');
    expect(await hint(JSON.stringify({ access_token: token }))).toContain('JSON');
    expect(await hint(`"${token}"`)).toContain('quotes');
    expect(await hint(token.replaceAll('.', '%2E'))).toContain('URL-encoded');
    expect(await hint(`${token.slice(0, 90)}\n${token.slice(90)}`)).toContain('white space');
    expect(await hint('undefined')).toContain('had no token');
    expect(await hint('ap_pk_preview_4WXYZ0123456789A_secret')).toContain('API key');
    expect(await hint(`${token.slice(0, token.lastIndexOf('.'))}.`)).toContain('signature is empty');
  });

  it.each([
    ['a sealed session', 'Fe26.2*1*f00*salt*iv*data*1700000000000*salt*mac', 'sealed session'],
    ['an API key of WorkOS', 'sk_test_a2V5XzAxSlhZ', 'API key of a WorkOS environment'],
    ['a refresh token', 'kW3c0lVY8Ub1Gg7Hn2Qe5TzXa', 'refresh token or a code'],
    ['an authorization code', '01E2RJ4C05B52KKZ8FSRDAP23J', 'refresh token or a code'],
    ['basic credentials', 'Basic c2tfdGVzdDo=', 'Basic'],
    ['an id', 'user_01E4ZCR3C56J083X43JQXF3JK5', 'an id'],
    ['the answer to a sign-in', '{"access_token":"a.b.c","refresh_token":"x"}', 'whole answer to a sign-in'],
    ['the output of mint --json', '{"schema_version":1,"tokens":[{"token":"a.b.c"}]}', 'mint --json'],
  ])('and %s is named', async (_, content, words) => {
    const { reason, advice } = await verdict([file(content)]);
    expect(reason).toBe('malformed_token');
    expect(advice[0]).toContain(words);
  });

  it('as an empty token from an empty line, and as missing without input', async () => {
    expect(await verdict(['-'], { input: '\n' })).toMatchObject({ code: 1, reason: 'malformed_token' });
    expect(await verdict(['-'], { input: 'Bearer \n' })).toMatchObject({ code: 1, reason: 'malformed_token' });
    for (const args of [['-'], [], [file('')], ['']]) {
      const { code, stderr } = await verdict(args);
      expect({ code, ...JSON.parse(stderr).error }).toMatchObject({ code: 'invalid_argument' });
      expect(code).toBe(2);
    }
  });
});

describe('input that is not a token', () => {
  it('is rejected in one line when it cannot be read', async () => {
    for (const path of ['@missing.txt', `@${cwd}`]) {
      const { code, stderr } = await command(['explain', path], { cwd });
      expect(code).toBe(2);
      expect(stderr).toMatch(/^error: cannot read .*: .*\n$/);
    }
  });

  it('is judged up to a megabyte of noise, and rejected above the limit', async () => {
    const noise = Buffer.alloc(1_048_576, '\u001b]0;x\u0007%PDF\0\u00ff.').toString('latin1');
    expect(await verdict(['-'], { input: noise })).toMatchObject({ code: 1, reason: 'token_too_large' });
    expect(await verdict([file(noise)])).toMatchObject({ code: 1, reason: 'token_too_large' });
    const tooMuch = 'x'.repeat(4_194_305);
    for (const args of [['-'], [file(tooMuch)]]) {
      expect(await verdict(args, { input: tooMuch })).toMatchObject({ code: 2, accepted: undefined });
    }
  });

  it('with headers nested 12,000 deep does not crash the binary', async () => {
    const deep = (depth: number) => `{"alg":"RS256","x":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    const [, payload = '', signature = ''] = token.split('.');
    for (const depth of [2500, 12_000]) {
      const header = Buffer.from(deep(depth)).toString('base64url');
      for (const json of [['--json'], []]) {
        const result = await agentPaste(['explain', '-', ...json], { cwd, input: `${header}.${payload}.${signature}` });
        expect(result).toMatchObject({ code: 1, stderr: '' });
        expect(result.stdout).toContain(depth === 12_000 ? 'token_too_large' : 'bad_signature');
      }
    }
    const claims = Buffer.from(`{"sub":${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}}`).toString('base64url');
    const result = await agentPaste(['explain', '-'], { cwd, input: `${token.split('.')[0]}.${claims}.${signature}` });
    expect(result).toMatchObject({ code: 1, stderr: '' });
    expect(result.stdout).toContain('nested too deeply to show');
  });
});

describe('explain writes nothing', () => {
  it('into a state directory, for accepted, rejected and unknown requests', async () => {
    const before = checksum(join(cwd, '.agent-paste'));
    for (const given of [token, `${token}x`, 'no-such-request-id']) await command(['explain', given], { cwd });
    expect(checksum(join(cwd, '.agent-paste'))).toEqual(before);
  });

  it('where the state directory is missing, and says so in one line', async () => {
    using empty = temporaryDirectory();
    for (const given of [token, 'no-such-request-id']) {
      const { code, stdout, stderr } = await command(['explain', given], { cwd: empty.path });
      expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
      expect(stderr).toMatch(/^error: there (are no signing keys in|is no .* at) .*\n.*\n$/);
    }
    expect(checksum(empty.path)).toEqual({});
  });
});
