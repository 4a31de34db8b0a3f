/** The points at which `--hold` delays a callback, and for how long. */
import { closest } from '../../errors/closest.ts';
import { alternatives } from '../values/choice.ts';
import { duration } from '../values/duration.ts';
import { mustBe, type ValueForm, written } from '../values/form.ts';

/** Points at which a callback can be delayed, so that races and lost answers happen on demand. */
export const HOLD_POINTS = ['after-verify', 'before-commit', 'after-commit', 'before-send'] as const;

export type HoldPoint = (typeof HOLD_POINTS)[number];

const time = duration('0ms', '10m');

/** `before-send=2s` */
export const hold: ValueForm<readonly [HoldPoint, number]> = {
  read(value, refuse) {
    const [point = '', given, ...rest] = written(value).split('=');
    const known = HOLD_POINTS.find((name) => name === point);
    if (known === undefined || given === undefined || rest.length > 0)
      throw refuse(`${mustBe(hold.accepts, value)}${known === undefined ? closest(point, HOLD_POINTS) : ''}`);
    return [known, time.read(given, refuse)];
  },
  write: ([point, milliseconds]) => `${point}=${time.write(milliseconds)}`,
  placeholder: 'point=duration',
  accepts: `<point>=<duration> with the point ${alternatives(HOLD_POINTS)}`,
  schema: { type: 'string', pattern: `^(?:${HOLD_POINTS.join('|')})=` },
};
