/** A server with its inspector, in a process, and requests to the page's own origin. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentPaste, type ServerProcess, serverProcess } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';

export interface OpenedInspector extends AsyncDisposable {
  readonly directory: string;
  readonly server: ServerProcess;
  readonly port: number;
  readonly key: string;
  mint(...args: readonly string[]): Promise<string>;
  /** Posts a callback. */
  post(token: string | undefined, headers?: Record<string, string>): Promise<Response>;
  /** With the key. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  // biome-ignore lint/suspicious/noExplicitAny: the body of an answer is whatever the test says it is
  json(path: string): Promise<any>;
  /** Resolves when the log has so many rows. */
  written(rows: number): Promise<void>;
}

export async function openedInspector(
  args: readonly string[] = [],
  directory = temporaryDirectory(),
): Promise<OpenedInspector> {
  const state = ['--state-dir', directory.path];
  const server = await serverProcess(['--inspector', 'read', '--inspector-port', '0', ...state, ...args]);
  const { port: text } = new URL(server.ready.inspector_url ?? '');
  const port = Number(text);
  const { key } = JSON.parse(readFileSync(join(directory.path, `inspector-${port}.json`), 'utf8'));
  const request = (path: string, { headers, ...init }: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${key}`, ...headers }, ...init });
  return {
    directory: directory.path,
    server,
    port,
    key,
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
    fetch: request,
    json: async (path) => (await request(path)).json(),
    async written(rows) {
      const response = await request('/api/callbacks/stream?after=0');
      let lines = '';
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        lines += Buffer.from(chunk).toString();
        if ((lines.match(/"type":"callback"/g) ?? []).length >= rows) return;
      }
      throw new Error('the stream ended');
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}
