/** How folders and files of `src/` hang together inside their rooms; `architecture.test.ts` has the rooms. */
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../src/cli/commands.ts';
import { covers, files, importsOf } from './support/sources.ts';

interface Row {
  /** What it may import of its own room, besides its own folder. */
  readonly may: readonly string[];
  /** Files out of `may`. */
  readonly never?: readonly string[];
  readonly because: string;
}

/** The nearest row above a file counts. Files that lie directly in a room may import all of it. */
const INSIDE: Readonly<Record<string, Row>> = {
  'errors/reasons': { may: ['errors/codes.ts'], because: 'a reason is a row; the table above gathers them' },
  'machine/values': { may: [], because: 'the form of a value is the same whatever setting it is of' },
  'machine/settings': { may: ['machine/values'], because: 'a setting is a row; files and directories use it' },
  'callback/token': {
    may: ['callback/identity.ts', 'callback/issuer-request.ts', 'callback/trace.ts'],
    because: 'a token is judged before anything is done for its owner',
  },
  'callback/workspace': { may: [], because: 'what a sign-in makes follows from an identity alone' },
  'callback/explanation': {
    may: ['callback/token', 'callback/identity.ts', 'callback/user.ts'],
    because: 'the verifier is watched; what a callback does with its verdict is no part of it',
  },
  'workos/keys': { may: [], because: 'whoever holds a private key knows nothing of what is signed' },
  'workos/tokens': { may: ['workos/keys'], because: 'a token needs a key, and no user' },
  'store/view': {
    may: [
      'store/read-store.ts',
      'store/attempt-log.ts',
      'store/tables.ts',
      'store/audit.ts',
      'store/shared-addresses.ts',
      'store/peppers.ts',
    ],
    because: 'a page is gathered from whatever engine holds the state',
  },
  'workos/authkit': {
    may: ['workos/user-object.ts', 'workos/users.ts'],
    because: 'sign-ins are decided with users, and get their tokens from a function',
  },
  'store/sqlite': { may: ['store'], because: 'an engine implements what the store promises' },
  'store/postgres': { may: ['store'], because: 'an engine implements what the store promises' },
  'store/sqlite/file': { may: [], because: 'a file is opened, migrated and read alike whatever its tables' },
  'inspector/page': {
    may: ['inspector/api-types.ts'],
    because: 'it runs in a browser, and knows of the server what it is told',
  },
  'server/contract': { may: [], because: 'the wire is described without what serves it' },
  'server/log': { may: [], because: 'the log is told; it asks nothing' },
  'server/http': { may: ['server/log'], because: 'requests are read alike whatever their route' },
  'server/seed': { may: [], because: 'a seed is rows, and no request' },
  'server/api': {
    may: ['server/http', 'server/contract', 'server/log'],
    because: 'the API works without a WorkOS beside it',
  },
  'server/workos': { may: ['server/http', 'server/contract'], because: 'WorkOS is played without knowing the API' },
  'inspector/web': {
    may: [
      'inspector/page-files.ts',
      'inspector/api-types.ts',
      'inspector/inspected.ts',
      'inspector/remote/route.ts',
      'inspector/routes/routes.ts',
      'inspector/sending/sending.ts',
    ],
    because: 'requests are let in alike whatever they ask for',
  },
  'inspector/routes': {
    may: [
      'inspector/api-types.ts',
      'inspector/inspected.ts',
      'inspector/web/refusal.ts',
      'inspector/web/stream.ts',
      'inspector/remote/route.ts',
      'inspector/sending/sending.ts',
    ],
    because: 'a route reads a state; who may ask is decided before',
  },
  'inspector/sending': {
    may: [
      'inspector/api-types.ts',
      'inspector/inspected.ts',
      'inspector/recorder',
      'inspector/routes/details.ts',
      'inspector/web/refusal.ts',
      'inspector/web/stream.ts',
    ],
    because: 'what is sent, and whether it may be, does not depend on the other routes',
  },
  'inspector/remote': {
    may: ['inspector/inspected.ts', 'inspector/web/stream.ts'],
    because: 'reads of another process are those of a store, and no pages',
  },
  'inspector/recorder': {
    may: ['inspector/api-types.ts'],
    because: 'what is kept of a callback does not depend on who looks at it',
  },
  'conformance/replay': { may: [], because: 'sending and judging one callback comes first' },
  'conformance/scenario': { may: ['conformance/replay'], because: 'a scenario is sends in an order' },
  'conformance/tape': { may: ['conformance/replay'], because: 'a tape is what was sent' },
  'conformance/reports': { may: [], because: 'a report has cases, whoever judged them' },
  'conformance/check': { may: ['conformance/replay'], because: 'a check sends callbacks, and reads no file' },
  'conformance/check/trial': {
    may: ['conformance/replay'],
    because: 'a trial offers what invariants need, and knows none of them',
  },
  'conformance/check/invariants': {
    may: ['conformance/replay', 'conformance/check/trial'],
    because: 'an invariant may not know the bug that it is to find',
  },
  'conformance/check/bugs': {
    may: ['conformance/check/invariants/ids.ts'],
    because: 'a bug names the invariant that it breaks, and knows nothing of how that is tried',
  },
  'cli/terminal': {
    may: ['cli/runtime.ts', 'cli/arguments.ts'],
    because: 'what stands on a terminal is drawn alike for every command',
  },
  'cli/commands': {
    may: ['cli'],
    never: ['cli/main.ts', 'cli/program.ts', 'cli/commands.ts'],
    because: 'a command is called, and calls neither the program nor another command',
  },
};

const folders = [...new Set(files.flatMap(({ folder }) => ancestors(folder)))].sort();

/** A folder and every folder that it lies in. */
function ancestors(folder: string): string[] {
  return folder.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'));
}

/** The subcommand that a file belongs to. */
function commandOf(name: string): string | undefined {
  return /^cli\/commands\/([^/]+?)(?:\.ts$|\/)/.exec(name)?.[1];
}

const imported = new Map(
  files.map((file) => [
    file.name,
    importsOf(file)
      .map(({ of }) => of)
      .filter((of) => /\.tsx?$/.test(of)),
  ]),
);

/** Files that import each other, directly or around corners; each circle once, from its first file. */
function circles(imported: ReadonlyMap<string, readonly string[]>): string[] {
  const found = new Set<string>();
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): void => {
    const at = path.indexOf(name);
    if (at >= 0) found.add([...path.slice(at), name].join(' → '));
    if (at >= 0 || done.has(name)) return;
    path.push(name);
    for (const next of imported.get(name) ?? []) visit(next);
    path.pop();
    done.add(name);
  };
  for (const name of imported.keys()) visit(name);
  return [...found];
}

describe('files', () => {
  test('that import each other around a corner are found', () => {
    const three = { a: ['b', 'd'], b: ['c'], c: ['a'], d: [] };
    expect(circles(new Map(Object.entries(three)))).toEqual(['a → b → c → a']);
  });

  test('import each other in no circle, types included', () => {
    expect(circles(imported)).toEqual([]);
  });

  test('of one command import nothing of another', () => {
    const broken = files.flatMap(({ name }) =>
      (imported.get(name) ?? [])
        .filter(
          (of) => commandOf(name) !== undefined && commandOf(of) !== undefined && commandOf(name) !== commandOf(of),
        )
        .map((of) => `src/${name} imports ${of}`),
    );
    expect(broken).toEqual([]);
  });

  test.each(Object.entries(INSIDE))('in %s import what stands below them', (folder, { may, never, because }) => {
    const broken = files
      .filter((file) => rowOf(file.folder) === folder)
      .flatMap(({ name }) => (imported.get(name) ?? []).map((of) => ({ name, of })))
      .filter(({ name, of }) => of.split('/')[0] === name.split('/')[0])
      .filter(({ of }) => !covers([folder, ...may], of) || covers(never, of))
      .map(({ name, of }) => `src/${name} imports ${of}, but ${because}`);
    expect(broken).toEqual([]);
  });
});

/** The nearest folder above, or the folder itself, that has a row. */
function rowOf(folder: string): string | undefined {
  return ancestors(folder).findLast((ancestor) => ancestor in INSIDE);
}

describe('folders', () => {
  test('inside a room have a rule each', () => {
    expect(folders.filter((folder) => folder.includes('/') && rowOf(folder) === undefined)).toEqual([]);
    expect(Object.keys(INSIDE).filter((folder) => !folders.includes(folder))).toEqual([]);
  });

  test('are named in docs/architecture.md, and those of commands for their command', () => {
    const [, layout = ''] = readFileSync('docs/architecture.md', 'utf8').split(/^## /m);
    const rooms = new Map(
      layout
        .split(/^ {6}(?=\w+\/)/m)
        .slice(1)
        .map((text) => [text.slice(0, text.indexOf('/')), text]),
    );
    const unnamed = folders.filter((folder) => {
      const command = commandOf(`${folder}/`);
      if (command !== undefined) return !(command in COMMANDS);
      return !(rooms.get(folder.split('/')[0] ?? '') ?? '').includes(`${posix.basename(folder)}/`);
    });
    expect(unnamed).toEqual([]);
  });

  test('have more than one entry, or a reason', () => {
    const entries = (folder: string) =>
      new Set(
        files
          .filter(({ name }) => name.startsWith(`${folder}/`))
          .map(({ name }) => name.slice(folder.length + 1).split('/')[0]),
      ).size;
    expect(folders.filter((folder) => entries(folder) < 2)).toEqual([]);
  });
});

const WALKS = [
  { heading: 'A callback in four hops', hops: 4, files: 10 },
  { heading: 'A command in three hops', hops: 3, files: 8 },
];

describe.each(WALKS)('docs/architecture.md, $heading', ({ heading, hops, files: least }) => {
  const page = readFileSync(new URL('../docs/architecture.md', import.meta.url), 'utf8');
  const walk = new RegExp(`^## ${heading}$(.*?)^## `, 'ms').exec(page)?.[1] ?? '';
  const named = [...new Set([...walk.matchAll(/`((?:[\w-]+\/)+[\w-]+\.ts)`/g)].map(([, name = '']) => name))].filter(
    (name) => !name.startsWith('test/'),
  );

  test('has so many hops', () => {
    expect(walk.match(/^\d\. /gm)).toEqual(Array.from({ length: hops }, (_, index) => `${index + 1}. `));
  });

  test('leads from each file to the next by an import, or by the port that a database implements', () => {
    expect(named.length).toBeGreaterThanOrEqual(least);
    const lost = named.filter((name, index) => {
      const before = named.slice(0, index);
      const isImported = before.some((earlier) => imported.get(earlier)?.includes(name));
      const implementsPort =
        imported.get(name)?.includes('callback/resolution.ts') && before.includes('callback/resolution.ts');
      return index > 0 && !isImported && !implementsPort;
    });
    expect(lost).toEqual([]);
    expect(named.filter((name) => !imported.has(name))).toEqual([]);
  });
});
