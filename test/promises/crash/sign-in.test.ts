/** The program kills itself at each SQL statement of a grant, a refresh and a sign-out: all of it, or nothing. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LOCAL_API_KEY, LOCAL_CLIENT_ID } from '../../../src/machine/settings.ts';
import { query } from '../../support/database.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { authenticate, codeFor, exchange, type GrantAnswer, refresh, shownPage } from '../../support/sign-in.ts';
import { eachPoint, LONG, sample } from './length.ts';
import { emptyState, type State, serve } from './state.ts';

const KILL_AT_STATEMENT = new URL('../../support/kill-at-statement.mjs', import.meta.url).href;

interface Prepared {
  readonly code: string;
  readonly refreshToken: string;
  readonly sessionId: string;
  /** Unused, each of them good for one session. */
  readonly deviceCode: string;
  readonly magicCode: string;
  readonly pendingToken: string;
  readonly verificationCode: string;
}

interface Step {
  /** The request that is killed; it may be cut off. */
  readonly ask: (base: string, prepared: Prepared) => Promise<unknown>;
  /** What must hold at a server that was started afterwards. */
  readonly check: (base: string, prepared: Prepared, state: State) => Promise<void>;
}

const rows = (state: State, sql: string) => query(state.paths.users, sql);
const signOut = (base: string, id: string) =>
  fetch(`${base}/user_management/sessions/logout?session_id=${id}`, { redirect: 'manual' });

const URN = 'urn:workos:oauth:grant-type';
const byDevice = (base: string, { deviceCode }: Prepared) =>
  authenticate(base, { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: deviceCode });
const byMagicCode = (base: string, { magicCode }: Prepared) =>
  authenticate(base, { grant_type: `${URN}:magic-auth:code`, email: 'magic@example.com', code: magicCode });
const byVerification = (base: string, { pendingToken, verificationCode }: Prepared) =>
  authenticate(base, {
    grant_type: `${URN}:email-verification:code`,
    pending_authentication_token: pendingToken,
    code: verificationCode,
  });

/** A grant that is good for one session: it was made by the killed request, or is made by the next one. */
function onlyOnce(grant: (base: string, prepared: Prepared) => Promise<GrantAnswer>): Step {
  return {
    ask: grant,
    async check(base, prepared, state) {
      const [used] = rows(state, 'SELECT count(*) AS n FROM sessions');
      expect(rows(state, 'SELECT count(*) AS n FROM refresh_tokens WHERE parent IS NULL')).toEqual([used]);
      const { status } = await grant(base, prepared);
      expect([used?.n, status]).toEqual(status === 200 ? [1, 200] : [2, 400]);
      expect((await grant(base, prepared)).status).toBe(400);
    },
  };
}

const STEPS: Readonly<Record<string, Step>> = {
  exchange: onlyOnce((base, { code }) => exchange(base, code)),
  'magic code': onlyOnce(byMagicCode),
  'verification code': onlyOnce(byVerification),
  'device code': onlyOnce(byDevice),
  refresh: {
    ask: (base, { refreshToken }) => refresh(base, refreshToken),
    async check(base, { refreshToken }, state) {
      const [successors] = rows(state, 'SELECT count(*) AS n FROM refresh_tokens WHERE parent IS NOT NULL');
      expect(rows(state, 'SELECT count(*) AS n FROM refresh_tokens WHERE answer IS NOT NULL')).toEqual([successors]);
      const again = await refresh(base, refreshToken);
      expect(again.status).toBe(200);
      expect((await refresh(base, refreshToken)).text).toBe(again.text);
      expect((await refresh(base, again.body.refresh_token)).status).toBe(200);
    },
  },
  'sign-out': {
    ask: (base, { sessionId }) => signOut(base, sessionId),
    async check(base, { refreshToken, sessionId }) {
      const { status } = await refresh(base, refreshToken);
      expect([200, 400]).toContain(status);
      expect((await signOut(base, sessionId)).status).toBe(302);
      expect((await refresh(base, refreshToken)).status).toBe(400);
    },
  },
};

/** A state with a code that is unused and a session that is open. */
async function prepare(state: State): Promise<Prepared> {
  await using server = await serve(state);
  const { url } = server.ready;
  const { body } = await exchange(url, await codeFor(url));
  const { sid } = JSON.parse(Buffer.from(body.access_token.split('.')[1], 'base64url').toString());
  const code = await codeFor(url);
  const magic = await api(url, 'POST', '/user_management/magic_auth', { email: 'magic@example.com' });
  const user = { email: 'new@example.com', email_verified: false, password: 'correct horse' };
  await api(url, 'POST', '/user_management/users', user);
  const step = await authenticate(url, { grant_type: 'password', email: user.email, password: user.password });
  const verification = `/user_management/email_verification/${step.body.email_verification_id}`;
  const mailed = await api(url, 'GET', verification);
  const device = await api(url, 'POST', '/user_management/authorize/device', { client_id: LOCAL_CLIENT_ID });
  const page = await shownPage(device.verification_uri_complete, await fetch(device.verification_uri_complete));
  expect((await page.send({ email: 'ada@example.com' })).status).toBe(200);
  expect(await server.stop()).toBe(0);
  return {
    code,
    refreshToken: body.refresh_token,
    sessionId: sid,
    deviceCode: device.device_code,
    magicCode: magic.code,
    pendingToken: step.body.pending_authentication_token,
    verificationCode: mailed.code,
  };
}

async function api(base: string, method: string, path: string, body?: object) {
  const response = await fetch(`${base}${path}`, {
    method,
    headers: { authorization: `Bearer ${LOCAL_API_KEY}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: the body of an answer is whatever the test says it is
  return (await response.json()) as any;
}

/** @returns whether the server lived on */
async function run(state: State, { ask }: Step, prepared: Prepared, env: Record<string, string>): Promise<boolean> {
  await using server = await serve(state, {
    env: { NODE_OPTIONS: `--import=${KILL_AT_STATEMENT}`, COUNT_FROM: 'request', ...env },
  });
  await ask(server.ready.url, prepared).catch(() => undefined);
  await server.stop();
  return server.child.exitCode === 0;
}

test.each(Object.entries(STEPS))('killed at every SQL statement: %s', { timeout: 600_000 }, async (_, step) => {
  using before = emptyState();
  const prepared = await prepare(before);
  using directory = temporaryDirectory();
  const STATEMENT_COUNT = join(directory.path, 'count');
  using whole = before.copy();
  expect(await run(whole, step, prepared, { STATEMENT_COUNT })).toBe(true);
  const total = Number(readFileSync(STATEMENT_COUNT, 'utf8'));
  let killed = 0;
  const points = sample(total, LONG ? total : 6);
  await eachPoint(points, async (point) => {
    using state = before.copy();
    if (!(await run(state, step, prepared, { KILL_AT: `statement:${point}` }))) killed++;
    await using server = await serve(state);
    await step.check(server.ready.url, prepared, state);
  });
  expect(killed).toBeGreaterThan(points.length / 2);
});
