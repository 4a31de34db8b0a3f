/** `agent-paste mint` */
import type { Command } from 'commander';
import { Failure } from '../errors.ts';
import type { Fault } from '../issuer/faults/fault.ts';
import { openKeyring } from '../issuer/keyring.ts';
import { type MintedToken, makeToken, type TokenOptions } from '../issuer/token.ts';
import { refuseBadEmail, refuseBadUserId, resolveUser } from '../local-users.ts';
import { openStateDirectory } from '../state-directory.ts';
import { type DirectoryUser, openDirectory } from '../store/directory.ts';
import { count, instant, lifetime } from './arguments.ts';
import type { Action, CommandContext } from './command.ts';
import { addExamples } from './examples.ts';
import { commandSettings } from './settings.ts';
import { table } from './table.ts';

interface MintFlags {
  readonly email?: string;
  readonly sub?: string;
  /** False after `--no-sid`, true or absent for a fresh one, as is `jti`. */
  readonly sid?: string | boolean;
  readonly jti?: string | boolean;
  /** Seconds. */
  readonly expiresIn?: number;
  /** Seconds since 1970, as is `notBefore`. */
  readonly issuedAt?: number;
  readonly notBefore?: number;
  readonly kid?: string;
  readonly claim?: Readonly<Record<string, unknown>>;
  readonly fault?: readonly string[];
  readonly listFaults?: boolean;
  readonly count?: number;
}

export function configure(command: Command, action: Action): void {
  addExamples(command, [
    'agent-paste mint --email ada@example.com',
    'agent-paste mint --email ada@example.com --jti jti_1 --no-sid --json',
    'agent-paste mint --fault expired',
  ])
    .option('--email <address>', 'e-mail address of the user, who is added to the local directory if new')
    .option('--sub <id>', 'WorkOS user id of the user')
    .option('--sid <id>', 'session id (default: a fresh one)')
    .option('--no-sid', 'no session id')
    .option('--jti <id>', 'token id (default: a fresh one)')
    .option('--no-jti', 'no token id')
    .option('--issuer <url>', 'issuer of the token (WORKOS_ISSUER; default https://api.workos.com)')
    .option('--client-id <id>', 'client of the token (WORKOS_CLIENT_ID)')
    .option('--expires-in <duration>', 'lifetime, such as 30s or -1m (default 5m)', lifetime('--expires-in'))
    .option('--issued-at <time>', 'iat: ISO 8601, or seconds since 1970 (default: now)', instant('--issued-at'))
    .option('--not-before <time>', 'nbf: ISO 8601, or seconds since 1970 (default: none)', instant('--not-before'))
    .option('--kid <kid>', 'signing key, also a retired one (default: the newest)')
    .option('--claim <name=json>', 'another claim, or another value of one; repeatable', claim)
    .option('--fault <name>', 'break the token in this way; repeatable', (name, names: readonly string[] = []) => [
      ...names,
      name,
    ])
    .option('--list-faults', 'list the faults and the reason that each is refused for')
    .option('--count <n>', 'how many tokens (default 1)', count('--count', 10_000))
    .action(action((context, flags: MintFlags) => mint(context, flags)));
}

async function mint(context: CommandContext, flags: MintFlags): Promise<void> {
  const { runtime, output } = context;
  if (flags.listFaults) return listFaults(context);
  refuseBadFlags(flags);
  const faults = await faultsOf(flags);
  const { values: settings } = await commandSettings(context);
  const paths = openStateDirectory(settings['state-dir']);
  const now = runtime.now();
  const keyring = openKeyring(paths.signingKeys);
  await keyring.ensure(now);
  // Minted before the directory is written: an unknown --kid leaves no user behind.
  const tokenFor = (user: Pick<DirectoryUser, 'id'>): MintedToken =>
    makeToken(tokenOptions(flags, user.id, settings), faults, { keyring, now, random: runtime.random });
  const directory = openDirectory(paths.users);
  try {
    const { user, save } = resolveUser(directory, flags, { now, random: runtime.random });
    const tokens = Array.from({ length: flags.count ?? 1 }, () => tokenFor(user));
    save();
    if (output.json) {
      output.document({
        tokens: tokens.map(({ token, header, claims, idempotencyKey, expected }) => ({
          token,
          header,
          claims,
          idempotency_key: idempotencyKey,
          expected,
        })),
      });
    } else {
      for (const { token } of tokens) output.line(token);
    }
  } finally {
    directory.close();
  }
}

/** What is wrong whatever the state directory holds, said before it is made. @throws Failure invalid_argument */
function refuseBadFlags({ email, sub }: MintFlags): void {
  if (email !== undefined) refuseBadEmail(email);
  if (sub !== undefined) refuseBadUserId('--sub', sub, 'To put another subject into a token: --claim \'sub="…"\'.');
}

/** The table of faults takes as long to load as all the rest of `mint`. @throws Failure invalid_argument */
async function faultsOf({ fault: names }: MintFlags): Promise<readonly Fault[]> {
  return names === undefined ? [] : (await import('../issuer/faults.ts')).faultsNamed(names);
}

function tokenOptions(
  flags: MintFlags,
  sub: string,
  settings: { readonly issuer: string; readonly 'client-id': string },
): TokenOptions {
  const { expiresIn, issuedAt, notBefore, kid, claim } = flags;
  return {
    sub,
    issuer: settings.issuer,
    clientId: settings['client-id'],
    ...chosenId('sid', flags.sid),
    ...chosenId('jti', flags.jti),
    ...(claim === undefined ? {} : { claims: claim }),
    ...(expiresIn === undefined ? {} : { expiresIn }),
    ...(issuedAt === undefined ? {} : { issuedAt }),
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(kid === undefined ? {} : { kid }),
  };
}

function chosenId(
  name: 'sid' | 'jti',
  flag: string | boolean | undefined,
): { sid?: string | null; jti?: string | null } {
  if (flag === true || flag === undefined) return {};
  return { [name]: flag === false ? null : flag };
}

function claim(text: string, claims: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  const at = text.indexOf('=');
  const name = text.slice(0, at);
  const fail = (problem: string) =>
    new Failure(
      'invalid_argument',
      `--claim: ${JSON.stringify(text)} ${problem}; accepted: name=json, such as org_id='"org_1"'`,
    );
  if (at < 1) throw fail('names no claim');
  try {
    return { ...claims, [name]: JSON.parse(text.slice(at + 1)) };
  } catch (error) {
    if (error instanceof SyntaxError) throw fail('has a value that is not JSON');
    throw error;
  }
}

async function listFaults({ output, runtime }: CommandContext): Promise<void> {
  const { FAULTS } = await import('../issuer/faults.ts');
  const rows = FAULTS.map(({ name, summary, expected }) => ({
    name,
    reason: typeof expected === 'function' ? 'depends on the keys' : (expected.reason ?? 'accepted'),
    summary,
  }));
  if (output.json) output.document({ faults: rows });
  else
    for (const line of table(
      ['fault', 'reason', 'what is odd'],
      rows.map(({ name, reason, summary }) => [name, reason, summary]),
      runtime.stdout.columns,
    ))
      output.line(line);
}
