/** What can go wrong with the machine, what can be sent to the server, what is stored, and the test that shows each. */

export interface FaultRow {
  readonly fault: string;
  /** What must happen then. */
  readonly expected: string;
  /** Test file and a piece of the test's name as it stands in that file. */
  readonly shown: readonly (readonly [file: string, name: string])[];
  /** What no test shows, and why. */
  readonly open?: string;
}

const inFolder =
  (folder: string) =>
  (file: string, name: string): readonly [file: string, name: string] => [`${folder}/${file}.test.ts`, name];

export const crash = inFolder('promises/crash');
export const once = inFolder('promises/exactly-once');
export const store = inFolder('store');
export const sqlite = inFolder('store/sqlite');
export const http = inFolder('server/http');
export const workos = inFolder('server/workos');
export const cli = inFolder('cli');
export const check = inFolder('conformance/check');
