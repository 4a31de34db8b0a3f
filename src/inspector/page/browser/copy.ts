/** Copies, and says so politely. */
import { signal } from '@preact/signals';

/** What assistive technology is told next; also shown for a moment. */
export const announcement = signal('');

export async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    announce(`Copied: ${what}`);
  } catch {
    announce('The browser did not allow copying.');
  }
}

export function announce(text: string): void {
  announcement.value = text;
}
