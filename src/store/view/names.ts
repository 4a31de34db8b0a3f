/** Resolves a name that a person typed, perhaps only its beginning. */
import { nearestNames } from '../../errors/closest.ts';
import { Failure } from '../../errors/failure.ts';
import type { NameKind, Reads } from '../read-store.ts';

/** A kind of name, and the prefix that may be left out. */
export interface Way {
  readonly kind: NameKind;
  readonly prefix?: string;
}

export interface Match {
  readonly kind: NameKind;
  readonly name: string;
}

/** Largest number of candidates in a message. */
const MOST_CANDIDATES = 10;
const MOST_NEAREST = 3;
/** If no name has this beginning, so many names on each side and so many of the newest members are compared. */
const NEIGHBOURS = 50;
const LONGEST_NAME = 320;

/**
 * The names that the text may mean. A whole name means only itself. A beginning, or both ends with `…` between them as in
 * tables, may mean several names. The list is empty if there is none.
 * @throws Failure invalid_argument for a text that cannot be a name
 */
export async function matchesOf(reads: Reads, ways: readonly Way[], text: string): Promise<readonly Match[]> {
  refuseOther(text);
  const [given = '', end = ''] = text.split('…');
  const found = await ofEach(ways, async ({ kind, prefix = '' }) => {
    const wanted = prefix + publicPart(kind, given);
    const shortened = { beginning: wanted, end: publicPart(kind, end) };
    const names = await reads.namesBeginning(kind, shortened, MOST_CANDIDATES + 1);
    return names.map((name) => ({ kind, name, whole: sameName(kind, name, wanted) }));
  });
  const whole = found.filter(({ whole }) => whole);
  return whole.length > 0 ? whole : found;
}

/** The results for each, in order. */
export async function ofEach<T, R>(items: readonly T[], find: (item: T) => Promise<readonly R[]>): Promise<R[]> {
  return (await Promise.all(items.map(find))).flat();
}

/** @returns a failure with exit code 5 and the nearest names */
export async function notFound(
  reads: Reads,
  ways: readonly Way[],
  { what, text, hint }: { readonly what: string; readonly text: string; readonly hint?: string | undefined },
): Promise<Failure> {
  const around = await ofEach(ways, async ({ kind, prefix = '' }) => {
    const names = await reads.namesAround(kind, prefix + text, NEIGHBOURS);
    return names.map((name) => name.slice(name.startsWith(prefix) ? prefix.length : 0));
  });
  // An address with a wrong first letter is far away in the order.
  const newest =
    text.includes('@') && (await reads.has('database'))
      ? (await reads.list('members', { limit: 200 })).items.map(({ email }) => email)
      : [];
  const nearest = nearestNames(text, [...around, ...newest], MOST_NEAREST);
  const suggestion = nearest.length === 0 ? undefined : `Nearest: ${nearest.join(', ')}.`;
  return new Failure(
    'not_found',
    `there is no ${what} ${quoted(text)}`,
    [suggestion, hint].filter(Boolean).join(' ') || undefined,
  );
}

/** @returns a failure with exit code 2 and the candidates */
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

/** @throws Failure invalid_argument, which does not repeat text that may be secret */
function refuseOther(text: string): void {
  if (text.trim() === '')
    throw new Failure('invalid_argument', 'the name is empty', 'Give an id, or the beginning of one.');
  if (/^(?:bearer )?eyJ/i.test(text))
    throw new Failure('invalid_argument', 'a token was given instead of a name', 'See `agent-paste explain --help`.');
  if (text.length > LONGEST_NAME)
    throw new Failure('invalid_argument', `a name must have at most ${LONGEST_NAME} characters`);
}

/** An API key is found by its public id; its secret is ignored. */
function publicPart(kind: NameKind, text: string): string {
  return kind === 'public_id' ? text.replace(/^ap_pk_[a-z]+_/, '').replace(/_.*$/, '') : text;
}

function sameName(kind: NameKind, name: string, wanted: string): boolean {
  return kind === 'email' || kind === 'user_email' ? name.toLowerCase() === wanted.toLowerCase() : name === wanted;
}
