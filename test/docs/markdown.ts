/** The pages that people read, as text, blocks and links. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Paths from the root of the project. */
export const PAGES = ['.', 'docs', ...foldersIn('test/promises')].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => posix.join(folder, name)),
);

function foldersIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder)).map((name) => posix.join(folder, name));
}

export function pageText(page: string): string {
  return readFileSync(`${ROOT}${page}`, 'utf8');
}

/** The contents of the fenced blocks of one language. */
export function blocksOf(page: string, language: string): string[] {
  return [...pageText(page).matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, block = '']) => block,
  );
}

/** Targets of the links in running text. */
export function linksOf(page: string): string[] {
  const running = pageText(page).replaceAll(/^```.*?^```$/gms, '');
  return [...running.matchAll(/\[[^\]]+\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** What a link with `#` may name: headings, as GitHub turns them into anchors. */
export function anchorsOf(page: string): string[] {
  return [...pageText(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
