/** A link to a PostgreSQL server that a test cuts, silences and counts: it knows the messages of the protocol. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

type Side = 'client' | 'server';

export interface Message {
  readonly from: Side;
  /** As in the protocol: `Q`, `P`, `B`, `D`, `C`, `Z` …; `startup` for what has none. */
  readonly type: string;
  readonly text: string;
}

/** What happens to a message: it is passed on by default. */
type Verdict = 'pass' | 'cut-before' | 'cut-after' | 'silence' | undefined;

export interface Proxy extends AsyncDisposable {
  readonly port: number;
  /** Judges each message from now on. */
  judge(verdict: (message: Message) => Verdict): void;
  /** Cuts every connection there is. */
  cutAll(): void;
  readonly messages: Message[];
}

export async function proxyTo(port: number): Promise<Proxy> {
  let verdict: (message: Message) => Verdict = () => 'pass';
  const messages: Message[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    let silent = false;
    const cut = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', cut).on('close', cut);
      socket.on('close', () => sockets.delete(socket));
    }
    const relay = (from: Side, source: Socket, target: Socket) => {
      let pending = Buffer.alloc(0);
      let started = from === 'server';
      source.on('data', (chunk) => {
        pending = Buffer.concat([pending, chunk]);
        for (;;) {
          const head = started ? 1 : 0;
          if (pending.length < head + 4) return;
          const length = head + pending.readInt32BE(head);
          if (pending.length < length) return;
          const bytes = pending.subarray(0, length);
          pending = pending.subarray(length);
          const type = started ? String.fromCharCode(bytes[0] as number) : 'startup';
          started = true;
          const message = { from, type, text: bytes.toString('latin1') };
          messages.push(message);
          const judged = verdict(message);
          if (judged === 'silence') silent = true;
          if (judged === 'cut-before') return cut();
          if (!silent) target.write(bytes);
          if (judged === 'cut-after') return target.end(cut);
        }
      });
    };
    relay('client', client, upstream);
    relay('server', upstream, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    messages,
    judge: (given) => {
      verdict = given;
    },
    cutAll: () => {
      for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
