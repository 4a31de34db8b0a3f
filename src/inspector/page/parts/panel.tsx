/** A white panel with a heading. */
import type { ComponentChildren } from 'preact';

interface PanelProps {
  readonly title: string;
  /** Beside the heading. */
  readonly note?: ComponentChildren;
  /** At the right end of the heading. */
  readonly end?: ComponentChildren;
  readonly class?: string;
  readonly children: ComponentChildren;
}

export function Panel({ title, note, end, class: name = '', children }: PanelProps) {
  return (
    <section class={`panel ${name}`} aria-label={title}>
      <header>
        <h2>{title}</h2>
        {note && <span class="second">{note}</span>}
        {end && <span class="end second">{end}</span>}
      </header>
      {children}
    </section>
  );
}
