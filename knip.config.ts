import type { KnipConfig } from 'knip';

/** `npm test` fails for a file, an export or a dependency that nothing uses. Exports that tests alone use are used. */
export default {
  workspaces: {
    '.': {
      // What nothing imports: it is named in a package, in an argument, or on a command line.
      entry: [
        'src/library/{testing,msw,matchers,fixture,vitest,types}.ts',
        'src/inspector/page/main.tsx',
        'test/**/*.test.ts',
        'test/tools/{run.mjs,generate/generate.ts,bench/{run,inspect}.ts,soak/soak.ts,judge/judge.ts,cluster/cluster.ts}',
        'test/tools/bench/baselines/*.mjs',
        'test/tools/{mutation,frameworks}/vitest.config.ts',
        'test/tools/frameworks/*.dashboard.ts',
        'test/store/sqlite/versions/make.ts',
        'test/support/kill-at-{message,statement}.mjs',
      ],
      project: ['bin/*.js', 'src/**/*.{ts,tsx}', 'test/**/*.{ts,mjs}', '*.config.ts'],
      // `postject` is run by its path, and the types of Stryker come with it.
      ignoreDependencies: ['postject', '@stryker-mutator/api'],
    },
  },
  // The programs of the system that tests call, where they exist.
  exclude: ['binaries'],
  // The one command that is loaded with the program, as a whole.
  ignoreIssues: {
    'src/cli/commands/mint.ts': ['exports'],
    // Shapes on the wire, for whoever reads them.
    'src/inspector/api-types.ts': ['types'],
  },
} satisfies KnipConfig;
