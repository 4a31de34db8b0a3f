/** The key of this run: it comes in the fragment of the printed link, and is sent as a header, never as a cookie. */
import { signal } from '@preact/signals';

const NAME = 'agent-paste-inspector-key';

export const key = signal<string | null>(null);

/** Takes the key out of the address at once: addresses are shown, kept and shared. */
export function takeKey(): void {
  const given = /^#key=([\w-]+)$/.exec(location.hash)?.[1];
  if (given !== undefined) {
    history.replaceState(null, '', location.pathname + location.search);
    keep(given);
  }
  key.value = given ?? kept() ?? key.value;
}

function keep(value: string): void {
  try {
    localStorage.setItem(NAME, value);
  } catch {
    // A browser may allow a page no storage: the key lives in this tab.
  }
}

function kept(): string | null {
  try {
    return localStorage.getItem(NAME);
  } catch {
    return null;
  }
}
