import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { judgeInput, readInputFile } from '../../src/machine/input-file.ts';
import { temporaryDirectory } from '../support/directory.ts';

const SCHEMA = z.strictObject({ users: z.array(z.string()).optional() });

test.each(['\r\u0000 users', '\u2028', '\u202efield', 'a\nb', '\u001b[31m', '\u007f', 'x'.repeat(500)])(
  'says in one visible line that %j is not a known field',
  (name) => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'input.json');
    writeFileSync(path, JSON.stringify({ [name]: 1 }));
    const judge = () => judgeInput(readInputFile(path, { name: 'input.json' }), SCHEMA, 'See the schema.');
    expect(judge).toThrow(/^input\.json:1: [\x20-\x7e…]+: is not a known field$/);
  },
);
