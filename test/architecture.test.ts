/** Who may import whom. A failure prints the reason, so that it can be judged and not only obeyed. */
import { describe, expect, test } from 'vitest';
import { areaOf, covers, files, importsOf } from './support/sources.ts';

interface Rule {
  /** Folders, or files of `src/`, from which it may import anything. */
  readonly values: readonly string[];
  /** Those of which it may know the types alone. */
  readonly types?: readonly string[];
  readonly because: string;
}

const ANYTHING = ['*'];

/** A room may always import from itself, and `errors`. What has no row here fails the test. */
const RULES: Readonly<Record<string, Rule>> = {
  errors: { values: [], because: 'everything imports it, so it imports nothing' },
  machine: {
    values: ['errors'],
    because: 'it knows settings, files and randomness, and not what they are for',
  },
  callback: {
    values: ['errors', 'machine/values'],
    types: ['machine'],
    because: 'a token is judged, and a sign-in decided, with plain values; rows and routes must not matter',
  },
  workos: {
    values: ['errors', 'machine'],
    types: ['callback'],
    because: 'it holds the private keys; what verifies may not be what signs, and neither may know the other by code',
  },
  store: {
    values: ['errors', 'machine', 'callback'],
    types: ['workos'],
    because: 'a second backend must need nothing but this folder',
  },
  server: {
    values: ['errors', 'machine', 'callback', 'workos', 'store'],
    because: 'here the server is put together; it works without the tools that test it',
  },
  conformance: {
    values: ['errors', 'machine', 'callback', 'workos', 'server', 'store/open.ts'],
    types: ['store'],
    because: 'servers are judged from outside, and in the database of a server that was started for it',
  },
  inspector: {
    values: ['errors', 'machine', 'callback', 'workos', 'store', 'server', 'conformance'],
    because: 'it looks at everything that a server does, and nothing but a command starts it',
  },
  library: {
    values: ['errors', 'machine', 'callback/token/json-object.ts', 'workos', 'store', 'server', 'conformance'],
    because:
      'tests of other projects get the server, its tokens, what it stored and its judges, and no way around them',
  },
  cli: { values: ANYTHING, because: 'commands use everything' },
};

/** Libraries and built-in modules that belong to some folders alone. */
const PACKAGES: Readonly<Record<string, { readonly only: readonly string[]; readonly because: string }>> = {
  jose: { only: ['callback', 'workos/keys/import-key.ts'], because: 'tokens are judged in one place' },
  'node:sqlite': {
    only: ['store/sqlite', 'machine/file-lock.ts', 'machine/state-guard.ts'],
    because: 'the SQL of this program is in one folder; locks are held without any',
  },
  pgpass: { only: ['store/postgres'], because: 'it is a part of the engine' },
  pg: { only: ['store/postgres'], because: 'an engine is loaded when its database is asked for' },
  hono: { only: ['server'], because: 'nothing but routes knows the framework' },
  '@hono/node-server': { only: ['server/http'], because: 'nothing but the listener knows the framework' },
  msw: { only: ['library'], because: 'it is a peer dependency of agent-paste/msw alone' },
  commander: { only: ['cli'], because: 'arguments are read at the edge' },
  kleur: { only: ['cli'], because: 'colours are for terminals' },
  '@bomb.sh/tab': { only: ['cli/commands'], because: 'shells ask the command line' },
  zod: {
    only: ['server/contract', 'server/seed', 'machine/input-file.ts', 'conformance', 'inspector/remote'],
    because: 'files and bodies have schemas; a callback loads none',
  },
  yaml: { only: ['machine/yaml-file.ts'], because: 'one place turns positions into lines' },
  ulid: { only: ['machine/random.ts'], because: 'ids are random values, and those come from the edge' },
  preact: { only: ['inspector/page'], because: 'nothing but the page of the inspector is drawn' },
  microdiff: { only: ['inspector/page'], because: 'nothing but a page compares answers' },
  '@preact/signals': { only: ['inspector/page'], because: 'nothing but the page of the inspector is drawn' },
  'fastest-levenshtein': { only: ['errors'], because: 'one place says what is near' },
};

/** What only the edge may do. */
const EDGE = [
  ...['cli/main.ts', 'cli/runtime.ts', 'cli/terminal/output.ts', 'library/testing.ts', 'library/msw.ts'],
  'inspector/page/browser/clock.ts',
];
const AT_THE_EDGE: readonly { readonly pattern: RegExp; readonly because: string }[] = [
  { pattern: /\bDate\.now\b|\bnew Date\(\)/, because: 'the clock is handed down, so that tests can set it' },
  { pattern: /\bMath\.random\b/, because: 'randomness is handed down, so that a run can be repeated' },
  {
    pattern: /^let\s/m,
    because: 'state belongs to what was opened; two servers in one process share none',
  },
  { pattern: /\bprocess\.exit\(/, because: 'the program ends when `main` returns, with everything written' },
  { pattern: /\bconsole\./, because: 'stdout is the result, and `Output` knows which stream a text belongs to' },
  {
    pattern: /\bprocess\.(argv|stdin|stdout|stderr)\b/,
    because: 'streams and arguments are handed down by the runtime',
  },
];

/** Facts with one home each. */
const HOMES: readonly { readonly pattern: RegExp; readonly home: string; readonly because: string }[] = [
  { pattern: /\.toISOString\(/, home: 'machine/values/time.ts', because: 'a time is written in one form' },
  { pattern: /\berrcode & 0xff\b/, home: 'machine/sqlite-code.ts', because: 'an extended code has one primary one' },
  { pattern: /\b128 \+/, home: 'errors/failure.ts', because: 'a command that a signal ended has one exit code' },
  { pattern: /\b86_400_000\b/, home: 'machine/values/time.ts', because: 'a day has a name' },
];

/** Databases that a store can lie in, and the one file that chooses. */
const ENGINES = ['store/sqlite', 'store/postgres'];
const CHOOSER = 'store/open.ts';
/** What SQL, the error codes and the files of SQLite look like. Locks on files are held without a database. */
const SQLITE_KNOWLEDGE = /\bSELECT\b[^'`]*\bFROM\b|\bPRAGMA\b|\bINSERT INTO\b|\berrcode\b|-(wal|shm)\b/;
/** What is declared once for all engines. */
const SHARED = ['store/names.ts', 'store/promises.ts'];
const LOCKS = ['machine/file-lock.ts', 'machine/state-guard.ts', 'machine/sqlite-code.ts'];

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
      .filter(({ of }) => /\.tsx?$/.test(of) && areaOf(of) !== area)
      .filter(({ of, typeOnly }) => !covers(rule.values, of) && !(typeOnly && covers(rule.types, of)))
      .map(({ name, of, typeOnly }) => `src/${name} imports ${typeOnly ? 'types of ' : ''}${of}, but ${rule.because}`);
    expect(broken).toEqual([]);
  });

  test('of cli are made by no other room', () => {
    const broken = files.filter(
      (file) => file.area !== 'cli' && importsOf(file).some(({ of }) => areaOf(of) === 'cli'),
    );
    expect(broken.map(({ name }) => `src/${name} imports cli, but everything works without a command line`)).toEqual(
      [],
    );
  });

  test.each(ENGINES)('of %s are made where an engine is chosen', (engine) => {
    const strangers = files
      .filter(({ name }) => name !== CHOOSER && !covers([engine], name))
      .filter((file) => importsOf(file).some(({ of }) => covers([engine], of)));
    expect(
      strangers.map(({ name }) => `src/${name} imports ${engine}, but another engine must be able to take its place`),
    ).toEqual([]);
  });

  test.each(Object.entries(PACKAGES))('of %s are made where it belongs', (name, { only, because }) => {
    const strangers = files
      .filter(({ name: file }) => !covers(only, file))
      .filter((file) => importsOf(file).some(({ of }) => of === name || of.startsWith(`${name}/`)))
      .map((file) => `src/${file.name} imports ${name}, but ${because}`);
    expect(strangers).toEqual([]);
  });
});

describe('the page of the inspector', () => {
  const page = files.filter(({ name }) => covers(['inspector/page'], name));
  /** Pure functions, and the shapes of what it is told. */
  const SHARED_WITH_PAGE = ['inspector/api-types.ts', 'machine/values/time.ts'];

  test('imports nothing of Node, and of other rooms what runs in a browser', () => {
    const strange = page.flatMap((file) =>
      importsOf(file)
        .filter(({ of }) => of.startsWith('node:') || (/\.tsx?$/.test(of) && !covers(['inspector/page'], of)))
        .filter(({ of }) => !SHARED_WITH_PAGE.includes(of))
        .map(({ of }) => `src/${file.name} imports ${of}`),
    );
    expect(page.length).toBeGreaterThan(50);
    expect(strange).toEqual([]);
  });

  test('is imported by no other file, since the bundle of the program is for Node', () => {
    const strangers = files
      .filter(({ name }) => !covers(['inspector/page'], name))
      .filter((file) => importsOf(file).some(({ of }) => covers(['inspector/page'], of)));
    expect(strangers.map(({ name }) => name)).toEqual([]);
  });

  test('makes text nodes alone: no markup, no inline script, no evaluation', () => {
    const sinks =
      /\b(dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|new Function)\b/;
    expect(page.filter(({ code }) => sinks.test(code)).map(({ name }) => name)).toEqual([]);
  });
});

test('SQL is written in engines and in what they share, and only SQLite knows its error codes and files', () => {
  const strangers = files.filter(
    ({ name, code }) => !covers([...ENGINES, ...SHARED, ...LOCKS], name) && SQLITE_KNOWLEDGE.test(code),
  );
  expect(strangers.map(({ name }) => name)).toEqual([]);
});

test.each(AT_THE_EDGE)('$pattern stands at the edge alone', ({ pattern, because }) => {
  const broken = files.filter(({ name, code }) => !EDGE.includes(name) && pattern.test(withoutTexts(code)));
  expect(broken.map(({ name }) => `src/${name}, but ${because}`)).toEqual([]);
});

test.each(HOMES)('$pattern is written in $home alone', ({ pattern, home, because }) => {
  const found = files.filter(({ code }) => pattern.test(code)).map(({ name }) => name);
  expect(found, because).toEqual([home]);
});

/** A message may name what must not be called. */
function withoutTexts(code: string): string {
  return code.replace(/'[^'\n]*'/g, "''");
}
