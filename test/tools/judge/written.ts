/** The part of a page that a run of the judge writes. */
import { readFileSync, writeFileSync } from 'node:fs';

const BEGIN = '<!-- made by `npm run judge -- --write` -->';
const END = '<!-- end of what the judge made -->';

function writtenPart(page: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`the page has no part between ${BEGIN} and ${END}`);
  return page.slice(from + BEGIN.length, to).trim();
}

export function writeTable(path: string, table: string): void {
  const page = readFileSync(path, 'utf8');
  const before = page.slice(0, page.indexOf(BEGIN) + BEGIN.length);
  writtenPart(page);
  writeFileSync(path, `${before}\n\n${table}\n\n${page.slice(page.indexOf(END))}`);
}
