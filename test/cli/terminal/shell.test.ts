import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextPage } from '../../../src/cli/terminal/shell.ts';
import { shellWord } from '../../../src/machine/values/shell-word.ts';
import { runs } from '../../support/property-runs.ts';

const TEXTS = [
  '',
  ' ',
  '~',
  '~root',
  '=ls',
  '-n',
  '#comment',
  "ada's state",
  "'",
  "''",
  String.raw`\'`,
  '"$HOME"',
  '`id`',
  '$(id)',
  'a;b|c&d',
  '*',
  '{a,b}',
  'a\nb',
  'ключ',
  '!!',
  'C:\\Users\\ada',
];

/** What a shell makes of words, each of them followed by an end mark. */
function read(words: readonly string[]): string[] {
  const command = `printf '%s\\n.\\n' ${words.join(' ')}`;
  return execFileSync('sh', ['-c', command], { encoding: 'utf8' }).split('\n.\n').slice(0, -1);
}

test.skipIf(process.platform === 'win32')('reads every word back as it was', () => {
  expect(read(TEXTS.map(shellWord))).toEqual(TEXTS);
});

test.skipIf(process.platform === 'win32')('reads arbitrary texts back', () => {
  const texts = fc.array(
    fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '').toWellFormed()),
    {
      minLength: 1,
      maxLength: 30,
    },
  );
  fc.assert(
    fc.property(texts, (all) => {
      expect(read(all.map(shellWord))).toEqual(all);
    }),
    runs(20),
  );
});

test.each(['state', './a/b-c_d.yaml', 'http://127.0.0.1:8787', 'a=b', 'ada@example.com', '50%', '1,2'])(
  'leaves %s without quotes',
  (text) => expect(shellWord(text)).toBe(text),
);

test.each([
  [['users', 'list'], "agent-paste users list --cursor 'a b'"],
  [['users', 'list', '--cursor', 'x', '--limit', '1'], "agent-paste users list --limit 1 --cursor 'a b'"],
  [['inspect', 'members', '--cursor=x'], "agent-paste inspect members --cursor 'a b'"],
  [['--state-dir', "ada's", 'users', 'list'], String.raw`agent-paste --state-dir 'ada'\''s' users list --cursor 'a b'`],
])('the next page of %j is the same command', (argv, command) => {
  expect(nextPage(argv, 'a b')).toBe(command);
});
