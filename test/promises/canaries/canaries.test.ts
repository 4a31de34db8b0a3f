/** Secrets that are known to the test are looked for in everything that the program printed and wrote. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../../support/directory.ts';
import { everything } from './everything.ts';

const WORKOS_API_KEY = 'sk_test_canary-of-the-test_0123456789';

interface Written {
  readonly path: string;
  readonly bytes: Buffer;
}

test('keeps every secret out of output, logs, errors, reports, tapes, databases and their copies', {
  timeout: 300_000,
}, async () => {
  using directory = temporaryDirectory();
  const written: Written[] = [];
  const { printed, tokens, keys } = await everything(directory.path, WORKOS_API_KEY, () =>
    written.push(...filesOf(directory.path)),
  );

  const places = (needle: string, forms = formsOf(needle)): string[] => [
    ...printed.filter(({ text }) => forms.some((form) => text.includes(form.toString('utf8')))).map(({ by }) => by),
    ...written.filter(({ bytes }) => forms.some((form) => bytes.includes(form))).map(({ path }) => path),
  ];
  const elsewhere = (needle: string, allowed: RegExp): string[] =>
    places(needle).filter((place) => !allowed.test(place));

  // The search finds what is there.
  expect(places('pretty@example.com').length).toBeGreaterThan(10);
  expect(printed.length).toBeGreaterThan(100);
  for (const name of [/-wal$/, /\.backup$/, /\/report\.[\d.]+\.json$/, /\.tape$/, /\/check\.xml$/, /\.attempts\.db$/])
    expect(written.filter(({ path }) => name.test(path)).length, String(name)).toBeGreaterThan(0);
  expect(printed.some(({ text }) => text.includes('crashed on purpose'))).toBe(true);

  expect(elsewhere(WORKOS_API_KEY, /nowhere/)).toEqual([]);

  expect(new Set(keys).size).toBe(3);
  for (const key of keys) expect(elsewhere(key.slice(-43), /nowhere/)).toEqual([]);

  const signatures = tokens.flatMap((token) => token.split('.').slice(2)).filter((part) => part.length > 40);
  expect(signatures.length).toBeGreaterThan(10);
  for (const signature of signatures) expect(elsewhere(signature, /^mint .*, stdout$/)).toEqual([]);

  const peppers = secretsIn(written, /\/peppers\.json$/, /"key": "([\w-]{43})"/g);
  expect(peppers.length).toBe(2);
  for (const pepper of peppers) expect(elsewhere(pepper, /\/peppers\.json$/)).toEqual([]);

  const privateParts = secretsIn(written, /\/signing-keys\/[^/]+\.json$/, /"(?:d|p|q|dp|dq|qi)": ?"([\w-]+)"/g);
  expect(privateParts.length).toBe(3 * 6);
  for (const part of privateParts) expect(elsewhere(part, /\/signing-keys\/[^/]+\.json$/)).toEqual([]);
});

function filesOf(directory: string): Written[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, bytes: readFileSync(path) }));
}

/** The forms in which a secret in base64url could be lying around. */
function formsOf(secret: string): Buffer[] {
  const bytes = Buffer.from(secret, 'base64url');
  return [Buffer.from(secret), Buffer.from(bytes.toString('hex')), Buffer.from(bytes.toString('base64')), bytes];
}

function secretsIn(written: readonly Written[], file: RegExp, secret: RegExp): string[] {
  const found = written
    .filter(({ path }) => file.test(path))
    .flatMap(({ bytes }) => [...bytes.toString('utf8').matchAll(secret)].map(([, value = '']) => value));
  return [...new Set(found)];
}
