import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { serverProcess } from '../support/binary.ts';
import { shell } from '../support/shell.ts';
import { blocksOf, PAGES, ROOT } from './markdown.ts';

/** Tested with the commands that they are about, which need more than one server. */
const TESTED_ELSEWHERE = ['docs/replay.md', 'docs/postgres.md'];

/** A verdict of no is a result; anything beyond it is a command that does not work. */
const STRICT = `set -E
trap 'code=$?; if [ "$code" -gt 1 ]; then echo "exit $code: $BASH_COMMAND" >&2; exit "$code"; fi' ERR
`;

describe('the commands of a page run as they stand, in one shell, beside a running server', () => {
  const pages = PAGES.filter((page) => blocksOf(page, 'sh').length > 0 && !TESTED_ELSEWHERE.includes(page));

  it.each(pages)('%s', async (page) => {
    using sh = shell();
    cpSync(join(ROOT, 'fixtures'), join(sh.cwd, 'fixtures'), { recursive: true });
    await using server = await serverProcess([], { cwd: sh.cwd });
    const script = blocksOf(page, 'sh')
      .join('\n')
      .replaceAll('npx agent-paste', 'agent-paste')
      .replaceAll('127.0.0.1:8787', `127.0.0.1:${server.ready.port}`);
    writeFileSync(
      join(sh.cwd, 'page.bash'),
      `${STRICT}export AGENT_PASTE_API_URL=${server.ready.url}\n${script}\nexit 0\n`,
    );
    const { code, stderr } = await sh.run('bash page.bash');
    expect({ code, failed: stderr.match(/^exit .*$/gm) }, stderr).toEqual({ code: 0, failed: null });
  });
});
