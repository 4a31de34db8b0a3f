/** Points in time as people write them. A time without a zone is UTC, like every time that the program shows. */
import ms, { type StringValue } from 'ms';
import { mustBe, type ValueForm, written } from './form.ts';
import { DAY, isoTime, LAST_SECOND } from './time.ts';

/** RFC 3339; the zone, the seconds, the time and the T may be left out. */
const DATE_TIME =
  /^(?<date>\d{4}-\d\d-\d\d)(?:[Tt ](?<time>\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?) ?(?<zone>[Zz]|[+-]\d\d:\d\d)?)?$/;

/** Milliseconds since 1970, from 1970 to 9999; `2026-01-31T12:00:00+01:00`, `2026-01-31 12:00`, `2026-01-31`. */
export const dateTime: ValueForm<number> = {
  read(value, refuse) {
    const read = millisecondsOf(written(value));
    if (!(read >= 0 && read <= LAST_SECOND * 1000 + 999)) throw refuse(mustBe(dateTime.accepts, value, oddityOf(read)));
    return read;
  },
  write: (value) => isoTime(value),
  placeholder: 'time',
  accepts: 'a date and time from 1970 to 9999, such as 2026-01-31T12:00:00Z (UTC by default)',
  schema: { type: 'string', format: 'date-time' },
};

/** The same, or whole seconds since 1970, as in tokens. Read as milliseconds since 1970. */
export const instant: ValueForm<number> = {
  read(value, refuse) {
    const text = written(value);
    const wrong = (why?: string) => refuse(mustBe(instant.accepts, value, why));
    if (!/^\d+$/.test(text)) {
      const read = millisecondsOf(text);
      if (!(read >= 0 && read <= LAST_SECOND * 1000 + 999)) throw wrong(oddityOf(read));
      return read;
    }
    if (Number(text) > LAST_SECOND) throw wrong('it looks like milliseconds, but must be in seconds');
    return Number(text) * 1000;
  },
  write: dateTime.write,
  placeholder: 'time',
  accepts: 'a time such as 2026-01-31T12:00:00Z (UTC by default), or seconds since 1970',
  schema: dateTime.schema,
};

/**
 * A time as in `instant`, or `2h`, `2 hours ago`, `in 2h`, `09:00` (the latest one), `yesterday 22:00`, `today`, `now`.
 * Days begin at midnight UTC.
 * @param now milliseconds since 1970
 */
export function saidInstant(now: number): ValueForm<number> {
  const accepts =
    'a time such as 10m, 2h ago, in 5m, 09:00, yesterday, 2026-01-31 or 2026-01-31T12:00:00Z (UTC by default), or seconds since 1970';
  return {
    read(value, refuse) {
      const text = written(value).trim();
      const said = asSaid(text.toLowerCase(), now);
      if (said !== undefined) return Math.max(0, said);
      const problem = (why?: string) => refuse(mustBe(accepts, value, why));
      if (/^\d{1,8}$/.test(text)) throw problem('it has no unit');
      return instant.read(text, (message) => problem(/: (it [^:]*)$/.exec(message)?.[1]));
    },
    write: dateTime.write,
    placeholder: 'time',
    accepts,
    schema: dateTime.schema,
  };
}

function asSaid(text: string, now: number): number | undefined {
  const [, ahead, amount, unit, ago] = DISTANCE.exec(text) ?? [];
  if (amount !== undefined && !(ahead && ago)) {
    const distance = ms(`${amount}${unit}` as StringValue);
    return ahead ? now + distance : now - distance;
  }
  const today = Math.floor(now / DAY) * DAY;
  if (text === 'now') return now;
  const [, day, , time] = DAY_AND_TIME.exec(text) ?? [];
  if (day === undefined && time === undefined) return undefined;
  const clock = time === undefined ? 0 : timeOfDay(time.replace(/^\d:/, '0$&'));
  if (clock === undefined) return undefined;
  if (day !== undefined) return (day === 'yesterday' ? today - DAY : today) + clock;
  return today + clock > now ? today + clock - DAY : today + clock;
}

/** `2h`, `5 minutes ago`, `in 1 day`; the units are those of the library. */
const DISTANCE =
  /^(in )?(\d+(?:\.\d+)?) ?(ms|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)( ago)?$/;
/** `yesterday`, `09:00`, `yesterday 22:00`, `today at 9:00Z` */
const DAY_AND_TIME = /^(today|yesterday)?(?:(^| | at )(\d\d?:\d\d(?::\d\d)?) ?z?)?$/;

/** Milliseconds since midnight. */
function timeOfDay(text: string): number | undefined {
  const [hours = 0, minutes = 0, seconds = 0] = text.split(':').map(Number);
  return hours < 24 && minutes < 60 && seconds < 60 ? ((hours * 60 + minutes) * 60 + seconds) * 1000 : undefined;
}

/** NaN for a text that is not a time, such as a 30th of February. */
function millisecondsOf(text: string): number {
  const { date, time = '00:00', zone = 'Z' } = DATE_TIME.exec(text)?.groups ?? {};
  if (date === undefined) return Number.NaN;
  const midnight = Date.parse(`${date}T00:00:00Z`);
  const clock = timeOfDay(time);
  if (Number.isNaN(midnight) || isoTime(midnight).slice(0, 10) !== date || clock === undefined) return Number.NaN;
  const [, sign, hours = 0, minutes = 0] = /^([+-])(\d\d):(\d\d)$/.exec(zone) ?? [];
  if (Number(hours) > 23 || Number(minutes) > 59) return Number.NaN;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return Math.floor(midnight + clock) - (sign === '-' ? -offset : offset);
}

function oddityOf(milliseconds: number): string | undefined {
  if (Number.isNaN(milliseconds)) return undefined;
  return milliseconds < 0 ? 'it is before 1970' : 'it is after 9999';
}
