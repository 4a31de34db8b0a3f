import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { HTTP_STATUS, REASONS, type Reason } from '../../src/errors.ts';
import { command, pipeline } from '../support/command.ts';
import { temporaryDirectory } from '../support/directory.ts';
import { testServer } from '../support/server.ts';
import { commandsPage } from './commands-page.ts';
import { anchorsOf, linksOf, PAGES, pageText, ROOT } from './markdown.ts';

describe('docs/commands.md', () => {
  it('is what the program says of itself; if not, run `npm run docs`', async () => {
    expect(pageText('docs/commands.md')).toBe(await commandsPage());
  });

  it('has a section for every command', () => {
    for (const [name, row] of Object.entries(COMMANDS)) {
      expect(pageText('docs/commands.md').includes(`\n## agent-paste ${name}\n`), name).toBe(!('hidden' in row));
    }
  });
});

describe('docs/rejections.md', () => {
  const sections = new Map(
    pageText('docs/rejections.md')
      .split(/^### /m)
      .slice(1)
      .map((text) => [text.slice(0, text.indexOf('\n')), text.replace(/\n## .*/s, '')]),
  );

  it('has a section for every reason, in the order of the table, and no other', () => {
    expect([...sections.keys()]).toEqual(Object.keys(REASONS));
  });

  it('says of each its status, code, message and remedy as the program does, and its usual cause', () => {
    for (const [name, { code, message, remedy }] of Object.entries(REASONS)) {
      const lines = (sections.get(name) ?? '').split('\n').map((line) => line.replaceAll('\\<', '<'));
      expect(lines).toContain(`${HTTP_STATUS[code]} \`${code}\`: ${message}.`);
      expect(lines).toContain(`- Remedy: ${remedy}`);
      expect(lines.filter((line) => /^- Usual cause: \S.{20}/.test(line))).toHaveLength(1);
    }
  });

  it('shows commands that make a token which is refused for just that reason', async () => {
    await using server = await testServer();
    await server.keyring.rotate(Date.now()); // one reason needs two keys
    const env = { AGENT_PASTE_STATE_DIR: server.paths.directory };
    const shown = [...sections].flatMap(([name, text]) => {
      const line = /^- To see it: `(.+)`$/m.exec(text)?.[1];
      return line === undefined ? [] : [{ name: name as Reason, line }];
    });
    expect(shown.length).toBeGreaterThan(20);
    for (const { name, line } of shown) {
      const { stdout } = await pipeline(`${line} | agent-paste explain - --json`, { env });
      expect(JSON.parse(stdout).reason, line).toBe(name);
    }
  });
});

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
