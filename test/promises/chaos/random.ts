/** Choices that follow from a seed, so that a run can be repeated as far as the machine lets it. */

export interface Choices {
  /** At least 0 and less than 1. */
  fraction(): number;
  /** A whole number of 0 to `limit` - 1. */
  below(limit: number): number;
  /** @throws RangeError for an empty list */
  of<T>(list: readonly T[]): T;
  /** True that often, of 1. */
  happens(probability: number): boolean;
}

/** Mulberry32: 32 bits of state are plenty for what a test chooses. */
export function choicesFrom(seed: number): Choices {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(fraction() * limit);
  return {
    fraction,
    below,
    of(list) {
      if (list.length === 0) throw new RangeError('there is nothing to choose from');
      return list[below(list.length)]!;
    },
    happens: (probability) => fraction() < probability,
  };
}
