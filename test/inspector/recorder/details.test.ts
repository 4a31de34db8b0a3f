/** What a server with `--inspector record` keeps of each callback. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { CHECKS } from '../../../src/callback/token/checks.ts';
import type { CallbackDetail } from '../../../src/inspector/api-types.ts';
import { agentPaste } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { recordingServer } from './recorded.ts';

const NAMES = [...CHECKS.map(({ name }) => name), 'user'];

const spansOf = (detail: CallbackDetail | null) => detail?.spans.map(({ name }) => name);
const resultsOf = (detail: CallbackDetail | null) => detail?.checks.map(({ result }) => result);
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

test('records a sign-in, its replay, and a refusal, each with its checks, token, spans and answer', async () => {
  await using server = await recordingServer();
  const token = await server.mint('--email', 'ada@example.com');
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const first = await (await server.post(token, { traceparent })).text();
  await (await server.post(token)).text();
  await (await server.post(await server.mint('--email', 'ada@example.com', '--fault', 'expired'))).text();
  const [provisioned, replayed, refused] = await server.recorded();

  expect(provisioned?.detail).toMatchObject({
    process: server.server.ready.pid,
    trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
    via: null,
    verification: 'full',
    signed: true,
    credential: null,
    leader: null,
    header: { alg: 'RS256' },
    claims: { iss: 'https://api.workos.com' },
    answer: { bytes: Buffer.byteLength(first), sha256: sha256(first) },
    advice: [],
  });
  expect(provisioned?.detail?.checks.map(({ name }) => name)).toEqual(NAMES);
  expect(resultsOf(provisioned?.detail ?? null)).toEqual(NAMES.map(() => 'passed'));
  expect(spansOf(provisioned?.detail ?? null)).toEqual([
    ...['read', 'verify', 'user', 'record.read', 'queue', 'lock', 'transaction', 'send'],
  ]);

  expect(replayed?.detail).toMatchObject({ verification: 'remembered', answer: { sha256: sha256(first) } });
  expect(replayed?.detail?.checks.filter(({ result }) => result !== 'remembered').map(({ name }) => name)).toEqual([
    'key',
    'lifetime',
    'user',
  ]);
  expect(spansOf(replayed?.detail ?? null)).toEqual(['read', 'verify', 'user', 'record.read', 'send']);

  const failed = NAMES.indexOf('lifetime');
  expect(resultsOf(refused?.detail ?? null)).toEqual(
    NAMES.map((_, index) => (index < failed ? 'passed' : index === failed ? 'failed' : 'not reached')),
  );
  expect(refused?.detail?.advice[0]).toMatch(/^It was valid until /);
  expect(spansOf(refused?.detail ?? null)).toEqual(['read', 'verify', 'send']);
});

test('records who waited for whom, and for how long', async () => {
  await using server = await recordingServer('--hold', 'before-commit=300ms');
  const token = await server.mint('--email', 'ada@example.com');
  const texts = await Promise.all(Array.from({ length: 8 }, async () => (await server.post(token)).text()));
  expect(new Set(texts).size).toBe(1);
  const recorded = await server.recorded();
  const leader = recorded.find(({ outcome }) => outcome === 'provisioned');
  const others = recorded.filter(({ outcome }) => outcome === 'replayed');
  expect(others).toHaveLength(7);
  expect(spansOf(leader?.detail ?? null)).toContain('hold.before-commit');
  for (const { detail } of others) {
    expect(detail?.leader).toBe(leader?.request_id);
    expect(spansOf(detail)).toEqual(['read', 'verify', 'user', 'wait', 'send']);
    expect(detail?.answer?.sha256).toBe(leader?.detail?.answer?.sha256);
  }
});

test('records the check of the user, and what was fetched', async () => {
  await using workos = await recordingServer();
  await using server = await recordingServer(...['--jwks-url', workos.server.ready.jwks_url]);
  const token = await workos.mint('--email', 'ada@example.com');
  await server.post(token);
  await server.post(token);
  const [first, second] = await server.recorded();
  expect(first?.reason).toBe('user_fetch_failed');
  expect(first?.detail?.checks.at(-1)).toMatchObject({ name: 'user', result: 'failed', expected: expect.any(String) });
  expect(spansOf(first?.detail ?? null)).toEqual(['read', 'verify', 'keys.fetch', 'user', 'send']);
  expect(spansOf(second?.detail ?? null)).not.toContain('keys.fetch');
});

test.each([
  ['no credential', undefined, null, null],
  ['a word', 'abcdef', '6 characters, 1 part', 'full'],
  ['five parts', 'a.b.c.d.e', '9 characters, 5 parts', 'full'],
  ['parts that are not JSON', 'Zm9v.YmFy.c2ln', '14 characters, 3 parts', 'full'],
  ['an API key', `ap_pk_preview_${'A'.repeat(16)}_${'b'.repeat(43)}`, '74 characters, 1 part', 'full'],
])('records of %s nothing but its length and shape', async (_, credential, shape, verification) => {
  await using server = await recordingServer();
  await server.post(credential);
  const [row] = await server.recorded();
  expect(row?.detail).toMatchObject({ credential: shape, verification, header: null, claims: null, signed: false });
  if (credential !== undefined) expect(JSON.stringify(row)).not.toContain(credential);
});

test.each([[':memory:'], ['postgres://nobody@127.0.0.1:1/none']])(
  'refuses to record into %s, where no details are kept',
  async (db) => {
    using directory = temporaryDirectory();
    const { code, stderr } = await agentPaste([
      'serve',
      '--inspector',
      'record',
      '--db',
      db,
      '--state-dir',
      directory.path,
      '--port',
      '0',
    ]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/^error: --inspector record .*\n.*\n$/),
    });
  },
);

test('records nothing without being asked', async () => {
  await using server = await recordingServer('--inspector', 'off');
  await server.post(await server.mint('--email', 'ada@example.com'));
  expect((await server.recorded()).map(({ outcome, detail }) => [outcome, detail])).toEqual([['provisioned', null]]);
});
