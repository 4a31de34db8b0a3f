/** The keys and users of a WorkOS, asked over HTTP. */
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { Rules, User } from './rules.ts';

export interface WorkOS {
  readonly url: string;
  readonly apiKey: string;
  readonly clientId: string;
}

/** A cached key set that is fetched again for an unknown key, at most once in a cooldown. */
export class KeySet {
  readonly #workos: WorkOS;
  readonly #cache: Rules['keyCache'];
  #keys = new Map<string, KeyObject>();
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;

  constructor(workos: WorkOS, cache: Rules['keyCache']) {
    this.#workos = workos;
    this.#cache = cache;
  }

  async knowing(kid: unknown): Promise<ReadonlyMap<string, KeyObject>> {
    const isFirst = this.#fetchedAt === Number.NEGATIVE_INFINITY;
    const isDue = performance.now() - this.#fetchedAt > this.#cache.cooldownMs && !this.#cache.isFinal;
    if (isFirst || (isDue && !this.#keys.has(String(kid)))) {
      this.#running ??= this.#fetch().finally(() => {
        this.#running = undefined;
      });
    }
    await this.#running;
    return this.#keys;
  }

  async #fetch(): Promise<void> {
    const response = await fetch(`${this.#workos.url}/sso/jwks/${this.#workos.clientId}`);
    const { keys } = (await response.json()) as { keys: (JsonWebKey & { kid: string })[] };
    const read = keys.map((jwk) => [jwk.kid, createPublicKey({ key: jwk, format: 'jwk' })] as const);
    this.#keys = new Map([...(this.#cache.keepsRemoved ? this.#keys : []), ...read]);
    this.#fetchedAt = performance.now();
  }
}

/** @returns undefined for a user whom WorkOS does not have */
export async function userOf({ url, apiKey }: WorkOS, subject: string): Promise<User | undefined> {
  const response = await fetch(`${url}/user_management/users/${encodeURIComponent(subject)}`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  const user = (await response.json()) as Partial<User>;
  return response.ok && user.id === subject ? (user as User) : undefined;
}
