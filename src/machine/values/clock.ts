/** The clock of a server: a time at which it stands still, or an offset from the time of the machine. */
import { Failure } from '../../errors/failure.ts';
import { duration } from './duration.ts';
import { mustBe, type Refuse, type ValueForm, written } from './form.ts';
import { instant } from './instant.ts';

const OFFSET = duration('0s', '36500d');
const LEAST = Date.UTC(2000);
/** A token or a session lasts a year at most: no time that is made of this one needs a fifth digit for its year. */
const MOST = Date.UTC(9000);

/** Read as `2030-01-31T12:00:00.000Z` or `+90m`. */
export const clock: ValueForm<string> = {
  read(value, refuse) {
    const text = written(value);
    const wrong = (why?: string) => refuse(mustBe(clock.accepts, value, why));
    if (text.startsWith('+')) return offset(OFFSET.read(text.slice(1), () => wrong('offsets are +0s to +36500d')));
    const time = instant.read(text, () => wrong(/^-?\d+[a-z]/.test(text) ? 'an offset begins with +' : undefined));
    if (time < LEAST || time > MOST) throw wrong(`it is ${time < LEAST ? 'before 2000' : 'after 9000'}`);
    return instant.write(time);
  },
  write: (value) => value,
  placeholder: 'time|+offset',
  accepts: 'an offset such as +90m, or a time such as 2030-01-31T12:00:00Z (UTC by default)',
  schema: { type: 'string' },
};

/**
 * What this clock shows.
 * @param read a clock as its form reads it
 * @param machine the time of the machine; both in milliseconds since 1970
 */
export function timeBy(read: string, machine: number): number {
  return read.startsWith('+') ? machine + millisecondsOf(read) : Date.parse(read);
}

/** The clock after so many milliseconds. @throws the error of `refuse` for one that is too late */
export function advanced(read: string, milliseconds: number, refuse: Refuse): string {
  const later = read.startsWith('+')
    ? offset(millisecondsOf(read) + milliseconds)
    : instant.write(Date.parse(read) + milliseconds);
  return clock.read(later, refuse);
}

function millisecondsOf(read: string): number {
  return OFFSET.read(read.slice(1), (problem) => new Failure('state_corrupt', problem));
}

function offset(milliseconds: number): string {
  return `+${OFFSET.write(Math.round(milliseconds))}`;
}
