import { execFile, execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentPaste } from '../../../support/binary.ts';
import { command } from '../../../support/command.ts';
import { type Shell, shell } from '../../../support/shell.ts';

const run = promisify(execFile);

let sh: Shell;

beforeAll(async () => {
  sh = shell();
  await sh.run('agent-paste users add ada@example.com');
});

afterAll(() => sh[Symbol.dispose]());

function isInstalled(shell: string): boolean {
  try {
    execFileSync(shell, ['-c', 'exit'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** What bash offers for a line whose last word is being completed, as its line editor would ask. */
async function completedByBash(...words: string[]): Promise<string[]> {
  writeFileSync(
    join(sh.cwd, 'complete.bash'),
    `source <(agent-paste completion bash)
source <(agent-paste completion bash)
compopt() { :; }
COMP_LINE="agent-paste $*" COMP_POINT=\${#COMP_LINE}
read -r _ _ function _ <<< "$(complete -p agent-paste)"
$function
printf '%s\\n' "\${COMPREPLY[@]}"
`,
  );
  const line = words.map((word) => `'${word}'`).join(' ');
  const { stdout, stderr } = await sh.run(`bash --norc complete.bash ${line}`);
  expect(stderr).toBe('');
  return stdout.trimEnd().split('\n');
}

describe.skipIf(!isInstalled('bash'))('in bash', () => {
  it('completes commands, options and live values, with the script sourced twice and no bash-completion', async () => {
    expect(await completedByBash('min')).toEqual(['mint']);
    expect(await completedByBash('mint', '--fau')).toEqual(['--fault']);
    expect(await completedByBash('mint', '--fault', 'kid-m')).toEqual(['kid-missing']);
    expect(await completedByBash('mint', '--email', '')).toEqual(['ada@example.com']);
    expect(await completedByBash('replay', 'buil')).toContain('builtin:any-server');
  });

  it('offers what follows the last colon of a value, which is what its line editor replaces', async () => {
    expect(await completedByBash('replay', 'builtin:any')).toEqual(['any-server']);
    expect(await completedByBash('replay', 'builtin:any-server', 'builtin:key')).toEqual(['key-rotation']);
  });
});

/** For shells that are installed: they read the script without a complaint. */
const READS = {
  bash: ['bash', '-n'],
  zsh: ['zsh', '-n'],
  fish: ['fish', '--no-execute'],
  powershell: ['pwsh', '-NoProfile', '-NonInteractive', '-File'],
} as const;

describe('the script', () => {
  for (const [shell, [program, ...args]] of Object.entries(READS)) {
    it(`for ${shell} asks the program for every completion`, async () => {
      const { code, stdout, stderr } = await agentPaste(['completion', shell]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/agent-paste complete '?--/);
    });

    it.skipIf(!isInstalled(program))(`for ${shell} is read by ${program}`, async () => {
      const { stdout } = await agentPaste(['completion', shell]);
      const script = join(sh.cwd, 'script.ps1'); // the ending that PowerShell asks for
      writeFileSync(script, stdout);
      expect((await run(program, [...args, script])).stderr).toBe('');
    });
  }

  it('rejects an unknown shell and lists the accepted ones', async () => {
    const { code, stderr } = await command(['completion', 'bsh']);
    expect(code).toBe(2);
    expect(stderr).toContain('must be bash, zsh, fish or powershell, not "bsh" (did you mean bash?)');
  });
});
