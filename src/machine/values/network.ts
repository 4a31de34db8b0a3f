/** Ports, hosts, origins and URLs. */
import { isIP } from 'node:net';
import { oddityOf } from './characters.ts';
import { mustBe, type Refuse, show, type ValueForm, written } from './form.ts';
import { integer } from './text.ts';

/**
 * Ports that `fetch` never connects to (https://fetch.spec.whatwg.org/#port-blocking). curl could reach a server there,
 * but no browser and no command of this program could.
 */
const BLOCKED_PORTS: ReadonlySet<number> = new Set([
  1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
  540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
  6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);

/** The problem with a port to listen on, if any. */
export function portProblem(port: number): string | undefined {
  return BLOCKED_PORTS.has(port)
    ? `must be another port than ${port}: browsers and fetch never connect to that port`
    : undefined;
}

/** 0 stands for any free port. */
export const port: ValueForm<number> = { ...integer(0, 65_535), placeholder: 'port' };

/** A host to listen on: a name or an address, without a port. */
export const listenHost: ValueForm<string> = {
  read(value, refuse) {
    if (typeof value !== 'string') throw refuse(`${show(value)} is not a string; put it in quotes`);
    if (value.trim() === '') throw refuse('must not be blank');
    const address = value.replace(/^\[(.*)\]$/, '$1');
    if (isIP(address) > 0) return address;
    if (HOST_NAME.test(value) && oddityOf(value) === undefined && !isNumber(value)) return value;
    throw refuse(mustBe(`${listenHost.accepts}, such as 127.0.0.1`, value, hostProblem(value)));
  },
  write: (value) => value,
  placeholder: 'host',
  accepts: 'a host name or an IP address',
  schema: { type: 'string', pattern: '^[^\\s/]+$' },
};

const HOST_NAME = /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?$/;

/** Resolvers and URLs take `1` and `0x7f000001` for addresses, each for its own. */
function isNumber(host: string): boolean {
  return /^(?:\d+|0x[0-9a-f]*)(?:\.(?:\d+|0x[0-9a-f]*))*\.?$/i.test(host);
}

function hostProblem(text: string): string | undefined {
  if (isNumber(text)) return 'it is a number';
  if (text.includes('//')) return 'it is a URL';
  if (/^[^:]*:\d+$/.test(text)) return 'it has a port, which --port sets';
  return text === '*' ? 'every address is 0.0.0.0 or ::' : oddityOf(text);
}

/** https anywhere, http only on this machine, because a secret may be sent there. Without a trailing slash. */
export const httpUrl: ValueForm<string> = {
  read: (value, refuse) => encrypted(parsedUrl(httpUrl, value, refuse), value, refuse).replace(/\/$/, ''),
  write: (value) => value,
  placeholder: 'url',
  accepts: 'an https URL, or an http URL of this machine',
  schema: { type: 'string', pattern: '^https?://[^?#]*$' },
};

/** The URL of one document; it may have a query. */
export const documentUrl: ValueForm<string> = {
  ...httpUrl,
  read: (value, refuse) => encrypted(parsedUrl(documentUrl, value, refuse, { withQuery: true }), value, refuse),
  schema: { type: 'string', pattern: '^https?://[^#]*$' },
};

function encrypted(url: URL, value: unknown, refuse: Refuse): string {
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    throw refuse(mustBe('an https URL, or http for 127.0.0.1, localhost or [::1]', value, 'it is not encrypted'));
  return url.href;
}

/** The URL of a callback server. It may be http on another machine; commands then ask for --allow-remote. */
export const serverUrl: ValueForm<string> = {
  ...httpUrl,
  read(value, refuse) {
    return parsedUrl(serverUrl, value, refuse).href.replace(/\/$/, '');
  },
  accepts: 'an http or https URL',
};

function parsedUrl(form: ValueForm<string>, value: unknown, refuse: Refuse, { withQuery = false } = {}): URL {
  const text = written(value);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // The message does not repeat a URL with credentials.
  if (url !== undefined && (url.username !== '' || url.password !== ''))
    throw refuse('a URL must not contain credentials');
  const wrong = (why?: string) => refuse(mustBe(form.accepts, value, why));
  const oddity = oddityOf(text, { ascii: false }); // `URL` knows the ASCII form of an international name
  if (oddity !== undefined) throw wrong(oddity);
  if (url === undefined || !/^https?:\/\/[^/\\]/i.test(text)) throw wrong();
  if (text.includes('#') || (text.includes('?') && !withQuery)) throw wrong('it has a query or a fragment');
  if (text.includes('\\')) throw wrong('it has a backslash');
  if (isUnspecified(url.hostname))
    throw wrong(`${url.hostname} is an address to listen on; to reach the server, use 127.0.0.1`);
  return url;
}

/** The value of a Host header: a name or an address, with a port unless it is 80. In lower case, as clients send it. */
export const hostHeader: ValueForm<string> = {
  read(value, refuse) {
    const host = written(value).toLowerCase();
    const url = `http://${host}/`;
    const name = host.replace(/:\d+$/, '');
    const isName = HOST_NAME.test(name) ? oddityOf(name) === undefined && !isNumber(name) : isIP(name.slice(1, -1)) > 0;
    if (!URL.canParse(url) || new URL(url).host !== host.replace(/:80$/, '') || !(isName || isIP(name) > 0))
      throw refuse(mustBe(`${hostHeader.accepts}, such as api.test:8787`, value));
    return host;
  },
  write: (value) => value,
  placeholder: 'host',
  accepts: 'a name or address, with its port',
  schema: { type: 'string', minLength: 1 },
};

/** As browsers send it (RFC 6454 section 7): an origin with a slash would never match, and `*` is not supported. */
export const webOrigin: ValueForm<string> = {
  read(value, refuse) {
    const origin = written(value);
    if (!/^https?:/.test(origin) || !URL.canParse(origin) || new URL(origin).origin !== origin)
      throw refuse(mustBe(`${webOrigin.accepts}, such as http://localhost:3000`, value));
    return origin;
  },
  write: (value) => value,
  placeholder: 'origin',
  accepts: 'an origin: only scheme, host and port',
  schema: { type: 'string', pattern: '^https?://[^/?#]+$' },
};

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

/** All addresses of the machine: a server can listen there, but not every system lets a client connect there. */
export function isUnspecified(host: string): boolean {
  return host === '0.0.0.0' || host === '::' || host === '[::]';
}

/** A host as it is written in a URL. */
export function urlName(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** The URL by which this machine reaches a server that listens there. */
export function reachedAt(host: string, port: number): string {
  const loopback = host === '0.0.0.0' ? '127.0.0.1' : '::1';
  return `http://${urlName(isUnspecified(host) ? loopback : host)}:${port}`;
}
