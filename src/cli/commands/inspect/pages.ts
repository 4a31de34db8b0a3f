/** `agent-paste inspect workspace|member|key|record|callback|event|user <id>` */
import type { Command } from 'commander';
import { Failure } from '../../../errors/failure.ts';
import { MEMBER_NAMES } from '../../../store/view/member-names.ts';
import { count } from '../../arguments.ts';
import type { Action, CommandContext } from '../../command.ts';
import { addExamples } from '../../examples.ts';
import { chosenFormat, type Format, readFormat } from './formats.ts';
import type { ShowPage } from './page.ts';
import { openInspected } from './tables.ts';

interface PageRow {
  readonly says: string;
  readonly argument: string;
  readonly example: string;
  /** Each page is loaded at its first use. */
  readonly load: () => Promise<ShowPage>;
}

type PageName = 'workspace' | 'member' | 'key' | 'record' | 'callback' | 'event' | 'user';

const PAGES: Readonly<Record<PageName, PageRow>> = {
  workspace: {
    says: 'A workspace: its member, keys and events.',
    argument: 'workspace id or name, or anything that names its member',
    example: 'workspace ada@example.com',
    load: async () => (await import('./workspace-page.ts')).showWorkspace,
  },
  member: {
    says: 'A member and the story so far: workspace, keys, sessions, and each callback in order.',
    argument: MEMBER_NAMES,
    example: 'member ada@example.com',
    load: async () => (await import('./member-page.ts')).showMember,
  },
  key: {
    says: 'An API key: whose it is, and whether it is in use.',
    argument: 'key_ id or public id, or anything that names the member',
    example: 'key ada@example.com',
    load: async () => (await import('./key-page.ts')).showKey,
  },
  record: {
    says: 'An idempotency record: which answer is replayed, for whom, and until when.',
    argument: 'idempotency key, or a jti or session id',
    example: 'record workos-jti:01',
    load: async () => (await import('./record-page.ts')).showRecord,
  },
  callback: {
    says: 'What happened to a callback, and what to do about it.',
    argument: 'request id, or the session id or token id of one callback',
    example: 'callback req_01',
    load: async () => (await import('./callback-page.ts')).showCallback,
  },
  event: {
    says: 'An operation event, and the callback that made it.',
    argument: 'evt_ id',
    example: 'event "$(agent-paste inspect events --limit 1 --format csv | tail -1 | cut -d, -f1)"',
    load: async () => (await import('./event-page.ts')).showEvent,
  },
  user: {
    says: 'A user of WorkOS: what the local directory has, the member, sign-ins and callbacks.',
    argument: 'WorkOS user id, e-mail, session id, or anything that names the member',
    example: 'user ada@example.com',
    load: async () => (await import('./user-page.ts')).showUser,
  },
};

const DEFAULT_LIMIT = 50;

export const PAGED = Object.keys(PAGES) as readonly PageName[];

export function configurePages(inspect: Command, action: Action, pages: readonly PageName[]): void {
  for (const name of pages) {
    const { says, argument, example, load } = PAGES[name];
    addExamples(inspect.command(name), [`agent-paste inspect ${example}`, `agent-paste inspect ${example} --json`])
      .description(says)
      .argument('<id>', `${argument}; may be shortened`)
      .option('--limit <n>', `callbacks or events shown, the newest (default ${DEFAULT_LIMIT})`, count('--limit', 1000))
      .option('--format <format>', 'table or json (default table)', readFormat)
      .action(
        action(async (context, text: string, flags: { limit?: number; format?: Format }) => {
          await using state = await openInspected(context, inspect, { what: name });
          const show = await load();
          const request = { text, format: pageFormat(context, flags.format), limit: flags.limit ?? DEFAULT_LIMIT };
          await show(context, state, request);
        }),
      );
  }
}

function pageFormat(context: CommandContext, asked: Format | undefined): 'table' | 'json' {
  const format = chosenFormat(context, asked);
  if (format === 'table' || format === 'json') return format;
  throw new Failure('invalid_argument', `--format: a page cannot be ${format}; accepted: table, json`);
}
