/** JSON with its names in colour. It is drawn from values, never as markup. */
import type { ComponentChildren } from 'preact';
import type { Json } from '../../api-types.ts';

const INDENT = '  ';
/** Deeper than this nothing is told apart any more. */
const MOST_DEPTH = 24;

export function JsonView({ value }: { readonly value: Json }) {
  return <div class="json">{drawn(value, '', 0)}</div>;
}

function drawn(value: Json, indent: string, depth: number): ComponentChildren {
  if (value === null) return <span class="null">null</span>;
  if (typeof value !== 'object' || depth > MOST_DEPTH) return <bdi>{JSON.stringify(value)}</bdi>;
  const within = indent + INDENT;
  const entries: readonly (readonly [string | null, Json])[] = Array.isArray(value)
    ? value.map((each) => [null, each] as const)
    : Object.entries(value as Record<string, Json>);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  if (entries.length === 0) return `${open}${close}`;
  return (
    <>
      {open}
      {entries.map(([name, each], index) => (
        <>
          {`\n${within}`}
          {name !== null && (
            <>
              <bdi class="name">{JSON.stringify(name)}</bdi>:{' '}
            </>
          )}
          {drawn(each, within, depth + 1)}
          {index < entries.length - 1 && ','}
        </>
      ))}
      {`\n${indent}${close}`}
    </>
  );
}
