import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** Which packages a process loads that imports the module and nothing else. */
function packagesLoadedBy(module: string): string[] {
  const url = new URL(`../../../src/${module}`, import.meta.url).href;
  const script = `
    import { registerHooks } from 'node:module';
    const packages = new Set();
    registerHooks({
      load(url, context, nextLoad) {
        const name = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1];
        if (name) packages.add(name);
        return nextLoad(url, context);
      },
    });
    await import(${JSON.stringify(url)});
    process.stdout.write(JSON.stringify([...packages]));
  `;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  return JSON.parse(output);
}

describe('start-up', () => {
  it('loads zod for the OpenAPI document', () => {
    expect(packagesLoadedBy('server/contract/openapi.ts')).toEqual(expect.arrayContaining(['zod', 'zod-openapi']));
  });

  it.each(['start.ts', 'app.ts', 'contract/routes.ts', 'contract/responses.ts', 'contract/examples.ts'])(
    'does not load zod for %s',
    (module) => {
      const packages = packagesLoadedBy(`server/${module}`);
      expect(packages.filter((name) => name.startsWith('zod'))).toEqual([]);
    },
  );
});
