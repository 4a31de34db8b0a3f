/** Pages of which a part is generated: everything between the two comments of a section. */

const SECTION = /(?<=<!-- generated: ([a-z-]+) -->\n).*?(?=<!-- end of generated -->)/gs;

/**
 * The page with each of its sections made again; what a person wrote around them stays.
 * @throws Error for a section that the page lacks, and for one that nothing makes
 */
export function withSections(page: string, sections: Readonly<Record<string, string>>): string {
  const missing = new Set(Object.keys(sections));
  const filled = page.replace(SECTION, (_, name: string) => {
    const text = sections[name];
    if (text === undefined) throw new Error(`nothing generates the section "${name}"`);
    missing.delete(name);
    return `\n${text.trim()}\n\n`;
  });
  if (missing.size > 0) throw new Error(`the page has no section ${[...missing].join(', ')}`);
  return filled;
}

/** A table; a cell may hold Markdown, except for what would end the cell or begin HTML. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Outside of code `<` begins HTML, `*` and `_` emphasis; `|` ends a cell even in code. */
export function escaped(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : part.replaceAll(/[<*]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\$&')))
    .join('')
    .replaceAll('|', '\\|')
    .replaceAll('\n', ' ');
}
