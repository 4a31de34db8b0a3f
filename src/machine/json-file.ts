/** JSON with line numbers. The parser for YAML also reads JSON, but takes a hundred times as long. */

/** A value that was read from a file. */
export interface LocatedValue {
  readonly value: unknown;
  /** The line, from 1, at which a path begins with its name; for an unknown path, that of its nearest ancestor. */
  lineOf(path: readonly PropertyKey[]): number;
}

interface JsonFile extends LocatedValue {
  /** The first invalid name. */
  readonly unusable: { readonly what: string; readonly line: number } | undefined;
}

/** undefined for a text that is not JSON. */
export function readJson(text: string): JsonFile | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  let lines: ReadonlyMap<string, number> | undefined;
  return {
    value,
    unusable: unusableName(text),
    lineOf(where) {
      lines ??= linesOf(text);
      return lineOf(lines, where);
    },
  };
}

interface Place {
  /** This array is changed for the next place. */
  readonly path: readonly (string | number)[];
  readonly line: number;
  /** Whether this object already has the name. */
  readonly repeated: boolean;
}

/** Line breaks, braces and brackets, and values. */
const TOKENS = /\n|[{}[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}[\],:"]+/g;

/** Every member and element of a text, which must be JSON. It is iterative, because JSON.parse accepts any depth. */
function* places(text: string): Generator<Place> {
  const path: (string | number)[] = [];
  /** The names of an object; undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  let line = 1;
  let isName = false;
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '\n') line += 1;
    else if (token === ':') isName = false;
    else if (token === ',') isName = open.at(-1) !== undefined;
    else if (token === '}' || token === ']') {
      open.pop();
      path.length = open.length;
      isName = false;
    } else if (isName) {
      const names = open.at(-1) as Set<string>;
      const name = JSON.parse(token) as string;
      path[open.length - 1] = name;
      yield { path, line, repeated: names.has(name) };
      names.add(name);
    } else {
      const isElement = open.length > 0 && open.at(-1) === undefined;
      if (isElement) {
        const last = path[open.length - 1];
        path[open.length - 1] = typeof last === 'number' ? last + 1 : 0;
        yield { path, line, repeated: false };
      }
      isName = token === '{';
      if (isName) open.push(new Set());
      if (token === '[') open.push(undefined);
    }
  }
}

function unusableName(text: string): JsonFile['unusable'] {
  for (const { path, line, repeated } of places(text)) {
    const what = problemWithName(path.at(-1), repeated);
    if (what !== undefined) return { what, line };
  }
  return undefined;
}

/**
 * The problem with the name of a member, if any. Much code uses `__proto__` for the prototype of an object, so such a
 * member would get lost or appear in every object.
 */
export function problemWithName(name: unknown, repeated: boolean): string | undefined {
  if (repeated) return `Map keys must be unique; ${JSON.stringify(name)} is used twice`;
  return name === '__proto__' ? '__proto__ is not a known field and cannot be a name' : undefined;
}

/** The line of each path; the empty path is that of the text. */
function linesOf(text: string): ReadonlyMap<string, number> {
  const lines = new Map([['', text.slice(0, text.search(/\S/)).split('\n').length]]);
  for (const { path, line } of places(text)) lines.set(pathName(path), line);
  return lines;
}

function lineOf(lines: ReadonlyMap<string, number>, where: readonly PropertyKey[]): number {
  for (let depth = where.length; depth > 0; depth--) {
    const line = lines.get(pathName(where.slice(0, depth)));
    if (line !== undefined) return line;
  }
  return lines.get('') as number;
}

function pathName(path: readonly PropertyKey[]): string {
  return path.map((part) => `\0${String(part)}`).join('');
}
