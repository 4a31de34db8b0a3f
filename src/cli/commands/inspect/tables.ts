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
    .option('--url <url>', 'read from a server elsewhere or in memory, through its inspector: http://127.0.0.1:8788')
    .option('--key-file <file>', 'the key of that inspector (default: that of the state directory)')
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
  const { schema, bundle, url, keyFile } = inspect.opts<SourceFlags>();
  const isRemote = url !== undefined || keyFile !== undefined;
  const remote = { ...REMOTE, flag: url === undefined ? '--key-file' : '--url' };
  if (isRemote && bundle !== undefined) throw contradiction(remote.flag, '--bundle', 'each says what is read');
  if (isRemote) refuseBeside(context, remote, { ...asked, schema });
  if (bundle !== undefined) refuseBeside(context, BUNDLE, { ...asked, schema });
  if (schema === 'reference') refuseMissing(asked);
  const source = isRemote ? { url, keyFile } : bundle;
  return openState(context, context.output.warning, schema, source);
}

interface SourceFlags {
  readonly schema?: TableOwner;
  readonly bundle?: string;
  readonly url?: string;
  readonly keyFile?: string;
}

interface Asked {
  readonly what?: string;
  readonly follow?: true | undefined;
  readonly schema?: TableOwner | undefined;
}

/** What cannot be asked of a source, with the reason. */
interface Source {
  readonly flag: string;
  readonly db: string;
  readonly schema: string;
  readonly follow?: string;
  readonly bundle?: string;
  readonly audit: string;
}

const BUNDLE: Source = {
  flag: '--bundle',
  db: 'the bundle is read instead of a database',
  schema: 'a bundle has tables of its own',
  follow: 'nothing is added to a bundle',
  bundle: 'what is in a bundle is in one already',
  audit: 'a bundle has no stored answers',
};

const REMOTE: Omit<Source, 'flag'> = {
  db: 'the server says what is read',
  schema: 'the server says what is read',
  audit: 'answers are opened where their peppers are; run it there',
};

/** @throws Failure invalid_argument for what contradicts the source */
function refuseBeside({ flags }: CommandContext, source: Source, { what, follow, schema }: Asked): void {
  const refuse = (other: string, why: string | undefined) => {
    if (why !== undefined) throw contradiction(source.flag, other, why);
  };
  if (flags.db !== undefined) refuse('--db', source.db);
  if (schema !== undefined) refuse('--schema', source.schema);
  if (follow) refuse('--follow', source.follow);
  if (what === 'bundle') refuse('inspect bundle', source.bundle);
  if (what === 'audit') refuse('--audit', source.audit);
}

/** @throws Failure invalid_argument for what `--web` would ignore, and for its port without it */
export function refuseBesideWeb(inspect: Command): void {
  const { web, audit, bundle, url, keyFile, schema, inspectorPort } = inspect.opts<
    SourceFlags & { readonly web?: true; readonly audit?: true; readonly inspectorPort?: string }
  >();
  if (!web) {
    if (inspectorPort === undefined) return;
    throw new Failure('invalid_argument', '--inspector-port is the port of --web', 'Add --web, or leave it out.');
  }
  const given = { audit, bundle, url, 'key-file': keyFile, schema };
  const other = Object.entries(given).find(([, value]) => value !== undefined)?.[0];
  if (other !== undefined) throw contradiction('--web', `--${other}`, 'the page shows the database of --db');
}

function contradiction(flag: string, other: string, why: string): Failure {
  return new Failure(
    'invalid_argument',
    `${flag} and ${other} contradict each other: ${why}`,
    'Leave out one of them.',
  );
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
