import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, createReadStream, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { agentPaste, BINARY } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { shell } from '../../support/shell.ts';

const FAULTS = ['mint', '--list-faults', '--json'];

describe.skipIf(process.platform === 'win32')('output', () => {
  test.each([[FAULTS], [['--help']], [['completion', 'fish']]])(
    'of %j is the same in a pipe, in a file and in a pipe to another program',
    async (args) => {
      using sh = shell();
      const { stdout } = await agentPaste(args);
      const line = `agent-paste ${args.join(' ')}`;
      expect((await sh.run(`${line} > out && cat out`)).stdout).toBe(stdout);
      expect((await sh.run(`${line} | cat`)).stdout).toBe(stdout);
      expect((await sh.run(`echo before > out; ${line} >> out; cat out`)).stdout).toBe(`before\n${stdout}`);
    },
  );

  test.each([['mint', '--count', '300', '--json'], ['mint', '--count', '300'], ['completion', 'zsh'], ['--help']])(
    'of `%s %s` arrives whole in a pipe that no write waits for',
    async (...args) => {
      using directory = temporaryDirectory();
      const pipe = join(directory.path, 'pipe');
      execFileSync('mkfifo', [pipe]);
      // As a terminal multiplexer does it, or `ssh`: all who share the pipe get EAGAIN when it is full.
      const shared = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
      const state = ['--state-dir', join(directory.path, 'state')];
      const child = spawn(process.execPath, [BINARY, ...args, ...(args[0] === 'mint' ? state : [])], {
        stdio: ['ignore', shared, 'inherit'],
      });
      const reader = createReadStream(pipe, { highWaterMark: 1000 });
      await once(reader, 'open');
      closeSync(shared); // the command has the last end that writes
      const [said, [code]] = await Promise.all([text(reader), once(child, 'close')]);
      expect(code).toBe(0);
      if (args[0] !== 'mint') expect(said).toBe((await agentPaste(args)).stdout);
      else if (args.includes('--json')) expect(JSON.parse(said).tokens).toHaveLength(300);
      else expect(said.match(/^eyJ[\w.-]+$/gm)).toHaveLength(300);
    },
  );

  test.each([['--help'], [FAULTS.join(' ')]])('of `%s` into a file that may not grow is an error', async (line) => {
    using sh = shell();
    const { code, stderr } = await sh.run(`ulimit -f 1; agent-paste ${line} > out`);
    expect({ code, stderr }).toEqual({
      code: 7,
      stderr: expect.stringContaining('the output cannot be written: EFBIG'),
    });
  });

  test('of a warning goes to stderr, whatever stderr is', async () => {
    using sh = shell();
    const line = 'agent-paste users list';
    const { stderr } = await sh.run(line);
    expect(stderr).toContain('no users yet');
    await sh.run(`${line} 2> err`);
    expect(readFileSync(join(sh.cwd, 'err'), 'utf8')).toBe(stderr);
    expect((await sh.run(`${line} 2>&1 >/dev/null | cat`)).stdout).toBe(stderr);
  });
});
