/** tab needs values synchronously, but a state is read asynchronously. So tab is interrupted and called again. */
import type { RootCommand } from '@bomb.sh/tab';
import type { Values } from './live-values.ts';

/** Bash expands offered values as if they were typed, so values with special characters of a shell are left out. */
const PLAIN = /^[A-Za-z0-9@%+=:,._/-]+$/;

export class Offers {
  readonly #read = new Map<Values, readonly string[]>();

  /** tab calls it to get these values. */
  of(values: Values): (offer: (value: string, description: string) => void) => void {
    return (offer) => {
      const found = this.#read.get(values);
      if (found === undefined) throw new Unread(values);
      for (const value of found) if (PLAIN.test(value)) offer(value, '');
    };
  }

  /** Prints the possible next words. Only the values that tab needs are read. */
  async complete(root: RootCommand, words: readonly string[]): Promise<void> {
    for (;;) {
      try {
        root.parse([...words]); // tab prints at its end, so an interrupted call has printed nothing
        return;
      } catch (error) {
        if (!(error instanceof Unread)) throw error;
        this.#read.set(error.values, await error.values());
      }
    }
  }
}

class Unread extends Error {
  readonly values: Values;

  constructor(values: Values) {
    super('values that have not been read');
    this.values = values;
  }
}
