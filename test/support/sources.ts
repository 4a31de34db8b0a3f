/** The files of `src/`, and what each of them imports. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url));

export interface Import {
  /** Relative to `src/`, or the name of a package. */
  readonly of: string;
  readonly typeOnly: boolean;
}

export const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .map((name) => name.split('\\').join('/'))
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => ({
    name,
    area: areaOf(name),
    folder: posix.dirname(name),
    code: withoutComments(readFileSync(join(SOURCE, name), 'utf8')),
  }));

/** The room, which is the first part of the path. */
export function areaOf(name: string): string {
  return name.split('/')[0] ?? name;
}

function withoutComments(text: string): string {
  return text.replace(/^\s*(\/\*\*?[\s\S]*?\*\/|\/\/.*)$/gm, '').replace(/ \/\/ .*$/gm, '');
}

export function importsOf({ name, code }: { name: string; code: string }): Import[] {
  const statements = code.matchAll(/^(?:import|export)\s+(type\s)?([^'";]*?\sfrom\s+)?'([^']+)'/gm);
  const found = [...statements].map(([, type, names = '', of = '']) => ({
    of,
    typeOnly: type !== undefined || onlyTypes(names),
  }));
  const later = [...code.matchAll(/\bimport\('([^']+)'\)/g)].map(([, of = '']) => ({ of, typeOnly: false }));
  return [...found, ...later].map(({ of, typeOnly }) => ({
    of: of.startsWith('.') ? posix.normalize(posix.join(posix.dirname(name), of)) : of,
    typeOnly,
  }));
}

/** `{ type A, type B } from`. */
function onlyTypes(names: string): boolean {
  const inBraces = /^\{([^}]*)\}\s+from\s+$/.exec(names)?.[1];
  const each =
    inBraces
      ?.split(',')
      .map((name) => name.trim())
      .filter(Boolean) ?? [];
  return each.length > 0 && each.every((name) => name.startsWith('type '));
}

/** Whether a file is one of these, or lies in one of these folders. */
export function covers(allowed: readonly string[] = [], target: string): boolean {
  return allowed.some((entry) => entry === '*' || entry === target || target.startsWith(`${entry}/`));
}
