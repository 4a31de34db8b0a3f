/** From a name that somebody typed, perhaps only its beginning, to the one thing it means. */
import { nearestNames } from '../../closest.ts';
import { Failure } from '../../errors.ts';
import type { Inspection, NameKind } from '../../store/inspection.ts';

/** A kind of name, and what may be left out at its front. */
export interface Way {
  readonly kind: NameKind;
  readonly prefix?: string;
}

export interface Match {
  readonly kind: NameKind;
  readonly name: string;
}

/** Candidates that a message lists. */
const MOST_CANDIDATES = 10;
const MOST_NEAREST = 3;
/** Names looked at on each side, and newest members, when nothing begins as it should. */
const NEIGHBOURS = 50;
const LONGEST_NAME = 320;

/**
 * What the text may mean: a whole name means that alone, a beginning, or both ends with `…` between them as tables
 * have it, may mean several. Nothing is an empty list.
 * @throws Failure invalid_argument for what cannot be a name
 */
export function matchesOf(inspection: Inspection, ways: readonly Way[], text: string): readonly Match[] {
  refuseOther(text);
  const [given = '', end = ''] = text.split('…');
  const found = ways
    .filter(({ kind }) => inspection.has(fileOf(kind)))
    .flatMap(({ kind, prefix = '' }) => {
      const wanted = prefix + publicPart(kind, given);
      return inspection
        .namesBeginning(kind, { beginning: wanted, end: publicPart(kind, end) }, MOST_CANDIDATES + 1)
        .map((name) => ({ kind, name, whole: sameName(kind, name, wanted) }));
    });
  const whole = found.filter(({ whole }) => whole);
  return whole.length > 0 ? whole : found;
}

/** @returns exit 5, with the names that are nearest to it */
export function notFound(
  inspection: Inspection,
  ways: readonly Way[],
  { what, text, hint }: { readonly what: string; readonly text: string; readonly hint?: string | undefined },
): Failure {
  const around = ways
    .filter(({ kind }) => inspection.has(fileOf(kind)))
    .flatMap(({ kind, prefix = '' }) =>
      inspection
        .namesAround(kind, prefix + text, NEIGHBOURS)
        .map((name) => name.slice(name.startsWith(prefix) ? prefix.length : 0)),
    );
  // An address with a wrong first letter stands far away in order.
  const newest =
    text.includes('@') && inspection.has('database')
      ? inspection.list('members', { limit: 200 }).items.map(({ email }) => email)
      : [];
  const nearest = nearestNames(text, [...around, ...newest], MOST_NEAREST);
  const suggestion = nearest.length === 0 ? undefined : `Nearest: ${nearest.join(', ')}.`;
  return new Failure(
    'not_found',
    `there is no ${what} ${quoted(text)}`,
    [suggestion, hint].filter(Boolean).join(' ') || undefined,
  );
}

/** @returns exit 2, with the candidates */
export function ambiguous(what: string, text: string, candidates: readonly string[]): Failure {
  const shown = candidates.slice(0, MOST_CANDIDATES);
  const more = candidates.length > shown.length ? ['and more'] : [];
  return new Failure(
    'invalid_argument',
    `${quoted(text)} means more than one ${what}`,
    ['Name one of them:', ...shown, ...more].join('\n  '),
  );
}

function quoted(text: string): string {
  return JSON.stringify(text.startsWith('ap_pk_') ? `${text.slice(0, 30)}…` : text);
}

/** @throws Failure invalid_argument, which repeats nothing that might be secret */
function refuseOther(text: string): void {
  if (text.trim() === '')
    throw new Failure('invalid_argument', 'the name is empty', 'Give an id, or the beginning of one.');
  if (/^(?:bearer )?eyJ/i.test(text))
    throw new Failure(
      'invalid_argument',
      'that is a token, not the name of something',
      'See `agent-paste explain --help`.',
    );
  if (text.length > LONGEST_NAME)
    throw new Failure('invalid_argument', `no name is longer than ${LONGEST_NAME} characters`);
}

/** An API key is found by its public id; its secret is not looked at. */
function publicPart(kind: NameKind, text: string): string {
  return kind === 'public_id' ? text.replace(/^ap_pk_[a-z]+_/, '').replace(/_.*$/, '') : text;
}

function sameName(kind: NameKind, name: string, wanted: string): boolean {
  return kind === 'email' ? name.toLowerCase() === wanted.toLowerCase() : name === wanted;
}

function fileOf(kind: NameKind): 'attempts' | 'database' {
  return kind === 'request_id' || kind === 'subject' ? 'attempts' : 'database';
}
