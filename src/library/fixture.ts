/**
 * `agent-paste/fixture`: a server as a fixture of a test runner, which starts it before a test and stops it afterwards. Nothing
 * of a runner is loaded.
 */
import { startServer } from './testing.ts';
import type { ServerOptions, TestServer } from './types.ts';

/** For `test.extend({ agentPaste: serverFixture() })` of Playwright and Vitest. */
export function serverFixture(
  options?: ServerOptions,
): (fixtures: object, use: (server: TestServer) => Promise<void>) => Promise<void> {
  // Runners read the names of needed fixtures from the text of the function.
  // biome-ignore lint/correctness/noEmptyPattern: none is needed
  return async ({}, use) => {
    const server = await startServer(options);
    try {
      await use(server);
    } finally {
      await server.stop();
    }
  };
}
