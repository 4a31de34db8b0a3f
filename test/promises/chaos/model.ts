/**
 * What was acknowledged, and what must hold because of it.
 *
 * Whatever is done has a beginning and an end. What begins after a reset has ended must be kept; what overlaps with one
 * may be gone. A command that was killed may have done its work or not.
 */
import { expect } from 'vitest';

export interface Token {
  readonly token: string;
  readonly subject: string;
  readonly jti: string;
  readonly kid: string;
  /** When the command that printed it began. */
  readonly from: number;
}

export interface Answer {
  readonly subject: string;
  readonly jti: string;
  readonly text: string;
}

type Since<T> = T & { readonly from: number };

export class Model {
  #moment = 0;
  #wiped = { state: 0, keys: 0 };
  #users = new Map<string, Since<{ readonly id: string }>>();
  #removed = new Map<string, Since<object>>();
  #keys = new Map<string, Since<object>>();
  #retired = new Map<string, Since<{ readonly to: number }>>();
  #maybeRetired = new Set<string>();
  /** Of each key: how many commands take its retirement back, and when the last one ended. */
  #published = new Map<string, { readonly running: number; readonly ended: number }>();
  #maybeRemoved = new Set<string>();
  #answers = new Map<string, Since<Answer>>();
  #seeded: number | undefined;
  /** Every token that clients may send. */
  readonly tokens: Token[] = [];

  /** A moment, later than every one before. */
  now(): number {
    this.#moment += 1;
    return this.#moment;
  }

  /** A reset that was done, or killed, has ended. */
  wiped(what: 'everything' | 'all but keys'): void {
    const at = this.now();
    this.#wiped.state = at;
    this.#users.clear();
    this.#removed.clear();
    this.#answers.clear();
    this.#seeded = undefined;
    if (what === 'all but keys') return;
    this.#wiped.keys = at;
    this.#keys.clear();
    this.#retired.clear();
  }

  isWiped(from: number): boolean {
    return from < this.#wiped.state;
  }

  user(email: string, id: string, from: number): void {
    if (this.isWiped(from) || this.#maybeRemoved.has(id)) return;
    const address = email.toLowerCase();
    const known = this.#users.get(address);
    if (known !== undefined) expect(id, `the user of ${address}`).toBe(known.id);
    else this.#users.set(address, { id, from });
  }

  removing(email: string, id: string): void {
    this.#maybeRemoved.add(id);
    this.#users.delete(email.toLowerCase());
  }

  removed(id: string, from: number): void {
    if (!this.isWiped(from)) this.#removed.set(id, { from });
  }

  key(kid: string, from: number): void {
    if (from >= this.#wiped.keys) this.#keys.set(kid, { from });
  }

  retiring(kid: string): void {
    this.#maybeRetired.add(kid);
  }

  /** Of two commands at once, either may be the last one. */
  retired(kid: string, from: number): void {
    const { running, ended } = this.#publishedOf(kid);
    if (from >= this.#wiped.keys && running === 0 && ended < from) this.#retired.set(kid, { from, to: this.now() });
  }

  publishing(kid: string): void {
    const { running, ended } = this.#publishedOf(kid);
    this.#published.set(kid, { running: running + 1, ended });
    this.#retired.delete(kid);
  }

  /** A command that takes a retirement back has ended, or was killed. */
  published(kid: string): void {
    this.#published.set(kid, { running: this.#publishedOf(kid).running - 1, ended: this.now() });
    this.#retired.delete(kid);
  }

  #publishedOf(kid: string) {
    return this.#published.get(kid) ?? { running: 0, ended: 0 };
  }

  seeded(from: number): void {
    if (!this.isWiped(from)) this.#seeded = from;
  }

  /** An answer of status 200 to a request that was begun at `from`. */
  answered({ subject, jti, kid, from: minted }: Token, text: string, from: number): void {
    const retired = this.#retired.get(kid);
    if (retired !== undefined && retired.to < from) throw new Error(`a token of the retired key ${kid} was accepted`);
    if (this.isWiped(from) || this.isWiped(minted)) return;
    const name = `${subject} ${jti}`;
    const known = this.#answers.get(name);
    if (known !== undefined) expect(text, `the answer to ${name}`).toBe(known.text);
    else this.#answers.set(name, { subject, jti, text, from });
  }

  /** Whether a server may refuse the token. */
  mayBeRefused({ kid, subject, from }: Token, reason: string): boolean {
    if (reason === 'kid_unknown') return this.#maybeRetired.has(kid) || from < this.#wiped.keys;
    if (reason === 'user_fetch_failed') return this.#maybeRemoved.has(subject) || this.isWiped(from);
    return false;
  }

  /** The newest of those that a server must accept. */
  get acceptedTokens(): readonly Token[] {
    return this.tokens
      .filter((token) => !this.mayBeRefused(token, 'kid_unknown') && !this.mayBeRefused(token, 'user_fetch_failed'))
      .slice(-40);
  }
  get users(): readonly { readonly address: string; readonly id: string }[] {
    return [...this.#users].map(([address, { id }]) => ({ address, id }));
  }
  get removedIds(): readonly string[] {
    return [...this.#removed.keys()];
  }
  get keys(): readonly string[] {
    return [...this.#keys.keys()];
  }
  /** Keys that were retired, or may have been. */
  get maybeRetiredKeys(): readonly string[] {
    return [...this.#maybeRetired];
  }
  get retiredKeys(): readonly string[] {
    return [...this.#retired.keys()];
  }
  get answers(): readonly Answer[] {
    return [...this.#answers.values()];
  }
  get isSeeded(): boolean {
    return this.#seeded !== undefined;
  }
}
