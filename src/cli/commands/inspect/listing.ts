/** `agent-paste inspect workspaces|members|keys|events|callbacks|records|users|sessions` */
import type { Command } from 'commander';
import { OUTCOMES } from '../../../callback/outcome.ts';
import { closest } from '../../../errors/closest.ts';
import { HTTP_STATUS } from '../../../errors/codes.ts';
import { Failure } from '../../../errors/failure.ts';
import { visible } from '../../../errors/foreign-text.ts';
import { REASONS } from '../../../errors/reasons.ts';
import { clockedBy } from '../../../machine/state-clock.ts';
import { duration } from '../../../machine/values/duration.ts';
import { integer } from '../../../machine/values/text.ts';
import type { FollowedList, ListName, ListQuery, Reads, Where } from '../../../store/read-store.ts';
import { COUNTED, type Counted, countedBy } from '../../../store/view/counts.ts';
import { listView, type Wanted, whereOf } from '../../../store/view/list.ts';
import { MEMBER_NAMES } from '../../../store/view/member-names.ts';
import { argument, count, list as several, time } from '../../arguments.ts';
import type { Action, CommandContext } from '../../command.ts';
import { addExamples } from '../../examples.ts';
import { COMPARED_USERS, noSuchAddress } from '../../no-such-address.ts';
import { tablesOf } from './columns.ts';
import { printCounts } from './counts.ts';
import { chosenFormat, type Format, type ListPrint, printList, readFormat } from './formats.ts';
import { openInspected } from './tables.ts';

interface ListFlags {
  readonly limit?: number;
  readonly cursor?: string;
  readonly since?: string;
  readonly until?: string;
  readonly format?: Format;
  readonly follow?: true;
  readonly member?: string;
  readonly email?: string;
  readonly user?: string;
  readonly workspace?: string;
  readonly outcome?: readonly string[];
  readonly reason?: readonly string[];
  readonly request?: readonly string[];
  readonly jti?: readonly string[];
  readonly sid?: readonly string[];
  readonly status?: readonly number[];
  /** Milliseconds. */
  readonly slowerThan?: number;
  readonly by?: Counted;
  readonly claimed?: true;
}

const DEFAULT_LIMIT = 50;
/** Number of existing items that are shown before new ones. */
const FOLLOW_LIMIT = 10;

/** The description of a list in `--help`, and whether it can be followed. */
const LISTINGS: Readonly<Record<ListName, { readonly says: string; readonly examples: readonly string[] }>> = {
  workspaces: { says: 'The workspaces, newest first.', examples: ['workspaces', 'workspaces --since 24h --json'] },
  members: { says: 'The members, newest first.', examples: ['members', 'members --format csv'] },
  keys: { says: 'The API keys, newest first; never a secret.', examples: ['keys', 'keys --json'] },
  events: { says: 'The operation events, newest first.', examples: ['events', 'events --since 1h --format ndjson'] },
  callbacks: {
    says: 'What happened to each callback, newest first.',
    examples: [
      'callbacks --outcome refused,unavailable --by reason',
      'callbacks --email ada@example.com --since 09:00 --until now',
      'callbacks --reason expired --json',
    ],
  },
  records: {
    says: 'The idempotency records, newest first; never the sealed answer.',
    examples: ['records', 'records --json'],
  },
  sessions: {
    says: 'Sign-ins through the local WorkOS, newest first; never a token. What has expired is dropped.',
    examples: ['sessions', 'sessions --user user_ada --json'],
  },
  users: { says: 'The users of the local WorkOS, newest first.', examples: ['users', 'users --format ndjson'] },
};

export const LISTED = Object.keys(LISTINGS) as readonly ListName[];

export function configureLists(inspect: Command, action: Action, lists: readonly ListName[]): void {
  for (const list of lists) {
    const { says, examples } = LISTINGS[list];
    const command = addExamples(
      inspect.command(list),
      examples.map((example) => `agent-paste inspect ${example}`),
    )
      .description(says)
      .option('--limit <n>', `how many (default ${DEFAULT_LIMIT})`, count('--limit', 10_000))
      .option('--cursor <cursor>', 'go on after this one, as next_cursor of the page before says')
      .option(
        '--since <time>',
        'nothing older: 10m, 2h ago, 09:00, yesterday, 2026-01-31, 2026-01-31T12:00Z; UTC where no zone is named',
      )
      .option('--until <time>', 'nothing newer: a time as --since')
      .option('--format <format>', 'table, json, ndjson or csv (default table)', readFormat);
    if (list === 'users') command.option('--email <address>', 'only users with this address');
    else if (list === 'sessions')
      command
        .option('--email <address>', 'only of users with this address')
        .option('--user <id>', 'only of this user, by id');
    else
      command
        .option('--member <who>', `only of this member: ${MEMBER_NAMES}`)
        .option('--email <address>', 'the same, by e-mail address')
        .option('--user <id>', 'the same, by WorkOS user id')
        .option('--workspace <id>', 'the same, by workspace id');
    if (list === 'callbacks')
      command
        .option('--outcome <outcome>', `only ${OUTCOMES.join(', ')}; several with commas`, several(readOutcome))
        .option(
          '--reason <reason>',
          'only those refused or unavailable for this reason; several with commas',
          several(readReason),
        )
        .option('--status <status>', 'only those with this HTTP status; several with commas', several(readStatus))
        .option('--request <id>', 'only those with this request id', several(readId('--request')))
        .option('--jti <id>', 'only those of a token with this token id, refused or not', several(readId('--jti')))
        .option('--sid <id>', 'only those of a token with this session id', several(readId('--sid')))
        .option('--claimed', 'also those whose unverified token claims to be of that user')
        .option(
          '--slower-than <duration>',
          'only those that took longer: 50ms, 2s',
          argument('--slower-than', duration('0', '1h')),
        )
        .option('--by <what>', `count them by ${COUNTED.join(', ')}`, readCounted);
    if (list === 'callbacks' || list === 'events')
      command.option('--follow', `show the last ${FOLLOW_LIMIT}, and then what comes, until interrupted`);
    command.action(action((context, flags: ListFlags) => listOne(context, inspect, list, flags)));
  }
}

async function listOne<K extends ListName>(
  context: CommandContext,
  inspect: Command,
  list: K,
  flags: ListFlags,
): Promise<void> {
  const format = chosenFormat(context, flags.format);
  refuseContradictions(flags);
  await using state = await openInspected(context, inspect, { what: list, follow: flags.follow });
  const { store, settings } = state;
  const now = clockedBy(settings, context.runtime.now)();
  const read = (flag: string, text: string | undefined) => (text === undefined ? undefined : time(flag, text, now));
  const [since, until] = [read('--since', flags.since), read('--until', flags.until)];
  if (since !== undefined && until !== undefined && since > until)
    throw new Failure('invalid_argument', '--since is after --until', 'Give the earlier time to --since.');
  const query: ListQuery<K> = {
    limit: flags.limit ?? (flags.follow ? FOLLOW_LIMIT : DEFAULT_LIMIT),
    cursor: flags.cursor,
    since,
    until,
    where: await whereOf(store, list, wantedBy(list, flags)),
  };
  const table = tablesOf({ paint: context.output.paint, now, keyEnvironment: settings['key-env'] })[list];
  const printed: ListPrint<K> = { list, format, table };
  if (flags.by !== undefined) {
    const counts = await countedBy(store, flags.by, query as ListQuery<'callbacks'>);
    return printCounts(context, format, counts, (await noneLike(store, list, flags)) ?? 'no callbacks');
  }
  if (flags.follow) {
    // Only lists that can be followed have the flag.
    const followed = printed as unknown as ListPrint<FollowedList>;
    const { follow } = await import('./follow.ts');
    await follow(context, followed, { store, query: query as ListQuery<FollowedList>, now });
  } else {
    const view = await listView(store, list, query, { now });
    const none = view.items.length === 0 ? await noneLike(store, list, flags) : undefined;
    printList(context, { ...printed, table: { ...table, empty: none ?? table.empty } }, view);
    if (format === 'table' && list === 'callbacks') await tellOfClaims(context, store, query as ListQuery<'callbacks'>);
  }
}

/** Says that there are more, where only verified callbacks of a user were asked for. */
async function tellOfClaims({ output }: CommandContext, reads: Reads, query: ListQuery<'callbacks'>): Promise<void> {
  const { subject, ...others } = query.where ?? {};
  if (subject === undefined) return;
  const where = { ...others, claimed_subject: subject };
  const { items } = await reads.list('callbacks', { ...query, cursor: undefined, limit: 1, where });
  if (items.length > 0)
    output.note(output.paintNote.dim('unverified tokens claim to be of this user as well: --claimed'));
}

/** Names the filters that no item matches; undefined without filters. */
async function noneLike(reads: Reads, list: ListName, flags: ListFlags): Promise<string | undefined> {
  const { format, limit, cursor, follow, by, ...filters } = flags;
  const { email } = filters;
  if (email !== undefined && (list === 'users' || list === 'sessions')) {
    const users = (await reads.has('users')) ? (await reads.list('users', { limit: COMPARED_USERS })).items : [];
    const isUser = users.some((user) => user.email.toLowerCase() === email.toLowerCase());
    if (users.length > 0 && !isUser) return noSuchAddress(email, users);
  }
  const given = Object.entries(filters).map(
    ([name, value]) => `--${flagOf(name)}${value === true ? '' : ` ${value}${name === 'slowerThan' ? 'ms' : ''}`}`,
  );
  return given.length === 0 ? undefined : visible(`no ${list} match ${given.join(' ')}`);
}

function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function wantedBy(list: ListName, flags: ListFlags): Wanted {
  const { member, email, user, workspace } = flags;
  const who = list === 'users' ? email : oneOfFlags({ member, email, user, workspace });
  if (flags.claimed && who === undefined)
    throw new Failure(
      'invalid_argument',
      '--claimed needs a user: without one, all callbacks are listed anyway',
      'Give --member, --email or --user.',
    );
  return { who, claimed: flags.claimed, ...(list === 'callbacks' && { callbacks: callbacksWanted(flags) }) };
}

function callbacksWanted({ outcome, reason, request, jti, sid, status, slowerThan }: ListFlags): Where<'callbacks'> {
  return {
    ...(outcome && { outcome }),
    ...(reason && { reason }),
    ...(request && { request_id: request }),
    ...(jti && { any_token_id: jti }),
    ...(sid && { any_session_id: sid }),
    ...(status && { status: status.map(String) }),
    ...(slowerThan !== undefined && { milliseconds: [String(slowerThan)] }),
  };
}

/** @throws Failure invalid_argument */
function refuseContradictions({ follow, by, until, cursor, limit }: ListFlags): void {
  const refuse = (one: string, other: string, why: string) =>
    new Failure('invalid_argument', `${one} and ${other} contradict each other: ${why}`, 'Give one of them.');
  if (follow && by !== undefined) throw refuse('--follow', '--by', 'what is counted must have an end');
  if (follow && until !== undefined) throw refuse('--follow', '--until', 'what comes is newer');
  if (by !== undefined && cursor !== undefined) throw refuse('--by', '--cursor', 'all callbacks are counted');
  if (by !== undefined && limit !== undefined) throw refuse('--by', '--limit', 'all callbacks are counted');
  if (follow && cursor !== undefined) throw refuse('--follow', '--cursor', 'it begins with the last ones');
}

/** @throws Failure invalid_argument for two */
function oneOfFlags(flags: Readonly<Record<string, string | undefined>>): string | undefined {
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  if (given.length > 1)
    throw new Failure(
      'invalid_argument',
      `${given.map(([name]) => `--${name}`).join(' and ')} both say whose`,
      'Give one of them.',
    );
  return given[0]?.[1];
}

function readStatus(text: string): number {
  return integer(100, 599).read(text, (problem) => new Failure('invalid_argument', `--status: ${problem}`));
}

function readId(flag: string): (text: string) => string {
  return (text) => {
    if (text !== '') return text;
    throw new Failure('invalid_argument', `${flag} is empty; accepted: an id, or several with commas`);
  };
}

function readCounted(text: string): Counted {
  return oneOf('--by', text, COUNTED);
}

function readOutcome(text: string): string {
  return oneOf('--outcome', text, OUTCOMES);
}

/** Callbacks without a reason of their own carry the code of their error. */
function readReason(text: string): string {
  return oneOf('--reason', text, [...Object.keys(REASONS), ...Object.keys(HTTP_STATUS)]);
}

function oneOf<T extends string>(flag: string, text: string, accepted: readonly T[]): T {
  const found = accepted.find((each) => each === text);
  if (found !== undefined) return found;
  const list = accepted.length > 10 ? 'see docs/rejections.md' : accepted.join(', ');
  throw new Failure(
    'invalid_argument',
    `${flag}: ${JSON.stringify(text)} is unknown; accepted: ${list}${closest(text, accepted)}`,
  );
}
