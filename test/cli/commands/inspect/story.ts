/** A state with a story in it: who signed in, who came back, who was refused. */
import { expect, vi } from 'vitest';
import { attemptsPath } from '../../../../src/store/sqlite/attempt-log.ts';
import { agentPaste, type RunResult } from '../../../support/binary.ts';
import { query } from '../../../support/database.ts';
import { type TestServer, testServer } from '../../../support/server.ts';

export interface Story extends AsyncDisposable {
  readonly server: TestServer;
  /** Every secret that a callback gave out, and every token. */
  readonly secrets: readonly string[];
  inspect(...args: string[]): Promise<RunResult>;
  /** What `--json` prints. */
  // biome-ignore lint/suspicious/noExplicitAny: the document is whatever the test says it is
  read(...args: string[]): Promise<any>;
}

/** Ada signs in, repeats herself and comes back; Grace signs in; Zoe was removed from WorkOS; some tokens are bad. */
export async function story(): Promise<Story> {
  const server = await testServer();
  const secrets: string[] = [];
  const post = async (token: string, requestId: string) => {
    const { body } = await server.post(token, { 'x-request-id': requestId });
    secrets.push(token);
    if (body?.default_api_key) secrets.push(body.default_api_key.secret);
  };
  const ada = server.mint({ email: 'ada@example.com', sid: 'session_ada_1' });
  await post(ada.token, 'req_ada_first');
  await post(ada.token, 'req_ada_again');
  await post(server.mint({ email: 'ada@example.com', sid: 'session_ada_2' }).token, 'req_ada_later');
  await post(server.mint({ email: 'grace.hopper@example.com' }).token, 'req_grace_first');
  const zoe = server.mint({ email: 'zoe@example.com' });
  const user = server.users.findByEmail('zoe@example.com');
  server.users.remove(user?.id ?? '');
  await post(zoe.token, 'req_zoe_gone');
  await post(server.mint({ issuer: 'https://auth.example.com', sid: 'session_ada_3' }).token, 'req_bad_issuer');
  await post('nonsense', 'req_nonsense');
  await logged(server, 7);
  const inspect = (...args: string[]) => agentPaste(['--state-dir', server.paths.directory, 'inspect', ...args]);
  return {
    server,
    secrets,
    inspect,
    async read(...args) {
      const { code, stdout, stderr } = await inspect(...args, '--json');
      expect(stderr).toBe('');
      expect(code).toBe(0);
      return JSON.parse(stdout);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Resolves when the log of callbacks, which is written in batches, has so many. */
export async function logged({ paths }: TestServer, count: number): Promise<void> {
  const path = attemptsPath(paths.database);
  await vi.waitFor(() => expect(query(path, 'SELECT count(*) AS n FROM callback_attempts')[0]?.n).toBe(count), {
    timeout: 120_000,
  });
}
