/** The list of callbacks, and one of them with everything around it. */
import { OUTCOMES } from '../../callback/outcome.ts';
import { REASONS } from '../../errors/reasons.ts';
import { shellWord } from '../../machine/values/shell-word.ts';
import type { CallbackItem } from '../../store/read-store.ts';
import { attemptsNamed, callbackView, knownReason, lastOf } from '../../store/view/callback.ts';
import type { CallbackAnswer, CallbacksAnswer, CallbackWithDetail } from '../api-types.ts';
import type { Inspected } from '../inspected.ts';
import { rowOf, withDetails } from './details.ts';
import { callbacksOfKey } from './key-callbacks.ts';
import type { Query } from './query.ts';
import { bytesVerdict } from './verdict.ts';

export async function callbacks({ reads }: Inspected, query: Query): Promise<CallbacksAnswer> {
  const subject = query.text('subject');
  const email = query.text('email');
  const where = {
    outcome: query.list('outcome', OUTCOMES),
    reason: query.list('reason'),
    subject: subject === undefined ? undefined : [subject],
    email: email === undefined ? undefined : [email],
  };
  const { items, nextCursor } = await reads.list('callbacks', {
    limit: query.limit(),
    cursor: query.text('cursor'),
    since: query.time('since'),
    until: query.time('until'),
    where: Object.fromEntries(Object.entries(where).filter(([, values]) => values !== undefined)),
  });
  return {
    schema_version: 1,
    items: items.map(rowOf),
    page_info: { next_cursor: nextCursor, has_more: nextCursor !== null },
  };
}

/** Attempts with one request id: a client chooses it, and may use one often. */
const MOST_ATTEMPTS = 50;
/** Callbacks of the key whose details are read, for the verdict on the bytes. */
const MOST_DETAILS = 200;

export async function callback(inspected: Inspected, id: string): Promise<CallbackAnswer> {
  const { reads, now } = inspected;
  const named = await attemptsNamed(reads, id, MOST_ATTEMPTS);
  const last = lastOf(named);
  const view = await callbackView(reads, last.request_id, { limit: MOST_ATTEMPTS, now: now() });
  const { idempotency_key: key, subject, issuer } = last;
  const ofKey = key === null ? [] : await callbacksOfKey(reads, { key, subject, issuer });
  const detailed = await withDetails(reads, named, MOST_ATTEMPTS);
  const at = ofKey.findIndex((each) => each.id === last.id);
  return {
    schema_version: 1,
    callbacks: detailed,
    explanation: explanationOf(last, detailed.at(-1)),
    record: view.record,
    workspace_member: view.workspace_member,
    neighbours: {
      of_key: ofKey.map(rowOf),
      previous: ofKey[at - 1]?.request_id ?? null,
      next: at < 0 ? null : (ofKey[at + 1]?.request_id ?? null),
    },
    verdict: ofKey.length === 0 ? null : bytesVerdict(await withDetails(reads, ofKey, MOST_DETAILS)),
    commands: commandsFor(last, inspected),
  };
}

const SENTENCES: Readonly<Record<string, string>> = {
  provisioned: 'Provisioned: the first sign-in of this user made a workspace, a member and an API key.',
  seen: 'Seen: the user is a member already, and this is a new sign-in.',
  replayed: 'Replayed: the same sign-in was answered before, and got the same bytes again.',
  in_flight: 'In flight: the same callback was still being processed.',
};

function explanationOf(item: CallbackItem, detailed: CallbackWithDetail | undefined): CallbackAnswer['explanation'] {
  const reason = knownReason(item);
  const word = item.outcome === 'unavailable' ? 'Unavailable' : 'Refused';
  const refused = `${word}: ${reason === null ? (item.reason ?? 'without a reason') : REASONS[reason].message}.`;
  const particular = detailed?.detail?.advice ?? [];
  return {
    sentence: SENTENCES[item.outcome] ?? refused,
    advice: particular.length > 0 || reason === null ? particular : [REASONS[reason].remedy],
  };
}

function commandsFor(
  { request_id, email }: CallbackItem,
  { state, commandOptions }: Inspected,
): CallbackAnswer['commands'] {
  const id = pasteable(request_id);
  const address = email === null ? null : pasteable(email);
  const mint =
    address === null || state.workos !== 'local' ? null : `agent-paste mint${commandOptions} --email ${address}`;
  return {
    explain: id === null ? null : `agent-paste explain${commandOptions} ${id}`,
    inspect: id === null ? null : `agent-paste inspect${commandOptions} callback ${id}`,
    curl:
      mint === null || state.callback_url === null
        ? null
        : `curl -X POST ${shellWord(state.callback_url)} -H "Authorization: Bearer $(${mint})"`,
  };
}

/** A word of a shell; null for one with control characters, which a terminal may act on when it is pasted. */
function pasteable(text: string): string | null {
  return /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text) || text.startsWith('-') ? null : shellWord(text);
}
