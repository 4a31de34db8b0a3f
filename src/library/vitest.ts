/** `agent-paste/vitest`: a `test` with a server of its own for each test that asks for one, and the matchers. */
import { test as base, expect } from 'vitest';
import { serverFixture } from './fixture.ts';
import { matchers } from './matchers.ts';
import type { AgentPasteMatchers, TestServer } from './types.ts';

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> extends AgentPasteMatchers {}
}

expect.extend(matchers);

export const test = base.extend<{ agentPaste: TestServer }>({ agentPaste: serverFixture() });
