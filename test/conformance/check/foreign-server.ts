/**
 * A callback API that is not ours, in another style: plain node:http, records in memory, one queue per user so that
 * duplicates wait, and its own verification. Its WorkOS is a running `agent-paste serve`.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';

export type Mistake =
  | 'forgets-records'
  | 'shares-records'
  | 'runs-duplicates-apart'
  | 'member-per-token'
  | 'keeps-keys'
  | 'blank-is-an-id'
  | 'wrong-secret';

export interface ForeignSettings {
  readonly workosUrl: string;
  readonly workosApiKey: string;
  readonly clientId: string;
  readonly issuer: string;
  readonly mistake?: Mistake;
  /** Instead of waiting: 409 and Retry-After. */
  readonly refusesDuplicates?: boolean;
}

interface Member {
  readonly id: string;
  readonly workspaceId: string;
  readonly createdAt: string;
  email: string;
  lastSeenAt: string;
}

class Refusal extends Error {
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(status: number, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

const CODES: Record<number, string> = {
  401: 'not_authenticated',
  403: 'forbidden',
  404: 'not_found',
  409: 'idempotency_in_flight',
  500: 'internal_error',
};

/** Milliseconds after which a request is taken for the only one. */
const ALONE_MS = 500;

class ForeignApi {
  readonly #settings: ForeignSettings;
  readonly #members = new Map<string, Member>();
  readonly #records = new Map<string, string>();
  readonly #keys = new Map<string, Member>();
  readonly #queues = new Map<string, Promise<unknown>>();
  readonly #running = new Set<string>();
  /** What ends the wait of the first request for a thing. */
  readonly #alone = new Map<string, () => void>();
  #jwks: JWTVerifyGetKey;

  constructor(settings: ForeignSettings) {
    this.#settings = settings;
    const url = new URL(`${settings.workosUrl}/sso/jwks/${settings.clientId}`);
    this.#jwks = createRemoteJWKSet(url, { cooldownDuration: 50 });
  }

  async keepKeys(): Promise<void> {
    const response = await fetch(`${this.#settings.workosUrl}/sso/jwks/${this.#settings.clientId}`);
    this.#jwks = createLocalJWKSet((await response.json()) as Parameters<typeof createLocalJWKSet>[0]);
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await this.#route(request);
      response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    } catch (error) {
      const { status, message, headers } = error instanceof Refusal ? error : new Refusal(500, 'internal error');
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify({ error: { code: CODES[status], message, request_id: randomUUID() } }));
    }
  }

  async #route({ method, url, headers }: IncomingMessage): Promise<string> {
    const credential = headers.authorization?.replace(/^Bearer /, '') ?? '';
    if (method === 'POST' && url === '/v1/auth/web/callback') return this.#callback(credential);
    if (method === 'GET' && url === '/v1/whoami') return this.#whoami(credential);
    if (method === 'GET' && url === '/v1/web/workspace') {
      const member = this.#members.get((await this.#verify(credential)).sub ?? '');
      if (member === undefined) throw new Refusal(403, 'no member');
      return JSON.stringify(describeMember(member));
    }
    throw new Refusal(404, 'no such route');
  }

  async #callback(token: string): Promise<string> {
    const { mistake, refusesDuplicates } = this.#settings;
    const claims = await this.#verify(token);
    const key = this.#keyOf(claims);
    const subject = String(claims.sub);
    const email = await this.#emailOf(subject);
    const record = mistake === 'shares-records' ? key : `${subject} ${key}`;
    if (mistake === 'runs-duplicates-apart' && this.#running.has(record)) {
      await this.#company(record);
      return this.#resolve(subject, email, randomUUID());
    }
    if (refusesDuplicates && this.#running.has(record)) throw new Refusal(409, 'running', { 'retry-after': '1' });
    this.#running.add(record);
    try {
      if (mistake === 'member-per-token' && !this.#members.has(subject)) {
        await this.#company(subject);
        return this.#resolve(`${subject} ${key}`, email, record);
      }
      if (mistake === 'runs-duplicates-apart' && !this.#records.has(record)) await this.#company(record);
      return await this.#inTurn(subject, () => this.#resolve(subject, email, record));
    } finally {
      this.#running.delete(record);
    }
  }

  /** Waits until another request for the same thing is here too, or none comes: a mistake that only two of them show. */
  async #company(thing: string): Promise<void> {
    const waiting = this.#alone.get(thing);
    if (waiting !== undefined) {
      waiting();
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#alone.set(thing, resolve);
    const timer = setTimeout(resolve, ALONE_MS);
    await promise;
    clearTimeout(timer);
    this.#alone.delete(thing);
  }

  /** One at a time for each user; the pause stands for a slow database. */
  async #inTurn(subject: string, work: () => string): Promise<string> {
    const before = this.#queues.get(subject) ?? Promise.resolve();
    const mine = before.then(() => sleep(5)).then(work);
    this.#queues.set(subject, mine);
    return mine;
  }

  #resolve(subject: string, email: string, record: string): string {
    const stored = this.#records.get(record);
    if (stored !== undefined) return stored;
    const at = new Date().toISOString();
    const known = this.#members.get(subject);
    const member = known ?? { id: randomUUID(), workspaceId: randomUUID(), createdAt: at, email, lastSeenAt: at };
    member.email = email;
    member.lastSeenAt = at;
    this.#members.set(subject, member);
    const body = JSON.stringify({ ...describeMember(member), default_api_key: known ? null : this.#newKey(member) });
    if (this.#settings.mistake !== 'forgets-records') this.#records.set(record, body);
    return body;
  }

  #newKey(member: Member): object {
    const secret = `ap_pk_preview_0123456789ABCDEF_${randomBytes(32).toString('base64url')}`;
    const kept = this.#settings.mistake === 'wrong-secret' ? `${secret}x` : secret;
    this.#keys.set(hash(kept), member);
    return { api_key: { id: randomUUID() }, secret };
  }

  #whoami(secret: string): string {
    const member = this.#keys.get(hash(secret));
    if (member === undefined) throw new Refusal(401, 'no such key');
    return JSON.stringify({ workspace: { id: member.workspaceId } });
  }

  async #verify(token: string): Promise<JWTPayload> {
    const { issuer, clientId } = this.#settings;
    try {
      const { payload } = await jwtVerify(token, this.#jwks, {
        issuer,
        algorithms: ['RS256'],
        requiredClaims: ['exp', 'sub'],
      });
      if ((payload.client_id ?? payload.azp) !== clientId) throw new Refusal(401, 'another client');
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError) throw new Refusal(401, error.message);
      throw error;
    }
  }

  #keyOf({ jti, sid }: JWTPayload): string {
    const usable = (id: unknown): id is string =>
      typeof id === 'string' && (id.trim() !== '' || this.#settings.mistake === 'blank-is-an-id');
    if (usable(jti)) return `token ${jti}`;
    if (usable(sid)) return `session ${sid}`;
    throw new Refusal(401, 'missing WorkOS token_id or session_id');
  }

  async #emailOf(subject: string): Promise<string> {
    const { workosUrl, workosApiKey } = this.#settings;
    const response = await fetch(`${workosUrl}/user_management/users/${encodeURIComponent(subject)}`, {
      headers: { authorization: `Bearer ${workosApiKey}` },
    });
    const user = (await response.json()) as { email: string };
    if (!response.ok) throw new Refusal(401, 'no such user');
    return user.email;
  }
}

function describeMember({ id, workspaceId, createdAt, email, lastSeenAt }: Member): object {
  return {
    workspace: { id: workspaceId, name: 'a workspace', created_at: createdAt },
    workspace_member: { id, workspace_id: workspaceId, email, created_at: createdAt, last_seen_at: lastSeenAt },
    scopes: ['publish', 'read', 'admin'],
  };
}

function hash(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

export interface ForeignServer extends AsyncDisposable {
  readonly url: string;
}

export async function foreignServer(settings: ForeignSettings): Promise<ForeignServer> {
  const api = new ForeignApi(settings);
  if (settings.mistake === 'keeps-keys') await api.keepKeys();
  return listening((request, response) => void api.answer(request, response));
}

/** Any server at all, for those that are no callback API. */
export async function listening(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<ForeignServer> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
