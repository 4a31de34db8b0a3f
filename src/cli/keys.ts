/** `agent-paste keys …` */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import type { Command } from 'commander';
import { Failure } from '../errors.ts';
import { type KeyInfo, type Keyring, openKeyring } from '../issuer/keyring.ts';
import { systemReason } from '../private-file.ts';
import { openStateDirectory, statePaths } from '../state-directory.ts';
import { rotatePepper } from '../store/peppers.ts';
import { type Column, layout, terminalWidth } from './columns.ts';
import type { Action, CommandContext } from './command.ts';
import { addExamples } from './examples.ts';
import { commandSettings } from './settings.ts';

export function configure(command: Command, action: Action): void {
  addExamples(command, ['agent-paste keys rotate', 'agent-paste keys list', 'agent-paste keys export']);
  addExamples(command.command('list'), ['agent-paste keys list', 'agent-paste keys list --json'])
    .description('The signing keys of the local WorkOS, newest first. The first published one signs.')
    .action(action(async (context) => printKeys(context, (await existingKeys(context))?.list() ?? [])));
  addExamples(command.command('rotate'), ['agent-paste keys rotate', 'agent-paste keys rotate --json'])
    .description('Make a new key that signs from now on; the others stay published. A running server sees it at once.')
    .option(
      '--pepper',
      'instead, add a pepper, which new API keys and answers are made with; takes effect when a server starts',
    )
    .action(action((context, { pepper }: { pepper?: boolean }) => (pepper ? rotatePeppers(context) : rotate(context))));
  addExamples(command.command('retire <kid>'), [
    'agent-paste keys rotate',
    `agent-paste keys retire "$(agent-paste keys list | awk 'END { print $1 }')"`,
  ])
    .description('Take a key out of the published set: its tokens are refused from now on.')
    .option('--force', 'also the last one')
    .action(
      action(async (context, kid: string, { force = false }: { force?: boolean }) => {
        const keyring = (await existingKeys(context)) ?? noKey(kid);
        printKeys(context, [keyring.retire(kid, context.runtime.now(), { force })]);
      }),
    );
  addExamples(command.command('import <file>'), ['openssl genrsa -out key.pem 2048', 'agent-paste keys import key.pem'])
    .description('Add private keys from a JWK, a JWKS or a PEM file (- for stdin). The first one signs from now on.')
    .action(
      action(async (context, file: string) => {
        const text = await readKeyFile(context, file);
        const keyring = await openKeys(context);
        printKeys(context, keyring.import(text, context.runtime.now()));
      }),
    );
  addExamples(command.command('export [kid]'), ['agent-paste keys export', 'agent-paste keys export > jwks.json'])
    .description('Print the published keys as a JWKS, or one key as a JWK.')
    .option('--private', 'with the private part of the named key: whoever has it can sign in as anybody here')
    .action(
      action((context, kid: string | undefined, { private: wantsPrivate = false }: { private?: boolean }) =>
        exportKeys(context, kid, wantsPrivate),
      ),
    );
}

async function openKeys(context: CommandContext): Promise<Keyring> {
  const { values } = await commandSettings(context);
  return openKeyring(openStateDirectory(values['state-dir']).signingKeys);
}

/** For commands that make no key: they make no state directory either. */
async function existingKeys(context: CommandContext): Promise<Keyring | undefined> {
  const { values } = await commandSettings(context);
  return existsSync(values['state-dir']) ? openKeys(context) : undefined;
}

function noKey(kid: string): never {
  throw new Failure(
    'not_found',
    `no signing key has the kid ${JSON.stringify(kid)}`,
    'There is none yet; check --state-dir.',
  );
}

async function rotate(context: CommandContext): Promise<void> {
  const keyring = await openKeys(context);
  printKeys(context, [await keyring.rotate(context.runtime.now())]);
}

async function rotatePeppers(context: CommandContext): Promise<void> {
  const { values } = await commandSettings(context);
  const pepper = rotatePepper(statePaths(values['state-dir']).peppers, context.runtime.random);
  if (context.output.json) context.output.document({ pepper_kid: pepper });
  else context.output.line(`pepper ${pepper} is in use from the next start of the server`);
}

async function exportKeys(context: CommandContext, kid: string | undefined, wantsPrivate: boolean): Promise<void> {
  if (wantsPrivate && kid === undefined)
    throw new Failure('invalid_argument', '--private needs the kid of one key', 'See `agent-paste keys list`.');
  const keyring = await existingKeys(context);
  const exported =
    kid === undefined
      ? (keyring?.jwks() ?? { keys: [] })
      : (keyring ?? noKey(kid)).export(kid, { private: wantsPrivate });
  // A key set is a format of its own (RFC 7517), so it comes without our schema_version.
  context.output.line(JSON.stringify(exported, null, 2));
  if (wantsPrivate) context.output.warning('this is a private key: keep it where only you can read it');
}

async function readKeyFile({ runtime }: CommandContext, file: string): Promise<string> {
  if (file === '-') return readAll(runtime.stdin);
  try {
    return readFileSync(resolve(runtime.cwd, file), 'utf8');
  } catch (error) {
    throw new Failure('invalid_key', `cannot read ${file}: ${systemReason(error)}`, undefined, error);
  }
}

function printKeys({ output, runtime }: CommandContext, keys: readonly KeyInfo[]): void {
  if (output.json) {
    output.document({
      keys: keys.map(({ kid, createdAt, retiredAt, bits }) => ({
        kid,
        created_at: instant(createdAt),
        retired_at: retiredAt === null ? null : instant(retiredAt),
        bits,
      })),
    });
    return;
  }
  if (keys.length === 0) output.note('no keys yet: the first `agent-paste serve` or `agent-paste mint` makes one');
  else
    for (const line of layout(COLUMNS, keys, { width: terminalWidth(runtime.stdout), heading: String }))
      output.line(line);
}

function instant(time: number): string {
  return new Date(time).toISOString();
}

/** A kid is never cut: other commands want it whole. */
const COLUMNS: readonly Column<KeyInfo>[] = [
  { name: 'kid', cell: ({ kid }) => kid },
  { name: 'state', cell: ({ retiredAt }) => (retiredAt === null ? 'published' : 'retired') },
  { name: 'created', cell: ({ createdAt }) => instant(createdAt) },
  { name: 'bits', cell: ({ bits }) => String(bits), drop: 1 },
];
