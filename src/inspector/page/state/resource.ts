/** An answer that a view needs, asked for again when it may have changed. */
import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { get, Refusal } from '../browser/client.ts';
import { link, type Query } from '../browser/link.ts';
import { subscribe } from './live.ts';
import { generation } from './server.ts';

export interface Resource<T> {
  /** The last answer for this address. */
  readonly value: T | null;
  readonly error: Refusal | null;
}

/** Rises at most every so often while callbacks arrive. */
const changes = signal(0);
const EVERY_MS = 2000;

export function watchChanges(): void {
  const waiting = { is: false };
  subscribe(() => {
    if (waiting.is) return;
    waiting.is = true;
    setTimeout(() => {
      waiting.is = false;
      changes.value++;
    }, EVERY_MS);
  });
}

/** @param follows whether it is asked for again as callbacks arrive */
export function useResource<T>(path: readonly string[] | null, query: Query = {}, follows = false): Resource<T> {
  const address = path === null ? null : link(path, query);
  const [held, setHeld] = useState<Resource<T> & { readonly of: string | null }>({
    of: null,
    value: null,
    error: null,
  });
  const version = `${generation.value}/${follows ? changes.value : 0}`;
  // The address stands for path and query, the version for the server.
  useEffect(() => {
    if (path === null) return;
    const abort = new AbortController();
    get<T>(path, query, abort.signal).then(
      (value) => setHeld({ of: address, value, error: null }),
      (error) => {
        if (error instanceof Refusal) setHeld({ of: address, value: null, error });
      },
    );
    return () => abort.abort();
  }, [address, version]);
  return held.of === address ? held : { value: null, error: null };
}
