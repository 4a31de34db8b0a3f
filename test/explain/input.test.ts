import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentPaste } from '../support/binary.ts';
import { checksum } from '../support/checksum.ts';
import { command } from '../support/command.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/directory.ts';

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

  it('with one line break at its end and a scheme before it, which are taken off', async () => {
    for (const input of [`${token}\n`, `${token}\r\n`, `Bearer ${token}`, `bearer   ${token}\n`]) {
      expect(await verdict(['-'], { input })).toMatchObject({ code: 0, accepted: true });
    }
    expect(await verdict(['-'], { input: `Authorization: Bearer ${token}` })).toMatchObject({ accepted: true });
  });

  it('with nothing else taken off', async () => {
    for (const input of [`${token}\n\n`, ` ${token}`, `${token} `, `Bearer Bearer ${token}`, `"${token}"`]) {
      expect(await verdict(['-'], { input })).toMatchObject({ code: 1, reason: 'malformed_token' });
    }
  });

  it('and a byte order mark, UTF-16 or JSON around it is named', async () => {
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

  it('and an empty line is an empty token, while no input is none', async () => {
    expect(await verdict(['-'], { input: '\n' })).toMatchObject({ code: 1, reason: 'malformed_token' });
    expect(await verdict(['-'], { input: 'Bearer \n' })).toMatchObject({ code: 1, reason: 'malformed_token' });
    for (const args of [['-'], [], [file('')], ['']]) {
      const { code, stderr } = await verdict(args);
      expect({ code, ...JSON.parse(stderr).error }).toMatchObject({ code: 'invalid_argument' });
      expect(code).toBe(2);
    }
  });
});

describe('input that is no token', () => {
  it('is refused in one line when it cannot be read', async () => {
    for (const path of ['@missing.txt', `@${cwd}`]) {
      const { code, stderr } = await command(['explain', path], { cwd });
      expect(code).toBe(2);
      expect(stderr).toMatch(/^error: cannot read .*: .*\n$/);
    }
  });

  it('is judged when it is a megabyte of noise, and refused beyond any sense', async () => {
    const noise = Buffer.alloc(1_048_576, '\u001b]0;x\u0007%PDF\0\u00ff.').toString('latin1');
    expect(await verdict(['-'], { input: noise })).toMatchObject({ code: 1, reason: 'token_too_large' });
    expect(await verdict([file(noise)])).toMatchObject({ code: 1, reason: 'token_too_large' });
    const tooMuch = 'x'.repeat(4_194_305);
    for (const args of [['-'], [file(tooMuch)]]) {
      expect(await verdict(args, { input: tooMuch })).toMatchObject({ code: 2, accepted: undefined });
    }
  });

  it('does not crash the program: headers nested 12,000 deep, by binary', async () => {
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
  it('into a state directory, whether it accepts, refuses or knows no such request', async () => {
    const before = checksum(join(cwd, '.agent-paste'));
    for (const given of [token, `${token}x`, 'no-such-request-id']) await command(['explain', given], { cwd });
    expect(checksum(join(cwd, '.agent-paste'))).toEqual(before);
  });

  it('where there is no state directory, and says so in one line', async () => {
    using empty = temporaryDirectory();
    for (const given of [token, 'no-such-request-id']) {
      const { code, stdout, stderr } = await command(['explain', given], { cwd: empty.path });
      expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
      expect(stderr).toMatch(/^error: there (are no signing keys in|is no .* at) .*\n.*\n$/);
    }
    expect(checksum(empty.path)).toEqual({});
  });
});
