import { expect, it } from 'vitest';
import { compared, GENERATED_FILES } from './generated-files.ts';
import { withSections } from './sections.ts';

it.each(GENERATED_FILES)('%s is fresh; if not, run `npm run generate`', async (file) => {
  const { current, made } = await compared(file);
  expect(current).toBe(made);
});

it('replaces a section and keeps the text around it', () => {
  const page = 'before\n\n<!-- generated: rows -->\nold\n<!-- end of generated -->\n\nafter\n';
  const made = withSections(page, { rows: '| a |' });
  expect(made).toBe('before\n\n<!-- generated: rows -->\n\n| a |\n\n<!-- end of generated -->\n\nafter\n');
  expect(withSections(made, { rows: '| a |' })).toBe(made);
});

it('refuses a section that the page lacks, and one that nothing generates', () => {
  expect(() => withSections('no section', { rows: '' })).toThrow('the page has no section rows');
  expect(() => withSections('<!-- generated: rows -->\n<!-- end of generated -->', {})).toThrow('nothing generates');
});
