/** What a new setting costs: the files of `src/` that must know it by name. CONTRIBUTING.md states the counts. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { CALLBACK_SETTINGS } from '../../src/machine/settings/callback.ts';
import { VERIFIER_SETTINGS } from '../../src/machine/settings/verifier.ts';

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url));
/** Written by `npm run generate`. */
const GENERATED = [join('library', 'setting-names.ts'), join('conformance', 'scenario', 'builtin.ts')];
const FILES = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !GENERATED.includes(name))
  .map((name) => ({ name: name.replaceAll('\\', '/'), text: readFileSync(join(SOURCE, name), 'utf8') }));

/** Of the rows that nothing but their purpose needs; tokens are minted for an issuer and a client, too. */
const VERIFIER = Object.keys(VERIFIER_SETTINGS).filter((name) => name !== 'issuer' && name !== 'client-id');

/** Those in which the name stands, as the flag or as the property, without the examples of `serve`. */
function filesNaming(setting: string): readonly string[] {
  const property = setting.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const name = new RegExp(
    `(?<![\\w-])(?:${setting}(?![\\w-])|${property}(?:Ms)?(?!\\w)|${setting.replaceAll('-', '_')}_seconds)`,
  );
  return FILES.filter(({ text }) => name.test(text.replace(/'agent-paste .*'/g, ''))).map(({ name: file }) => file);
}

describe('a verifier setting', () => {
  test.each(VERIFIER)('%s stands in at most 4 files', (name) => {
    expect(filesNaming(name).length, filesNaming(name).join(', ')).toBeLessThanOrEqual(4);
  });
});

describe('a callback setting', () => {
  test.each(Object.keys(CALLBACK_SETTINGS))('%s stands in at most 3 files', (name) => {
    expect(filesNaming(name).length, filesNaming(name).join(', ')).toBeLessThanOrEqual(3);
  });
});
