/** "Copy as": a button with what can be copied. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { copy } from '../browser/copy.ts';
import { Icon } from './icons.tsx';

export interface Copyable {
  readonly name: string;
  /** Null where it cannot be offered, such as a command with a control character in it. */
  readonly text: string | null;
}

export function CopyMenu({ items }: { readonly items: readonly Copyable[] }) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const close = (event: Event) => {
      const isOutside = !(event.target instanceof Node && root.current?.contains(event.target));
      if (isOutside) setOpen(false);
    };
    addEventListener('pointerdown', close);
    addEventListener('focusin', close);
    return () => {
      removeEventListener('pointerdown', close);
      removeEventListener('focusin', close);
    };
  }, [open]);
  const offered = items.filter(({ text }) => text !== null);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes it from each of its buttons
    <div
      class="menu"
      ref={root}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !open) return;
        event.stopPropagation();
        setOpen(false);
        root.current?.querySelector('button')?.focus();
      }}
    >
      <button type="button" class="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="copy" />
        Copy as
        <Icon name="down" />
      </button>
      {open && (
        <ul>
          {offered.map(({ name, text }) => (
            <li key={name}>
              <button
                type="button"
                onClick={() => {
                  setOpen(false);
                  void copy(text ?? '', name);
                }}
              >
                {name}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  return (
    <button type="button" class="button" onClick={() => void copy(text, what)}>
      <Icon name="copy" />
      Copy
    </button>
  );
}
