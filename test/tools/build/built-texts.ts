/** What the program answers without a terminal, for the build to keep. */
import { createProgram } from '../../../src/cli/program.ts';

export async function builtTexts(): Promise<{ readonly HELP: string; readonly VERSION: string }> {
  return { HELP: await answerTo('--help'), VERSION: await answerTo('--version') };
}

async function answerTo(flag: string): Promise<string> {
  const lines: string[] = [];
  const program = await createProgram({
    runtime: { argv: [flag], stdout: {}, stderr: {} },
    output: { line: (text) => void lines.push(`${text}\n`) },
    action: () => async () => undefined,
    configured: () => false,
  });
  // Commander ends both by throwing.
  await program.parseAsync([flag], { from: 'user' }).catch((error) => {
    if (error.exitCode !== 0) throw error;
  });
  return lines.join('');
}
