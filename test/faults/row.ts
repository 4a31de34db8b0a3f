/** What can go wrong with the machine, what can be sent to the server, what is stored, and the test that shows each. */

export interface FaultRow {
  readonly fault: string;
  /** Test file and a piece of the test's name as it stands in that file. */
  readonly shown: readonly (readonly [file: string, name: string])[];
  /** What no test shows, and why. */
  readonly open?: string;
}

export const crash = (file: string, name: string) => [`crash/${file}.test.ts`, name] as const;
export const store = (file: string, name: string) => [`store/${file}.test.ts`, name] as const;
export const http = (file: string, name: string) => [`http/${file}.test.ts`, name] as const;
export const cli = (file: string, name: string) => [`cli/${file}.test.ts`, name] as const;
export const workos = (file: string, name: string) => [`workos/${file}.test.ts`, name] as const;
export const once = (file: string, name: string) => [`exactly-once/${file}.test.ts`, name] as const;
export const check = (file: string, name: string) => [`check/${file}.test.ts`, name] as const;
