/** Two servers of one state directory without their sockets: verifier, user look-up, callback and store as `serve` joins them. */
import { join } from 'node:path';
import { createCallback, type Hold, type ResolveCallback } from '../../src/callback.ts';
import type { PublicKeySet } from '../../src/identity/identity.ts';
import { localKeys } from '../../src/identity/keys.ts';
import { createTokenMemo } from '../../src/identity/token-memo.ts';
import { identify, localUsers } from '../../src/identity/users.ts';
import { verifyAccessToken } from '../../src/identity/verify.ts';
import { newUser } from '../../src/local-users.ts';
import { openDirectory, type UserDirectory } from '../../src/store/directory.ts';
import type { Resolution, Store } from '../../src/store/store.ts';
import { temporaryDirectory } from '../support/directory.ts';
import { openStore } from '../support/store.ts';
import { CLIENT, ISSUER } from './token-issuer.ts';

export interface PairSettings {
  /** Milliseconds for which an answer is replayed. */
  readonly ttl: number;
  readonly inFlight: 'wait' | 'conflict';
  /** The keys of now; the same object for as long as they have not changed. */
  readonly published: () => PublicKeySet;
  readonly hold?: Hold;
}

export interface ServerPair extends Disposable {
  readonly path: string;
  readonly users: UserDirectory;
  readonly stores: readonly Store[];
  /** What `POST /v1/auth/web/callback` does with a bearer token. `now` in milliseconds since 1970. */
  callback(server: number, token: string, now: number): Promise<Resolution>;
  restart(server: number): void;
}

interface Server {
  readonly opened: ReturnType<typeof openStore>;
  readonly callback: ResolveCallback;
}

export function serverPair(subjects: readonly string[], { ttl, inFlight, published, hold }: PairSettings): ServerPair {
  const directory = temporaryDirectory();
  const users = openDirectory(join(directory.path, 'users.db'));
  for (const subject of subjects) users.add(newUser(subject, `${subject}@example.com`, '2026-01-01T00:00:00.000Z'));
  const lookup = localUsers(users.find);
  const verifier = {
    keys: localKeys(published),
    memo: createTokenMemo(),
    settings: { issuer: ISSUER, clientId: CLIENT, clientIdClaim: 'required' as const, clockTolerance: 0 },
  };
  const start = (): Server => {
    const opened = openStore(directory.path);
    const settings = { idempotencyTtlMs: ttl, inFlight, inFlightWaitMs: 5000 };
    return { opened, callback: createCallback(opened.store, settings, hold) };
  };
  const servers = [start(), start()];
  const at = (server: number) => servers[server] as Server;

  return {
    path: at(0).opened.path,
    users,
    get stores() {
      return servers.map(({ opened }) => opened.store);
    },
    async callback(server, token, now) {
      const verified = await verifyAccessToken(token, verifier, now);
      return await at(server).callback(await identify(verified, lookup), { now, requestId: 'request_1' });
    },
    restart(server) {
      at(server).opened[Symbol.dispose]();
      servers[server] = start();
    },
    [Symbol.dispose]() {
      for (const { opened } of servers) opened[Symbol.dispose]();
      users.close();
      directory[Symbol.dispose]();
    },
  };
}
