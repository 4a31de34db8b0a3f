/** Durations as people write them: a number and a unit. Only 0 needs no unit. */
import ms, { type StringValue } from 'ms';
import { alternatives } from './choice.ts';
import { type JsonSchema, mustBe, type Refuse, type ValueForm, written } from './form.ts';
import { DAY } from './time.ts';

/** Milliseconds, or NaN for a text that is not a duration. */
function milliseconds(value: unknown): number {
  const text = written(value);
  if (text === '0') return 0;
  return DURATION.test(text.replace(/^-/, '')) ? ms(text as StringValue) : Number.NaN;
}

const DURATION = /^\d+(?:\.\d+)?(?:ms|s|m|h|d|w)$/;
const SCHEMA: JsonSchema = { anyOf: [{ type: 'string', pattern: DURATION.source }, { enum: [0, '0'] }] };

/** `1ms`, `250ms`, `5s`, `10m`, `24h`, `7d` or `2w`. */
export function duration(least: StringValue, most: StringValue): ValueForm<number> & { readonly unit: 'milliseconds' } {
  const accepts = `a duration from ${least} to ${most}`;
  return {
    read(value, refuse) {
      const read = milliseconds(value);
      if (read >= ms(least) && read <= ms(most)) return read;
      throw problem(`${accepts}${examples(least, most)}`, value, refuse);
    },
    write,
    placeholder: 'duration',
    accepts,
    schema: SCHEMA,
    unit: 'milliseconds',
  };
}

/** Whole seconds, written like any duration; `-1m` if the range begins below 0. */
export function seconds(least: StringValue, most: StringValue): ValueForm<number> & { readonly unit: 'seconds' } {
  const accepts = `a duration in whole seconds from ${least} to ${most}`;
  return {
    read(value, refuse) {
      const read = milliseconds(value) / 1000;
      if (Number.isInteger(read) && read >= ms(least) / 1000 && read <= ms(most) / 1000) return read;
      throw problem(`${accepts}${examples(least, most, '1s')}`, value, refuse);
    },
    write: (value) => `${value}s`,
    placeholder: 'duration',
    accepts,
    schema: SCHEMA,
    unit: 'seconds',
  };
}

const UNITS = [
  ['d', DAY],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

/** In the largest unit that divides it; one day is 24h. */
function write(milliseconds: number): string {
  const [unit, size] = UNITS.find(([, size]) => milliseconds >= size && milliseconds % size === 0) ?? ['ms', 1];
  return milliseconds === DAY ? '24h' : `${milliseconds / size}${unit}`;
}

const EXAMPLES: readonly StringValue[] = ['250ms', '5s', '30s', '10m', '24h', '7d'];

/** At most three examples, all of them within the range. */
function examples(least: StringValue, most: StringValue, step: StringValue = '1ms'): string {
  const within = EXAMPLES.filter((text) => ms(text) >= ms(least) && ms(text) <= ms(most) && ms(text) % ms(step) === 0);
  return within.length === 0 ? '' : `, such as ${alternatives(within.slice(0, 3))}`;
}

function problem(accepted: string, value: unknown, refuse: Refuse): Error {
  const unitless = /^\d+(?:\.\d+)?$/.test(written(value));
  return refuse(mustBe(accepted, value, unitless ? 'it has no unit' : undefined));
}
