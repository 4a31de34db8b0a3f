/** YAML and JSON files with the line of everything in them, so that a message can name it. */
import { isNode, LineCounter, parseDocument } from 'yaml';
import { Failure, type FailureCode } from './errors.ts';

export interface YamlFile {
  readonly value: unknown;
  /** The line, from 1, at which the value of a path stands, or its nearest ancestor. */
  lineOf(path: readonly PropertyKey[]): number;
}

/** JSON is YAML, so one parser reads both. @throws Failure `code`, naming file and line */
export function readYaml(text: string, path: string, code: FailureCode): YamlFile {
  const lines = new LineCounter();
  // `maxAliasCount` keeps a few nested aliases from growing into gigabytes.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const problem = document.errors[0];
  if (problem) throw new Failure(code, `${path}:${lines.linePos(problem.pos[0]).line}: ${problem.message}`);
  return {
    value: document.toJS({ maxAliasCount: 100 }),
    lineOf(where) {
      for (let length = where.length; length >= 0; length--) {
        const node = length === 0 ? document.contents : document.getIn(where.slice(0, length), true);
        if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
      }
      return 1;
    },
  };
}
