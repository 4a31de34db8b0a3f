/** `agent-paste inspect workspaces|members|keys|events|callbacks|records|users` */
import type { Command } from 'commander';
import { closest } from '../../closest.ts';
import { Failure, HTTP_STATUS, REASONS } from '../../errors.ts';
import type { Inspection, ItemOf, ListName, ListQuery, Where } from '../../store/inspection.ts';
import { count } from '../arguments.ts';
import type { Action, CommandContext } from '../command.ts';
import { addExamples } from '../examples.ts';
import type { Followed, FollowOptions } from './follow.ts';
import { chosenFormat, type Format, type ListView, printList, readFormat } from './formats.ts';
import { findMembers, findSubjects, MEMBER_NAMES, oneOfFlags } from './members.ts';
import { withState } from './state.ts';
import { since } from './time.ts';
import { viewsOf } from './views.ts';

export interface ListFlags {
  readonly limit?: number;
  readonly cursor?: string;
  readonly since?: string;
  readonly format?: Format;
  readonly follow?: true;
  readonly member?: string;
  readonly email?: string;
  readonly user?: string;
  readonly workspace?: string;
  readonly outcome?: string;
  readonly reason?: string;
  readonly request?: string;
}

export const OUTCOMES = ['provisioned', 'seen', 'replayed', 'refused', 'in_flight', 'unavailable'] as const;

const DEFAULT_LIMIT = 50;
/** What is shown of the past before something new comes. */
const FOLLOW_LIMIT = 10;

/** What a list says for itself in `--help`, and whether it can be followed. */
const LISTINGS: Readonly<Record<ListName, { readonly says: string; readonly examples: readonly string[] }>> = {
  workspaces: { says: 'The workspaces, newest first.', examples: ['workspaces', 'workspaces --since 24h --json'] },
  members: { says: 'The members, newest first.', examples: ['members', 'members --format csv'] },
  keys: { says: 'The API keys, newest first; never a secret.', examples: ['keys', 'keys --json'] },
  events: { says: 'The operation events, newest first.', examples: ['events', 'events --since 1h --format ndjson'] },
  callbacks: {
    says: 'What happened to each callback, newest first.',
    examples: ['callbacks --since 10m', 'callbacks --outcome refused', 'callbacks --reason expired --json'],
  },
  records: {
    says: 'The idempotency records, newest first; never the sealed answer.',
    examples: ['records', 'records --json'],
  },
  users: { says: 'The users of the local WorkOS, newest first.', examples: ['users', 'users --format ndjson'] },
};

export function configureLists(inspect: Command, action: Action): void {
  for (const list of Object.keys(LISTINGS) as ListName[]) {
    const { says, examples } = LISTINGS[list];
    const command = addExamples(
      inspect.command(list),
      examples.map((example) => `agent-paste inspect ${example}`),
    )
      .description(says)
      .option('--limit <n>', `how many (default ${DEFAULT_LIMIT})`, count('--limit', 10_000))
      .option('--cursor <cursor>', 'go on after this one, as next_cursor of the page before says')
      .option('--since <time>', 'nothing older: 10m, 24h, 7d, 2026-01-31, 2026-01-31T12:00:00Z')
      .option('--format <format>', 'table, json, ndjson or csv (default table)', readFormat);
    if (list === 'users') command.option('--email <address>', 'only users with this address');
    else
      command
        .option('--member <who>', `only of this member: ${MEMBER_NAMES}`)
        .option('--email <address>', 'the same, by e-mail address')
        .option('--user <id>', 'the same, by WorkOS user id')
        .option('--workspace <id>', 'the same, by workspace id');
    if (list === 'callbacks')
      command
        .option('--outcome <outcome>', `only ${OUTCOMES.join(', ')}`, readOutcome)
        .option('--reason <reason>', 'only those refused or unavailable for this reason', readReason)
        .option('--request <id>', 'only those with this request id');
    if (list === 'callbacks' || list === 'events')
      command.option('--follow', `show the last ${FOLLOW_LIMIT}, and then what comes, until interrupted`);
    command.action(action((context, flags: ListFlags) => listOne(context, list, flags)));
  }
}

async function listOne<K extends ListName>(context: CommandContext, list: K, flags: ListFlags): Promise<void> {
  const format = chosenFormat(context, flags.format);
  await withState(context, async ({ inspection, settings, database }) => {
    const { runtime, output } = context;
    const now = runtime.now();
    const view = viewsOf({ paint: output.paint, now, keyEnvironment: settings['key-env'] })[list] as ListView<
      ItemOf<K>
    >;
    const query: ListQuery<K> = {
      limit: flags.limit ?? (flags.follow ? FOLLOW_LIMIT : DEFAULT_LIMIT),
      cursor: flags.cursor,
      since: flags.since === undefined ? undefined : since(flags.since, now),
      where: whereOf(inspection, list, flags) as Where<K>,
    };
    if (flags.follow)
      await (await import('./follow.ts')).follow(context, {
        database,
        list,
        query,
        format,
        view,
      } as unknown as FollowOptions<Followed>);
    else printList(context, format, view, inspection.list(list, query));
  });
}

function whereOf(inspection: Inspection, list: ListName, flags: ListFlags): Where<ListName> {
  const { member, email, user, workspace, outcome, reason, request } = flags;
  if (list === 'users') return email === undefined ? {} : ({ email: [email] } as Where<'users'>);
  const who = oneOfFlags({ member, email, user, workspace });
  const own = list === 'callbacks' ? present({ outcome, reason, request_id: request }) : {};
  if (who === undefined) return own;
  if (list === 'callbacks') return { ...own, subject: findSubjects(inspection, who) } as Where<'callbacks'>;
  const found = findMembers(inspection, who);
  if (list === 'members') return { id: found.map(({ id }) => id) } as Where<'members'>;
  if (list === 'workspaces' || list === 'records') return { member_id: found.map(({ id }) => id) } as Where<'records'>;
  return { workspace_id: found.map(({ workspace_id }) => workspace_id) } as Where<'keys'>;
}

function present(values: Readonly<Record<string, string | undefined>>): Where<ListName> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, [value]]])),
  );
}

function readOutcome(text: string): string {
  return oneOf('--outcome', text, OUTCOMES);
}

/** Callbacks without a reason of their own carry the code of their error. */
function readReason(text: string): string {
  return oneOf('--reason', text, [...Object.keys(REASONS), ...Object.keys(HTTP_STATUS)]);
}

function oneOf(flag: string, text: string, accepted: readonly string[]): string {
  if (accepted.includes(text)) return text;
  const list = accepted.length > 10 ? 'see docs/rejections.md' : accepted.join(', ');
  throw new Failure(
    'invalid_argument',
    `${flag}: ${JSON.stringify(text)} is unknown; accepted: ${list}${closest(text, accepted)}`,
  );
}
