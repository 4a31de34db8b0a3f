/** What must hold when nothing runs any more, and after the next start. */
import { expect } from 'vitest';
import { systemRandom } from '../../../src/machine/random.ts';
import { LOCAL_CLIENT_ID, WORKOS_ISSUER } from '../../../src/machine/settings.ts';
import { openKeyring } from '../../../src/workos/keys/keyring.ts';
import { mintToken } from '../../../src/workos/tokens/mint.ts';
import { agentPaste, type ServerProcess, serverProcess } from '../../support/binary.ts';
import { query } from '../../support/database.ts';
import { expectWholeFiles, secretOf } from '../crash/state.ts';
import { SEEDED, type World } from './world.ts';

/** @throws AssertionError for anything acknowledged that is lost, and anything half or double */
export async function expectKept(world: World): Promise<void> {
  const { paths } = world;
  expectWholeFiles(world);
  const server = await serverProcess(['--state-dir', paths.directory, '--log', 'off']);
  try {
    expectUsers(world);
    await expectKeys(world);
    if (world.model.isSeeded) expectSeed(world);
    await expectAnswers(world, server);
    for (const args of [['inspect', '--audit'], ['doctor']]) {
      const { code, stdout, stderr } = await agentPaste([...args, '--state-dir', paths.directory]);
      expect(code, `${args.join(' ')}: ${stdout}${stderr}`).toBe(0);
    }
  } finally {
    expect(await server.stop(), server.stderr()).toBe(0);
  }
  expectWholeFiles(world);
}

function expectUsers({ paths, model }: World): void {
  const users = query(paths.users, 'SELECT id, lower(email) AS address FROM users') as {
    id: string;
    address: string;
  }[];
  const shared = [...Map.groupBy(users, ({ address }) => address)].filter(([, { length }]) => length > 1);
  expect(shared, 'addresses of more than one user').toEqual([]);
  const idOf = new Map(users.map(({ id, address }) => [address, id]));
  for (const { address, id } of model.users) expect(idOf.get(address), `the user of ${address}`).toBe(id);
  const ids = new Set(users.map(({ id }) => id));
  expect(
    model.removedIds.filter((id) => ids.has(id)),
    'users who were removed',
  ).toEqual([]);
}

async function expectKeys({ paths, model }: World): Promise<void> {
  const { stdout } = await agentPaste(['keys', 'list', '--json', '--state-dir', paths.directory]);
  const keys: readonly { kid: string; retired_at: string | null }[] = JSON.parse(stdout).keys;
  const kids = new Set(keys.map(({ kid }) => kid));
  const published = new Set(keys.filter((key) => key.retired_at === null).map(({ kid }) => kid));
  expect(published.size, 'published keys').toBeGreaterThan(0);
  expect(
    model.keys.filter((kid) => !kids.has(kid)),
    'keys that are gone',
  ).toEqual([]);
  expect(
    model.retiredKeys.filter((kid) => published.has(kid)),
    'keys that are published again',
  ).toEqual([]);
}

function expectSeed({ paths }: World): void {
  const emails = query(paths.users, 'SELECT email FROM users').map(({ email }) => email);
  expect(emails).toEqual(expect.arrayContaining([...SEEDED.users]));
  const ids = query(paths.database, 'SELECT id FROM workspaces').map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining([...SEEDED.workspaces]));
}

/** Asked for again, each with a fresh token of the same ids: the key of the first may be retired. */
async function expectAnswers({ paths, model }: World, { ready }: ServerProcess): Promise<void> {
  const known = new Map(model.answers.map((answer) => [`${answer.subject} ${answer.jti}`, answer.text]));
  const users = new Set(query(paths.users, 'SELECT id FROM users').map(({ id }) => id));
  const sent = new Map(model.tokens.map((token) => [`${token.subject} ${token.jti}`, token]));
  const keyring = openKeyring(paths.signingKeys);
  const secrets = new Map<string, string[]>();
  for (const [name, { subject, jti }] of sent) {
    if (!users.has(subject)) continue; // gone with a reset: expectUsers has the others
    const claims = { issuer: WORKOS_ISSUER, clientId: LOCAL_CLIENT_ID, sub: subject, jti };
    const { token } = mintToken(claims, { keyring, now: Date.now(), random: systemRandom() });
    const response = await fetch(ready.callback_url, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
    const text = await response.text();
    expect(response.status, text).toBe(200);
    if (known.has(name)) expect(text, `the answer to ${name}`).toBe(known.get(name));
    const secret = secretOf(text);
    secrets.set(subject, [...(secrets.get(subject) ?? []), ...(secret === undefined ? [] : [secret])]);
  }
  for (const [subject, shown] of secrets) expect(shown, `secrets of ${subject}`).toHaveLength(1);
  for (const secret of [...secrets.values()].flat()) {
    const { status } = await fetch(`${ready.url}/v1/whoami`, { headers: { authorization: `Bearer ${secret}` } });
    expect(status, 'a secret that was shown').toBe(200);
  }
}
