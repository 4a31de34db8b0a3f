/** What a browser loads, and what it may not contain. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { BINARY } from '../../support/binary.ts';

const BUILT = join(dirname(dirname(BINARY)), 'dist/inspector');
const assets = readdirSync(join(BUILT, 'assets'));
const [shell = ''] = [readFileSync(join(BUILT, 'index.html'), 'utf8')];

const read = (name: string) => readFileSync(join(BUILT, 'assets', name), 'utf8');
const scripts = assets.filter((name) => name.endsWith('.js'));
const entry = scripts.find((name) => shell.includes(name)) ?? '';

/** The bytes of files, and those that remain of them when each is packed. */
function weigh(names: readonly string[]): { readonly bytes: number; readonly packed: number } {
  const contents = names.map((name) => Buffer.from(read(name)));
  return {
    bytes: contents.reduce((sum, { length }) => sum + length, 0),
    packed: contents.reduce((sum, content) => sum + gzipSync(content, { level: 9 }).length, 0),
  };
}

/** A script with those that it imports. */
function withImports(name: string, known = new Set<string>()): Set<string> {
  if (known.has(name)) return known;
  known.add(name);
  for (const [, imported = ''] of read(name).matchAll(/\bfrom"\.\/([\w.-]+)"/g)) withImports(imported, known);
  return known;
}

describe('the built page', () => {
  test.each(scripts.filter((name) => name !== entry))(
    'loads 90 kB of scripts at most, packed 30, to show %s',
    (name) => {
      const { bytes, packed } = weigh([...withImports(name, withImports(entry))]);
      expect(bytes).toBeLessThanOrEqual(90_000);
      expect(packed).toBeLessThanOrEqual(30_000);
    },
  );

  test('has one stylesheet of at most 18 kB, packed 5', () => {
    const styles = assets.filter((name) => name.endsWith('.css'));
    expect(styles).toHaveLength(1);
    const { bytes, packed } = weigh(styles);
    expect(bytes).toBeLessThanOrEqual(18_000);
    expect(packed).toBeLessThanOrEqual(5000);
  });

  test('has a shell that names its assets, and no inline script, no style and no address elsewhere', () => {
    for (const name of [entry, ...assets.filter((name) => !name.endsWith('.js'))])
      expect(shell).toContain(`"/assets/${name}"`);
    expect(shell).not.toMatch(/<style|style=|\son\w+=|https?:/);
    expect(shell.match(/<script\b[^>]*>([^<]*)<\/script>/g)?.every((tag) => tag.includes(' src='))).toBe(true);
  });

  test('names no address elsewhere but the namespaces of elements', () => {
    const text = scripts.map(read).join('\n');
    expect([...new Set(text.match(/https?:\/\/[\w./-]+/g))].sort()).toEqual([
      'http://www.w3.org/1998/Math/MathML',
      'http://www.w3.org/1999/xhtml',
      'http://www.w3.org/2000/svg',
    ]);
  });

  test('brings the licences of what is bundled', () => {
    const notices = readFileSync(join(BUILT, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    for (const name of ['microdiff', 'preact', '@preact/signals', '@preact/signals-core'])
      expect(notices).toMatch(new RegExp(`^${name} [\\d.]+ \\(MIT\\)$`, 'm'));
  });
});
