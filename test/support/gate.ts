/** A place at which callbacks wait until the test lets them go on, however long the machine takes meanwhile. */
import type { Wrapping } from '../../src/server/parts.ts';

export interface Gate {
  /** For `testServer`. */
  readonly wrapping: Wrapping;
  /** How many callbacks have come to the gate. */
  arrived(): number;
  /** Lets those that wait go on, and all that come later. */
  open(): void;
}

/**
 * @param place `commit` for callbacks that have not written anything, `answer` for those whose work is committed
 * @param held whose callbacks wait, by e-mail address; those of all users by default
 */
export function gateBefore(place: 'commit' | 'answer', held: (email: string) => boolean = () => true): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  let count = 0;
  const pass = async ({ email }: { readonly email: string }) => {
    if (!held(email)) return;
    count++;
    await promise;
  };
  return {
    wrapping:
      place === 'commit'
        ? {
            store: (store) => ({
              ...store,
              async resolveMember(callback) {
                await pass(callback);
                return store.resolveMember(callback);
              },
            }),
          }
        : {
            callback: (callback) => async (identity, context) => {
              const resolution = await callback(identity, context);
              await pass(identity);
              return resolution;
            },
          },
    arrived: () => count,
    open: resolve,
  };
}
