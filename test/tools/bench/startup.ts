/** Milliseconds from start to end, or to ready, beside the bare runtime and a bare server. */
import { join } from 'node:path';
import { temporaryDirectory } from '../../support/directory.ts';
import { startProcess, timeCommand } from './process.ts';
import { forEachName, type Measured } from './statistics.ts';

export interface StartupOptions {
  readonly binary: string;
  readonly rounds: number;
  readonly note: (text: string) => void;
}

const COMMANDS = ['node -e 0', '--help', 'mint', 'inspect members'] as const;
const SERVERS = ['bare Hono', 'serve', 'serve, empty directory'] as const;

export type Started = (typeof COMMANDS)[number] | (typeof SERVERS)[number];

export async function measureStartup({ binary, rounds, note }: StartupOptions): Promise<Record<Started, Measured>> {
  using temporary = temporaryDirectory();
  const directory = temporary.path;
  const values = forEachName([...COMMANDS, ...SERVERS], (): number[] => []);
  const state = (name: string) => ['--state-dir', join(directory, name)];
  const args: Record<(typeof COMMANDS)[number], string[]> = {
    'node -e 0': ['-e', '0'],
    '--help': [binary, '--help'],
    mint: [binary, 'mint', ...state('used')],
    'inspect members': [binary, 'inspect', 'members', ...state('used')],
  };
  const readyAfter = async (name: (typeof SERVERS)[number], command: string[]) => {
    await using server = await startProcess(command);
    values[name].push(server.readyAfter);
  };
  const serve = [binary, 'serve', '--port', '0', '--json'];
  await readyAfter('serve', [...serve, ...state('used')]);
  values.serve.length = 0; // that one made the state
  note(`start-up, ${rounds} rounds`);
  for (let round = 0; round < rounds; round++) {
    for (const name of COMMANDS) values[name].push(timeCommand(args[name], directory));
    await readyAfter('bare Hono', ['test/tools/bench/baselines/bare-hono.mjs']);
    await readyAfter('serve', [...serve, ...state('used')]);
    await readyAfter('serve, empty directory', [...serve, ...state(`new-${round}`)]);
  }
  return forEachName([...COMMANDS, ...SERVERS], (name) => ({ name, values: values[name] }));
}

const FORMS = ['package', 'executable'] as const;

export const FORM_COMMANDS = ['--help', 'mint', 'serve'] as const;

export type FormCommand = (typeof FORM_COMMANDS)[number];

/** The same commands of the package, run by this Node, and of the single executable. */
export async function compareForms(
  { binary, rounds, note }: StartupOptions,
  executable: string,
): Promise<Record<FormCommand, Record<(typeof FORMS)[number], Measured>>> {
  using directory = temporaryDirectory();
  const state = ['--state-dir', directory.path];
  const forms = {
    package: { program: process.execPath, first: [binary] },
    executable: { program: executable, first: [] },
  };
  const values = forEachName(FORM_COMMANDS, () => forEachName(FORMS, (): number[] => []));
  for (let round = 0; round <= rounds; round++) {
    note(`package and executable, round ${round} of ${rounds}`);
    for (const form of FORMS) {
      const { program, first } = forms[form];
      const counted = (name: FormCommand, milliseconds: number) => {
        if (round > 0) values[name][form].push(milliseconds); // the first makes the state, and fills the compile cache
      };
      await using server = await startProcess([...first, 'serve', '--port', '0', '--json', ...state], {
        executable: program,
      });
      counted('serve', server.readyAfter);
      counted('--help', timeCommand([...first, '--help'], directory.path, program));
      counted('mint', timeCommand([...first, 'mint', ...state], directory.path, program));
    }
  }
  return forEachName(FORM_COMMANDS, (name) =>
    forEachName(FORMS, (form): Measured => ({ name: form, values: values[name][form] })),
  );
}
