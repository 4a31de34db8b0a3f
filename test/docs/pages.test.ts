import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { command } from '../support/command.ts';
import { temporaryDirectory } from '../support/directory.ts';
import { anchorsOf, linksOf, PAGES, pageText, ROOT } from './markdown.ts';

describe('every page', () => {
  it('has links that lead somewhere', () => {
    for (const page of PAGES) {
      for (const link of linksOf(page).filter((target) => !/^https?:/.test(target))) {
        const [file = '', anchor] = link.split('#');
        const target = file === '' ? page : relative(ROOT, join(ROOT, dirname(page), file));
        expect(existsSync(join(ROOT, target)), `${page}: ${link}`).toBe(true);
        if (anchor !== undefined) expect(anchorsOf(target), `${page}: ${link}`).toContain(anchor);
      }
    }
  });

  it('names pages that exist where it names one in words', () => {
    for (const page of PAGES) {
      for (const [name] of pageText(page).matchAll(/\bdocs\/[\w-]+\.md\b/g)) {
        expect(existsSync(join(ROOT, name)), `${page}: ${name}`).toBe(true);
      }
    }
  });

  it('has commands that the program knows, also in the blocks that are not run', async () => {
    using directory = temporaryDirectory();
    const named = new Set(
      PAGES.flatMap((page) => [...pageText(page).matchAll(/^(?:\$ |npx )?agent-paste ([a-z]+)/gm)]).map(
        ([, name]) => name,
      ),
    );
    for (const name of named) {
      const { code, stderr } = await command([name ?? '', '--help'], { cwd: directory.path });
      expect({ name, code, stderr }).toEqual({ name, code: 0, stderr: '' });
    }
  });
});
