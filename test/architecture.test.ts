/** Who may import whom. A failure prints the reason, so that it can be judged and not only obeyed. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const SOURCE = fileURLToPath(new URL('../src', import.meta.url));

interface Rule {
  /** Folders, or files of `src/`, from which it may import anything. */
  readonly values: readonly string[];
  /** Those of which it may know the types alone. */
  readonly types?: readonly string[];
  readonly because: string;
}

const ANYTHING = ['*'];

/** A folder may always import from itself. What has no row here fails the test. */
const RULES: Readonly<Record<string, Rule>> = {
  'errors.ts': { values: [], because: 'everything imports it, so it imports nothing' },
  'closest.ts': { values: [], because: 'it compares words' },
  'random.ts': { values: [], because: 'it is made at the edge and handed down' },
  'private-file.ts': { values: ['errors.ts'], because: 'it knows files, not what is in them' },
  'yaml-file.ts': { values: ['errors.ts'], because: 'it knows lines, not what they mean' },
  'setting-values.ts': { values: ['errors.ts', 'closest.ts'], because: 'it reads values, not settings' },
  'state-directory.ts': { values: ['private-file.ts'], because: 'it knows where things lie, not what they are' },
  'state-files.ts': {
    values: ['errors.ts', 'private-file.ts'],
    types: ['state-directory.ts'],
    because: 'it knows the files of a state directory, not what they hold',
  },
  identity: {
    values: ['errors.ts'],
    because: 'a token is judged by its claims, the keys and the clock; rows and routes must not matter',
  },
  workspace: {
    values: ['errors.ts', 'contract/constants.ts'],
    types: ['contract', 'random.ts'],
    because: 'what a sign-in makes are plain values, the same over every store',
  },
  contract: { values: ['errors.ts'], because: 'the wire is described once, and depends on no way to serve it' },
  issuer: {
    values: ['errors.ts', 'closest.ts', 'private-file.ts'],
    types: ['identity'],
    because: 'it holds the private keys; what verifies may not be what signs, and neither may know the other by code',
  },
  store: {
    values: ['workspace', 'errors.ts', 'private-file.ts'],
    types: ['random.ts'],
    because: 'a second backend must need nothing but this folder',
  },
  'callback.ts': {
    values: ['errors.ts', 'workspace'],
    types: ['identity', 'store'],
    because: 'the use case is handed its store and its identity, and works with any',
  },
  http: {
    values: ['callback.ts', 'identity', 'contract', 'workspace', 'errors.ts'],
    types: ['store', 'random.ts'],
    because: 'the app is handed what it serves: it never opens a file and never sees a private key',
  },
  'config.ts': {
    values: ['errors.ts', 'setting-values.ts', 'callback.ts', 'workspace'],
    because: 'settings name the hold points and key environments that others define, and start nothing',
  },
  'local-users.ts': {
    values: ['errors.ts'],
    types: ['random.ts', 'store'],
    because: 'it chooses a user of a directory that it is handed',
  },
  'seed.ts': {
    values: [
      'errors.ts',
      'closest.ts',
      'local-users.ts',
      'private-file.ts',
      'yaml-file.ts',
      'workspace',
      'store',
      'seed-workspace.ts',
    ],
    because: 'it reads a file and writes it through the store',
  },
  'seed-workspace.ts': {
    values: ['local-users.ts', 'workspace'],
    types: ['seed.ts', 'random.ts', 'store'],
    because: 'it makes rows of what the seed file says',
  },
  'serve.ts': {
    values: [
      ...['callback.ts', 'config.ts', 'errors.ts', 'seed.ts', 'setting-values.ts', 'state-directory.ts'],
      ...['contract', 'http', 'identity', 'issuer', 'store'],
    ],
    types: ['random.ts'],
    because: 'here the server is put together; it works without the tools that test it',
  },
  bugs: {
    values: ['callback.ts', 'closest.ts', 'contract', 'errors.ts', 'identity', 'setting-values.ts', 'workspace'],
    types: ['check', 'config.ts', 'random.ts', 'serve.ts', 'store'],
    because: 'a mistake is wrapped around pieces of the server; none of them has a branch for it',
  },
  explain: {
    values: ['errors.ts', 'identity'],
    because: "it shows the verifier's own checks, and has none of its own",
  },
  replay: {
    values: [
      ...['contract', 'issuer', 'errors.ts', 'closest.ts', 'private-file.ts', 'setting-values.ts', 'yaml-file.ts'],
      ...['state-directory.ts', 'local-users.ts', 'store/directory.ts'],
    ],
    types: ['random.ts'],
    because: 'it judges servers from outside: it can mint for a user, and cannot look into a database',
  },
  check: {
    values: ['replay', 'bugs', 'errors.ts', 'closest.ts', 'config.ts', 'state-directory.ts', 'store', 'workspace'],
    types: ['issuer', 'random.ts'],
    because: 'invariants are what can be seen from outside, and in the files of a server that it started itself',
  },
  doctor: {
    values: ['errors.ts', 'identity', 'issuer', 'store', 'serve.ts'],
    types: ['config.ts', 'state-directory.ts'],
    because: 'it looks at what a server would open, and changes nothing',
  },
  library: {
    values: [
      ...['config.ts', 'errors.ts', 'local-users.ts', 'random.ts', 'serve.ts', 'state-directory.ts'],
      ...['http/workos-app.ts', 'issuer', 'store/directory.ts', 'store/inspection.ts'],
    ],
    because: 'tests of other projects get the server, its tokens and what it stored, and no way around them',
  },
  cli: { values: ANYTHING, because: 'commands use everything' },
};

/** Libraries and built-in modules that belong to some folders alone. */
const PACKAGES: Readonly<Record<string, { readonly only: readonly string[]; readonly because: string }>> = {
  jose: { only: ['identity', 'issuer'], because: 'tokens are judged and made in one place each' },
  'node:sqlite': { only: ['store'], because: 'the SQL of this program is in one folder' },
  hono: { only: ['http'], because: 'nothing but routes knows the framework' },
  '@hono/node-server': { only: ['http'], because: 'nothing but the listener knows the framework' },
  msw: { only: ['library'], because: 'it comes from whoever imports agent-paste/msw' },
  commander: { only: ['cli'], because: 'arguments are read at the edge' },
  kleur: { only: ['cli'], because: 'colours are for terminals' },
  '@bomb.sh/tab': { only: ['cli'], because: 'shells ask the command line' },
  zod: {
    only: ['contract', 'replay', 'seed.ts'],
    because: 'files and bodies have schemas; the way of a callback loads none',
  },
  yaml: { only: ['yaml-file.ts'], because: 'one place turns positions into lines' },
  ulid: { only: ['random.ts'], because: 'ids are random values, and those come from the edge' },
};

/** What only the edge may do. */
const EDGE = ['cli/main.ts', 'cli/runtime.ts', 'cli/output.ts', 'library/testing.ts', 'library/msw.ts'];
const AT_THE_EDGE: readonly { readonly pattern: RegExp; readonly because: string }[] = [
  { pattern: /\bDate\.now\b|\bnew Date\(\)/, because: 'the clock is handed down, so that tests can set it' },
  { pattern: /\bMath\.random\b/, because: 'randomness is handed down, so that a run can be repeated' },
  { pattern: /\bprocess\.exit\(/, because: 'the program ends when `main` returns, with everything written' },
  { pattern: /\bconsole\./, because: 'stdout is the result, and `Output` knows which stream a text belongs to' },
  {
    pattern: /\bprocess\.(argv|stdin|stdout|stderr)\b/,
    because: 'streams and arguments are handed down by the runtime',
  },
];

interface Import {
  /** Relative to `src/`, or the name of a package. */
  readonly of: string;
  readonly typeOnly: boolean;
}

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .map((name) => name.split('\\').join('/'))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, area: areaOf(name), code: withoutComments(readFileSync(join(SOURCE, name), 'utf8')) }));

/** The folder, or the file where there is none. */
function areaOf(name: string): string {
  return name.split('/')[0] ?? name;
}

function withoutComments(text: string): string {
  return text.replace(/^\s*(\/\*\*?[\s\S]*?\*\/|\/\/.*)$/gm, '').replace(/ \/\/ .*$/gm, '');
}

function importsOf({ name, code }: { name: string; code: string }): Import[] {
  const statements = code.matchAll(/^(?:import|export)\s+(type\s)?([^'";]*?\sfrom\s+)?'([^']+)'/gm);
  const found = [...statements].map(([, type, names = '', of = '']) => ({
    of,
    typeOnly: type !== undefined || onlyTypes(names),
  }));
  const later = [...code.matchAll(/\bimport\('([^']+)'\)/g)].map(([, of = '']) => ({ of, typeOnly: false }));
  return [...found, ...later].map(({ of, typeOnly }) => ({
    of: of.startsWith('.') ? posix.normalize(posix.join(dirname(name).split('\\').join('/'), of)) : of,
    typeOnly,
  }));
}

/** `{ type A, type B } from`. */
function onlyTypes(names: string): boolean {
  const inBraces = /^\{([^}]*)\}\s+from\s+$/.exec(names)?.[1];
  const each =
    inBraces
      ?.split(',')
      .map((name) => name.trim())
      .filter(Boolean) ?? [];
  return each.length > 0 && each.every((name) => name.startsWith('type '));
}

function covers(allowed: readonly string[] = [], target: string): boolean {
  return allowed.some((entry) => entry === '*' || entry === target || entry === areaOf(target));
}

describe('imports', () => {
  test('are found in every way that the source writes them', () => {
    const code = `import a from './a.ts';\nimport type { B } from '../b.ts';\nimport {\n  type C,\n  type D,\n} from './c.ts';
import { e, type F } from 'pkg/sub';\nexport { g } from './g.ts';\nconst h = await import('./h.ts');\n`;
    expect(importsOf({ name: 'x/y.ts', code })).toEqual([
      { of: 'x/a.ts', typeOnly: false },
      { of: 'b.ts', typeOnly: true },
      { of: 'x/c.ts', typeOnly: true },
      { of: 'pkg/sub', typeOnly: false },
      { of: 'x/g.ts', typeOnly: false },
      { of: 'x/h.ts', typeOnly: false },
    ]);
    expect(files.length).toBeGreaterThan(100);
  });

  test('have a rule wherever they come from', () => {
    const areas = new Set(files.map(({ area }) => area));
    expect([...areas].filter((area) => RULES[area] === undefined)).toEqual([]);
    expect(Object.keys(RULES).filter((area) => !areas.has(area))).toEqual([]);
  });

  test.each(Object.entries(RULES))('of %s follow its rule', (area, rule) => {
    const broken = files
      .filter((file) => file.area === area)
      .flatMap((file) => importsOf(file).map((one) => ({ ...one, name: file.name })))
      .filter(({ of }) => of.endsWith('.ts') && areaOf(of) !== area)
      .filter(({ of, typeOnly }) => !covers(rule.values, of) && !(typeOnly && covers(rule.types, of)))
      .map(({ name, of, typeOnly }) => `src/${name} imports ${typeOnly ? 'types of ' : ''}${of}, but ${rule.because}`);
    expect(broken).toEqual([]);
  });

  test('of cli are made by nobody else', () => {
    const broken = files.filter(
      (file) => file.area !== 'cli' && importsOf(file).some(({ of }) => areaOf(of) === 'cli'),
    );
    expect(broken.map(({ name }) => `src/${name} imports cli, but everything works without a command line`)).toEqual(
      [],
    );
  });

  test.each(Object.entries(PACKAGES))('of %s are made where it belongs', (name, { only, because }) => {
    const strangers = files
      .filter(({ area }) => !only.includes(area))
      .filter((file) => importsOf(file).some(({ of }) => of === name || of.startsWith(`${name}/`)))
      .map((file) => `src/${file.name} imports ${name}, but ${because}`);
    expect(strangers).toEqual([]);
  });
});

test.each(AT_THE_EDGE)('$pattern stands at the edge alone', ({ pattern, because }) => {
  const broken = files.filter(({ name, code }) => !EDGE.includes(name) && pattern.test(code));
  expect(broken.map(({ name }) => `src/${name}, but ${because}`)).toEqual([]);
});
