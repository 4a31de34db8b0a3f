/** Texts of others: names, claims, ids. Each is a text node of its own, isolated from what stands around it. */
import { shortened } from './short.ts';

export function Foreign({ text }: { readonly text: string }) {
  return <bdi>{text}</bdi>;
}

interface IdProps {
  readonly id: string;
  /** The page that the id leads to. */
  readonly href?: string;
  /** Letters that stay; the middle goes. */
  readonly room?: number;
}

/** An id without its middle; whole on hover and for assistive technology. */
export function Id({ id, href, room = 18 }: IdProps) {
  const short = shortened(id, room);
  const text = <bdi>{short}</bdi>;
  const title = short === id ? {} : { title: id };
  if (href === undefined)
    return (
      <span class="mono" {...title}>
        {text}
      </span>
    );
  return (
    <a class="mono" href={href} {...title}>
      {text}
    </a>
  );
}

/** `21:24:07` and, dimmed, its milliseconds. */
export function Time({ iso }: { readonly iso: string }) {
  return (
    <time class="mono" dateTime={iso} title={iso}>
      {iso.slice(11, 19)}
      <span class="dim">{iso.slice(19, 23)}</span>
    </time>
  );
}
