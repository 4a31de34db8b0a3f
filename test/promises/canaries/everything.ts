/** One run of every command over one state directory, with everything that was printed kept. */
import { once } from 'node:events';
import { join } from 'node:path';
import { expect } from 'vitest';
import { openDatabase } from '../../../src/store/sqlite/file/open.ts';
import { MAIN_SCHEMA } from '../../../src/store/sqlite/schema.ts';
import { agentPaste, type ServerProcess, serverProcess } from '../../support/binary.ts';
import { command } from '../../support/command.ts';
import { execute } from '../../support/database.ts';

interface Printed {
  /** The command, and its stream. */
  readonly by: string;
  readonly text: string;
}

export interface Everything {
  readonly printed: readonly Printed[];
  /** Every token, good or not. */
  readonly tokens: readonly string[];
  /** Whole API keys that answers have shown. */
  readonly keys: readonly string[];
}

const FAULTS = [
  'expired',
  'iss-other',
  'signature-bit',
  'kid-unknown',
  'ids-missing',
  'hs256-spki-pem',
  'kid-bidi',
  'four-parts',
];

/** A preloaded module after which SIGWINCH is an uncaught error. */
const CRASH = "process.once('SIGWINCH', () => { throw new Error('crashed on purpose'); });";
/** On SIGUSR2, Node writes a report of the process into the working directory: heap, environment, arguments. */
const CRASHING = `--import=data:text/javascript,${encodeURIComponent(CRASH)} --report-on-signal`;

/** @param beforeReset looks at the files while the last server is running, and when none is */
export async function everything(cwd: string, workosApiKey: string, beforeReset: () => void): Promise<Everything> {
  const printed: Printed[] = [];
  const tokens: string[] = [];
  const keys: string[] = [];
  const env = { HOME: cwd, WORKOS_API_KEY: workosApiKey };

  const keep = (by: string, stdout: string, stderr: string) =>
    printed.push({ by: `${by}, stdout`, text: stdout }, { by: `${by}, stderr`, text: stderr });
  const run = async (args: readonly string[], input = ''): Promise<string> => {
    const { code, stdout, stderr } = await command(args, { cwd, env, input });
    if (code === 70 || /^ {4}at /m.test(stderr)) throw new Error(`${args[0]} crashed: ${stderr}`);
    keep(args.map((arg) => (arg.length > 60 ? '…' : arg)).join(' '), stdout, stderr);
    return stdout;
  };
  const mint = async (...args: string[]): Promise<string[]> => {
    const minted = (await run(['mint', ...args])).trim().split('\n');
    tokens.push(...minted);
    return minted;
  };
  const post = async ({ ready }: ServerProcess, token: string): Promise<Response> => {
    const response = await fetch(ready.callback_url, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
    const key = ((await response.clone().json()) as { default_api_key?: { secret: string } }).default_api_key?.secret;
    if (key !== undefined) keys.push(key);
    return response;
  };

  /** A server that signs a user in, replays, meets a bug, and then crashes. */
  const crashed = async (): Promise<void> => {
    const server = await serverProcess(['--log', 'json'], { cwd, env: { ...env, NODE_OPTIONS: CRASHING } });
    const [token = '', unlucky = ''] = [
      ...(await mint('--email', 'crash@example.com')),
      ...(await mint('--email', 'bug@example.com')),
    ];
    await post(server, token);
    await post(server, token);
    execute(
      server.ready.db,
      `CREATE TRIGGER refuse BEFORE INSERT ON workspaces WHEN new.contact_email = 'bug@example.com'
       BEGIN SELECT RAISE(ABORT, 'refused on purpose'); END`,
    );
    await post(server, unlucky);
    execute(server.ready.db, 'DROP TRIGGER refuse');
    server.child.kill('SIGUSR2');
    await expect.poll(server.stderr).toContain('Node.js report completed');
    server.child.kill('SIGWINCH');
    await once(server.child, 'close');
    keep('serve, which crashed', JSON.stringify(server.ready), server.stderr());
  };

  for (const log of ['pretty', 'json']) {
    const server = await serverProcess(['--log', log], { cwd, env });
    let stdout = JSON.stringify(server.ready);
    server.child.stdout?.on('data', (chunk) => {
      stdout += chunk;
    });
    const { url } = server.ready;
    const [first = '', second = ''] = await mint('--email', `${log}@example.com`, '--count', '2');
    const faulty = [];
    for (const fault of FAULTS) faulty.push(...(await mint('--email', `${log}@example.com`, '--fault', fault)));
    for (const token of [first, first, second, ...faulty, workosApiKey]) await post(server, token);

    // Where no secret belongs: a query, a path, another header, another route.
    await fetch(`${url}/v1/auth/web/callback?access_token=${second}`, { method: 'POST' });
    await fetch(`${url}/${first}`, { headers: { authorization: `Basic ${second}`, cookie: `session=${second}` } });
    const [key = ''] = keys.slice(-1);
    for (const credential of [key, `${key.slice(0, -1)}_`, first, second])
      await fetch(`${url}/v1/whoami`, { headers: { authorization: `Bearer ${credential}` } });
    for (const credential of [workosApiKey, `${workosApiKey}_`, key])
      await fetch(`${url}/user_management/users`, { headers: { authorization: `Bearer ${credential}` } });

    const refused = await post(server, faulty[0] ?? '');
    for (const format of ['table', 'json', 'ndjson', 'csv'])
      for (const what of ['workspaces', 'members', 'keys', 'events', 'callbacks', 'records', 'users'])
        await run(['inspect', what, '--format', format]);
    await run(['inspect', 'member', `${log}@example.com`]);
    await run(['inspect', 'member', `${log}@example.com`, '--json']);
    await run(['explain', refused.headers.get('x-request-id') ?? '', '--json']);
    for (const token of [second, ...faulty]) {
      await run(['explain', '-'], `Bearer ${token}\n`);
      await run(['explain', token, '--json', '--url', url]);
    }
    await run(['replay', '--url', url, '--token', '-', '--times', '2', '--save', `${log}.tape`], second);
    await run(['replay', '--url', url, '--times', '3', '--fresh', '--report', `junit=${log}.xml`, '--json']);

    // What people do by mistake.
    for (const misplaced of [second, key]) {
      await run([misplaced]);
      await run(['explain', `@${misplaced}`]);
      await run(['explain', `${misplaced} ${misplaced}`, '--json']);
      await run(['replay', misplaced]);
      await run(['users', 'remove', misplaced, '--json']);
      await run(['users', 'add', misplaced]);
      await run(['mint', '--email', misplaced]);
      await run(['mint', '--kid', misplaced]);
      await run(['serve', '--port', misplaced]);
      await run(['serve', '--log', misplaced, '--json']);
      await run(['serve', '--db', misplaced, '--seed', misplaced]);
      for (const what of ['member', 'key', 'record', 'workspace']) await run(['inspect', what, misplaced]);
      await run(['inspect', 'callbacks', '--cursor', misplaced]);
      await run(['keys', 'retire', misplaced]);
    }
    await run(['keys', 'rotate']);
    await run(['keys', 'list', '--json']);
    await run(['keys', 'export']);
    await run(['users', 'list', '--json']);
    await run(['doctor', '--json']);
    await run(['exec', '--', process.execPath, '-e', '0']);
    beforeReset();
    server.child.kill('SIGTERM');
    await once(server.child, 'close');
    keep(`serve --log ${log}`, stdout, server.stderr());
  }
  await run(['keys', 'rotate', '--pepper']);
  const only = ['--only', 'replay-identical,secret-not-at-rest'];
  const checked = await agentPaste(['check', ...only, '--report', 'junit=check.xml'], { cwd, env });
  keep('check', checked.stdout, checked.stderr);
  await crashed();
  migrated(join(cwd, '.agent-paste', 'agent-paste.db'));
  await run(['sweep']);
  await run(['doctor']);
  beforeReset();
  await run(['reset', '--yes']);
  return { printed, tokens, keys };
}

/** As a later program will, which leaves a copy of the database; here and now the version is put back. */
function migrated(path: string): void {
  const later = { ...MAIN_SCHEMA, steps: [...MAIN_SCHEMA.steps, 'CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT'] };
  openDatabase(path, later, { synchronous: 'FULL' }).close();
  execute(path, `DROP TABLE later; PRAGMA user_version = ${MAIN_SCHEMA.steps.length}`);
}
