/** Points of a callback at which a test stops callbacks, so that it stages a race by events and not by time. */
import { HOLD_POINTS, type HoldPoint } from '../machine/settings/hold.ts';
import type { Wrapping } from '../server/parts.ts';
import { refuseArgument, refuseName, WHOLE_NUMBER, wrong } from './options.ts';
import type { HeldCallbacks } from './types.ts';

export interface Holds {
  /** For the server. */
  readonly at: NonNullable<Wrapping['hold']>;
  hold(point: HoldPoint): HeldCallbacks;
  /** Of one point, or of all. */
  release(point?: HoldPoint): void;
}

interface Held extends HeldCallbacks {
  readonly arrive: () => Promise<void>;
}

export function createHolds(): Holds {
  const held = new Map<HoldPoint, Held>();
  const refusePoint = (what: string, point: unknown) => refuseName(`${what}: the point`, point, HOLD_POINTS);
  return {
    at: (point) => held.get(point)?.arrive(),
    hold(point) {
      refusePoint('hold', point);
      if (held.has(point)) throw wrong(`hold: callbacks are held at ${point} already; release them first`);
      const made = heldAt(point, () => held.delete(point));
      held.set(point, made);
      return made;
    },
    release(point) {
      if (point !== undefined) refusePoint('release', point);
      for (const [name, each] of held) if (point === undefined || name === point) each.release();
    },
  };
}

function heldAt(point: HoldPoint, forget: () => void): Held {
  const released = Promise.withResolvers<void>();
  const waiting = new Set<{
    readonly callbacks: number;
    readonly resolve: () => void;
    readonly reject: (error: Error) => void;
  }>();
  let arrived = 0;
  const release = () => {
    forget();
    released.resolve();
    for (const { callbacks, reject } of waiting)
      reject(new Error(`the hold at ${point} was released when ${arrived} of ${callbacks} callbacks had reached it`));
    waiting.clear();
  };
  return {
    arrive() {
      arrived += 1;
      for (const each of waiting) if (each.callbacks <= arrived && waiting.delete(each)) each.resolve();
      return released.promise;
    },
    reached(callbacks = 1) {
      refuseArgument('reached: the number of callbacks', callbacks, WHOLE_NUMBER);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      promise.catch(() => undefined); // a test may look at it later
      if (callbacks <= arrived) resolve();
      else waiting.add({ callbacks, resolve, reject });
      return promise;
    },
    release,
    [Symbol.dispose]: release,
  };
}
