/** `agent-paste inspect --web`: a page beside a database, which only reads. */
import { boundedRequest } from '../../../callback/bounded-request.ts';
import { startInspector } from '../../../inspector/start.ts';
import { type InspectorNote, inspectorNotes } from '../../../machine/inspector-notes.ts';
import type { ResolvedSettings } from '../../../machine/settings.ts';
import { openStateDirectory, statePaths } from '../../../machine/state-directory.ts';
import type { CommandContext } from '../../command.ts';
import { clientSettings } from '../../found-server.ts';
import { inspectedState } from '../../inspected-state.ts';
import { packageVersion } from '../../runtime.ts';

/** @throws Failure not_found where there is no database, and as `startInspector` */
export async function inspectOnPage(context: CommandContext): Promise<void> {
  const { output, runtime } = context;
  const resolved = await clientSettings(context);
  const stopped = runtime.signal('SIGINT', 'SIGTERM');
  for (const each of [runtime.stdout, runtime.stderr]) each.stream(); // no write may wait while a page is answered
  const running = await pageOfServer(resolved);
  if (running !== undefined) {
    if (output.json) output.document({ inspector_url: running.url });
    else output.line(`${running.url}/#key=${running.key}`);
    return;
  }
  const inspected = await inspectedState(resolved, { ...runtime, version: packageVersion() });
  await inspected.reads.list('members', { limit: 1 }); // what cannot be read is said here, and not on a page
  const { values: settings, origins } = resolved;
  await using page = await started(
    startInspector({
      port: settings['inspector-port'],
      isChosen: origins['inspector-port'] !== 'default',
      database: inspected.state.database,
      directory: openStateDirectory(settings['state-dir']).directory,
      randomBytes: runtime.random.bytes,
      now: runtime.now,
      open: async () => inspected,
      onBug: (error) => output.warning(`the page was not answered: ${(error as Error).message}`),
    }),
  );
  for (const warning of inspected.warnings) output.warning(warning);
  if (output.json) output.document({ inspector_url: page.url });
  else output.line(page.link);
  await output.drained();
  output.note('Ctrl-C ends it');
  await stopped;
}

async function started(starting: ReturnType<typeof startInspector>) {
  const page = await starting;
  return { ...page, [Symbol.asyncDispose]: () => page.stop() };
}

/** The page of a server of this state, if no other database was named. */
async function pageOfServer({ values, origins }: ResolvedSettings): Promise<InspectorNote | undefined> {
  if (origins.db !== 'default' && origins.db !== 'server') return undefined;
  for (const note of inspectorNotes(statePaths(values['state-dir']).directory)) if (await answers(note)) return note;
  return undefined;
}

const TIMEOUT_MS = 1000;

/** The note of a process that was killed stays behind. */
async function answers({ url, key }: InspectorNote): Promise<boolean> {
  try {
    const headers = { authorization: `Bearer ${key}`, accept: 'application/json' };
    const { status } = await boundedRequest(`${url}/api/state`, { headers, timeoutMs: TIMEOUT_MS, maxBytes: 65_536 });
    return status === 200;
  } catch {
    return false;
  }
}
