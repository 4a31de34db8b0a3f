import { expect, test } from 'vitest';
import { agentPaste } from '../../support/binary.ts';
import { type Fleet, type FleetAnswer, fleet } from '../../support/fleet.ts';
import { acceptRows, counts, expireInTurn, ONE_SIGN_IN, query, refuseRows } from '../../support/stored.ts';

const PROCESSES = 8;
/** Each is sent to every process at once. */
const USERS = 25;

const secretOf = ({ text }: FleetAnswer): string | undefined => JSON.parse(text).default_api_key?.secret;
const secrets = (answers: readonly FleetAnswer[]): Set<string> =>
  new Set(answers.map(secretOf).filter((secret) => secret !== undefined));

/** Every process gets a request at the same time. */
function everywhere(servers: Fleet, tokenOf: (server: number) => string): Promise<FleetAnswer[]> {
  return Promise.all(servers.servers.map((_, server) => servers.post(server, tokenOf(server))));
}

test('#17 and #19 provision once over 8 processes on one file, and duplicates get the same bytes', async () => {
  await using servers = await fleet(PROCESSES);

  const duplicates = await Promise.all(
    Array.from({ length: USERS }, (_, user) => servers.mint(`same_${user}`)[0]!).map((token) =>
      everywhere(servers, () => token),
    ),
  );
  for (const answers of duplicates) {
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
  }
  expect(secrets(duplicates.flat()).size).toBe(USERS);

  const firstSignIns = await Promise.all(
    Array.from({ length: USERS }, (_, user) => servers.mint(`new_${user}`, PROCESSES)).map((tokens) =>
      everywhere(servers, (server) => tokens[server]!),
    ),
  );
  for (const answers of firstSignIns) {
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(secrets(answers).size).toBe(1);
    expect(answers.filter((answer) => secretOf(answer) !== undefined)).toHaveLength(1);
  }

  expect(await counts(servers.paths.database)).toEqual({
    workspaces: 2 * USERS,
    members: 2 * USERS,
    keys: 2 * USERS,
    events: 4 * USERS,
    records: USERS + PROCESSES * USERS,
  });
});

test('gives one member and one secret to 64 concurrent first sign-ins over 2 processes', async () => {
  await using servers = await fleet(2);
  const tokens = servers.mint('user_1', 64);
  const answers = await Promise.all(tokens.map((token, index) => servers.post(index % 2, token)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  expect(secrets(answers).size).toBe(1);
  expect(await counts(servers.paths.database)).toEqual({ ...ONE_SIGN_IN, records: 64 });
  const [secret] = secrets(answers);
  const whoami = await fetch(`${servers.servers[1]!.ready.url}/v1/whoami`, {
    headers: { authorization: `Bearer ${secret}` },
  });
  expect(whoami.status).toBe(200);
});

test('#20 gives different new users over 2 processes a workspace each', async () => {
  await using servers = await fleet(2);
  const answers = await Promise.all(
    Array.from({ length: 32 }, (_, user) => servers.post(user % 2, servers.mint(`user_${user}`)[0]!)),
  );
  expect(secrets(answers).size).toBe(32);
  for (const [user, { text }] of answers.entries())
    expect(JSON.parse(text).workspace_member.email).toBe(`user_${user}@example.com`);
});

test('shares one schema, pepper and key between 8 processes that start together on a new state directory', async () => {
  await using servers = await fleet(PROCESSES);
  const [token] = servers.mint('user_1');
  const answers = await everywhere(servers, () => token!);
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(answers[0]!.status).toBe(200);
  expect(
    await query(servers.paths.database, "SELECT count(*) AS n FROM meta WHERE name LIKE 'pepper_check_%'"),
  ).toEqual([{ n: 1 }]);
});

test('gets all processes ready that start together on a new state directory, repeatedly', async () => {
  for (let round = 0; round < 8; round++) {
    await using servers = await fleet(4);
    expect(servers.servers).toHaveLength(4);
  }
});

test('#27 leaves nothing over 2 processes when an event cannot be written, and the retry elsewhere provisions', async () => {
  await using servers = await fleet(2);
  const [token] = servers.mint('user_1');
  await refuseRows(servers.paths.database, 'operation_events');
  expect((await servers.post(0, token!)).status).toBe(500);
  await acceptRows(servers.paths.database, 'operation_events');
  expect(secretOf(await servers.post(1, token!))).toMatch(/^ap_pk_/);
  expect(await counts(servers.paths.database)).toEqual(ONE_SIGN_IN);
});

test('#34 answers without an error while records expire and are swept over 2 processes', async () => {
  await using servers = await fleet(2);
  const tokens = Array.from({ length: 40 }, (_, user) => servers.mint(`user_${user}`)[0]!);
  const first = await Promise.all(tokens.map((token, index) => servers.post(index % 2, token)));
  const { database, directory } = servers.paths;
  // One after the other from now on, while sweeps and replays are running.
  await expireInTurn(database, 20);
  let over = false;
  const sweeping = (async () => {
    while (!over)
      expect(await agentPaste(['sweep', '--state-dir', directory], { env: servers.environment })).toMatchObject({
        code: 0,
      });
  })();
  while (!over) {
    const answers = await Promise.all(tokens.map((token, index) => servers.post((index + 1) % 2, token)));
    for (const [index, answer] of answers.entries()) {
      expect(answer.status).toBe(200);
      // The stored answer while the record lives; that of a returning member, which is stored in its place, afterwards.
      if (answer.text !== first[index]!.text) expect(JSON.parse(answer.text).default_api_key).toBeNull();
    }
    over = (await query(database, `SELECT 1 FROM callback_records WHERE outcome = 'provisioned'`)).length === 0;
  }
  await sweeping;
  // A record that was swept after its last callback is stored again.
  await Promise.all(tokens.map((token, index) => servers.post(index % 2, token)));
  expect(await counts(database)).toEqual({ workspaces: 40, members: 40, keys: 40, events: 80, records: 40 });
});

/** A preloaded module after which the clock of a process is five minutes ahead. */
const AHEAD = `data:text/javascript,${encodeURIComponent('const { now } = Date; Date.now = () => now() + 300_000;')}`;

test('#41 answers alike over 2 processes whose clocks differ by five minutes, in order of arrival', async () => {
  await using servers = await fleet(1);
  await servers.start([], { NODE_OPTIONS: `--import=${AHEAD}` });
  const [token, next] = servers.mint('user_1', 2, { expiresIn: 3600 });
  const ahead = await servers.post(1, token!);
  expect(await servers.post(0, token!)).toMatchObject({ status: 200, text: ahead.text, replayed: true });
  const behind = JSON.parse((await servers.post(0, next!)).text);
  const { workspace, workspace_member } = JSON.parse(ahead.text);
  expect(behind).toMatchObject({ workspace, default_api_key: null, workspace_member: { id: workspace_member.id } });
  expect(Date.parse(workspace.created_at) - Date.parse(behind.workspace_member.last_seen_at)).toBeGreaterThan(200_000);
  const order = await query(servers.paths.database, 'SELECT outcome FROM callback_records ORDER BY rowid');
  expect(order).toEqual([{ outcome: 'provisioned' }, { outcome: 'seen' }]);
});
