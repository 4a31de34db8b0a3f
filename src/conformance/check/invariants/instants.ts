/** The times of an answer. */
import { member } from '../../../callback/token/json-object.ts';
import { isoTime } from '../../../machine/values/time.ts';
import type { CallbackAnswer } from '../../replay/send.ts';
import { must, should } from '../trial/verdict.ts';

/** Seconds by which the clock of a target may differ (docs/target-contract.md), and a little for slow answers. */
const CLOCK_MS = 90_000;

/** A zone is named, so that a reader in another one sees the same instant. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)$/i;

const EXACT_INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const FIRST_TIMES = [
  ['workspace', 'created_at'],
  ['workspace_member', 'created_at'],
  ['workspace_member', 'last_seen_at'],
  ['default_api_key', 'api_key', 'created_at'],
] as const;

/** The instants of a first sign-in are those of the sign-in, as this machine has it. */
export function instantsOf(first: CallbackAnswer, now: number, paths: readonly (readonly string[])[] = FIRST_TIMES) {
  const at = (path: readonly string[]) => path.reduce<unknown>((node, name) => member(node, name), first.body);
  const times = paths.map((path) => [path.join('.'), at(path)] as const).filter(([, time]) => typeof time === 'string');
  const instants = new Set(times.map(([, time]) => Date.parse(String(time))));
  return [
    ...times.flatMap(([name, time]) => {
      const shown = `${name} is ${JSON.stringify(time)}`;
      const isNow = Math.abs(Date.parse(String(time)) - now) < CLOCK_MS;
      return [
        must(INSTANT.test(String(time)), `${shown}, which is no instant with a zone`, first),
        must(isNow, `${shown}, and it is ${isoTime(now)}`, first),
        should(EXACT_INSTANT.test(String(time)), `${shown}, not in UTC with milliseconds`, first),
      ];
    }),
    should(instants.size <= 1, `the times of one answer are ${instants.size} instants`, first),
  ];
}
