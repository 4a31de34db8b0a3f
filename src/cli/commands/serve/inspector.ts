/** The inspector beside `serve`. */

import type { Recorder } from '../../../inspector/recorder/recorder.ts';
import type { RunningInspector } from '../../../inspector/start.ts';
import type { ResolvedSettings } from '../../../machine/settings.ts';
import { statePaths } from '../../../machine/state-directory.ts';
import { isLoopback } from '../../../machine/values/network.ts';
import type { RunningServer } from '../../../server/parts.ts';
import type { CommandContext } from '../../command.ts';
import { packageVersion } from '../../runtime.ts';

interface InspectorBeside {
  readonly resolved: ResolvedSettings;
  readonly server: RunningServer;
  readonly recorder: Recorder | undefined;
  readonly onBug: (error: unknown, requestId: string) => void;
}

/** @returns undefined where no page was asked for. @throws Failure as `startInspector` */
export async function inspectorBeside(
  { runtime, output }: CommandContext,
  { resolved, server, recorder, onBug }: InspectorBeside,
): Promise<RunningInspector | undefined> {
  const { values: settings, origins } = resolved;
  if (settings.inspector !== 'read' && settings.inspector !== 'on') return undefined;
  if (!isLoopback(settings.host)) output.note('the inspector stays on 127.0.0.1: reach it from afar with ssh -L');
  const startedAt = server.now();
  const { startInspector } = await import('../../../inspector/start.ts');
  return startInspector({
    port: settings['inspector-port'],
    isChosen: origins['inspector-port'] !== 'default',
    database: server.db,
    directory: statePaths(settings['state-dir']).directory,
    randomBytes: runtime.random.bytes,
    now: runtime.now,
    onBug,
    async open() {
      const { inspectedState } = await import('../../inspected-state.ts');
      return inspectedState(resolved, {
        now: server.now,
        startedAt,
        random: runtime.random,
        version: packageVersion(),
        server: { url: server.url, callback_url: server.callbackUrl, recorder, openReads: server.openReads },
      });
    },
  });
}
