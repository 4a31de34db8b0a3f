import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { GENERATED_FILES } from '../tools/generate/generated-files.ts';
import { pageText, ROOT } from './markdown.ts';

const PAGE = pageText('CONTRIBUTING.md');

/** Files and folders below a folder, with `/` between their names. */
function below(folder: string, wanted: 'file' | 'folder'): string[] {
  return readdirSync(`${ROOT}${folder}`, { recursive: true, withFileTypes: true })
    .filter((entry) => (wanted === 'file' ? entry.isFile() : entry.isDirectory()))
    .map((entry) => posix.join(entry.parentPath.slice(ROOT.length).split('\\').join('/'), entry.name));
}

describe('the map', () => {
  const rows = [...PAGE.matchAll(/^\| `(src\/[^`]+)` \| ([^|]+) \| (?:`([^`]+)`)? ?\|$/gm)];

  it('has every folder of the source, and no other', () => {
    expect(rows.map(([, folder]) => folder).sort()).toEqual(below('src', 'folder').sort());
  });

  it('names a file of the folder to read first', () => {
    const missing = rows.filter(
      ([, folder, , first]) => first !== undefined && !existsSync(`${ROOT}${folder}/${first}`),
    );
    expect(missing.map(([row]) => row)).toEqual([]);
  });
});

it('names files that exist', () => {
  const paths = [...PAGE.matchAll(/`((?:src|test|docs|fixtures)\/[\w./-]+)`/g)].map(([, path = '']) => path);
  expect(paths.length).toBeGreaterThan(50);
  expect(paths.filter((path) => !existsSync(`${ROOT}${path}`))).toEqual([]);
});

it('is followed by README.md, which names every command for people', () => {
  const named = Object.entries(COMMANDS).filter(([, row]) => !('hidden' in row));
  expect(named.filter(([name]) => !new RegExp(`\`(agent-paste )?${name}`).test(pageText('README.md')))).toEqual([]);
});

/** Files that are neither tests, nor generated, nor prose. */
const SOURCES = [...['src', 'fixtures'].flatMap((folder) => below(folder, 'file')), 'README.md', 'docs/contract.md']
  .filter((file) => /\.(ts|md|json|yaml)$/.test(file) && !GENERATED_FILES.includes(file))
  .map((file) => ({ file, text: readFileSync(`${ROOT}${file}`, 'utf8') }));

/** The numbered paths of a recipe; `<group>` stands for any name. */
function filesOf(recipe: string): { readonly text: string; readonly patterns: readonly RegExp[] } {
  const [, after = ''] = PAGE.split(`### ${recipe}\n`);
  const text = after.split('\n#')[0] ?? '';
  const paths = [...text.matchAll(/^\d+\. [^`]*`([^`]+)`/gm)].map(([, path = '']) => path);
  const patterns = paths.map(
    (path) => new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/<[a-z]+>/g, '[a-z-]+')}$`),
  );
  return { text, patterns };
}

function filesNaming(names: readonly string[]): readonly string[] {
  const name = new RegExp(`(?<![\\w-])(?:${names.join('|')})(?![\\w-])`);
  return SOURCES.filter(({ text }) => name.test(text)).map(({ file }) => file);
}

interface Added {
  readonly recipe: string;
  readonly names: readonly string[];
  readonly only?: true;
  readonly most?: number;
}

/**
 * Something that was added by each recipe: names that stand in every file of the recipe, and for `only` in no other.
 * That is how many files such a change costs, and `most` how many it may cost.
 */
const ADDED: readonly Added[] = [
  { recipe: 'Add a subcommand', names: ['sweep'] },
  { recipe: 'Add a setting', names: ['in-flight-wait', 'inFlightWaitMs'], only: true, most: 3 },
  { recipe: 'Add an invariant', names: ['sid-fallback'], only: true },
  { recipe: 'Add a bug', names: ['records-in-memory'], only: true, most: 2 },
  { recipe: 'Add a fault', names: ['alg-empty'], only: true, most: 2 },
  { recipe: 'Add a refusal reason', names: ['typ_not_allowed'], only: true, most: 5 },
  { recipe: 'Add a refusal reason', names: ['missing_sub'], only: true, most: 5 },
  { recipe: 'Add a column', names: ['secret_hmac'] },
  { recipe: 'Add a route', names: ['WorkspaceSettings', 'getWebSettings', '/v1/web/settings'], only: true },
  { recipe: 'Add a doctor finding', names: ['free_space'], only: true },
];

/** It is used by a check of tokens, and by what says it in words. */
const VERIFIER_SETTING: Added = { recipe: 'Add a setting', names: ['clock-tolerance', 'clockTolerance'], most: 4 };

describe('a recipe', () => {
  it.each([...ADDED, VERIFIER_SETTING].filter(({ most }) => most !== undefined))(
    '$recipe: at most $most files name $names',
    ({ names, most }) => {
      const naming = filesNaming(names);
      expect(naming.length).toBeGreaterThan(0);
      expect(naming.length, naming.join(', ')).toBeLessThanOrEqual(most ?? 0);
    },
  );

  it('Add a column: has at most 6 files', () => {
    const [, recipe = ''] = PAGE.split('### Add a column\n');
    const listed = (recipe.split('\n\n')[1] ?? '').match(/`src\/[^`]+`/g) ?? [];
    expect(listed.length).toBeGreaterThan(0);
    expect(listed.length).toBeLessThanOrEqual(6);
  });

  it.each(ADDED)('$recipe: lists the files that name $names', ({ recipe, names, only = false }) => {
    const { patterns } = filesOf(recipe);
    const naming = filesNaming(names);
    expect(patterns.filter((pattern) => !naming.some((file) => pattern.test(file)))).toEqual([]);
    if (only) expect(naming.filter((file) => !patterns.some((pattern) => pattern.test(file)))).toEqual([]);
  });

  it.each([...PAGE.matchAll(/^### (Add .+)$/gm)].map(([, recipe = '']) => recipe))(
    '%s: has files and tests',
    (recipe) => {
      const { text, patterns } = filesOf(recipe);
      expect(patterns.length).toBeGreaterThan(0);
      expect(text).toMatch(/^Asked for by /m);
    },
  );
});
