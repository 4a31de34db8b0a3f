/** What a test does with its server. */
import { Failure } from '../errors/failure.ts';
import { systemRandom } from '../machine/random.ts';
import { statePaths } from '../machine/state-directory.ts';
import { isDatabaseUrl } from '../machine/values/database-url.ts';
import type { TemporaryServer } from '../server/temporary-server.ts';
import { LISTS } from '../store/lists.ts';
import type { Gate } from './gate.ts';
import type { Holds } from './holds.ts';
import type { KeyLease } from './key-pool.ts';
import { judged, refuseArgument, refuseName, TEXT, timeOf, tokenRequest, wrong } from './options.ts';
import { rowsWhere } from './rows.ts';
import { shownToken } from './token.ts';
import type { Inspected, LoggedRequest, TestServer } from './types.ts';
import { addUser, changeEmail, removeUser } from './users.ts';

export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds. */
  advance(time: number): void;
  reset(): void;
}

interface TestEdge {
  readonly onWarning: (message: string) => void;
  readonly clock: Clock;
  readonly log: LoggedRequest[];
  readonly holds: Holds;
  readonly gate: Gate;
  readonly lease: KeyLease;
}

/** It sees a changed key at the next token. */
const PATIENCE_MS = 1000;

export function testServer(server: TemporaryServer, edge: TestEdge): TestServer {
  const { onWarning, clock, log, holds, gate, lease } = edge;
  const { settings, minter } = server;
  const { url, callbackUrl, jwksUrl, flushLog, empty } = server.running();
  const { keyring } = minter;
  const users = { users: minter.users, now: clock.now, random: systemRandom() };
  const paths = statePaths(settings['state-dir']);
  const keys = keyring.list();
  let stopped = false;
  const stop = async () => {
    stopped = true;
    holds.release();
    try {
      await server[Symbol.asyncDispose]();
    } finally {
      lease[Symbol.dispose]();
    }
  };
  const refuseStopped = (what: string) => {
    if (stopped) throw new Failure('invalid_argument', `${what}: this server was stopped`, 'Call it before stop().');
  };
  const judge = (options: { readonly url?: string }) => {
    const patience = (options?.url ?? url) === url ? { patienceMs: PATIENCE_MS } : {};
    return { minter, url: options?.url ?? url, now: clock.now, random: users.random, ...patience };
  };
  return {
    url,
    callbackUrl,
    jwksUrl,
    stateDirectory: paths.directory,
    env: server.environment(),
    log,
    mint(request = {}) {
      refuseStopped('mint');
      const wanted = tokenRequest('mint', request);
      return shownToken(judged('mint', () => minter.mint(wanted)));
    },
    async inspect(what, options = {}) {
      refuseStopped('inspect');
      refuseName('inspect: the list', what, Object.keys(LISTS));
      await flushLog();
      await using store = await server.running().openReads(onWarning);
      // A database of this program holds a value for every field.
      return (await rowsWhere(store, what, options)) as readonly Inspected[typeof what][];
    },
    addUser(user) {
      refuseStopped('addUser');
      return addUser(users, user);
    },
    changeEmail(id, email) {
      refuseStopped('changeEmail');
      changeEmail(users, id, email);
    },
    removeUser(id) {
      refuseStopped('removeUser');
      return removeUser(users, id);
    },
    async rotateKeys() {
      refuseStopped('rotateKeys');
      return (await keyring.rotate(clock.now())).kid;
    },
    async retireKey(kid) {
      refuseStopped('retireKey');
      refuseArgument('retireKey: the kid', kid, TEXT);
      await keyring.retire(kid, clock.now());
    },
    advance(time) {
      refuseStopped('advance');
      clock.advance(timeOf('advance: the time', time));
    },
    hold(point) {
      refuseStopped('hold');
      return holds.hold(point);
    },
    release(point) {
      refuseStopped('release');
      holds.release(point);
    },
    async replay(options = {}) {
      refuseStopped('replay');
      return (await import('./judging.ts')).replayOn(judge(options), options);
    },
    async check(options = {}) {
      refuseStopped('check');
      return (await import('./judging.ts')).checkOn(judge(options), options);
    },
    async reset() {
      refuseStopped('reset');
      const { db } = server.running();
      if (db === ':memory:' || isDatabaseUrl(db))
        throw wrong(`reset: a database that is no file is left alone, and the setting db names ${db}`);
      holds.release();
      await gate.alone(async () => {
        refuseStopped('reset');
        await keyring.restore(keys);
        lease.keep(keys.map(({ kid }) => kid));
        clock.reset();
        await empty(); // the seed is written at the time of the start
        log.length = 0;
      });
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
