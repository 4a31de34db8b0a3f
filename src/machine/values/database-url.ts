/** The address of a PostgreSQL database: `postgres://user@host:5432/name?schema=agent_paste&sslmode=verify-full`. */
import { closest } from '../../errors/closest.ts';
import type { Refuse } from './form.ts';
import { isLoopback } from './network.ts';

export interface DatabaseUrl {
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string;
  /** The PostgreSQL schema in which all tables are. */
  readonly schema: string;
  /** `off` on this machine and for `sslmode=disable`; otherwise the certificate of the server is verified. */
  readonly tls: 'off' | 'verified';
  /** A file with certificates, instead of those of Node. */
  readonly rootCertificate: string | undefined;
}

export const DATABASE_URL_FORM = 'postgres://user@host:5432/name';

const DEFAULT_SCHEMA = 'agent_paste';
const DEFAULT_PORT = 5432;

const OPTIONS = ['schema', 'sslmode', 'sslrootcert'] as const;
/** The modes of PostgreSQL that never fall back to a connection without TLS. Here, all of them verify the server. */
const VERIFIED = ['verify-full', 'verify-ca', 'require'];

const SCHEMA_NAME = /^(?!pg_)[A-Za-z_][A-Za-z0-9_]{0,62}$/;
const HOST = /^(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?|[0-9a-f:.]*:[0-9a-f:.]*)$/;

export function isDatabaseUrl(text: string): boolean {
  return /^postgres(?:ql)?:/i.test(text);
}

/**
 * @param defaultSchema where the URL names none
 * @throws the error that `refuse` makes of the problem; it contains no password
 */
export function parseDatabaseUrl(text: string, refuse: Refuse, defaultSchema = DEFAULT_SCHEMA): DatabaseUrl {
  const url = /\s/.test(text) ? null : URL.parse(text);
  if (url === null || url.port === '0' || !/^postgres(?:ql)?:\/\//i.test(text))
    throw refuse(`must be ${DATABASE_URL_FORM}`);
  const decoded = (part: string, what: string): string => {
    const plain = withoutEscapes(part);
    if (plain === undefined || plain.includes('\0'))
      throw refuse(`${what} must be written with % and two hexadecimal digits for what is not a letter or digit`);
    return plain;
  };
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (!HOST.test(host)) throw refuse(`must name one host: ${DATABASE_URL_FORM}`);
  const database = decoded(url.pathname.slice(1), 'the name of the database');
  if (database === '' || database.includes('/')) throw refuse(`must name a database: ${DATABASE_URL_FORM}`);
  if (url.hash !== '') throw refuse('must not have a # in it; in a password it is written %23');
  const options = optionsOf(url.searchParams, refuse);
  const schema = options.get('schema') ?? defaultSchema;
  if (!SCHEMA_NAME.test(schema) || schema === 'information_schema')
    throw refuse('schema must be a name of at most 63 letters, digits and _, and not one of PostgreSQL itself');
  const sslmode = options.get('sslmode');
  if (sslmode !== undefined && sslmode !== 'disable' && !VERIFIED.includes(sslmode))
    throw refuse(
      `sslmode must be disable or ${VERIFIED.join(', ')}, which all verify the server; others fall back to no TLS`,
    );
  const rootCertificate = options.get('sslrootcert');
  if (rootCertificate === '') throw refuse('sslrootcert must be a file');
  const isPlain = sslmode === undefined ? isLoopback(host) && rootCertificate === undefined : sslmode === 'disable';
  return {
    host,
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    user: url.username === '' ? undefined : decoded(url.username, 'the user'),
    password: url.password === '' ? undefined : decoded(url.password, 'the password'),
    database,
    schema,
    tls: isPlain ? 'off' : 'verified',
    rootCertificate,
  };
}

/** Its form in messages, banners, JSON and logs: without its password. */
export function withoutPassword(database: string): string {
  if (!isDatabaseUrl(database)) return database;
  const url = new URL(database);
  url.password = '';
  return url.href;
}

/** Adds this password, unless the URL has one. */
export function withPassword(database: string, password: string | undefined): string {
  if (password === undefined || !isDatabaseUrl(database)) return database;
  const url = new URL(database);
  if (url.password === '') url.password = encodeURIComponent(password);
  return url.href;
}

/** The same database, with its tables in another schema. */
export function withSchema(database: string, schema: string): string {
  const url = new URL(database);
  url.searchParams.set('schema', schema);
  return url.href;
}

function optionsOf(given: URLSearchParams, refuse: Refuse): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const [name, value] of given) {
    if (!(OPTIONS as readonly string[]).includes(name))
      throw refuse(`has an unknown option${shown(name)}${closest(name, OPTIONS)}; accepted: ${OPTIONS.join(', ')}`);
    if (options.has(name)) throw refuse(`has the option ${name} twice`);
    options.set(name, value);
  }
  return options;
}

/** An unescaped password may be read as the name of an option, so it is not repeated. */
function shown(name: string): string {
  return /^[a-z_]{1,30}$/.test(name) ? ` ${name}` : '';
}

function withoutEscapes(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
