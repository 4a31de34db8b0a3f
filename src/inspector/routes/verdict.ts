/** Whether the callbacks of one key got one answer, in numbers and in a sentence that says no more than is known. */
import type { BytesVerdict, CallbackWithDetail } from '../api-types.ts';

const WORDS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

export function bytesVerdict(callbacks: readonly CallbackWithDetail[]): BytesVerdict {
  const answered = callbacks.filter(({ status }) => status === 200);
  const known = answered.flatMap(({ detail }) => detail?.answer ?? []);
  const answers = new Set(known.map(({ sha256 }) => sha256)).size;
  return {
    callbacks: callbacks.length,
    compared: known.length,
    answers,
    equal: known.length === 0 ? null : answers === 1,
    sentence: sentenceOf(callbacks, known, answers, answered.length),
  };
}

function sentenceOf(
  callbacks: readonly CallbackWithDetail[],
  known: readonly { readonly bytes: number }[],
  answers: number,
  answered: number,
): string {
  const n = callbacks.length;
  const begin = n === 1 ? '1 callback' : `${n} callbacks`;
  const roles = rolesOf(callbacks).join(', ');
  if (known.length === 0) return `${begin}: ${roles || 'none is in the log'}; the bytes of no answer are known`;
  const bytes = known[0]?.bytes;
  const counted = answers === 1 ? '1 answer' : `${answers} different answers`;
  const who = known.length === answered ? `all ${word(answered)}` : `the ${word(known.length)} whose bytes are known`;
  if (answers > 1) return `${begin}, ${counted}: ${roles}`;
  return known.length === 1
    ? `${begin}, ${counted}: ${roles}: ${bytes} bytes`
    : `${begin}, ${counted}: ${roles}: ${who} got the same ${bytes} bytes`;
}

function rolesOf(callbacks: readonly CallbackWithDetail[]): readonly string[] {
  const waits = (one: CallbackWithDetail) => one.outcome === 'replayed' && (one.detail?.leader ?? null) !== null;
  const roles: readonly (readonly [string, (one: CallbackWithDetail) => boolean])[] = [
    ['provisioned', ({ outcome }) => outcome === 'provisioned'],
    ['seen', ({ outcome }) => outcome === 'seen'],
    ['waited for it', waits],
    ['came later', (one) => one.outcome === 'replayed' && !waits(one)],
    ['refused', ({ outcome }) => outcome === 'refused'],
    ['found it in flight', ({ outcome }) => outcome === 'in_flight'],
    ['could not be served', ({ outcome }) => outcome === 'unavailable'],
  ];
  return roles.flatMap(([name, has]) => {
    const count = callbacks.filter(has).length;
    return count === 0 ? [] : [`${word(count)} ${name}`];
  });
}

function word(count: number): string {
  return WORDS[count] ?? String(count);
}
