/** Answers the requests of the page: the gate first, then the key, then a route. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Routes } from '../routes/routes.ts';
import { sendJson, sendRefusal } from './answers.ts';
import type { Assets } from './assets.ts';
import { jsonOf } from './body.ts';
import { isShellPath, only, passGate } from './gate.ts';
import type { KeyCheck } from './key.ts';
import { Refusal } from './refusal.ts';
import type { Streams } from './stream.ts';

export interface WebDeps {
  readonly port: () => number;
  readonly key: KeyCheck;
  readonly assets: Assets;
  readonly routes: Routes;
  readonly streams: Streams;
  readonly newId: () => string;
  readonly onBug: (error: unknown, requestId: string) => void;
}

export function answerWith(deps: WebDeps): (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void> {
  return async (incoming, outgoing) => {
    try {
      await answer(deps, incoming, outgoing);
    } catch (error) {
      const requestId = deps.newId();
      if (!(error instanceof Refusal)) deps.onBug(error, requestId);
      const refusal =
        error instanceof Refusal ? error : new Refusal(500, 'internal_error', 'something went wrong here');
      if (outgoing.headersSent) outgoing.destroy();
      else sendRefusal(outgoing, refusal, requestId);
    } finally {
      incoming.resume(); // a body that no route asked for is read away
    }
  };
}

async function answer(deps: WebDeps, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const url = passGate(incoming, deps.port());
  const { pathname } = url;
  if (!pathname.startsWith('/api/')) {
    if (incoming.method === 'POST') throw new Refusal(405, 'method_not_allowed', 'this path takes GET only');
    if (isShellPath(pathname)) deps.assets.sendShell(outgoing);
    else deps.assets.sendAsset(outgoing, pathname);
    return;
  }
  deps.key.require(incoming);
  const result =
    incoming.method === 'POST'
      ? await deps.routes.post(url, await jsonOf(incoming), only(incoming, 'x-sending-ticket'))
      : await deps.routes.get(url);
  if ('json' in result) sendJson(outgoing, result.json);
  else await deps.streams.open(outgoing, result.stream).finally(result.abandon);
}
