/** The inputs of every form of `replay`. */

import type { SendExpectation } from '../../../conformance/replay/verdict.ts';
import { SETTINGS, type Settings } from '../../../machine/settings.ts';
import { shellWord } from '../../../machine/values/shell-word.ts';
import type { Minter } from '../../../server/minter.ts';
import type { CommandContext } from '../../command.ts';
import type { Verdict } from '../../reporting.ts';

/** As commander reads them. */
export interface ReplayFlags {
  readonly token?: string;
  readonly email?: string;
  readonly sub?: string;
  /** false after `--no-sid`, absent for a new one; the same for `jti`. */
  readonly sid?: string | boolean;
  readonly jti?: string | boolean;
  readonly claim?: Readonly<Record<string, unknown>>;
  readonly fault?: readonly string[];
  readonly profile?: string;
  readonly times?: number;
  readonly concurrency?: number;
  readonly fresh?: boolean;
  /** Milliseconds, like `timeout`. */
  readonly interval?: number;
  readonly timeout?: number;
  readonly retry?: boolean;
  readonly expect?: readonly SendExpectation[];
  /** Every send, however many they are. */
  readonly verbose?: boolean;
  readonly save?: string;
  readonly compare?: string;
  /** Base URLs of two servers. */
  readonly against?: readonly string[];
  readonly report?: readonly string[];
}

export interface ReplayRun {
  readonly context: CommandContext;
  readonly flags: ReplayFlags;
  readonly settings: Settings;
  /** The file for the tape, if one is recorded. */
  readonly save: string | undefined;
  readonly report: (report: Verdict) => void;
  readonly openMinter: () => Promise<Minter>;
}

/** `agent-paste replay …` against the same target, with further arguments. */
export function commandLine({ context, settings }: ReplayRun, ...words: readonly string[]): string {
  const { config } = context.options;
  const repeated = (['state-dir', 'issuer', 'client-id'] as const).filter((name) => context.flags[name] !== undefined);
  return [
    'agent-paste replay',
    ...words,
    ...(settings.url === SETTINGS.url.fallback ? [] : ['--url', shellWord(settings.url)]),
    ...(settings['allow-remote'] === 'true' ? ['--allow-remote'] : []),
    ...(config === undefined ? [] : ['--config', shellWord(config)]),
    ...repeated.flatMap((name) => [`--${name}`, shellWord(String(context.flags[name]))]),
  ].join(' ');
}
