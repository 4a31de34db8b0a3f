/** A server that records, and what it recorded. */
import { join } from 'node:path';
import type { CallbackDetail } from '../../../src/inspector/api-types.ts';
import { agentPaste, type ServerProcess, serverProcess } from '../../support/binary.ts';
import { query } from '../../support/database.ts';
import { temporaryDirectory } from '../../support/directory.ts';

interface Recorded {
  readonly outcome: string;
  readonly reason: string | null;
  readonly request_id: string;
  readonly detail: CallbackDetail | null;
}

export interface RecordingServer extends AsyncDisposable {
  readonly directory: string;
  readonly server: ServerProcess;
  mint(...args: readonly string[]): Promise<string>;
  post(token: string | undefined, headers?: Record<string, string>): Promise<Response>;
  /** Stops the server. @returns every callback, oldest first */
  recorded(): Promise<readonly Recorded[]>;
}

export async function recordingServer(...args: readonly string[]): Promise<RecordingServer> {
  const directory = temporaryDirectory();
  const state = ['--state-dir', directory.path];
  const server = await serverProcess(['--inspector', 'record', ...state, ...args]);
  return {
    directory: directory.path,
    server,
    async mint(...wanted) {
      const { stdout, stderr, code } = await agentPaste(['mint', ...state, ...wanted]);
      if (code !== 0) throw new Error(stderr);
      return stdout.trim();
    },
    post: (token, headers = {}) =>
      fetch(server.ready.callback_url, {
        method: 'POST',
        headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
      }),
    async recorded() {
      await server.stop();
      const rows = query(
        join(directory.path, 'agent-paste.attempts.db'),
        `SELECT a.outcome, a.reason, a.request_id, d.detail FROM callback_attempts a
         LEFT JOIN callback_details d ON d.attempt_id = a.id ORDER BY a.id`,
      );
      return rows.map((row) => ({
        ...row,
        detail: row.detail === null ? null : JSON.parse(String(row.detail)),
      })) as unknown as Recorded[];
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}
