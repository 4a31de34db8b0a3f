/** Two servers of one state directory without their sockets: verifier, user look-up, callback and store as `serve` joins them. */
import { join } from 'node:path';
import { createCallback, type Hold, type ResolveCallback } from '../../../src/callback/callback.ts';
import type { PublicKeySet } from '../../../src/callback/identity.ts';
import type { Resolution } from '../../../src/callback/resolution.ts';
import { localKeys } from '../../../src/callback/token/keys.ts';
import { createTokenMemo } from '../../../src/callback/token/memo.ts';
import { verifyAccessToken } from '../../../src/callback/token/verify.ts';
import { identify, localUsers } from '../../../src/callback/user.ts';
import { openDirectory } from '../../../src/store/sqlite/users.ts';
import type { Store } from '../../../src/store/store.ts';
import { newUser, type UserDirectory } from '../../../src/workos/users.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { openStore } from '../../support/store.ts';
import { CLIENT, ISSUER } from './token-issuer.ts';

export interface PairSettings {
  /** Milliseconds for which an answer is replayed. */
  readonly ttl: number;
  readonly inFlight: 'wait' | 'conflict';
  /** The keys of now; the same object for as long as they have not changed. */
  readonly published: () => PublicKeySet;
  readonly hold?: Hold;
}

export interface ServerPair extends AsyncDisposable {
  readonly path: string;
  readonly users: UserDirectory;
  readonly stores: readonly Store[];
  /** What `POST /v1/auth/web/callback` does with a bearer token. `now` in milliseconds since 1970. */
  callback(server: number, token: string, now: number): Promise<Resolution>;
  restart(server: number): Promise<void>;
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
    async restart(server) {
      await at(server).opened[Symbol.asyncDispose]();
      servers[server] = start();
    },
    async [Symbol.asyncDispose]() {
      for (const { opened } of servers) await opened[Symbol.asyncDispose]();
      users.close();
      directory[Symbol.dispose]();
    },
  };
}
