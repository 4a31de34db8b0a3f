/** Predictions, and sends: what they do, and who may. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PredictAnswer, SendLine, SendRequest } from '../../../src/inspector/api-types.ts';
import { FAULTS, fitsAuthorizationHeader } from '../../../src/workos/tokens/faults.ts';
import { shell } from '../../support/shell.ts';
import { type OpenedInspector, openedInspector } from '../web/opened.ts';

let inspector: OpenedInspector;
let ticket: string;

beforeAll(async () => {
  inspector = await openedInspector(['--inspector', 'on']);
  ({ ticket } = await switchTo(true));
  await inspector.post(await inspector.mint('--email', 'ada@example.com', '--jti', 'jti_ada'), {
    'x-request-id': 'request_ada',
  });
  await inspector.post(await inspector.mint('--email', 'ada@example.com', '--fault', 'expired'), {
    'x-request-id': 'request_expired',
  });
  await inspector.written(2);
});
afterAll(() => inspector[Symbol.asyncDispose]());

const postTo = (path: string, body: unknown, headers: Record<string, string> = {}, to = inspector) =>
  to.fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: `http://127.0.0.1:${to.port}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const switchTo = async (on: boolean): Promise<{ ticket: string }> =>
  (await (await postTo('/api/sending', { on })).json()) as { ticket: string };
const predicted = async (wish: SendRequest): Promise<PredictAnswer> =>
  (await (await postTo('/api/predict', wish)).json()) as PredictAnswer;

async function sent(wish: SendRequest): Promise<{ lines: SendLine[]; done: Extract<SendLine, { type: 'done' }> }> {
  const response = await postTo('/api/send', wish, { 'x-sending-ticket': ticket });
  const text = await response.text();
  expect(response.status, text).toBe(200);
  const lines: SendLine[] = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const done = lines.at(-1);
  if (done?.type !== 'done') throw new Error(text);
  return { lines, done };
}

describe('a prediction', () => {
  test.each<[SendRequest, string]>([
    [{ of: 'request_ada', times: 8 }, 'replayed, 8 of 8; nothing will change'],
    [{ of: 'request_ada', jti: 'new' }, 'seen'],
    [{ of: 'request_ada', jti: 'none' }, 'seen'],
    [{ of: 'request_ada', jti: 'none', sid: 'none' }, 'refused: no_session_or_token_id'],
    [{ of: 'request_ada', claims: { exp: 1 } }, 'refused: expired'],
    [{ of: 'request_ada', claims: { client_id: null } }, 'refused: client_id_mismatch'],
    [{ of: 'request_ada', claims: { sub: 'user_01K9AAAAAAAAAAAAAAAAAAAAAA' } }, 'refused: user_fetch_failed'],
    [{ of: 'request_expired' }, 'seen'],
    [{ email: 'new@example.com', times: 8, at_once: 8 }, '1 provisioned, 7 replayed'],
    [{ email: 'new@example.com', times: 3, tokens: 'each' }, '1 provisioned, 2 seen'],
    [{ of: 'request_ada', times: 3, tokens: 'each' }, 'replayed, 3 of 3; nothing will change'],
  ])('of %j is "%s", and changes nothing', async (wish, sentence) => {
    const before = await inspector.json('/api/members');
    const users = await inspector.json('/api/search?q=new@');
    expect((await predicted(wish)).sentence).toBe(sentence);
    expect((await inspector.json('/api/members')).items).toEqual(before.items);
    expect(await inspector.json('/api/search?q=new@')).toEqual(users);
  });

  test('has every check, and advice about this token', async () => {
    const { checks, advice, claims, idempotency_key } = await predicted({ of: 'request_ada', claims: { exp: 1 } });
    expect(checks).toHaveLength(17);
    expect(advice[0]).toMatch(/^It was valid until /);
    expect(claims).toMatchObject({ exp: 1, jti: 'jti_ada' });
    expect(idempotency_key).toBeNull();
  });

  test('has commands that do the same as pasted', async () => {
    const { commands } = await predicted({ of: 'request_ada', times: 3 });
    using terminal = shell();
    const { code, stdout, stderr } = await terminal.run(commands.agent_paste ?? '');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain('replayed');
    expect(commands.curl).toMatch(/^curl -X POST http:\S+ -H "Authorization: Bearer \$\(agent-paste mint .*\)"$/);
  });
});

describe('sends', () => {
  test('of a new sign-in at once are one sign-in, as predicted', async () => {
    const { lines, done } = await sent({ email: 'eve@example.com', times: 32, at_once: 16 });
    expect(done).toMatchObject({
      sentence: '1 provisioned, 31 replayed',
      prediction_held: true,
      changed: expect.stringMatching(/^1 member, 1 API key and \d events more$/),
    });
    const answers = lines.flatMap((line) => (line.type === 'sent' ? line.sha256 : []));
    expect(answers).toHaveLength(32);
    expect(new Set(answers).size).toBe(1);
    const [first] = lines;
    if (first?.type !== 'sent') throw new Error('nothing was sent');
    await inspector.written(34);
    const { callbacks } = await inspector.json(`/api/callbacks/${first.request_id}`);
    expect(callbacks[0].detail.via).toBe('inspector');
    expect(inspector.server.stderr()).toMatch(new RegExp(`via inspector .* ${first.request_id}`));
  });

  test('of the expired one are seen, since its times are fresh', async () => {
    const { done } = await sent({ of: 'request_expired' });
    expect(done).toMatchObject({ predicted: 'seen', prediction_held: true, changed: 'last_seen_at is later' });
  });

  test('of every fault end as predicted', async () => {
    const odd: unknown[] = [];
    for (const { name } of FAULTS) {
      const { lines, done } = await sent({ of: 'request_ada', jti: 'new', faults: [name] });
      const [first] = lines;
      if (first?.type === 'failed' && first.message.includes('no HTTP header can carry')) continue;
      if (!done.prediction_held) odd.push([name, done]);
    }
    expect(fitsAuthorizationHeader('x')).toBe(true);
    expect(odd).toEqual([]);
  });
});

describe('sending', () => {
  const wish = { of: 'request_ada' };

  test('needs the switch, and the value of the tab that switched it on last', async () => {
    const status = async (headers: Record<string, string>) => (await postTo('/api/send', wish, headers)).status;
    expect(await status({})).toBe(403);
    expect(await status({ 'x-sending-ticket': 'x'.repeat(43) })).toBe(403);
    const other = (await switchTo(true)).ticket;
    expect(await status({ 'x-sending-ticket': ticket })).toBe(403);
    expect(await status({ 'x-sending-ticket': other })).toBe(200);
    await switchTo(false);
    expect(await status({ 'x-sending-ticket': other })).toBe(403);
    ({ ticket } = await switchTo(true));
  });

  test('is one run at a time', async () => {
    const long = await postTo('/api/send', { ...wish, times: 1000 }, { 'x-sending-ticket': ticket });
    const second = await postTo('/api/send', wish, { 'x-sending-ticket': ticket });
    expect(second.status).toBe(409);
    await long.body?.cancel();
    for (;;) {
      const next = await postTo('/api/send', wish, { 'x-sending-ticket': ticket });
      await next.text();
      if (next.status === 200) break; // the run has ended once the server has seen that its reader is gone
    }
  });

  test.each<[unknown, number, string]>([
    [{ ...wish, times: 1001 }, 400, 'times must be'],
    [{ ...wish, at_once: 65 }, 400, 'at_once must be'],
    [{ ...wish, times: 1.5 }, 400, 'times must be'],
    [{ ...wish, url: 'http://evil.example' }, 400, '"url" is no field'],
    [{ ...wish, faults: ['nope'] }, 400, 'there is no fault'],
    [{ ...wish, claims: 'x' }, 400, 'claims must be'],
    [{ ...wish, jti: 'old' }, 400, 'jti must be'],
    [{}, 400, 'of or email must name'],
    [{ email: 'no address' }, 400, 'email must be an e-mail address'],
    [{ of: 'request_none' }, 404, 'there is no callback'],
    ['{"of":', 400, 'the body must be a JSON object'],
    ['[]', 400, 'the body must be a JSON object'],
    [`{"of":"${'x'.repeat(70_000)}"}`, 413, 'the body must have at most'],
    [`{"claims":${'['.repeat(5000)}${']'.repeat(5000)}}`, 400, 'claims must be'],
  ])('refuses %.60j before anything is sent: %s', async (body, status, message) => {
    for (const path of ['/api/predict', '/api/send']) {
      const response = await postTo(path, body, { 'x-sending-ticket': ticket });
      expect({ status: response.status, body: await response.json() }).toMatchObject({
        status,
        body: { error: { message: expect.stringContaining(message) } },
      });
    }
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])(
    'takes no %s, as a form of another page would send',
    async (type) => {
      const response = await postTo('/api/sending', { on: true }, { 'content-type': type });
      expect(response.status).toBe(400);
    },
  );

  test('is refused by a page that only reads', async () => {
    await using reading = await openedInspector();
    expect(await reading.json('/api/state')).toMatchObject({
      mode: 'read',
      can_send: false,
      cannot_send_because: 'This page only reads: the server was started with --inspector read.',
    });
    for (const path of ['/api/predict', '/api/sending', '/api/send'])
      expect((await postTo(path, { on: true }, {}, reading)).status).toBe(403);
  });
});
