/** A target that answers whatever the test says: what a foreign, broken or hostile server may do. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  /** Bearer tokens as they came, undefined for none. */
  readonly tokens: (string | undefined)[];
}

/** @param answer is given the number of the request, from 1 */
export async function scriptedServer(
  answer: (response: ServerResponse, n: number, request: IncomingMessage) => void,
): Promise<ScriptedServer> {
  const tokens: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    tokens.push(request.headers.authorization?.replace('Bearer ', ''));
    answer(response, tokens.length, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tokens,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** A callback answer; `seen` shows no key. */
export function callbackAnswer(outcome: 'provisioned' | 'seen', note = ''): object {
  return {
    workspace: { id: 'w', name: note },
    workspace_member: { id: 'mem_1', email: 'ada@example.com' },
    scopes: [],
    default_api_key: outcome === 'seen' ? null : { api_key: { id: 'key_1' }, secret: SECRET },
  };
}

export const SECRET = `ap_pk_preview_0123456789ABCDEF_${'s'.repeat(43)}`;

export function refused(code: string, reason?: string): object {
  return { error: { code, message: 'no', request_id: `req_${Math.trunc(performance.now() * 1000)}`, reason } };
}
