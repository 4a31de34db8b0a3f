/** A URI that a sign-in may return to. It is exact, or has `*` for the port of this machine or for the leftmost label. */
import { mustBe, type Refuse, type ValueForm, written } from './form.ts';
import { isLoopback } from './network.ts';

export interface RedirectPattern {
  /** The text as it was written. */
  readonly text: string;
  /** The scheme with its colon. */
  readonly scheme: string;
  /** A `*.` at the beginning stands for one label. */
  readonly host: string;
  /** `*` for any. */
  readonly port: string;
  /** Path and query. */
  readonly rest: string;
}

/** Schemes that run code or read a file in the browser. */
export const NEVER_SCHEMES: readonly string[] = [
  'javascript:',
  'vbscript:',
  'data:',
  'file:',
  'blob:',
  'filesystem:',
  'view-source:',
  'about:',
];

export const redirectUri: ValueForm<RedirectPattern> = {
  read,
  write: ({ text }) => text,
  placeholder: 'uri',
  accepts: 'an absolute URI',
  schema: { type: 'string', pattern: '^[A-Za-z][A-Za-z0-9+.-]*:' },
};

function read(value: unknown, refuse: Refuse): RedirectPattern {
  const text = written(value);
  const wrong = (why: string) => refuse(mustBe('an absolute URI, such as http://localhost:3000/callback', text, why));
  if (/[\p{C}\p{Z}\\#]/u.test(text)) throw wrong('it has a space, a backslash or a fragment');
  const anyPort = /^https?:\/\/[^/?]*:\*(?=[/?]|$)/i.test(text);
  const plain = anyPort ? text.replace(':*', '') : text;
  if (!URL.canParse(plain)) throw wrong('it does not begin with a scheme and a host');
  if (plain.replace(/^[^:]*:\/\/\*\./, '').includes('*'))
    throw wrong('* may only be the port of this machine or the leftmost label');
  const { protocol, hostname, port, pathname, search, username, password } = new URL(plain);
  if (NEVER_SCHEMES.includes(protocol)) throw wrong(`the scheme ${protocol} is never accepted`);
  if (username !== '' || password !== '') throw refuse('a URI must not contain credentials');
  if (anyPort && !isLoopback(hostname)) throw wrong('* may only be the port of a loopback host');
  if (hostname.startsWith('*.') && !hasTwoLabels(hostname.slice(2)))
    throw wrong('*. must be followed by a domain, as in https://*.preview.example/callback');
  return { text, scheme: protocol, host: hostname, port: anyPort ? '*' : port, rest: `${pathname}${search}` };
}

/** `preview.example`, but not `example`, below which other people have domains. */
function hasTwoLabels(domain: string): boolean {
  return domain.split('.').filter(Boolean).length >= 2;
}
