import { expect, test } from 'vitest';
import { command } from '../support/command.ts';
import { temporaryDirectory } from '../support/directory.ts';

async function refused(line: string) {
  using directory = temporaryDirectory();
  const { code, stdout, stderr } = await command(line.split(' '), { cwd: directory.path });
  expect({ line, code, stdout }).toEqual({ line, code: 2, stdout: '' });
  expect(stderr.trimEnd().split('\n').length, stderr).toBeLessThanOrEqual(2);
  return stderr;
}

test.each([
  ['-v', '--version'],
  ['version', 'agent-paste --version'],
  ['start', 'agent-paste serve'],
  ['token', 'agent-paste mint'],
  ['verify', 'agent-paste explain'],
  ['clean', 'agent-paste reset'],
  ['logs', 'agent-paste inspect callbacks --follow'],
  ['tail', 'agent-paste inspect callbacks --follow'],
  ['stop', 'agent-paste status'],
  ['serve -p 3000', '--port'],
  ['serve -p3000', '--port'],
  ['serve 3000', 'agent-paste serve --port 3000'],
  ['serve -H 0.0.0.0', '--host'],
  ['reset -y', '--yes'],
  ['mint ada@example.com', 'agent-paste mint --email ada@example.com'],
  ['mint -n 3', '--count'],
  ['mint -e ada@example.com', '--email'],
  ['check http://127.0.0.1:3000', 'agent-paste check --url http://127.0.0.1:3000'],
  ['check -u http://127.0.0.1:3000', '--url'],
  ['users rm ada@example.com', 'agent-paste users remove'],
  ['users delete ada@example.com', 'agent-paste users remove'],
  ['users create ada@example.com', 'agent-paste users add'],
  ['keys new', 'agent-paste keys rotate'],
  ['keys rm x', 'agent-paste keys retire'],
  ['inspect -j members', '--json'],
])('`agent-paste %s` is answered with what is needed: %s', async (line, needed) => {
  expect(await refused(line)).toContain(`Did you mean \`${needed}\`?`);
});

test.each([
  '-p 3000',
  'doctor -y',
  'mint -Z',
  'reset now',
  'users constructor',
  'keys __proto__',
  'toString',
  'mint a b',
])('`agent-paste %s` gets no guess where nothing fits', async (line) => {
  expect(await refused(line)).not.toContain('Did you mean');
});

test.each([
  ['serve --bug lost-answer-nul', 'lost-answer-null'],
  ['check --only replay-identcal', 'replay-identical'],
  ['check --skip replay-identcal', 'replay-identical'],
  ['check --report junti=x', 'junit'],
  ['inspect callbacks --outcome refusd', 'refused'],
  ['inspect callbacks --outcome seen,refusd', 'refused'],
  ['inspect callbacks --reason expird', 'expired'],
  ['inspect members --format jsn', 'json'],
  ['replay --expect sen', 'seen'],
  ['replay --expect seen,replaed', 'replayed'],
  ['mint --fault expird', 'expired'],
  ['serve --bug replay-touch', 'replay-touches-last-seen'],
  ['check --only secret-not', 'secret-not-at-rest'],
  ['inspect callbacks --reason user_f', 'user_fetch_failed'],
  ['mint --isuer x', '--issuer'],
  ['completion bsh', 'bash'],
  ['inspect membrs', 'members'],
  ['srve', 'serve'],
  ['users lst', 'list'],
  ['serve --log prety', 'pretty'],
])('`agent-paste %s` means %s', async (line, meant) => {
  expect(await refused(line)).toMatch(new RegExp(`did you mean ${meant}\\?`, 'i'));
});

test.each(['stop', 'kill', 'shutdown'])('`agent-paste %s` is answered with how a server ends', async (line) => {
  expect(await refused(line)).toContain('A server ends with Ctrl-C, or with SIGTERM to its pid.');
});

test.each(['mint --json=true', 'mint --quiet=1', 'reset --yes=1'])(
  '`agent-paste %s` is told that the flag has no value',
  async (line) => {
    const said = await refused(line);
    expect(said).toContain('takes no value\n');
    expect(said).not.toContain('Did you mean');
  },
);

test('a kid may be shortened to its beginning, and one that is nearly right is named', async () => {
  using directory = temporaryDirectory();
  const run = (...args: string[]) => command(args, { cwd: directory.path });
  await run('mint');
  await run('keys', 'rotate');
  const { stdout } = await run('keys', 'list', '--json');
  const [first, second] = (JSON.parse(stdout).keys as { kid: string }[]).map(({ kid }) => kid) as [string, string];
  const minted = await run('mint', '--json', '--kid', second.slice(0, 12));
  expect(JSON.parse(minted.stdout).tokens[0].header.kid).toBe(second);
  expect((await run('keys', 'export', first.slice(0, 12))).stdout).toContain(first);
  const wrong = await run('keys', 'retire', `${first.slice(0, -1)}!`);
  expect(wrong).toMatchObject({ code: 5, stderr: expect.stringContaining(`did you mean ${first}?`) });
  expect(await run('keys', 'retire', '')).toMatchObject({ code: 5 });
  const { privateKey: key } = JSON.parse(
    JSON.stringify({ privateKey: JSON.parse((await run('keys', 'export', '--private', first)).stdout) }),
  );
  expect(key.kid).toBe(first);
});
