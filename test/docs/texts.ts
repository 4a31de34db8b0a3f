/** The sentences of a source file that people read: its comments, and its messages or the titles of its tests. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'rolldown/utils';
import { ROOT } from './markdown.ts';

export interface Text {
  readonly line: number;
  readonly text: string;
}

type Node = { readonly type: string; readonly start: number; readonly end: number } & Record<string, unknown>;

/** Paths from the root of the project, with `/`. */
export function sourcesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.split('\\').join('/')}`)
    .filter((name) => /\.(ts|mjs)$/.test(name) && !name.includes('/node_modules/'))
    .sort();
}

export function sourceText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

export function commentsOf(code: string): Text[] {
  return parsed(code).comments.map(({ start, value }) => ({ line: lineAt(code, start), text: value }));
}

/** Strings and templates of at least three words; anything shorter is a name. */
export function messagesOf(code: string): Text[] {
  return literalsOf(code, nodesOf(parsed(code).program)).filter(({ text }) => text.trim().split(/\s+/).length >= 3);
}

/** The first argument of `test`, `it`, `describe`, and of what their methods return, such as `test.each(rows)(title)`. */
export function titlesOf(code: string): Text[] {
  const calls = nodesOf(parsed(code).program).filter(
    ({ type, callee }) => type === 'CallExpression' && /^(test|it|describe)\b/.test(sourceOf(code, callee as Node)),
  );
  return literalsOf(
    code,
    calls.flatMap((call) => (call.arguments as Node[]).slice(0, 1)),
  );
}

/** @throws Error for a text that is not TypeScript, of which nothing would be found */
function parsed(code: string) {
  const result = parseSync('source.ts', code);
  if (result.errors.length > 0) throw new Error(result.errors.map(({ message }) => message).join('; '));
  return result;
}

function nodesOf(value: unknown): Node[] {
  if (Array.isArray(value)) return value.flatMap(nodesOf);
  if (typeof value !== 'object' || value === null) return [];
  const inside = Object.values(value).flatMap(nodesOf);
  return 'type' in value && 'start' in value ? [value as Node, ...inside] : inside;
}

function literalsOf(code: string, nodes: readonly Node[]): Text[] {
  return nodes
    .filter(({ type, value }) => type === 'TemplateLiteral' || (type === 'Literal' && typeof value === 'string'))
    .map((node) => ({ line: lineAt(code, node.start), text: sourceOf(code, node).slice(1, -1) }));
}

function sourceOf(code: string, { start, end }: Node): string {
  return code.slice(start, end);
}

function lineAt(code: string, offset: number): number {
  return code.slice(0, offset).split('\n').length;
}
