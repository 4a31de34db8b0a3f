/** Everything behind the port: gate, key, page, routes. */
import type { Inspected } from '../inspected.ts';
import { routesOver } from '../routes/routes.ts';
import type { Posts } from '../sending/sending.ts';
import { openAssets } from './assets.ts';
import { keyCheck } from './key.ts';
import { answerWith } from './server.ts';
import { openStreams } from './stream.ts';

interface WebOptions {
  readonly key: string;
  readonly port: number;
  /** The directory of the page. */
  readonly assets: string;
  readonly inspected: Inspected;
  readonly onBug: (error: unknown, requestId: string) => void;
}

export function openInspectorWeb({ key, port, assets, inspected, onBug }: WebOptions) {
  const streams = openStreams();
  return {
    answer: answerWith({
      port: () => port,
      key: keyCheck(key),
      assets: openAssets(assets),
      routes: routesOver(inspected, sendingOver(inspected)),
      streams,
      newId: inspected.newId,
      onBug,
    }),
    endStreams: streams.endAll,
    close: () => inspected.close(),
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
