/** A WorkOS that answers whatever a test wants it to: a key set and users, right or wrong. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StubAnswer {
  readonly status: number;
  readonly body: string;
  /** Path of a redirect. */
  readonly location?: string;
}

export interface WorkosStub extends AsyncDisposable {
  readonly url: string;
  readonly jwksUrl: string;
  /** Paths that were asked for, in order. */
  readonly requests: string[];
  /** Answered as JSON at `/jwks`, or as it is when it is a text. */
  keySet: unknown;
  user: (id: string) => StubAnswer;
}

export async function workosStub(): Promise<WorkosStub> {
  const requests: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    requests.push(url);
    const answer = url === '/jwks' ? { status: 200, body: asText(stub.keySet) } : stub.user(userOf(url));
    const { status, body, location }: StubAnswer = answer;
    if (location !== undefined) response.setHeader('location', location);
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stub: WorkosStub = {
    url,
    jwksUrl: `${url}/jwks`,
    requests,
    keySet: undefined,
    user: () => ({ status: 404, body: '{}' }),
    async [Symbol.asyncDispose]() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
  return stub;
}

function asText(keySet: unknown): string {
  return typeof keySet === 'string' ? keySet : JSON.stringify(keySet);
}

function userOf(path: string): string {
  return decodeURIComponent(path.slice('/user_management/users/'.length));
}
