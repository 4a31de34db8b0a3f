import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { type ReadScenario, readScenario } from '../../../src/conformance/scenario/read.ts';
import { Failure } from '../../../src/errors/failure.ts';
import { readInputFile } from '../../../src/machine/input-file.ts';
import { resolveSettings, SETTINGS, type SettingName } from '../../../src/machine/settings.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { runs } from '../../support/property-runs.ts';
import { damagedText, damagedValue } from './damage.ts';

const SCENARIOS = fileURLToPath(new URL('../../../fixtures/scenarios/', import.meta.url));
const texts = readdirSync(SCENARIOS)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(join(SCENARIOS, name), 'utf8'));

test('reads a whole scenario, or rejects it with file and line in one sentence', () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 's.yaml');
  const scenario = fc.oneof(
    ...texts.map((text) => damagedValue(parse(text)).map((value) => stringify(value) ?? '')),
    ...texts.map(damagedText),
  );
  const outcomes = { understood: 0, refused: 0 };
  fc.assert(
    fc.property(scenario, (text) => {
      writeFileSync(path, text);
      let read: ReadScenario;
      try {
        read = readScenario(readInputFile(path, { name: 's.yaml' }));
      } catch (error) {
        outcomes.refused++;
        expect(error).toBeInstanceOf(Failure);
        expect((error as Failure).message).toMatch(/^s\.yaml:\d+: .+$/);
        return;
      }
      outcomes.understood++;
      const ids = read.steps.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const [index, { send }] of read.steps.entries()) {
        const named = send?.token;
        if (named !== undefined && named !== 'none') expect(ids.slice(0, index)).toContain(named);
      }
    }),
    runs(400),
  );
  expect(Math.min(outcomes.understood, outcomes.refused)).toBeGreaterThan(20);
});

test("accepts a setting's values, or rejects it by flag, variable or line", () => {
  const names = Object.keys(SETTINGS) as SettingName[];
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.constantFrom(
      '0',
      '-1',
      '65535',
      '65536',
      '1e3',
      ' 80',
      '0x50',
      '5s',
      '5.5m',
      '1000000h',
      '.5s',
      'true',
      'TRUE',
      ',',
      'a,b',
    ),
    fc.constantFrom(
      'http://127.0.0.1',
      'http://example.com',
      'https://a:b@example.com',
      'file:///x',
      'https://[::1',
      'before-commit=5s',
    ),
    fc.nat().map(String),
    fc.webUrl(),
  );
  const value = fc.oneof(text, fc.jsonValue({ maxDepth: 2 }));
  fc.assert(
    fc.property(fc.constantFrom(...names), value, fc.constantFrom('flag', 'env', 'file'), (name, given, source) => {
      const { env } = SETTINGS[name] as { env?: string };
      const secret = 'secret' in SETTINGS[name];
      if (source === 'env' && (env === undefined || typeof given !== 'string')) return;
      try {
        const { values, origins } = resolveSettings(
          source === 'flag' ? { [name]: given } : {},
          source === 'env' ? { [env ?? '']: given as string } : {},
          source === 'file' ? { path: 'c.yaml', found: false, values: { [name]: given }, lineOf: () => 7 } : undefined,
        );
        expectSensible(name, values[name]);
        expect(Object.keys(origins)).toEqual(names);
      } catch (error) {
        expect(error).toBeInstanceOf(Failure);
        const { code, message } = error as Failure;
        expect(code).toBe(source === 'file' ? 'invalid_config' : 'invalid_argument');
        const place = { flag: `--${name}: `, env: `${env}: `, file: `c.yaml:7: ${name}: ` }[source];
        expect(message.startsWith(place), message).toBe(true);
        expect(message).not.toContain('\n');
        if (secret && typeof given === 'string' && given.length > 3) expect(message).not.toContain(given);
      }
    }),
    runs(3000),
  );
});

/** What the rest of the program relies on, whatever was written. */
function expectSensible(name: SettingName, value: unknown): void {
  if (typeof value === 'number') expect(Number.isFinite(value) && value >= 0).toBe(true);
  if (name === 'port') expect(Number.isInteger(value) && Number(value) <= 65_535).toBe(true);
  if (name === 'workos-api-url' || name === 'jwks-url' || name === 'url') {
    if (value === undefined) return;
    const { protocol, hostname, username, password } = new URL(String(value));
    expect(username + password).toBe('');
    // A server under test may be elsewhere, without TLS: commands ask --allow-remote for that.
    if (name === 'url') expect(protocol).toMatch(/^https?:$/);
    else if (protocol !== 'https:') expect(protocol + hostname).toMatch(/^http:(localhost|\[::1\]|127(\.\d+){3})$/);
  }
}
