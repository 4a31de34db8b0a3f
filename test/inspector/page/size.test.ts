/** What a browser loads, and what it may not contain. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { BINARY } from '../../support/binary.ts';

const BUILT = join(dirname(dirname(BINARY)), 'dist/inspector');
const assets = readdirSync(join(BUILT, 'assets'));
const [shell = ''] = [readFileSync(join(BUILT, 'index.html'), 'utf8')];

/** Its bytes, and those that remain of them when they are packed. */
function weigh(ending: string): readonly [number, number] {
  const files = assets.filter((name) => name.endsWith(ending));
  expect(files).toHaveLength(1);
  const content = readFileSync(join(BUILT, 'assets', files[0] ?? ''));
  return [content.length, gzipSync(content, { level: 9 }).length];
}

describe('the built page', () => {
  test.each([
    ['.js', 90_000, 30_000],
    ['.css', 18_000, 5000],
  ])('has a %s of at most %i bytes, packed %i', (ending, most, packed) => {
    const [bytes, gzipped] = weigh(ending);
    expect(bytes).toBeLessThanOrEqual(most);
    expect(gzipped).toBeLessThanOrEqual(packed);
  });

  test('has a shell that names its assets, and no inline script, no style and no address elsewhere', () => {
    for (const name of assets) expect(shell).toContain(`"/assets/${name}"`);
    expect(shell).not.toMatch(/<style|style=|\son\w+=|https?:/);
    expect(shell.match(/<script\b[^>]*>([^<]*)<\/script>/g)?.every((tag) => tag.includes(' src='))).toBe(true);
  });

  test('names no address elsewhere but the namespaces of elements', () => {
    const [script = ''] = assets.filter((name) => name.endsWith('.js'));
    const text = readFileSync(join(BUILT, 'assets', script), 'utf8');
    expect([...new Set(text.match(/https?:\/\/[\w./-]+/g))].sort()).toEqual([
      'http://www.w3.org/1998/Math/MathML',
      'http://www.w3.org/1999/xhtml',
      'http://www.w3.org/2000/svg',
    ]);
  });

  test('brings the licences of what is bundled', () => {
    const notices = readFileSync(join(BUILT, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    for (const name of ['preact', '@preact/signals', '@preact/signals-core'])
      expect(notices).toMatch(new RegExp(`^${name} [\\d.]+ \\(MIT\\)$`, 'm'));
  });
});
