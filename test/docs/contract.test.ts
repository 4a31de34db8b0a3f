import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HTTP_STATUS } from '../../src/errors/codes.ts';
import { AUTHKIT_ROUTES, PAGE_ROUTES } from '../../src/server/contract/authkit-routes.ts';
import { USAGE_POLICY } from '../../src/server/contract/constants.ts';
import { ROUTES } from '../../src/server/contract/routes.ts';
import { pageText, ROOT } from './markdown.ts';

/** The parts of the contract that a comment may cite, such as `§1`, `§1, step 3` and `§1, Errors`. */
const PARTS = [...pageText('docs/contract.md').matchAll(/^#+ (§\d(?:, [^:\n]+)?)/gm)].map(([, part = '']) =>
  part.includes(',') ? part : part.slice(0, 2),
);

/** `contract §1, steps 4 to 7` cites the steps 4, 5, 6 and 7; without a part it cites the whole section. */
function citedIn(code: string): string[] {
  const text = code.replaceAll(/\n\s*(?:\*|\/\/)?\s*/g, ' ');
  const citations = text.matchAll(
    /contract,? \(?(§\d)(?:,? (?:steps? (\d)(?:( to | and )(\d))?|([A-Z][a-z]+(?: [a-z]+)*)))?/gi,
  );
  return [...citations].flatMap(([, section = '', first, between, last, name]) => {
    if (name !== undefined) return [`${section}, ${name}`];
    if (first === undefined) return [section];
    const from = Number(first);
    const to = Number(last ?? first);
    const steps = between === ' and ' ? [from, to] : Array.from({ length: to - from + 1 }, (_, n) => from + n);
    return steps.map((step) => `${section}, step ${step}`);
  });
}

const sources = ['src', 'test'].flatMap((folder) =>
  readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|mjs)$/.test(name) && !name.endsWith('contract.test.ts'))
    .map((name) => ({ name: `${folder}/${name}`, code: readFileSync(`${ROOT}${folder}/${name}`, 'utf8') })),
);

describe('docs/contract.md', () => {
  it('has every section and step that the source cites', () => {
    const cited = sources.flatMap(({ name, code }) => citedIn(code).map((part) => ({ name, part })));
    expect(cited.length).toBeGreaterThan(20);
    for (const { name, part } of cited) expect(PARTS, `${name} cites ${part}`).toContain(part);
  });

  it('has every error code with its status, and no other code', () => {
    const [, errors = ''] = pageText('docs/contract.md').split('### §1, Errors');
    const rows = [...errors.matchAll(/^\| (\d{3}) \| ([^|]+) \|/gm)].flatMap(([, status, codes = '']) =>
      [...codes.matchAll(/`(\w+)`/g)].map(([, code]) => [code, Number(status)]),
    );
    expect(Object.fromEntries(rows)).toEqual(HTTP_STATUS);
  });

  it('has every route', () => {
    const page = pageText('docs/contract.md');
    const named = [...ROUTES, ...AUTHKIT_ROUTES, ...PAGE_ROUTES].map(
      ({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`,
    );
    expect(named.filter((route) => !page.includes(route))).toEqual([]);
  });

  it('has the usage policy as the server gives it', () => {
    for (const [field, value] of Object.entries(USAGE_POLICY))
      expect(pageText('docs/contract.md')).toContain(`| \`${field}\` | ${value} |`);
  });

  it('is the only page that is cited by section', () => {
    for (const { name, code } of sources) {
      const elsewhere = code.replaceAll(/contract,? \(?§/gi, '').match(/.*§.*/g);
      expect(elsewhere, name).toBeNull();
    }
  });
});

describe('a citation', () => {
  it.each([
    ['(contract §2)', ['§2']],
    ['(contract §1, Errors).', ['§1, Errors']],
    ['The contract (§1, steps 1 and 2)', ['§1, step 1', '§1, step 2']],
    ['contract §1 steps\n * 4 to 7', ['§1, step 4', '§1, step 5', '§1, step 6', '§1, step 7']],
    ['no section', []],
  ])('%j is found', (code, parts) => {
    expect(citedIn(code)).toEqual(parts);
  });
});
