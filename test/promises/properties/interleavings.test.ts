import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PublicKeySet } from '../../../src/callback/identity.ts';
import type { Resolution } from '../../../src/callback/resolution.ts';
import { parseApiKey } from '../../../src/callback/workspace/api-key.ts';
import { ApiError } from '../../../src/errors/api-error.ts';
import { counts, execute, query } from '../../support/database.ts';
import { runs } from '../../support/property-runs.ts';
import { deleteMember, emptyModel, expectedOf, type Model, type ModelToken, sweep } from './contract-model.ts';
import { type ServerPair, serverPair } from './server-pair.ts';
import { NOW, type TokenIssuer, tokenIssuer } from './token-issuer.ts';

const SUBJECTS = ['user_0', 'user_1', 'user_2'];
const TTL = 3_600_000;

let issuer: TokenIssuer;
beforeAll(async () => {
  issuer = await tokenIssuer();
});
afterAll(() => issuer[Symbol.dispose]());

interface SentToken extends ModelToken {
  readonly text: string;
}

/** What callbacks were answered in all sequences together. */
const met = new Set<string>();

/** The real servers and the model of them, which must never disagree. */
class World implements AsyncDisposable {
  readonly model: Model = emptyModel(NOW);
  readonly tokens: SentToken[] = [];
  readonly pair: ServerPair;
  published: PublicKeySet = issuer.published();

  constructor() {
    this.pair = serverPair(SUBJECTS, { ttl: TTL, inFlight: 'wait', published: () => this.published });
    for (const subject of SUBJECTS) this.model.users.set(subject, `${subject}@example.com`);
    for (const kid of issuer.kids) this.model.published.add(kid);
  }

  mint(subject: string, kid: string, jti: string | null, sid: string | null, life: number): SentToken {
    const iat = Math.floor(this.model.now / 1000);
    const { token } = issuer.mint({ sub: subject, kid, jti, sid, issuedAt: iat, expiresIn: life });
    const sent = { text: token, kid, subject, jti, sid, iat, exp: iat + life };
    this.tokens.push(sent);
    return sent;
  }

  async callback(server: number, token: SentToken): Promise<void> {
    const expected = expectedOf(this.model, token, TTL);
    const answer = await this.pair.callback(server, token.text, this.model.now).catch((error: unknown) => error);
    if ('refused' in expected) {
      met.add(expected.refused);
      expect(answer).toBeInstanceOf(ApiError);
      expect((answer as ApiError).reason).toBe(expected.refused);
      return;
    }
    const { outcome, record, reused } = expected;
    met.add(outcome).add(reused ? 'reused' : outcome);
    expect(answer).toMatchObject({ outcome, status: 200 });
    expect((answer as Resolution).warning !== undefined).toBe(reused);
    const text = textOf(answer as Resolution);
    if (outcome === 'replayed') {
      expect(text).toBe(record.body);
      return;
    }
    record.body = text;
    this.#judgeBody(JSON.parse(text), outcome, token.subject);
  }

  // biome-ignore lint/suspicious/noExplicitAny: the body of an answer is what is being judged
  #judgeBody(body: any, outcome: 'provisioned' | 'seen', subject: string): void {
    const member = this.model.members.get(subject);
    if (member === undefined) throw new Error('the model has no such member');
    if (outcome === 'provisioned') {
      member.workspaceId = body.workspace.id;
      member.secret = body.default_api_key.secret;
      expect(this.model.secrets).not.toContain(member.secret);
      this.model.secrets.push(member.secret);
    } else expect(body.default_api_key).toBeNull();
    expect(body.workspace.id).toBe(member.workspaceId);
    expect(body.workspace_member).toMatchObject({
      email: member.email,
      last_seen_at: new Date(member.lastSeen).toISOString(),
    });
  }

  /** What is in the file is what the model says, and every key works that should, and no other. */
  async judgeState(): Promise<void> {
    const { members, records, secrets } = this.model;
    expect(counts(this.pair.path)).toEqual({
      workspaces: members.size,
      members: members.size,
      keys: members.size,
      events: 2 * members.size,
      records: records.size,
    });
    const rows = query(this.pair.path, 'SELECT workos_user_id, email FROM workspace_members');
    expect(new Map(rows.map((row) => [row.workos_user_id, row.email]))).toEqual(
      new Map([...members].map(([subject, { email }]) => [subject, email])),
    );
    const working = new Set([...members.values()].filter(({ keyWorks }) => keyWorks).map(({ secret }) => secret));
    for (const secret of secrets) {
      const key = parseApiKey(secret);
      expect(key).toBeDefined();
      const context = key && (await this.pair.stores[1]?.authenticateKey(key, this.model.now));
      expect(context !== undefined).toBe(working.has(secret));
    }
    expect(query(this.pair.path, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    expect(query(this.pair.path, 'PRAGMA foreign_key_check')).toEqual([]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pair[Symbol.asyncDispose]();
  }
}

type Step = (world: World) => void | Promise<void>;

const server = fc.nat({ max: 1 });
const subject = fc.constantFrom(...SUBJECTS);
const id = (prefix: string) =>
  fc.option(
    fc.nat({ max: 2 }).map((number) => `${prefix}_${number}`),
    { freq: 4 },
  );
/** Ids of either kind may have the same text. */
const ids = { jti: fc.oneof(id('token'), id('same')), sid: fc.oneof(id('session'), id('same')) };

const signIn = fc
  .record({ server, subject, key: fc.nat({ max: 1 }), life: fc.constantFrom(60, 300, 86_400), ...ids })
  .map<Step>(
    ({ server, subject, key, life, jti, sid }) =>
      (world) =>
        world.callback(server, world.mint(subject, issuer.kids[key] ?? '', jti, sid, life)),
  );
const retry = fc.tuple(server, fc.nat()).map<Step>(([server, number]) => async (world) => {
  const token = world.tokens[number % Math.max(1, world.tokens.length)];
  if (token) await world.callback(server, token);
});
const changeAddress = fc.tuple(subject, fc.nat({ max: 2 })).map<Step>(([subject, number]) => ({ model, pair }) => {
  if (!model.users.has(subject)) return;
  model.users.set(subject, `address${number}@example.com`);
  pair.users.changeEmail(subject, `address${number}@example.com`, '2026-01-01T00:00:00.000Z');
});
const removeUser = subject.map<Step>((subject) => ({ model, pair }) => {
  model.users.delete(subject);
  pair.users.remove(subject);
});
const moveClock = fc
  .constantFrom(1, 999, 30_000, 290_000, TTL, 30 * TTL, -1000, -90_000, -TTL)
  .map<Step>((by) => ({ model }) => {
    model.now += by;
  });
const drop = server.map<Step>((server) => async ({ model, pair }) => {
  expect(await pair.stores[server]?.sweep(model.now)).toBe(sweep(model));
});
const revoke = subject.map<Step>((subject) => ({ model, pair }) => {
  const member = model.members.get(subject);
  if (member === undefined) return;
  member.keyWorks = false;
  execute(
    pair.path,
    "UPDATE api_keys SET revoked_at = '2026-01-01T00:00:00.000Z' WHERE workspace_id = ?",
    member.workspaceId,
  );
});
const removeMember = subject.map<Step>((subject) => ({ model, pair }) => {
  const member = model.members.get(subject);
  if (member === undefined) return;
  execute(pair.path, 'DELETE FROM workspaces WHERE id = ?', member.workspaceId);
  deleteMember(model, subject);
});
const restart = server.map<Step>(
  (server) =>
    ({ pair }) =>
      pair.restart(server),
);
const retireOrPublish = fc.nat({ max: 1 }).map<Step>((key) => (world) => {
  const kid = issuer.kids[key] ?? '';
  if (!world.model.published.delete(kid)) world.model.published.add(kid);
  world.published = { keys: issuer.published().keys.filter((each) => world.model.published.has(String(each.kid))) };
});

const steps = fc.array(
  fc.oneof(
    { arbitrary: signIn, weight: 8 },
    { arbitrary: retry, weight: 8 },
    { arbitrary: moveClock, weight: 3 },
    { arbitrary: changeAddress, weight: 2 },
    { arbitrary: drop, weight: 1 },
    { arbitrary: revoke, weight: 1 },
    { arbitrary: removeMember, weight: 1 },
    { arbitrary: removeUser, weight: 1 },
    { arbitrary: restart, weight: 1 },
    { arbitrary: retireOrPublish, weight: 1 },
  ),
  { minLength: 5, maxLength: 40, size: 'max' },
);

test('keeps two servers on one file true to the contract, whatever happens between callbacks', {
  timeout: 600_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      await using world = new World();
      for (const step of sequence) await step(world);
      await world.judgeState();
    }),
    runs(60),
  );
  // Nothing is shown by sequences in which nothing happens.
  const everything = ['provisioned', 'seen', 'replayed', 'reused'];
  const refusals = ['kid_unknown', 'expired', 'no_session_or_token_id', 'user_fetch_failed'];
  expect([...met]).toEqual(expect.arrayContaining([...everything, ...refusals]));
});

test('gives each key one answer and each user one secret, however callbacks overlap', {
  timeout: 600_000,
}, async () => {
  const happened = { conflict: 0, replayed: 0, seen: 0, provisioned: 0 };
  const request = fc.record({ server, subject, ...ids }).filter(({ jti, sid }) => jti !== null || sid !== null);
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      // Some of them twice: the same callback at the same server.
      fc
        .array(request, { minLength: 2, maxLength: 10, size: 'max' })
        .map((requests) => [...requests, ...requests.slice(0, 3)]),
      fc.constantFrom('wait' as const, 'conflict' as const),
      async (scheduler, requests, inFlight) => {
        const published = issuer.published();
        const hold = (point: string) => scheduler.schedule(Promise.resolve(), point);
        await using pair = serverPair(SUBJECTS, { ttl: TTL, inFlight, published: () => published, hold });
        const sent = requests.map(({ subject, jti, sid, server }) => ({
          server,
          subject,
          key: JSON.stringify([subject, jti === null ? ['sid', sid] : ['jti', jti]]),
          token: issuer.mint({ sub: subject, jti, sid }).token,
        }));
        const answers = await scheduler.waitFor(
          Promise.allSettled(sent.map(({ server, token }) => pair.callback(server, token, NOW))),
        );

        const bodies = new Map<string, string>();
        const secrets = new Map<string, Set<string>>();
        let executed = 0;
        for (const [index, answer] of answers.entries()) {
          const { key, subject } = sent[index] as (typeof sent)[number];
          if (answer.status === 'rejected') {
            expect(answer.reason).toMatchObject({ code: 'idempotency_in_flight' });
            expect(inFlight).toBe('conflict');
            happened.conflict++;
            continue;
          }
          const text = textOf(answer.value);
          expect(text).toBe(bodies.get(key) ?? text);
          bodies.set(key, text);
          happened[answer.value.outcome]++;
          if (answer.value.outcome !== 'replayed') executed++;
          const secret: unknown = JSON.parse(text).default_api_key?.secret;
          if (typeof secret === 'string') secrets.set(subject, (secrets.get(subject) ?? new Set()).add(secret));
        }
        const subjects = new Set(requests.map(({ subject }) => subject));
        const keys = new Set(sent.map(({ key }) => key));
        expect(bodies.size).toBe(keys.size);
        expect(executed).toBe(keys.size);
        expect([...secrets].map(([subject, { size }]) => [subject, size]).sort()).toEqual(
          [...subjects].map((subject) => [subject, 1]).sort(),
        );
        expect(counts(pair.path)).toEqual({
          workspaces: subjects.size,
          members: subjects.size,
          keys: subjects.size,
          events: 2 * subjects.size,
          records: keys.size,
        });
        for (const { server, token, key } of sent) {
          const replay = await scheduler.waitFor(pair.callback(1 - server, token, NOW));
          expect(replay.outcome).toBe('replayed');
          expect(textOf(replay)).toBe(bodies.get(key));
        }
      },
    ),
    runs(60),
  );
  expect(Math.min(...Object.values(happened))).toBeGreaterThan(0);
});

function textOf({ body }: Resolution): string {
  return Buffer.from(body).toString();
}
