/** A callback API over HTTP, independent of the program that judges it: routes, credentials, answers. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { apiKeyOf, dashboardBody, USAGE_POLICY } from './reads.ts';
import type { Around, Asked, Claims, Reply, Rules, Work } from './rules.ts';
import { Refused, SignIns } from './sign-in.ts';
import type { Store } from './store.ts';
import { verifyToken } from './tokens.ts';
import { KeySet, type WorkOS } from './workos.ts';

export interface ApiSettings {
  readonly workos: WorkOS;
  readonly issuer: string;
  readonly rules: Rules;
  readonly store: Store;
}

const CALLBACK = '/v1/auth/web/callback';

class Api {
  readonly #settings: ApiSettings;
  readonly #rules: Rules;
  readonly #keys: KeySet;
  readonly #signIns: SignIns;
  readonly #around: Around;
  #running = 0;
  #answers = 0;

  constructor(settings: ApiSettings) {
    this.#settings = settings;
    this.#rules = settings.rules;
    this.#keys = new KeySet(settings.workos, settings.rules.keyCache);
    this.#signIns = new SignIns(settings.rules, settings.store);
    this.#around = settings.rules.around();
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    const asked = { method, url, headers, body: await text(request).catch(() => '') };
    const { store } = this.#settings;
    const inside = { store, secretOf: (subject: string) => this.#signIns.secretOf(subject) };
    const reply = await this.#around(asked, (given) => this.#reply(given, request), inside);
    if (this.#rules.loses(this.#answers++)) response.destroy();
    else this.#rules.send(response, reply, request);
  }

  async #reply(asked: Asked, request: IncomingMessage): Promise<Reply> {
    const given = asked.headers['x-request-id'];
    const requestId = typeof given === 'string' && /^[\w-]{8,128}$/.test(given) ? given : randomUUID();
    this.#running += 1;
    try {
      const busy = this.#rules.busy(this.#running, request);
      if (busy) throw new Refused(busy.status, 'busy', 'come back later', { 'retry-after': String(busy.retryAfter) });
      const body = await this.#route(asked, () => !request.socket.destroyed);
      return { status: 200, headers: this.#rules.headers(200, requestId), body };
    } catch (error) {
      const refused = error instanceof Refused ? error : new Refused(500, 'internal_error', 'internal error');
      const status = this.#rules.statusOf(refused.status, refused.message);
      const body = this.#rules.write(this.#rules.refusal(status, refused.code, refused.message, requestId));
      return { status, headers: { ...this.#rules.headers(status, requestId), ...refused.headers }, body };
    } finally {
      this.#running -= 1;
    }
  }

  async #route({ method, url: target, headers }: Asked, stays: () => boolean): Promise<string> {
    const url = target.split('?')[0] ?? '';
    const credential = /^bearer ([^ ]+)$/i.exec(headers.authorization ?? '')?.[1];
    if (url === CALLBACK && method !== 'POST') throw new Refused(405, 'method_not_allowed', 'POST', { allow: 'POST' });
    if (method !== 'POST' && method !== 'GET') throw new Refused(404, 'not_found', 'no such route');
    if (url === CALLBACK) return this.#callback(credential, stays);
    if (url === '/v1/whoami' || url === '/v1/usage-policy') return this.#withKey(url, credential);
    return this.#dashboard(url, credential);
  }

  async #verified(credential: string | undefined): Promise<Claims> {
    if (credential === undefined) throw new Refused(401, 'not_authenticated', 'no access token');
    const { workos, issuer } = this.#settings;
    const now = Date.now() / 1000;
    const expected = { issuer, clientId: workos.clientId, now, tolerance: this.#rules.tolerance };
    const { claims, problem } = await verifyToken(credential, this.#rules, this.#keys, expected);
    if (problem === undefined) return claims;
    if (this.#rules.leavesTrace(problem)) await this.#leaveTrace(claims);
    throw new Refused(401, 'not_authenticated', `the token is refused: ${problem}`);
  }

  /** What a server does that writes before it has judged. */
  async #leaveTrace(claims: Claims | undefined): Promise<void> {
    const { onRefused } = this.#rules;
    if (onRefused === 'nothing' || typeof claims?.sub !== 'string') return;
    const work = await this.#workOf(claims, false);
    const known = this.#settings.store.members.get(work.subject);
    if (onRefused === 'touch' && known)
      this.#settings.store.members.set(
        work.subject,
        this.#rules.seenBefore(known, work.email, this.#rules.timestamp(Date.now())),
      );
    else if ((onRefused === 'member' && !known) || (onRefused === 'record' && known))
      await this.#signIns.answer(work, () => true);
  }

  async #workOf(claims: Claims, mayReplay = true): Promise<Work> {
    const { idOf, idempotencyKeyOf, recordOf, subjectOf, emailOf, needsUser, noIdMessage, findUser } = this.#rules;
    const key = idempotencyKeyOf(idOf(claims.jti, 'jti'), idOf(claims.sid, 'sid'));
    if (key === undefined) throw new Refused(401, 'not_authenticated', noIdMessage);
    const subject = subjectOf(String(claims.sub), undefined, claims);
    const stored = this.#settings.store.members.get(subject);
    const isReplay = mayReplay && this.#settings.store.records.get(recordOf(key, subject, claims)) !== undefined;
    const user = await findUser(this.#settings.workos, String(claims.sub));
    if (user === undefined && (needsUser(isReplay) || stored === undefined))
      throw new Refused(401, 'not_authenticated', 'WorkOS does not have the user');
    const email = emailOf(user ?? { id: subject, email: stored?.email ?? '' }, claims);
    const owner = subjectOf(String(claims.sub), email, claims);
    return { claims, subject: owner, record: recordOf(key, owner, claims), email };
  }

  async #callback(credential: string | undefined, stays: () => boolean): Promise<string> {
    const work = await this.#workOf(await this.#verified(credential));
    const replay = this.#rules.duplicates === 'conflict' ? this.#signIns.replayOf(work) : undefined;
    const answer = replay ?? (await this.#signIns.answer(work, stays));
    if (this.#rules.onHangUp === 'forget' && !stays()) this.#settings.store.records.remove(work.record);
    return answer;
  }

  async #withKey(url: string, credential: string | undefined): Promise<string> {
    const key = credential === undefined ? undefined : apiKeyOf(credential, this.#settings.store, this.#rules);
    const claims = key === undefined && this.#rules.tokenOnWhoami ? await this.#verified(credential) : undefined;
    const subject = key?.subject ?? claims?.sub;
    if (typeof subject !== 'string') throw new Refused(401, 'not_authenticated', 'no such API key');
    const member = this.#settings.store.members.get(subject);
    if (member === undefined) throw new Refused(401, 'not_authenticated', 'no such API key');
    if (key !== undefined) {
      const used = { ...key, lastUsedAt: this.#rules.timestamp(Date.now()) };
      for (const name of [key.publicId, key.subject]) this.#settings.store.keys.set(name, used);
    }
    const actor = { type: 'api_key', id: key?.id, name: 'Default' };
    const workspace = dashboardBody('/v1/web/workspace', member, undefined, this.#rules)?.workspace;
    const body = { actor, workspace, scopes: this.#rules.keyScopes, usage_policy: USAGE_POLICY };
    const shown = url === '/v1/whoami' ? body : USAGE_POLICY;
    return this.#rules.write(this.#rules.shown(url, shown, this.#signIns.secretOf(subject)));
  }

  async #dashboard(url: string, credential: string | undefined): Promise<string> {
    const { store } = this.#settings;
    const key = this.#rules.apiKeyOnDashboard && credential ? apiKeyOf(credential, store, this.#rules) : undefined;
    const claims = key === undefined ? await this.#verified(credential) : {};
    const subject = key?.subject ?? this.#rules.subjectOf(String(claims.sub), undefined, claims);
    const time = Date.now() - this.#rules.readLagMs;
    const member = store.members.at(subject, time);
    if (member === undefined) throw new Refused(403, 'forbidden', 'no member');
    const body = dashboardBody(url, member, this.#signIns.shownKey(subject, time), this.#rules);
    if (body === undefined) throw new Refused(404, 'not_found', 'no such route');
    return this.#rules.write(this.#rules.shown(url, body, this.#signIns.secretOf(subject)));
  }
}

export async function startApi(settings: ApiSettings): Promise<AsyncDisposable & { readonly url: string }> {
  const api = new Api(settings);
  const server = createServer(
    (request, response) => void api.answer(request, response).catch(() => response.destroy()),
  );
  settings.rules.listening(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}
