/** The output of a command: its result on stdout, other lines on stderr; colours only on a terminal. */
import * as kleur from 'kleur/colors';
import type { Failure } from '../../errors/failure.ts';
import { redacted, visible } from '../../errors/foreign-text.ts';
import type { Runtime } from '../runtime.ts';
import { type Progress, showProgress } from './progress.ts';
import type { StandardStream } from './standard-stream.ts';

export interface Output {
  readonly json: boolean;
  readonly quiet: boolean;
  /** The result, a line of it. */
  line(text: string): void;
  /** The result as one JSON document. */
  document(value: object): void;
  /** For the person: hints, progress, warnings. Silent with --quiet. */
  note(text: string): void;
  warning(text: string): void;
  failure(failure: Failure): void;
  /** How far a long run has got, for the person. @param what such as `sent` or `checked` */
  progress(what: string): Progress;
  /** Colours for stdout and for stderr. */
  readonly paint: Painter;
  readonly paintNote: Painter;
  /** Resolves when everything printed so far has left this process. @throws the error of a full or broken stdout */
  drained(): Promise<void>;
}

export interface OutputOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  /** False after --no-color. */
  readonly color?: boolean;
}

export function createOutput(
  { stdout, stderr, env }: Pick<Runtime, 'stdout' | 'stderr' | 'env'>,
  { json = false, quiet = false, color = true }: OutputOptions,
): Output {
  const paint = painter(stdout, color, env);
  const paintNote = painter(stderr, color, env);
  const note = (text: string) => quiet || stderr.write(`${text}\n`);
  return {
    json,
    quiet,
    paint,
    paintNote,
    line: (text) => stdout.write(`${text}\n`),
    document: (value) => stdout.write(`${visible(JSON.stringify({ schema_version: 1, ...value }))}\n`),
    note,
    warning: (text) => stderr.write(`${paintNote.yellow('warning:')} ${text}\n`),
    failure(failure) {
      const { code } = failure;
      const message = redacted(failure.message);
      const hint = failure.hint === undefined ? undefined : redacted(failure.hint);
      if (json) {
        const error = { code, message, ...(hint === undefined ? {} : { hint }) };
        stderr.write(`${visible(JSON.stringify({ error }))}\n`);
        return;
      }
      stderr.write(`${paintNote.red('error:')} ${visible(message)}\n`);
      if (hint !== undefined) stderr.write(`${visible(hint)}\n`);
    },
    progress: (what) => showProgress({ stderr, env }, quiet, what),
    async drained() {
      await stdout.drained();
      const { broken, isTTY } = stdout;
      const isGone = broken?.code === 'EPIPE' || (broken?.code === 'EIO' && isTTY); // a reader, or a terminal
      if (broken !== undefined && !isGone) throw broken;
    },
  };
}

const COLOURS = ['red', 'green', 'yellow', 'blue', 'cyan', 'gray', 'bold', 'dim', 'underline'] as const;

export type Painter = Readonly<Record<(typeof COLOURS)[number], (text: string) => string>>;

/** https://no-color.org: NO_COLOR wins over FORCE_COLOR, which wants colours in a pipe too. A flag wins over both. */
function painter(to: StandardStream, wanted: boolean, env: Runtime['env']): Painter {
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '' && env.FORCE_COLOR !== '0';
  const noColor = env.NO_COLOR !== undefined && env.NO_COLOR !== '';
  const plain = env.FORCE_COLOR === '0' || env.TERM === 'dumb';
  let enabled: boolean | undefined; // asked for when the first text is painted: a terminal is opened to be asked
  const paint = (colour: (typeof COLOURS)[number]) => (text: string) => {
    enabled ??= wanted && !noColor && (forced || (!plain && to.isTTY));
    kleur.$.enabled = enabled; // kleur decides once for the process, but stdout and stderr may differ
    return kleur[colour](text);
  };
  return Object.fromEntries(COLOURS.map((colour) => [colour, paint(colour)])) as Painter;
}
