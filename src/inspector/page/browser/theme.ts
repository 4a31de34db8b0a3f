/** Light or dark: as the system has it, until one is chosen. */
import { signal } from '@preact/signals';

const NAME = 'agent-paste-inspector-theme';

export type Theme = 'light' | 'dark';

const DARK = matchMedia('(prefers-color-scheme: dark)');

export const theme = signal<Theme>('light');

export function startTheme(): void {
  const chosen = stored();
  if (chosen !== null) document.documentElement.dataset.theme = chosen;
  theme.value = chosen ?? system();
  DARK.addEventListener('change', () => {
    theme.value = stored() ?? system();
  });
}

export function switchTheme(): void {
  const next = theme.value === 'dark' ? 'light' : 'dark';
  document.documentElement.dataset.theme = next;
  theme.value = next;
  try {
    localStorage.setItem(NAME, next);
  } catch {
    // Without storage the choice lasts as long as the tab.
  }
}

function system(): Theme {
  return DARK.matches ? 'dark' : 'light';
}

function stored(): Theme | null {
  try {
    const value = localStorage.getItem(NAME);
    return value === 'light' || value === 'dark' ? value : null;
  } catch {
    return null;
  }
}
