/** Whose tables `inspect` reads: those of this program, or with `--schema reference` those of the API that it plays. */
import type { Command } from 'commander';
import { closest } from '../../../errors/closest.ts';
import { Failure } from '../../../errors/failure.ts';
import { TABLE_OWNERS, type TableOwner } from '../../../store/read-store.ts';
import type { CommandContext } from '../../command.ts';
import { type OpenedState, openState } from '../../opened-state.ts';

export function tablesOption(inspect: Command): Command {
  return inspect
    .option('--bundle <file>', 'read this file of `inspect bundle` instead of the state')
    .option(
      '--schema <whose>',
      'agent-paste (default), or reference: the PostgreSQL database of the API itself, never its stored answers',
      readOwner,
    );
}

const NO_LOG = 'Stored answers: `agent-paste inspect records --schema reference`';
const IN_WORKOS = 'Ask WorkOS, or leave out --schema reference';

/** What the database of the API has not, and where it is. */
const NOT_IN_REFERENCE: Readonly<Record<string, string>> = {
  callbacks: NO_LOG,
  callback: NO_LOG,
  bundle: NO_LOG,
  users: IN_WORKOS,
  user: IN_WORKOS,
  sessions: IN_WORKOS,
};

/**
 * @param inspect the command that has the option
 * @param asked what is inspected
 * @throws Failure invalid_argument for what those tables do not have; and as `openState`
 */
export async function openInspected(
  context: CommandContext,
  inspect: Command,
  asked: { readonly what?: string; readonly follow?: true | undefined } = {},
): Promise<OpenedState> {
  const { schema, bundle } = inspect.opts<{ schema?: TableOwner; bundle?: string }>();
  if (bundle !== undefined) refuseBeside(context, { ...asked, schema });
  if (schema === 'reference') refuseMissing(asked);
  return openState(context, context.output.warning, schema, bundle);
}

interface Asked {
  readonly what?: string;
  readonly follow?: true | undefined;
  readonly schema?: TableOwner | undefined;
}

/** @throws Failure invalid_argument for what contradicts --bundle */
function refuseBeside({ flags }: CommandContext, { what, follow, schema }: Asked): void {
  const refuse = (other: string, why: string) => {
    throw new Failure(
      'invalid_argument',
      `--bundle and ${other} contradict each other: ${why}`,
      'Leave out one of them.',
    );
  };
  if (flags.db !== undefined) refuse('--db', 'the bundle is read instead of a database');
  if (schema !== undefined) refuse('--schema', 'a bundle has tables of its own');
  if (follow) refuse('--follow', 'nothing is added to a bundle');
  if (what === 'bundle') refuse('inspect bundle', 'what is in a bundle is in one already');
  if (what === 'audit') refuse('--audit', 'a bundle has no stored answers');
}

function refuseMissing({ what = '', follow }: { readonly what?: string; readonly follow?: true | undefined }): void {
  const where = NOT_IN_REFERENCE[what];
  if (where !== undefined) {
    const missing = where === NO_LOG ? 'log of callbacks' : what.replace(/s?$/, 's');
    throw new Failure('invalid_argument', `the database of the API has no ${missing}`, `${where}.`);
  }
  if (follow)
    throw new Failure(
      'invalid_argument',
      '--follow: the tables of the API do not say in which order their rows were committed',
      'Ask again with --since 1m.',
    );
}

function readOwner(text: string): TableOwner {
  const owner = TABLE_OWNERS.find((each) => each === text);
  if (owner !== undefined) return owner;
  throw new Failure(
    'invalid_argument',
    `--schema: ${JSON.stringify(text)} is unknown; accepted: ${TABLE_OWNERS.join(', ')}${closest(text, TABLE_OWNERS)}`,
    'The PostgreSQL schema of a database is named in its URL: ?schema=….',
  );
}
