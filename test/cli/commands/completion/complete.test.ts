import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../../src/cli/commands.ts';
import { BUG_NAMES } from '../../../../src/conformance/check/bugs/bugs.ts';
import { INVARIANT_IDS } from '../../../../src/conformance/check/invariants/ids.ts';
import { REASONS } from '../../../../src/errors/reasons.ts';
import { FAULTS } from '../../../../src/workos/tokens/faults.ts';
import { agentPaste } from '../../../support/binary.ts';
import { checksum } from '../../../support/checksum.ts';
import { temporaryDirectory } from '../../../support/directory.ts';
import { type TestServer, testServer } from '../../../support/server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await testServer();
  await server.post(server.mint({ email: 'ada@example.com' } as object).token, { 'x-request-id': 'request-0001' });
  await server.post(server.mint({ email: 'grace@example.com' } as object).token);
});

afterAll(() => server[Symbol.asyncDispose]());

/** What is offered for the last of the words. */
async function offered(...words: string[]): Promise<string[]> {
  return offeredIn(process.cwd(), ...words);
}

async function offeredIn(cwd: string, ...words: string[]): Promise<string[]> {
  const env = { AGENT_PASTE_STATE_DIR: server.paths.directory };
  const { code, stdout, stderr } = await agentPaste(['complete', '--', ...words], { cwd, env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.trimEnd().split('\n');
  expect(lines.pop()).toMatch(/^:\d+$/);
  return lines.map((line) => line.split('\t')[0] ?? '');
}

describe('a completion offers', () => {
  it('every public command and its subcommands', async () => {
    const visible = Object.entries(COMMANDS).filter(([, row]) => !('hidden' in row));
    expect(await offered('')).toEqual(visible.map(([name]) => name));
    expect(await offered('mi')).toEqual(['mint', 'migrate']);
    expect(await offered('keys', 'r')).toEqual(['rotate', 'retire']);
    expect(await offered('inspect', 'member')).toEqual(expect.arrayContaining(['members', 'member']));
  });

  it('the options of the command and the global options', async () => {
    expect(await offered('mint', '--fa')).toEqual(['--fault']);
    expect(await offered('mint', '--state')).toEqual(['--state-dir']);
    expect(await offered('--conf')).toEqual(['--config']);
  });

  it('names of faults, bugs, invariants and reasons', async () => {
    expect(await offered('mint', '--fault', '')).toEqual(FAULTS.map(({ name }) => name));
    expect(await offered('mint', '--fault', 'expired')).toEqual(['expired', 'expired-now']);
    expect(await offered('serve', '--bug', '')).toEqual(BUG_NAMES);
    expect(await offered('check', '--only', '')).toEqual(INVARIANT_IDS);
    expect(await offered('check', '--skip', 'replay-')).toEqual(INVARIANT_IDS.filter((id) => id.startsWith('replay-')));
    expect(await offered('inspect', 'callbacks', '--reason', '')).toEqual(Object.keys(REASONS));
    expect(await offered('completion', '')).toEqual(['bash', 'zsh', 'fish', 'powershell']);
    expect(await offered('replay', 'builtin:any-server', 'builtin:key')).toEqual(['builtin:key-rotation']);
  });

  it('files and directories, wherever a file is taken', async () => {
    using place = temporaryDirectory();
    mkdirSync(join(place.path, 'tapes/old'), { recursive: true });
    for (const name of [
      'a.yaml',
      'b.json',
      'key.pem',
      '.hidden.yaml',
      'two words.yaml',
      'tapes/one.yml',
      'tapes/notes.txt',
    ])
      writeFileSync(join(place.path, name), '');
    const here = (...words: string[]) => offeredIn(place.path, ...words);
    expect((await here('replay', '')).filter((name) => !name.startsWith('builtin:'))).toEqual([
      'a.yaml',
      'b.json',
      'tapes/',
    ]);
    expect(await here('replay', 'a.yaml', 'ta')).toEqual(['tapes/']);
    expect(await here('replay', 'tapes/')).toEqual(['tapes/old/', 'tapes/one.yml']);
    expect(await here('replay', './ta')).toEqual(['./tapes/']);
    expect(await here('replay', '.h')).toEqual(['.hidden.yaml']);
    expect(await here('serve', '--seed', 'b')).toEqual(['b.json']);
    expect(await here('mint', '--config', 'tapes/n')).toEqual(['tapes/notes.txt']);
    expect(await here('mint', '--state-dir', 'ta')).toEqual(['tapes/']);
    expect(await here('keys', 'import', 'ke')).toEqual(['key.pem']);
    expect(await here('inspect', 'members', '--bundle', 'b')).toEqual(['b.json']);
    expect(await here('explain', '@ke')).toEqual(['@key.pem']);
    expect(await here('replay', 'missing/')).toEqual([]);
    expect(await here('mint', '--email', 'key')).toEqual([]);
  });

  it('the accepted values of a setting', async () => {
    expect(await offered('serve', '--in-flight', '')).toEqual(['wait', 'conflict']);
    expect(await offered('explain', '--client-id-claim', '')).toEqual(['required', 'optional']);
  });

  it('keys, users, members and requests from the state directory', async () => {
    const { kid } = server.keyring.signingKey();
    expect(await offered('mint', '--kid', '')).toEqual([kid]);
    expect(await offered('keys', 'retire', '')).toEqual([kid]);
    expect(await offered('mint', '--email', '')).toEqual(['grace@example.com', 'ada@example.com']);
    expect(await offered('inspect', 'member', 'ada')).toEqual(['ada@example.com']);
    expect(await offered('inspect', 'member', 'mem_')).toHaveLength(2);
    expect(await offered('inspect', 'callback', 'request')).toEqual(['request-0001']);
  });

  it('values from the state directory that the command line names', async () => {
    using empty = temporaryDirectory();
    expect(await offered('mint', '--state-dir', empty.path, '--email', '')).toEqual([]);
    expect(await offered('mint', `--state-dir=${empty.path}`, '--email', '')).toEqual([]);
  });

  it('nothing for a missing or damaged state, silently and without creating it', async () => {
    using empty = temporaryDirectory();
    expect(await offered('mint', '--state-dir', `${empty.path}/none`, '--kid', '')).toEqual([]);
    expect(await offered('inspect', '--state-dir', `${empty.path}/none`, 'member', '')).toEqual([]);
    expect(checksum(empty.path)).toEqual({});
  });

  it('nothing that a shell would expand', async () => {
    const db = new DatabaseSync(server.paths.users);
    db.exec("UPDATE users SET email = '$(touch\u00a0x)@example.com' WHERE email = 'grace@example.com'");
    db.close();
    expect(await offered('mint', '--email', '')).toEqual(['ada@example.com']);
  });
});
