import { describe, expect, test } from 'vitest';
import { excerpt, printable, redacted, visible } from '../../src/errors/foreign-text.ts';

const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c2VyXzEifQ.c2lnbmF0dXJl';
const KEY = 'ap_pk_preview_0000000000000ADA_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

describe('redacted', () => {
  test.each([
    ['a token', TOKEN, '<secret>'],
    ['a token in a sentence', `no user ${TOKEN}, sorry`, 'no user <secret>, sorry'],
    ['a token behind a word', `Bearer_${TOKEN}`, 'Bearer_<secret>'],
    ['the beginning of a token', TOKEN.slice(0, 20), '<secret>'],
    ['a token without its signature', TOKEN.slice(0, TOKEN.lastIndexOf('.') + 1), '<secret>'],
    ['two tokens', `${TOKEN} ${TOKEN}`, '<secret> <secret>'],
    ['an API key', KEY, 'ap_pk_preview_0000000000000ADA_<secret>'],
    ['half an API key', KEY.slice(0, 40), 'ap_pk_preview_0000000000000ADA_<secret>'],
    ['an API key of another form', 'ap_pk_live_secret', 'ap_pk_live_<secret>'],
    [
      'an API key that is redacted already',
      'ap_pk_preview_0000000000000ADA_<secret>',
      'ap_pk_preview_0000000000000ADA_<secret>',
    ],
    ['a key of WorkOS', 'with sk_test_a2V5XzAx.', 'with <secret>.'],
    ['what only looks alike', 'keyJwt, task_sk, hey', 'keyJwt, task_sk, hey'],
  ])('%s', (_, text, expected) => {
    expect(redacted(text)).toBe(expected);
  });
});

describe('excerpt', () => {
  test('is one line without secrets and without anything invisible', () => {
    expect(excerpt(`a\n\u202e${TOKEN}\u001b[31m ${KEY}`)).toBe(
      'a\\u000a\\u202e<secret>\\u001b[31m ap_pk_preview_0000000000000ADA_<secret>',
    );
  });

  test.each(Array.from({ length: 80 }, (_, length) => length))(
    'shows no part of a secret that ends %i later',
    (length) => {
      const before = 'x '.repeat(100).slice(0, 200 - length);
      for (const secret of [TOKEN, KEY]) {
        const shown = excerpt(`${before} ${secret}`);
        expect(shown).not.toMatch(/eyJ[\w-]{8}|ADA_A/);
        expect(shown.length).toBeLessThanOrEqual(201);
        expect(excerpt(shown)).toBe(shown);
      }
    },
  );
});

/** What a pattern that looks back would take minutes for; the time limit of a test is enough to tell. */
const MEGABYTE = 1_000_000;
describe.each([
  '-eyJ',
  'eyJ',
  'eyJ.',
  '.eyJ-',
  'eyJ eyJ',
  'ap_pk_',
  'ap_pk_a',
  ' ap_pk_a',
  'ap_pk_a_',
  'ap_pk_a_0000000000000ADA_',
  'sk_',
  ' sk_-',
  '-sk',
  '.',
  '_',
  'A',
  ' ',
  '\n',
  '\u202e',
  '\ud800',
  '\u{e0041}',
])('a megabyte of %j', (part) => {
  const text = part.repeat(MEGABYTE / part.length);

  test.each(Object.entries({ visible, printable, redacted, excerpt }))('is taken by %s', (name, shown) => {
    const result = shown(text);
    expect(typeof result).toBe('string');
    if (name === 'printable' || name === 'excerpt') expect(result.length).toBeLessThanOrEqual(201);
  });
});
