/** What may not be in a detail: secrets, tokens, and text that hides or reverses other text. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { safeAnswer, safeJson, safeLine } from '../../../src/inspector/recorder/safe-text.ts';
import { recordingServer } from './recorded.ts';

test('keeps no secret, token or signature in the files of the state', async () => {
  await using server = await recordingServer();
  const planted = `ap_pk_live_${'B'.repeat(16)}_${'c'.repeat(43)}`;
  const nested = await server.mint('--email', 'bob@example.com');
  const claims = Object.entries({ note: planted, inner: nested, password: 'hunter2hunter2' }).flatMap(
    ([name, value]) => ['--claim', `${name}=${JSON.stringify(value)}`],
  );
  const token = await server.mint('--email', 'ada@example.com', ...claims);
  const answer = JSON.parse(await (await server.post(token)).text());
  const forged = `${token.slice(0, -8)}AAAAAAAA`;
  await server.post(forged);
  const [provisioned, refused] = await server.recorded();
  expect(provisioned?.detail?.claims).toMatchObject({
    note: `ap_pk_live_${'B'.repeat(16)}_<secret>`,
    inner: '<secret>…',
    password: '<masked>',
  });
  expect(refused?.detail).toMatchObject({ signed: false, claims: { password: '<masked>' } });
  const { secret } = answer.default_api_key;
  expect(provisioned?.detail?.answer?.text).toContain(secret.replace(/(?<=_[0-9A-Z]{16}_).*/, '…'));
  const files = readdirSync(server.directory).filter((name) => name.includes('attempts'));
  const bytes = files.map((name) => readFileSync(join(server.directory, name), 'latin1')).join('');
  for (const word of [secret.slice(31), 'c'.repeat(43), 'hunter2', ...token.split('.'), ...nested.split('.')])
    expect(bytes).not.toContain(word);
});

test.each([
  ['markup', '<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
  ['reversed text', 'a\u202eb', 'a\\u202eb'],
  ['a control character', 'a\u0000b\u001b[2Jc', 'a\\u0000b\\u001b[2Jc'],
  ['a C1 control character', 'a\u009bb', 'a\\u009bb'],
  ['a lone surrogate', 'a\ud800b', 'a\\ud800b'],
  ['a line separator', 'a\u2028b\nc', 'a\\u2028b\\u000ac'],
  ['a long text', 'x'.repeat(200_000), `${'x'.repeat(200)}…`],
  ['a token', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.abc', '<secret>'],
  ['a bearer credential', 'Bearer abcdefghijklmnopqrstuvwxyz', '<masked>'],
  ['a key file', '-----BEGIN PRIVATE KEY-----', '<masked>'],
])('shows %s as text', (_, text, shown) => {
  expect(safeLine(text)).toBe(shown);
  expect(safeJson({ [text]: text })).toEqual({ [shown]: shown });
});

test('cuts what is deep, long or much, and keeps names that JavaScript has a meaning for', () => {
  const deep = JSON.parse(`${'['.repeat(10_000)}${']'.repeat(10_000)}`);
  expect(JSON.stringify(safeJson(deep))).toBe('[[[[[[[["cut"]]]]]]]]');
  const much = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`claim_${n}`, n]));
  const kept = JSON.stringify(safeJson(much));
  expect(kept.length).toBeLessThan(8192);
  expect(kept).toMatch(/"cut"\}$/);
  expect(JSON.stringify(safeJson(JSON.parse('{"__proto__":{"a":1},"constructor":2}')))).toBe(
    '{"__proto__":{"a":1},"constructor":2}',
  );
  expect(safeAnswer('{"a":"x\u202ey"}')).toBe('{"a":"x\\u202ey"}');
});
