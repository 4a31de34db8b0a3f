import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJsonObject } from '../../../src/callback/token/json-object.ts';
import { ApiError } from '../../../src/errors/api-error.ts';
import { runs } from '../../support/property-runs.ts';

/** JSON as it is written: members in order, names spelled in any of their ways. */
type Node = { readonly text: string } | { readonly items: readonly Node[] } | { readonly members: readonly Member[] };
type Member = readonly [name: string, value: Node];

/** Picks a spelling for each character of a name. */
type Speller = (character: string) => string;

const names = fc.oneof(
  fc.constantFrom(
    'alg',
    'sub',
    '__proto__',
    'constructor',
    '',
    '"',
    '\\',
    '{',
    '},',
    ':',
    '[',
    '\u2028',
    '\ud800',
    'é',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const scalars = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constantFrom('{"a":1,"a":1}', '\\"', '[{'),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
  )
  .map((value): Node => ({ text: JSON.stringify(value) }));

const { object } = fc.letrec<{ object: { members: Member[] }; value: Node }>((tie) => ({
  object: fc
    .uniqueArray(fc.tuple(names, tie('value')), { maxLength: 4, selector: ([name]) => name })
    .map((members) => ({ members })),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalars,
    fc.array(tie('value'), { maxLength: 3 }).map((items) => ({ items })),
    tie('object'),
  ),
}));

const spellers = fc.array(fc.boolean(), { minLength: 1, maxLength: 16 }).map((choices): Speller => {
  let next = 0;
  return (character) => {
    const escaped = choices[next++ % choices.length] ?? false;
    const unit = character.charCodeAt(0).toString(16).padStart(4, '0');
    return escaped ? `\\u${unit}` : JSON.stringify(character).slice(1, -1);
  };
});

const spaces = fc.constantFrom('', ' ', '\n\t');

function write(node: Node, spell: Speller, space: string): string {
  if ('text' in node) return node.text;
  if ('items' in node) return `[${space}${node.items.map((item) => write(item, spell, space)).join(`,${space}`)}]`;
  const members = node.members.map(
    ([name, value]) => `"${spelled(name, spell)}"${space}:${write(value, spell, space)}`,
  );
  return `{${space}${members.join(`${space},`)}${space}}`;
}

/** What the text of a tree means. */
function meaningOf(node: Node): unknown {
  if ('text' in node) return JSON.parse(node.text);
  if ('items' in node) return node.items.map(meaningOf);
  return Object.fromEntries(node.members.map(([name, value]) => [name, meaningOf(value)]));
}

/** A surrogate pair is escaped as a whole or not at all, as its halves are no text. */
function spelled(name: string, spell: Speller): string {
  return [...name].map((character) => (character.length === 1 ? spell(character) : character)).join('');
}

/** Every object of a tree that has a member to repeat. */
function objectsOf(node: Node): { members: Member[] }[] {
  if ('text' in node) return [];
  if ('items' in node) return node.items.flatMap(objectsOf);
  const inner = node.members.flatMap(([, value]) => objectsOf(value));
  return node.members.length === 0 ? inner : [node as { members: Member[] }, ...inner];
}

/**
 * JSON.parse of V8 14 loses the escaped name of a member beside one that is called `\\`, when it parses the same text again.
 * No claim has such a name.
 */
function hasBackslashedName(tree: Node): boolean {
  return objectsOf(tree).some(({ members }) => members.some(([name]) => name.includes('\\')));
}

function reasonFor(text: string): string | undefined {
  try {
    parseJsonObject(Buffer.from(text), 'header_invalid');
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error.reason;
    throw error;
  }
}

test('reads an object with unique names as it is written, at every depth', () => {
  fc.assert(
    fc.property(object, spellers, spaces, (tree, spell, space) => {
      fc.pre(!hasBackslashedName(tree));
      const text = write(tree, spell, space).toWellFormed();
      expect(parseJsonObject(Buffer.from(text), 'header_invalid')).toEqual(meaningOf(tree));
    }),
    runs(500),
  );
});

test('reads a name with an escape as itself, whatever names were read before', () => {
  const read = (text: string) => parseJsonObject(Buffer.from(text), 'header_invalid');
  for (const [known, name, text] of [
    ['\\\\', '"', '\\"'],
    ['\\\\', '\n', '\\n'],
    ['\\\\', 'b', '\\u0062'],
    ['cri\\\\', 'crit', 'cri\\u0074'],
    ['\\\\u', 'it', '\\u0069t'],
    ['__proto_\\\\', '__proto__', '__proto_\\u005f'],
  ]) {
    for (let count = 0; count < 2; count++) read(`{"known":1,"${known}":{}}`);
    const value = read(`{"known":1,"${text}":[{"${text}":{"a":"\\"b\\":"}}]}`);
    expect(Object.entries(value)).toEqual([
      ['known', 1],
      [name, [Object.fromEntries([[name, { a: '"b":' }]])]],
    ]);
  }
});

test('finds a duplicate name at any depth, place and spelling', () => {
  fc.assert(
    fc.property(
      object,
      spellers,
      spaces,
      fc.nat(),
      fc.nat(),
      fc.nat(),
      scalars,
      (tree, spell, space, which, what, where, value) => {
        const candidates = objectsOf(tree);
        fc.pre(candidates.length > 0);
        const chosen = candidates[which % candidates.length] as { members: Member[] };
        const [name] = chosen.members[what % chosen.members.length] as Member;
        chosen.members.splice(where % (chosen.members.length + 1), 0, [name, value]);
        expect(reasonFor(write(tree, spell, space).toWellFormed())).toBe('duplicate_member');
      },
    ),
    runs(500),
  );
});

test('accepts one name in two objects, however nested', () => {
  for (const text of ['{"a":{"a":1}}', '{"a":[{"a":1},{"a":2}]}', '{"x":{"a":1},"a":1}', '{"a":1,"x":{"a":1}}']) {
    expect(reasonFor(text), text).toBeUndefined();
  }
});

test('ignores names inside strings', () => {
  expect(reasonFor('{"a":"\\",\\"a\\":1","b":"{\\"b\\":1,\\"b\\":2}"}')).toBeUndefined();
});

test('compares names exactly, in case, normal form and numbers', () => {
  expect(reasonFor('{"alg":1,"Alg":2,"\u00e9":3,"e\u0301":4,"1":5,"01":6,"1.0":7}')).toBeUndefined();
  expect(reasonFor('{"1":1,"\\u0031":2}')).toBe('duplicate_member');
});

test('walks nesting that would overflow a recursion', () => {
  const deep = (inner: string) => `{"x":${'[{"y":'.repeat(50_000)}${inner}${'}]'.repeat(50_000)}}`;
  expect(reasonFor(deep('1'))).toBeUndefined();
  expect(reasonFor(deep('{"a":1,"a":2}'))).toBe('duplicate_member');
});
