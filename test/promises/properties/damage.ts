/** Files as hands and tools break them: a value in the wrong place, a line cut off, an indent lost. */
import fc from 'fast-check';

const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    '',
    ' ',
    0,
    -1,
    1.5,
    1e21,
    [],
    {},
    [[]],
    '\0',
    '__proto__',
    '*a',
    '&a',
    '!!binary x',
    '2026-01-31',
  ),
  fc.jsonValue({ maxDepth: 2 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

/** A JSON value with some of its parts removed, replaced, renamed or repeated; now and then with none. */
export function damagedValue(value: unknown): fc.Arbitrary<unknown> {
  const paths = pathsIn(value);
  const damage = fc.record({
    path: fc.constantFrom(...paths),
    how: fc.constantFrom('remove', 'replace', 'rename', 'repeat'),
    by: odd,
    name: fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('id', 'user', 'email', '__proto__', 'constructor')),
  });
  return fc.array(damage, { maxLength: 2 }).map((list) => {
    const copy = { root: structuredClone(value) };
    for (const { path, how, by, name } of list) damageAt(copy, ['root', ...path], { how, by, name });
    return copy.root;
  });
}

/** A text with a piece taken out, put in or repeated. */
export function damagedText(text: string): fc.Arbitrary<string> {
  const pieces = fc.oneof(
    fc.constantFrom(
      '',
      '\n',
      '  ',
      '\t',
      ':',
      '- ',
      '"',
      "'",
      '{',
      '[',
      '&a ',
      '*a',
      '---\n',
      '#',
      '!!js/function x',
      '%YAML 9\n',
      '\0',
    ),
    fc.string({ unit: 'binary', maxLength: 5 }),
  );
  return fc
    .tuple(fc.nat({ max: text.length }), fc.nat({ max: 12 }), pieces)
    .map(([at, length, piece]) => text.slice(0, at) + piece + text.slice(at + length));
}

type Path = readonly (string | number)[];

function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, child]) => pathsIn(child, [...path, name]))];
}

function damageAt(root: object, path: Path, { how, by, name }: { how: string; by: unknown; name: string }): void {
  let parent: unknown = root;
  for (const part of path.slice(0, -1)) parent = childOf(parent, part);
  const last = path.at(-1) as string | number;
  if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, last)) return;
  const value = childOf(parent, last);
  if (Array.isArray(parent)) {
    if (how === 'remove') parent.splice(Number(last), 1);
    else if (how === 'repeat') parent.push(structuredClone(value));
    else parent[Number(last)] = by;
    return;
  }
  if (how === 'remove') Reflect.deleteProperty(parent, last);
  else if (how === 'replace') Reflect.set(parent, last, by);
  else Object.defineProperty(parent, name, { value, enumerable: true, configurable: true, writable: true });
  if (how === 'rename') Reflect.deleteProperty(parent, last);
}

function childOf(value: unknown, part: string | number): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined;
}
