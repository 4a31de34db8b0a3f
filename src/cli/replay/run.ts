/** What every form of `replay` works with. */
import { SETTINGS, type Settings } from '../../config.ts';
import type { Minter } from '../../replay/minter.ts';
import type { Report } from '../../replay/reports.ts';
import type { CommandContext } from '../command.ts';
import type { ReplayFlags } from '../replay.ts';

export interface ReplayRun {
  readonly context: CommandContext;
  readonly flags: ReplayFlags;
  readonly settings: Settings;
  /** Where the tape goes, if it is wanted. */
  readonly save: string | undefined;
  readonly report: (report: Report) => void;
  readonly openMinter: () => Promise<Minter>;
}

/** `agent-paste replay …` against the same target, with more words. */
export function commandLine({ context, flags, settings }: ReplayRun, ...words: readonly string[]): string {
  const { stateDir, config } = context.options;
  return [
    'agent-paste replay',
    ...words,
    ...(settings.url === SETTINGS.url.fallback ? [] : ['--url', shellWord(settings.url)]),
    ...(settings['allow-remote'] === 'true' ? ['--allow-remote'] : []),
    ...(stateDir === undefined ? [] : ['--state-dir', shellWord(stateDir)]),
    ...(config === undefined ? [] : ['--config', shellWord(config)]),
    ...(flags.issuer === undefined ? [] : ['--issuer', shellWord(flags.issuer)]),
    ...(flags.clientId === undefined ? [] : ['--client-id', shellWord(flags.clientId)]),
  ].join(' ');
}

/** A word of a POSIX shell command line. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
