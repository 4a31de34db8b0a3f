/** Load from plain sockets: so many connections, each sending its next request when the last one is answered. */
import { connect, type Socket } from 'node:net';

export interface LoadResult {
  readonly perSecond: number;
  /** Milliseconds of each request. */
  readonly latencies: readonly number[];
}

/**
 * Sends every request once, over `connections` keep-alive connections.
 * @throws Error for an answer that `accept` refuses
 */
export async function load(
  url: string,
  requests: readonly Buffer[],
  connections: number,
  accept: (head: string, body: Buffer) => boolean,
): Promise<LoadResult> {
  const { hostname, port } = new URL(url);
  const latencies = new Array<number>(requests.length);
  let next = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: Math.min(connections, requests.length) }, async () => {
      let line = await open(hostname, Number(port));
      while (next < requests.length) {
        const index = next++;
        const sent = performance.now();
        const { head, body, last } = await line.exchange(requests[index] as Buffer);
        latencies[index] = performance.now() - sent;
        if (!accept(head, body))
          throw new Error(`unexpected answer: ${head.split('\r\n')[0]} ${body.toString().slice(0, 200)}`);
        if (last) {
          line.close();
          line = await open(hostname, Number(port));
        }
      }
      line.close();
    }),
  );
  return { perSecond: requests.length / ((performance.now() - started) / 1000), latencies };
}

export function callbackRequest(url: string, token: string): Buffer {
  return Buffer.from(
    `POST /v1/auth/web/callback HTTP/1.1\r\nHost: ${new URL(url).host}\r\nAuthorization: Bearer ${token}\r\nContent-Length: 0\r\n\r\n`,
  );
}

interface Line {
  /** `last` when the server closes after this answer. */
  exchange(request: Buffer): Promise<{ head: string; body: Buffer; last: boolean }>;
  close(): void;
}

async function open(host: string, port: number): Promise<Line> {
  const socket = await new Promise<Socket>((resolve, reject) => {
    const opened = connect(port, host, () => resolve(opened));
    opened.once('error', reject);
  });
  socket.setNoDelay(true);
  let received: Buffer = Buffer.alloc(0);
  let waiting:
    | { resolve: (answer: { head: string; body: Buffer; last: boolean }) => void; reject: (error: Error) => void }
    | undefined;
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const headEnd = received.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = received.toString('latin1', 0, headEnd);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
    const end = headEnd + 4 + length;
    if (received.length < end) return;
    const body = received.subarray(headEnd + 4, end);
    received = received.subarray(end);
    waiting?.resolve({ head, body, last: /connection: close/i.test(head) });
  });
  const broken = (error: Error) => waiting?.reject(error);
  socket.on('error', broken);
  socket.on('close', () => broken(new Error('the connection was closed')));
  return {
    exchange: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(request);
      }),
    close: () => socket.destroy(),
  };
}
