import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { createProgram } from '../../src/cli/program.ts';
import { Failure } from '../../src/errors/failure.ts';
import type { Setting } from '../../src/machine/settings/setting.ts';
import { isSettingName, resolveSettings, SETTING_NAMES, SETTINGS } from '../../src/machine/settings.ts';
import { configJsonSchema } from '../tools/generate/config-schema.ts';

const ROWS = SETTING_NAMES.map((name) => ({ name, row: SETTINGS[name] as Setting<unknown> }));
const refuse = (problem: string) => new Failure('invalid_argument', problem);
const acceptsFile = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(configJsonSchema());

describe('every row', () => {
  test.each(ROWS)('$name says what it sets, in a clause', ({ row }) => {
    expect(row.says).toMatch(/^\S.*[^.\s]$/);
    expect(row.form.accepts).toMatch(/^\S.*[^.\s]$/);
  });

  test('has an environment variable of its own', () => {
    const variables = ROWS.map(({ row }) => row.env);
    expect(new Set(variables).size).toBe(variables.length);
    for (const variable of variables) expect(variable).toMatch(/^(?:AGENT_PASTE|WORKOS)_[A-Z_]+$|^PGPASSWORD$/);
  });

  test.each(ROWS.filter(({ row }) => row.form.choices !== undefined && row.fallback !== 'false'))(
    '$name names each of its choices where a person reads it',
    ({ row }) => {
      for (const choice of row.form.choices ?? []) expect(row.says).toContain(choice);
    },
  );

  test.each(ROWS.filter(({ row }) => row.fallback !== undefined))(
    '$name has a default that is read as it is written',
    ({ name, row }) => {
      const written = Array.isArray(row.fallback) ? row.fallback : row.form.write(row.fallback);
      expect(row.form.read(written, refuse)).toEqual(row.fallback);
      expect(acceptsFile({ [name]: written }), `${name}: ${written}`).toBe(true);
    },
  );
});

test('every setting of a server is a flag of `serve`, and a secret is none', async () => {
  const program = await createProgram({
    runtime: { argv: ['serve'], stdout: process.stdout, stderr: process.stderr },
    output: { line: () => undefined },
    action: () => async () => undefined,
    configured: (name) => name in COMMANDS,
  });
  const serve = program.commands.find((command) => command.name() === 'serve');
  const flags = [...(serve?.options ?? []), ...program.options].map(({ long }) => long?.slice(2) ?? '');
  const served = ROWS.filter(({ name, row }) => name !== 'url' && !row.secret).map(({ name }) => name);
  expect(flags.filter(isSettingName).sort()).toEqual(served.sort());
});

describe('the schema of the configuration file', () => {
  test.each<Readonly<Record<string, unknown>>>([
    { port: 0 },
    { port: '8787' },
    { host: '::1' },
    { 'allow-remote': true },
    { 'allow-remote': 'false' },
    { 'allow-host': 'a.test:8787,b.test' },
    { 'allow-host': ['a.test', '127.0.0.1:80'] },
    { 'allow-origin': ['http://localhost:3000', 'https://app.example'] },
    { db: ':memory:' },
    { db: 'a:b/c.db' },
    { 'client-id-claim': 'optional' },
    { 'clock-tolerance': 0 },
    { 'clock-tolerance': '1.0m' },
    { 'idempotency-ttl': '2w' },
    { 'in-flight-wait': '0.5s' },
    { hold: 'before-send=2s' },
    { hold: ['before-send=2s', 'after-verify=0'] },
    { log: 'off' },
    { 'workos-api-key': 'sk_test_1' },
    { 'workos-api-url': 'https://workos.example/base' },
    { url: 'http://127.0.0.1:1234' },
  ])('accepts %j, as the program does', (file) => {
    resolveSettings(file, {}, undefined);
    expect(acceptsFile({ $schema: 'x', ...file }), JSON.stringify(acceptsFile.errors)).toBe(true);
  });

  test.each<Readonly<Record<string, unknown>>>([
    { isuer: 'https://a.example' },
    { constructor: 'x' },
    { port: 65_536 },
    { port: 1.5 },
    { port: 'abc' },
    { 'allow-remote': 'yes' },
    { 'allow-origin': 'http://localhost:3000/' },
    { 'client-id-claim': 'maybe' },
    { 'in-flight-wait': 5 },
    { 'in-flight-wait': '5' },
    { 'idempotency-ttl': 'soon' },
    { hold: 'before-comit=1s' },
    { log: null },
    { 'state-dir': ' ' },
    { issuer: 5 },
    { 'workos-api-key': 'two words' },
    { 'jwks-url': 'file:///etc/passwd' },
    { db: 'mysql://ada:secret@db.example/state' },
    { db: 'FILE:///state.db' },
  ])('refuses %j, as the program does', (file) => {
    expect(acceptsFile(file)).toBe(false);
  });
});
