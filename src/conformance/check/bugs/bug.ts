/** A bug: a known mistake of callback servers, made by wrapping one piece of the correct server. */

import type { RandomSource } from '../../../machine/random.ts';
import type { Wrapping } from '../../../server/parts.ts';
import type { Store } from '../../../store/store.ts';
import type { InvariantId } from '../invariants/ids.ts';

export interface Bug {
  /** The behaviour of the server, in one sentence. */
  readonly summary: string;
  /** The invariant of `check` that must catch it. */
  readonly breaks: InvariantId;
  /** Called once for each server. */
  readonly wrap: (random: RandomSource) => Wrapping;
}

/** Milliseconds between reading and writing, in bugs that need a race: long enough for every rival request. */
const RACE_MS = 250;

export function raceWindow(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, RACE_MS));
}

/** The store with another way of resolving a member. */
export function resolving(
  resolveMember: (callback: Parameters<Store['resolveMember']>[0], store: Store) => ReturnType<Store['resolveMember']>,
): Pick<Wrapping, 'store'> {
  return { store: (store) => ({ ...store, resolveMember: (callback) => resolveMember(callback, store) }) };
}

export type Body = Record<string, unknown>;

export function readBody(bytes: Uint8Array): Body {
  return JSON.parse(Buffer.from(bytes).toString());
}

export function writeBody(body: Body): Buffer {
  return Buffer.from(JSON.stringify(body));
}
