/** The search: an address or a user becomes a filter; for everything else the server says what it may be. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { SearchAnswer } from '../../api-types.ts';
import { address, go, linkWith } from '../browser/address.ts';
import { link } from '../browser/link.ts';
import { Icon } from '../parts/icons.tsx';
import { Foreign, Id } from '../parts/text.tsx';
import { useKeys } from '../parts/use-keys.ts';
import { filterFor } from '../state/filters.ts';
import { useResource } from '../state/resource.ts';

const PAGES: Readonly<Record<SearchAnswer['matches'][number]['kind'], string>> = {
  callback: 'callbacks',
  member: 'members',
  record: 'records',
  signing_key: 'signing-keys',
};

const NAMES: Readonly<Record<string, string>> = {
  callback: 'callback',
  member: 'member',
  record: 'record',
  signing_key: 'signing key',
};

/** A pause in typing after which the server is asked. */
const PAUSE_MS = 120;

export function SearchBox() {
  const box = useRef<HTMLInputElement>(null);
  const { query } = address.value;
  const given = query.get('q') ?? query.get('email') ?? query.get('subject') ?? query.get('reason') ?? '';
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? given;
  useKeys({ '/': () => box.current?.focus() });
  useEffect(() => {
    if (typed === null) return;
    const timer = setTimeout(() => search(typed.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <label class="search">
      <Icon name="search" />
      <span class="hidden">Search</span>
      <input
        ref={box}
        type="search"
        placeholder="request id, e-mail, user, jti, sid, reason…"
        value={text}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onBlur={() => setTyped(null)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') {
            setTyped(null);
            search('');
            box.current?.blur();
          }
          if (event.key === 'Enter') search(text.trim());
        }}
      />
      <span class="key" aria-hidden="true">
        /
      </span>
    </label>
  );
}

const NONE = { q: null, email: null, subject: null, reason: null };

function search(text: string): void {
  go(linkWith({ ...NONE, ...(text === '' ? {} : (filterFor(text) ?? { q: text })) }), 'replace');
}

/** What a text may be that is no filter. */
export function Matches({ q }: { readonly q: string }) {
  const { value, error } = useResource<SearchAnswer>(['search'], { q });
  if (error !== null) return <p class="matches note">{error.message}</p>;
  if (value === null) return <p class="matches note">Searching…</p>;
  const isReason = /^[a-z]+(_[a-z]+)*$/.test(q);
  return (
    <div class="matches">
      {value.matches.length === 0 && (
        <p class="note">
          Nothing is named <Foreign text={q} />.
        </p>
      )}
      <ul>
        {value.matches.map(({ kind, id, label }) => (
          <li key={`${kind} ${id}`}>
            <span class="dim">{NAMES[kind]}</span> <Id id={id} href={hrefOf(kind, id)} room={34} />{' '}
            <Foreign text={label} />
          </li>
        ))}
        {isReason && (
          <li>
            <span class="dim">reason</span>{' '}
            <a class="mono" href={linkWith({ ...NONE, reason: q })}>
              {q}
            </a>{' '}
            only callbacks that were refused for it
          </li>
        )}
      </ul>
    </div>
  );
}

function hrefOf(kind: SearchAnswer['matches'][number]['kind'], id: string): string {
  return kind === 'signing_key' ? link([PAGES[kind]]) : link([PAGES[kind], id]);
}
