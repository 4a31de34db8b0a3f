/** YAML and JSON files with line numbers for messages. */
import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { Failure, type FailureCode } from '../errors/failure.ts';
import { isTooDeep, TOO_DEEP } from '../errors/nesting.ts';
import { type LocatedValue, problemWithName, readJson } from './json-file.ts';

/** How many times aliases may multiply the size of the file. */
const MOST_COPIES = 100;
/** More than any person writes; the library searches all of them for each alias. */
const MOST_ALIASES = 10_000;

/** More than any person writes. The parser reads it within a second; JSON has a faster parser. */
const MOST_CHARACTERS = 1_048_576;

/** @throws Failure `code`, naming file and line */
export function readYaml(text: string, path: string, code: FailureCode): LocatedValue {
  const read = readEither(text, path, code);
  if (isTooDeep(read.value)) throw tooDeep(path, code);
  return read;
}

function tooDeep(path: string, code: FailureCode, cause?: unknown): Failure {
  return new Failure(code, `${path}: it is nested too deep: it has ${TOO_DEEP}`, undefined, cause);
}

function readEither(text: string, path: string, code: FailureCode): LocatedValue {
  const json = readJson(text);
  if (json?.unusable) throw new Failure(code, `${path}:${json.unusable.line}: ${json.unusable.what}`);
  if (json !== undefined) return json;
  if (text.length > MOST_CHARACTERS)
    throw new Failure(
      code,
      `${path} has ${text.length} characters of YAML; at most ${MOST_CHARACTERS} are accepted`,
      'JSON may be longer.',
    );
  try {
    return parsedYaml(text, path, code);
  } catch (error) {
    // The parser and the walks over its tree are recursive: a stack holds several times what is accepted.
    if (error instanceof RangeError) throw tooDeep(path, code, error);
    throw error;
  }
}

function parsedYaml(text: string, path: string, code: FailureCode): LocatedValue {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem?.code === 'RESOURCE_EXHAUSTION') throw tooDeep(path, code, problem);
  if (problem) throw new Failure(code, `${path}:${lines.linePos(problem.pos[0]).line}: ${wordsOf(problem)}`);
  const unusable = unusablePart(document);
  if (unusable) throw new Failure(code, `${path}:${lineAt(unusable.node, lines) ?? 1}: ${unusable.what}`);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MOST_COPIES });
  } catch (error) {
    // The library throws this only for too many aliases.
    if (error instanceof ReferenceError) throw new Failure(code, `${path}: ${error.message}`, undefined, error);
    throw error;
  }
  return {
    value,
    lineOf(where) {
      let node: unknown = document.contents;
      let line = lineAt(node, lines) ?? 1;
      for (const part of where) {
        const { name, child } = childOf(node, part);
        line = lineAt(name, lines) ?? lineAt(child, lines) ?? line;
        node = child;
      }
      return line;
    },
  };
}

/** The message of the library without its quotes, because the file may have been named by mistake, such as a private key. */
function wordsOf({ code, message }: YAMLError): string {
  if (code === 'MULTIPLE_DOCS') return 'a second document begins; the file must have one document';
  return message.replace(/^(Missing closing )["']/, '$1').replace(/:? ["'`].*$/s, '');
}

interface UnusablePart {
  readonly node: unknown;
  readonly what: string;
}

/**
 * Refuses YAML that has no equivalent in JSON: names that are not strings or occur twice, and values that contain
 * themselves. It needs one walk; the check of the library compares each name with each other.
 */
function unusablePart(document: Document): UnusablePart | undefined {
  let found: UnusablePart | undefined;
  let aliases = 0;
  const anchors = new Map<string, unknown>();
  const anchored = (node: { readonly anchor?: string | undefined }) => {
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
  };
  visit(document, {
    Map(_, node) {
      anchored(node);
      found = unusableName(node);
      return found && visit.BREAK;
    },
    Seq: (_, node) => anchored(node),
    // Of a map, whose names are read by now, or of `!!pairs` and `!!omap`, which are lists.
    Pair(_, { key }) {
      if (!isName(key)) found = { node: key, what: NAME_IS_NO_STRING };
      return found && visit.BREAK;
    },
    Scalar: (_, node) => anchored(node),
    Alias(_, node, ancestors) {
      aliases += 1;
      const what = unusableAlias(anchors.get(node.source), ancestors);
      if (what !== undefined) found = { node, what: `the alias *${node.source} ${what}` };
      if (aliases > MOST_ALIASES) found = { node, what: `at most ${MOST_ALIASES} aliases are accepted` };
      return found && visit.BREAK;
    },
  });
  return found;
}

function unusableAlias(target: unknown, ancestors: readonly unknown[]): string | undefined {
  if (target === undefined) return 'has no anchor';
  return ancestors.includes(target) ? 'is inside its own anchor' : undefined;
}

const NAME_IS_NO_STRING = 'a name must be a string';

/** Also a number or a word that has a value; not a list, a map, an alias, and not a date or bytes by their tags. */
function isName(key: unknown): boolean {
  return key === null || (isScalar(key) && (key.value === null || typeof key.value !== 'object'));
}

function unusableName({ items }: YAMLMap): UnusablePart | undefined {
  const names = new Set<string>();
  for (const { key } of items) {
    if (!isName(key)) return { node: key, what: NAME_IS_NO_STRING };
    const name = String(isScalar(key) ? key.value : key);
    const what = problemWithName(name, names.has(name));
    if (what !== undefined) return { node: key, what };
    names.add(name);
  }
  return undefined;
}

/** The value under a name or at a position, with the name. */
function childOf(node: unknown, part: PropertyKey): { name?: unknown; child?: unknown } {
  if (isSeq(node)) return { child: node.items[Number(part)] };
  if (!isMap(node)) return {};
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
  return { name: pair?.key, child: pair?.value };
}

function lineAt(node: unknown, lines: LineCounter): number | undefined {
  const range = isNode(node) ? (node as Node).range : undefined;
  return range ? lines.linePos(range[0]).line : undefined;
}
