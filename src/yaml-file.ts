/** YAML and JSON files with the line of everything in them, so that a message can name it. */
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { Failure, type FailureCode } from './errors.ts';

export interface YamlFile {
  readonly value: unknown;
  /** The line, from 1, at which a path begins, its name included, or else its nearest ancestor. */
  lineOf(path: readonly PropertyKey[]): number;
}

/** More aliases than a person writes; each may stand for a large part of the file. */
const MOST_ALIASES = 100;

/** JSON is YAML, so one parser reads both. @throws Failure `code`, naming file and line */
export function readYaml(text: string, path: string, code: FailureCode): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem) {
    const what = problem.code === 'MULTIPLE_DOCS' ? 'a second document begins; one is accepted' : problem.message;
    throw new Failure(code, `${path}:${lines.linePos(problem.pos[0]).line}: ${what}`);
  }
  const unusable = unusablePart(document);
  if (unusable) throw new Failure(code, `${path}:${lineAt(unusable.node, lines) ?? 1}: ${unusable.what}`);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    // The library says so for aliases alone: too many.
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

/** What YAML allows and a reader of JSON could not follow: names that are no text, and parts that contain themselves. */
function unusablePart(document: Document): { readonly node: unknown; readonly what: string } | undefined {
  let found: ReturnType<typeof unusablePart>;
  visit(document, {
    Pair(_, { key }) {
      if (key === null || isScalar(key)) return undefined;
      found = { node: key, what: 'a name must be a text' };
      return visit.BREAK;
    },
    Alias(_, node, ancestors) {
      const target = node.resolve(document);
      if (target !== undefined && !ancestors.some((ancestor) => ancestor === target)) return undefined;
      const problem = target === undefined ? 'stands for nothing' : 'stands inside what it names';
      found = { node, what: `the alias *${node.source} ${problem}` };
      return visit.BREAK;
    },
  });
  return found;
}

/** What stands under a name or at a position, and the name itself. */
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
