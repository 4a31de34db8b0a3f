/** `agent-paste keys …` */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Failure } from '../../errors/failure.ts';
import { readTextFile, textOf } from '../../machine/file-bytes.ts';
import { clockedBy } from '../../machine/state-clock.ts';
import { openStateDirectory, statePaths } from '../../machine/state-directory.ts';
import { guarded } from '../../machine/state-guard.ts';
import { isoTime } from '../../machine/values/time.ts';
import { rotatePepper } from '../../store/peppers.ts';
import { besideKeys } from '../../workos/keys/beside-keys.ts';
import { type KeyInfo, type Keyring, openKeyring } from '../../workos/keys/keyring.ts';
import type { Action, CommandContext } from '../command.ts';
import { addExamples } from '../examples.ts';
import { noteNewPlaces } from '../new-places.ts';
import { oversizedKeySet } from '../published-keys.ts';
import { commandSettings } from '../settings.ts';
import { readStdin } from '../stdin.ts';
import { type Column, layout, terminalWidth } from '../terminal/fitted-table.ts';

export function configure(command: Command, action: Action): void {
  addExamples(command, ['agent-paste keys rotate', 'agent-paste keys list', 'agent-paste keys export']);
  addExamples(command.command('list'), ['agent-paste keys list', 'agent-paste keys list --json'])
    .description('The signing keys of the local WorkOS, newest first. The first published one signs.')
    .action(
      action(async (context) => {
        const keyring = await existingKeys(context);
        printKeys(context, keyring, keyring?.list() ?? []);
      }),
    );
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
        printKeys(context, keyring, [await keyring.retire(kid, await timeOf(context), { force })]);
      }),
    );
  addExamples(command.command('publish <kid>'), [
    'agent-paste keys rotate',
    `agent-paste keys publish "$(agent-paste keys list | awk 'END { print $1 }')"`,
  ])
    .description('Take a retirement back: the tokens of the key are accepted again.')
    .action(
      action(async (context, kid: string) => {
        const keyring = (await existingKeys(context)) ?? noKey(kid);
        printKeys(context, keyring, [await keyring.publish(kid)]);
        warnOfSize(context, keyring);
      }),
    );
  addExamples(command.command('import <file>'), ['openssl genrsa -out key.pem 2048', 'agent-paste keys import key.pem'])
    .description('Add private keys from a JWK, a JWKS or a PEM file (- for stdin). The first one signs from now on.')
    .action(
      action(async (context, file: string) => {
        const text = await readKeyFile(context, file);
        const keyring = await openKeys(context);
        printKeys(context, keyring, await keyring.import(text, await timeOf(context)));
        const beside = besideKeys(text);
        if (beside.length > 0)
          context.output.note(`left out, because only private keys are imported: ${beside.join(', ')}`);
        warnOfSize(context, keyring);
      }),
    );
  addExamples(command.command('export [kid]'), ['agent-paste keys export', 'agent-paste keys export > jwks.json'])
    .description('Print the published keys as a JWKS, or one key as a JWK.')
    .option('--private', 'with the private part of the named key, which can sign in as any user here')
    .action(
      action((context, kid: string | undefined, { private: wantsPrivate = false }: { private?: boolean }) =>
        exportKeys(context, kid, wantsPrivate),
      ),
    );
}

async function openKeys(context: CommandContext): Promise<Keyring> {
  const resolved = await commandSettings(context);
  noteNewPlaces(context, resolved);
  return openKeyring(openStateDirectory(resolved.values['state-dir']).signingKeys, { onWait: context.output.note });
}

/** For commands that create no key; they do not create a state directory either. */
async function existingKeys(context: CommandContext): Promise<Keyring | undefined> {
  const { values } = await commandSettings(context);
  return existsSync(values['state-dir']) ? openKeys(context) : undefined;
}

async function timeOf(context: CommandContext): Promise<number> {
  const { values } = await commandSettings(context);
  return clockedBy(values, context.runtime.now)();
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
  printKeys(context, keyring, [await keyring.rotate(await timeOf(context))]);
  warnOfSize(context, keyring);
}

function warnOfSize({ output }: CommandContext, keyring: Keyring): void {
  const oversized = oversizedKeySet(keyring);
  if (oversized !== undefined) output.warning(`${oversized.message}. ${oversized.remedy}`);
}

async function rotatePeppers(context: CommandContext): Promise<void> {
  const { values } = await commandSettings(context);
  const { directory, peppers } = statePaths(values['state-dir']);
  const work = () => rotatePepper(peppers, context.runtime.random);
  // Without a pepper file, no guard file is created; the work reports the missing pepper.
  const pepper = existsSync(peppers)
    ? await guarded(directory, 'agent-paste keys rotate --pepper', work, { onWait: context.output.note })
    : work();
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
  // A key set has its own format (RFC 7517), so it has no schema_version.
  context.output.line(JSON.stringify(exported, null, 2));
  if (wantsPrivate) context.output.warning('this is a private key: keep it where only you can read it');
}

/** A set of a thousand keys is smaller. */
const MOST_KEY_BYTES = 4_194_304;

async function readKeyFile({ runtime }: CommandContext, file: string): Promise<string> {
  if (file !== '-')
    return readTextFile({ path: resolve(runtime.cwd, file), name: file, code: 'invalid_key', most: MOST_KEY_BYTES });
  const bytes = await readStdin(runtime.stdin, 'invalid_key', MOST_KEY_BYTES);
  return textOf(bytes, { name: 'stdin', code: 'invalid_key' });
}

function printKeys({ output, runtime }: CommandContext, keyring: Keyring | undefined, keys: readonly KeyInfo[]): void {
  const signer = keyring?.list().find(({ retiredAt, isLent }) => retiredAt === null && !isLent)?.kid;
  if (output.json) {
    output.document({
      keys: keys.map(({ kid, createdAt, retiredAt, isLent, bits }) => ({
        kid,
        created_at: isoTime(createdAt),
        retired_at: retiredAt === null ? null : isoTime(retiredAt),
        lent: isLent,
        signs: kid === signer,
        bits,
      })),
    });
    return;
  }
  if (keys.length === 0) output.note('no keys yet: the first `agent-paste serve` or `agent-paste mint` makes one');
  else
    for (const line of layout(columnsOf(signer), keys, { width: terminalWidth(runtime.stdout), heading: String }))
      output.line(line);
}

/** A kid is shortened on a narrow terminal only: a command takes the beginning of one. @param signer the kid that signs */
function columnsOf(signer: string | undefined): readonly Column<KeyInfo>[] {
  const published = ({ kid, isLent }: KeyInfo) => (isLent ? 'lent' : kid === signer ? 'signs' : 'published');
  return [
    { name: 'kid', cell: ({ kid }) => kid, cut: ['end', 9] },
    { name: 'state', cell: (key) => (key.retiredAt === null ? published(key) : 'retired') },
    { name: 'created', cell: ({ createdAt }) => isoTime(createdAt), drop: 1 },
    { name: 'bits', cell: ({ bits }) => String(bits), drop: 2 },
  ];
}
