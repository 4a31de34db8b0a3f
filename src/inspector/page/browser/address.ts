/** The address: every view is a link, so what is chosen is in the path and the query. */
import { signal } from '@preact/signals';
import { link, type Query } from './link.ts';

export interface Address {
  /** Decoded parts: `/callbacks/req_1` is `['callbacks', 'req_1']`. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

export const address = signal<Address>({ path: [], query: new URLSearchParams() });

/** The same page with other words in the query. */
export function linkWith(changed: Query): string {
  const { path, query } = address.value;
  return link(path, { ...Object.fromEntries(query), ...changed });
}

export function go(target: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') history.pushState(null, '', target);
  else history.replaceState(null, '', target);
  readAddress();
}

function readAddress(): void {
  const { pathname, search } = location;
  const path = pathname.split('/').filter(Boolean).map(decoded);
  address.value = { path, query: new URLSearchParams(search) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Links of the page change the address without a request. */
export function followLinks(): void {
  addEventListener('popstate', readAddress);
  document.addEventListener('click', (event) => {
    const anchor = (event.target as Element | null)?.closest('a[href]');
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (!(anchor instanceof HTMLAnchorElement) || !isPlain || event.defaultPrevented) return;
    if (anchor.origin !== location.origin || anchor.hash !== '') return;
    event.preventDefault();
    go(anchor.pathname + anchor.search);
  });
  readAddress();
}
