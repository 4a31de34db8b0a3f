/** A debugger that `agent-paste serve` did not ask for. */
import type { CommandContext } from '../../command.ts';

/** A debugger can read every secret. The user wants one from the command line; one from the environment may be forgotten. */
export async function closeInheritedInspector({ runtime, output }: CommandContext): Promise<void> {
  const asked = process.execArgv.some((option) => option.startsWith('--inspect'));
  if (asked || !runtime.env.NODE_OPTIONS?.includes('--inspect')) return;
  const inspector = await import('node:inspector');
  if (inspector.url() === undefined) return;
  inspector.close();
  output.warning(
    'NODE_OPTIONS opened a debugger, which could read every secret: it is closed; to debug, run node --inspect',
  );
}
