/** Host and target of a request in a form that the adapter between Node and the Web API passes on. */
import type { IncomingMessage } from 'node:http';
import { hostName } from './access.ts';

/**
 * The adapter answers some requests itself, with an empty body and without our checks. They are changed so that the app
 * refuses them: an invalid host becomes one that is not allowed, and a target that is not a path becomes an unknown path.
 */
export function legibleRequests(): (incoming: IncomingMessage) => IncomingMessage {
  /** The Host of the latest request: nearly every request has the same one, so it is not parsed again. */
  let lastHostName = '';
  return (incoming) => {
    const { host } = incoming.headers;
    if (host !== undefined && host !== lastHostName) {
      if (isHostName(host)) lastHostName = host;
      else incoming.headers.host = 'invalid';
    }
    incoming.url = legibleTarget(incoming.url ?? '');
    return incoming;
  };
}

function legibleTarget(target: string): string {
  if (target.startsWith('/') && !target.includes('\\')) return target;
  // A scheme is case-insensitive (RFC 9110 section 4.2.3); the adapter accepts it in lower case only.
  const absolute = target.replace(/^https?:\/\//i, (scheme) => scheme.toLowerCase());
  const isUrl = /^https?:\/\//.test(absolute) && URL.canParse(absolute) && !absolute.includes('\\');
  return isUrl ? absolute : (target.startsWith('/') ? target : `/${target}`).replaceAll('\\', '%5C');
}

/** Whether a URL keeps this host unchanged: other spellings of an address do not name this server. */
function isHostName(host: string): boolean {
  const url = `http://${host}/`;
  return URL.canParse(url) && new URL(url).host === hostName(host);
}
