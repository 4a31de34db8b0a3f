/** What a bug is: a known mistake of callback servers, made by wrapping one piece of the right one. */
import type { InvariantId } from '../check/invariant-ids.ts';
import type { RandomSource } from '../random.ts';
import type { Wrapping } from '../serve.ts';
import type { Store } from '../store/store.ts';

export interface Bug {
  /** What the server then does, one sentence. */
  readonly summary: string;
  /** The invariant of `check` that must catch it. */
  readonly breaks: InvariantId;
  /** Called once for each server. */
  readonly wrap: (random: RandomSource) => Wrapping;
}

/** Milliseconds between looking and writing, in bugs that need a race: long enough to be lost by every rival. */
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
