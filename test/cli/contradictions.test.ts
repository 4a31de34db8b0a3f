import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { command } from '../support/command.ts';
import { temporaryDirectory } from '../support/directory.ts';

async function run(line: string) {
  using directory = temporaryDirectory();
  const result = await command(line.split(' '), { cwd: directory.path });
  return { ...result, made: readdirSync(directory.path) };
}

describe('is refused in one line, before anything is made', () => {
  test.each([
    ['mint --jti X --no-jti', '--jti and --no-jti contradict each other'],
    ['mint --no-jti --jti X', '--no-jti and --jti contradict each other'],
    ['mint --no-sid --sid S', '--no-sid and --sid contradict each other'],
    ['replay --jti X --no-jti', '--jti and --no-jti contradict each other'],
    ['replay --sid S --no-sid', '--sid and --no-sid contradict each other'],
    ['mint --jti a --jti b', '--jti is given twice'],
    ['mint --email a@b.co --email c@d.co', '--email is given twice'],
    ['mint --sub user_a --sub user_b', '--sub is given twice'],
    ['mint --expires-in 5m --expires-in 6m', '--expires-in is given twice'],
    ['mint --kid a --kid b', '--kid is given twice'],
    ['mint --count 1 --count 2', '--count is given twice'],
    ['replay --times 2 --times 3', '--times is given twice'],
    ['replay --expect seen --expect replayed', '--expect is given twice'],
    ['users list --limit 5 --limit 6', '--limit is given twice'],
    ['users add a@b.co --id user_a --id user_b', '--id is given twice'],
    ['inspect members --limit 5 --limit 6', '--limit is given twice'],
    ['inspect members --json --format csv', '--json and --format csv contradict each other'],
    ['inspect members --member a --member b', '--member is given twice'],
    ['inspect callbacks --follow --cursor x', '--follow and --cursor contradict each other'],
    ['inspect callbacks --since 1h --until 2h', '--since is after --until'],
    ['check --only replay-identical --skip replay-identical', '--only and --skip leave nothing to check'],
    ['check --repeat 2 --repeat 3', '--repeat is given twice'],
    ['check --self-test --url http://127.0.0.1:1', '--url'],
    ['check --list --only replay-identical', '--only'],
    ['check --list --url http://127.0.0.1:1', '--url'],
    ['mint --list-faults --email a@b.co', '--email'],
    ['mint --list-faults --no-jti', '--jti'],
    ['mint --list-faults --expires-in 5m', '--expires-in'],
    ['explain x.y.z --at 2026-01-01 --at 2026-01-02', '--at is given twice'],
    ['exec --email a@b.co --email c@d.co -- true', '--email is given twice'],
  ])('`agent-paste %s`', async (line, complaint) => {
    const { code, stdout, stderr, made } = await run(line);
    expect({ code, stdout, made }).toEqual({ code: 2, stdout: '', made: [] });
    expect(stderr).toContain(complaint);
    expect(stderr.trimEnd().split('\n').length, stderr).toBeLessThanOrEqual(2);
  });
});

describe('is accepted', () => {
  test.each([
    'mint --jti X --jti X',
    'mint --no-jti --no-jti',
    'mint --json --json',
    'mint --fault expired --fault sub-missing',
    'mint --claim a=1 --claim b=2',
    'mint --issuer https://a.example --issuer https://b.example',
    'mint --list-faults --json',
    'check --list --json',
  ])('`agent-paste %s`', async (line) => {
    expect(await run(line)).toMatchObject({ code: 0, stderr: '' });
  });

  test('a list of outcomes, with commas and by repeating the flag', async () => {
    using directory = temporaryDirectory();
    const state = { cwd: directory.path };
    await command(['exec', '--state-dir', '.agent-paste', '--', 'true'], state);
    for (const flags of [
      ['--outcome', 'refused,replayed'],
      ['--outcome', 'refused', '--outcome', 'replayed'],
      ['--reason', 'expired, kid_unknown'],
      ['--reason', 'expired', '--reason', 'kid_unknown'],
    ])
      expect(await command(['inspect', 'callbacks', ...flags], state)).toMatchObject({ code: 0, stdout: '' });
  });

  test('a list of faults, with commas', async () => {
    using directory = temporaryDirectory();
    const { stdout } = await command(['mint', '--json', '--fault', 'expired,kid-empty'], { cwd: directory.path });
    const [{ header, claims }] = JSON.parse(stdout).tokens;
    expect(header.kid).toBe('');
    expect(claims.exp * 1000).toBeLessThan(Date.now());
  });
});
