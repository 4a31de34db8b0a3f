/** The files of the page, which are read at the first request. */
import type { ServerResponse } from 'node:http';
import { readPageFile } from '../page-files.ts';
import { send } from './answers.ts';
import { Refusal } from './refusal.ts';

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/** The name of an asset has a hash of its bytes, so a browser may keep it. */
const NAME = /^\/assets\/([\w-]{1,100}\.(?:js|css|svg))$/;
const KEPT = { 'Cache-Control': 'public, max-age=31536000, immutable' };

export interface Assets {
  /** The same bytes for every path. @throws Refusal 404 */
  sendShell(outgoing: ServerResponse): void;
  /** @throws Refusal 404 */
  sendAsset(outgoing: ServerResponse, path: string): void;
}

export function openAssets(): Assets {
  const files = new Map<string, Uint8Array>();
  const sendFile = (outgoing: ServerResponse, name: string, headers: Readonly<Record<string, string>>) => {
    const bytes = files.get(name) ?? readPageFile(name);
    if (bytes === undefined) throw new Refusal(404, 'not_found', 'there is no such file of the page');
    files.set(name, bytes);
    send(outgoing, 200, bytes, { 'Content-Type': TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? '', ...headers });
  };
  return {
    sendShell: (outgoing) => sendFile(outgoing, 'index.html', {}),
    sendAsset: (outgoing, path) => sendFile(outgoing, `assets/${NAME.exec(path)?.[1] ?? ' '}`, KEPT),
  };
}
