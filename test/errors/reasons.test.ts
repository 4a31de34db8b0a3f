import { describe, expect, it } from 'vitest';
import type { ReasonRow } from '../../src/errors/reasons/reason.ts';
import { REASONS } from '../../src/errors/reasons.ts';
import { pipeline } from '../support/command.ts';
import { testServer } from '../support/server.ts';

const rows = Object.entries<ReasonRow>(REASONS);

describe('a reason', () => {
  it.each(rows)('%s says what happened, why it usually does and what to do', (_, { message, cause, remedy }) => {
    expect(message).toMatch(/^[A-Za-z].*[^.]$/);
    expect(cause).toMatch(/^[A-Z`].{15,}\.$/);
    expect(remedy).toMatch(/^[A-Z`].{15,}[.…]$/);
  });

  it('names a fault whose token is refused for just that reason', async () => {
    await using server = await testServer();
    await server.keyring.rotate(Date.now()); // one reason needs two keys
    const env = { AGENT_PASTE_STATE_DIR: server.paths.directory };
    const shown = rows.filter(([, { fault }]) => fault !== undefined);
    expect(shown.length).toBeGreaterThan(20);
    for (const [reason, { fault }] of shown) {
      const { stdout } = await pipeline(`agent-paste mint --fault ${fault} | agent-paste explain - --json`, { env });
      expect(JSON.parse(stdout).reason, fault).toBe(reason);
    }
  });
});
