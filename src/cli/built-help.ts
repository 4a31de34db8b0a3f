/**
 * `--help` and `--version` from texts that the build has made, so that nothing else is loaded. A terminal has a width,
 * which the program must ask for.
 */
import { takesBytes, written } from './terminal/standard-stream.ts';

/** Put in by the build, which asks the program for them. */
declare const HELP: string;
declare const VERSION: string;

/** Whether all of the answer is written; otherwise the program must answer, and say what is wrong. */
export function answered([flag = '--help']: readonly string[]): boolean {
  const text = textOf(flag);
  return text !== undefined && takesBytes(1) && written(1, text) === undefined;
}

function textOf(flag: string): string | undefined {
  if (flag === '--help' || flag === '-h') return HELP;
  return flag === '--version' || flag === '-V' ? VERSION : undefined;
}
