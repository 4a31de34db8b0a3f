/** `agent-paste mint` */
import type { Command } from 'commander';
import { Failure } from '../../errors/failure.ts';
import type { ResolvedSettings } from '../../machine/settings.ts';
import { clockedBy } from '../../machine/state-clock.ts';
import { openStateDirectory } from '../../machine/state-directory.ts';
import { guarded } from '../../machine/state-guard.ts';
import { seconds } from '../../machine/values/duration.ts';
import { isoTime, span } from '../../machine/values/time.ts';
import { email, userId } from '../../machine/values/user.ts';
import { openUsers } from '../../store/open.ts';
import { openKeyring } from '../../workos/keys/keyring.ts';
import type { Fault } from '../../workos/tokens/faults/fault.ts';
import { type MintedToken, makeToken, type Profile, type TokenOptions } from '../../workos/tokens/token.ts';
import { type DirectoryUser, withUser } from '../../workos/users.ts';
import { argument, count, second } from '../arguments.ts';
import type { Action, CommandContext } from '../command.ts';
import { addExamples } from '../examples.ts';
import { clientSettings } from '../found-server.ts';
import { noteNewPlaces } from '../new-places.ts';
import { refuseOtherIssuer } from '../other-issuer.ts';
import { settingOptions } from '../setting-options.ts';
import { table } from '../terminal/table.ts';
import { tokenOptions } from '../token-options.ts';

interface MintFlags {
  readonly email?: string;
  readonly sub?: string;
  /** false after `--no-sid`, true or absent for a new one; the same for `jti`. */
  readonly sid?: string | boolean;
  readonly jti?: string | boolean;
  /** Seconds. */
  readonly expiresIn?: number;
  /** Times as people write them. */
  readonly issuedAt?: string;
  readonly notBefore?: string;
  readonly kid?: string;
  readonly claim?: Readonly<Record<string, unknown>>;
  readonly profile?: string;
  readonly fault?: readonly string[];
  readonly listFaults?: boolean;
  readonly count?: number;
}

/** Seconds; a negative number is in the past. */
const LIFETIME = seconds('-365d', '365d');

const OTHER_SUBJECT = 'To put another subject into a token: --claim \'sub="…"\'.';

export function configure(command: Command, action: Action): void {
  addExamples(command, [
    'agent-paste mint --email ada@example.com',
    'agent-paste mint --email ada@example.com --jti jti_1 --no-sid --json',
    'agent-paste mint --fault expired',
  ])
    .option(
      '--email <address>',
      'e-mail address of the user, who is added to the local directory if new',
      argument('--email', email),
    )
    .option('--sub <id>', 'WorkOS user id of the user', argument('--sub', userId, OTHER_SUBJECT))
    .option('--sid <id>', 'session id (default: a fresh one)')
    .option('--no-sid', 'no session id')
    .option('--jti <id>', 'token id (default: a fresh one)')
    .option('--no-jti', 'no token id');
  settingOptions(command, 'issuer', 'client-id');
  command
    .option('--expires-in <duration>', 'lifetime, such as 30s or -1m (default 5m)', argument('--expires-in', LIFETIME))
    .option(
      '--issued-at <time>',
      'iat: 2026-01-31T12:00Z, 10m ago, in 10m, 09:00, or seconds since 1970; UTC where no zone is named (default: now)',
    )
    .option('--not-before <time>', 'nbf: a time as --issued-at (default: none)')
    .option('--kid <kid>', 'signing key, also a retired one (default: the newest)')
    .option(
      '--profile <name>',
      'claims as of workos-legacy, workos-environment, authkit-domain, connect, or of a token: @file, - for stdin',
    );
  tokenOptions(command)
    .option('--list-faults', 'list the faults and the reason that each is refused for')
    .option('--count <n>', 'how many tokens (default 1)', count('--count', 10_000))
    .action(action((context, flags: MintFlags) => mint(context, flags)));
}

async function mint(context: CommandContext, flags: MintFlags): Promise<void> {
  const { runtime, output } = context;
  if (flags.listFaults) return listFaults(context, flags);
  const faults = await faultsOf(flags);
  const resolved = await clientSettings(context);
  const { values: settings } = resolved;
  const clock = clockedBy(settings, runtime.now);
  const times = timesOf(flags, clock());
  const profile = await profileFor(context, flags, resolved);
  noteNewPlaces(context, resolved);
  const paths = openStateDirectory(settings['state-dir']);
  const tokens = await guarded(
    paths.directory,
    'agent-paste mint',
    async (guard) => {
      const now = clock(); // after the wait, as for `users add`
      const keyring = openKeyring(paths.signingKeys, { guard });
      await keyring.ensure(now);
      const tokenFor = (user: Pick<DirectoryUser, 'id'>): MintedToken =>
        makeToken({ ...optionsOf(flags, user.id, settings), ...profile, ...times }, faults, {
          keyring,
          now,
          random: runtime.random,
        });
      const directory = openUsers(paths.users);
      try {
        // The first token is made while the new user is added, so that an unknown --kid adds no user.
        const { user, first } = withUser(directory, flags, { now, random: runtime.random }, (found) => ({
          user: found,
          first: tokenFor(found),
        }));
        if (runtime.stderr.isTTY === true && !output.json) output.note(forWhom(user, first, now));
        return [first, ...Array.from({ length: (flags.count ?? 1) - 1 }, () => tokenFor(user))];
      } finally {
        directory.close();
      }
    },
    { onWait: output.note },
  );
  print(context, tokens);
}

/** Who it is for is not always said: the first user of the directory, a new one, or one with a new address. */
function forWhom({ id, email, created_at, updated_at }: DirectoryUser, { claims }: MintedToken, now: number): string {
  const isNow = (time: string) => time === isoTime(now);
  const news = isNow(created_at) ? ', a new user' : isNow(updated_at) ? ', who has this address from now on' : '';
  const left = Number(claims.exp) - Math.floor(now / 1000);
  return `for ${email} (${id})${news}${left > 0 ? `, valid for ${span(left)}` : ''}`;
}

function print({ output }: CommandContext, tokens: readonly MintedToken[]): void {
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
}

/** Loaded on demand: the table of faults takes as long to load as the rest of `mint`. @throws Failure invalid_argument */
async function faultsOf({ fault: names }: MintFlags): Promise<readonly Fault[]> {
  return names === undefined ? [] : (await import('../../workos/tokens/faults.ts')).faultsNamed(names);
}

/** Loaded on demand too. @throws Failure invalid_argument */
async function profileFor(
  { runtime }: CommandContext,
  { profile: name }: MintFlags,
  resolved: ResolvedSettings,
): Promise<{ profile?: Profile }> {
  if (name === undefined) return {};
  const { profileNamed, profileOf } = await import('../../workos/tokens/profiles.ts');
  const isToken = name === '-' || name.startsWith('@');
  const profile = isToken
    ? profileOf(await (await import('../token-input.ts')).readToken(runtime, name))
    : profileNamed(name);
  refuseOtherIssuer(name, profile, resolved);
  return { profile };
}

function optionsOf(
  flags: MintFlags,
  sub: string,
  settings: { readonly issuer: string; readonly 'client-id': string },
): TokenOptions {
  const { expiresIn, kid, claim } = flags;
  return {
    sub,
    issuer: settings.issuer,
    clientId: settings['client-id'],
    ...chosenId('sid', flags.sid),
    ...chosenId('jti', flags.jti),
    ...(claim === undefined ? {} : { claims: claim }),
    ...(expiresIn === undefined ? {} : { expiresIn }),
    ...(kid === undefined ? {} : { kid }),
  };
}

/** Seconds since 1970. @throws Failure invalid_argument */
function timesOf({ issuedAt, notBefore }: MintFlags, now: number): Pick<TokenOptions, 'issuedAt' | 'notBefore'> {
  return {
    ...(issuedAt === undefined ? {} : { issuedAt: second('--issued-at', issuedAt, now) }),
    ...(notBefore === undefined ? {} : { notBefore: second('--not-before', notBefore, now) }),
  };
}

function chosenId(
  name: 'sid' | 'jti',
  flag: string | boolean | undefined,
): { sid?: string | null; jti?: string | null } {
  if (flag === true || flag === undefined) return {};
  return { [name]: flag === false ? null : flag };
}

/** @throws Failure invalid_argument for what would be ignored */
async function listFaults({ output, runtime }: CommandContext, { listFaults: _, ...others }: MintFlags): Promise<void> {
  // `true` stands for a token id and a session id of which nothing was said.
  const [other] = Object.entries(others).filter(([, value]) => value !== undefined && value !== true);
  if (other !== undefined)
    throw new Failure(
      'invalid_argument',
      `--list-faults makes no token, and --${other[0].replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} is of one`,
      'Give one of them.',
    );
  const { FAULTS } = await import('../../workos/tokens/faults.ts');
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
