/** The link to a callback on the page of the inspector, where one runs beside the same database. */
import { inspectorNotes } from '../machine/inspector-notes.ts';
import type { CommandContext } from './command.ts';
import type { OpenedState } from './opened-state.ts';

/** Says it to a person, and to no program. It has no key: the browser that opened the page before has it. */
export function sayInspectorLink(
  { output }: Pick<CommandContext, 'output'>,
  { settings, database }: Pick<OpenedState, 'settings' | 'database'>,
  requestId: string,
): void {
  if (output.json) return;
  const note = inspectorNotes(settings['state-dir']).find((each) => each.db === database && lives(each.pid));
  if (note !== undefined) output.note(`on the page: ${note.url}/callbacks/${encodeURIComponent(requestId)}`);
}

/** The note of a process that was killed stays behind. */
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
