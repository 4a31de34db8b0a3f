/** Everything behind the port: gate, key, page, routes. */
import type { Inspected } from '../inspected.ts';
import type { ReadsRoute } from '../remote/route.ts';
import { routesOver } from '../routes/routes.ts';
import type { Posts } from '../sending/sending.ts';
import { openAssets } from './assets.ts';
import { keyCheck } from './key.ts';
import { answerWith } from './server.ts';
import { openStreams } from './stream.ts';

interface WebOptions {
  readonly key: string;
  readonly port: number;
  readonly inspected: Inspected;
  readonly onBug: (error: unknown, requestId: string) => void;
}

export function openInspectorWeb({ key, port, inspected, onBug }: WebOptions) {
  const streams = openStreams();
  const reads = readsOver(inspected);
  return {
    answer: answerWith({
      port: () => port,
      key: keyCheck(key),
      assets: openAssets(),
      routes: routesOver(inspected, { posts: sendingOver(inspected), reads: reads.open }),
      streams,
      newId: inspected.newId,
      onBug,
    }),
    endStreams: streams.endAll,
    async close() {
      await reads.close();
      await inspected.close();
    },
  };
}

/** Loaded at the first request that sends. */
function sendingOver(inspected: Inspected): () => Promise<Posts | undefined> {
  let posts: Promise<Posts> | undefined;
  return async () => {
    const { sending } = inspected;
    if (sending === undefined) return undefined;
    posts ??= import('../sending/sending.ts').then(({ postsOver }) => postsOver(inspected, sending));
    return posts;
  };
}

/** Loaded at the first read of another process. */
function readsOver(inspected: Inspected) {
  let route: Promise<ReadsRoute> | undefined;
  return {
    open(): Promise<ReadsRoute> {
      route ??= import('../remote/route.ts').then(({ readsRouteOver }) => readsRouteOver(inspected));
      return route;
    },
    async close() {
      (await route)?.[Symbol.dispose]();
    },
  };
}
