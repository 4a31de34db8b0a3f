/** The sign-ins of the local WorkOS: a second connection to the file of its users, opened at the first sign-in. */
import type { DatabaseSync } from 'node:sqlite';
import type { SignInRows, SignIns } from '../../../workos/authkit/sign-ins.ts';
import { connect } from '../connection.ts';
import { openPrepared } from '../file/open.ts';
import { watchFile } from '../file/path.ts';
import { DIRECTORY_SCHEMA } from '../schema.ts';
import { codeRows } from './codes.ts';
import { deviceRows } from './devices.ts';
import { oneTimeCodeRows } from './one-time-codes.ts';
import { organizationRows } from './organizations.ts';
import { pendingRows } from './pending.ts';
import { refreshTokenRows } from './refresh-tokens.ts';
import { sessionRows } from './sessions.ts';
import { prepareSweep } from './sweep.ts';
import { userRows } from './users.ts';

/** @param path the file of the users, or `:memory:`. @throws Failure see `openDatabase` */
export function openSignIns(path: string): SignIns {
  // FULL: after a power cut, an exchanged token must stay used, and an issued token must still be known.
  return openPrepared(path, DIRECTORY_SCHEMA, { synchronous: 'FULL' }, signInsOver);
}

function signInsOver(db: DatabaseSync): SignIns {
  const { read, write, checkpoint, close } = connect(
    db,
    watchFile(db.location(), () => undefined),
  );
  const rows: SignInRows = {
    users: userRows(db),
    codes: codeRows(db),
    sessions: sessionRows(db),
    tokens: refreshTokenRows(db),
    organizations: organizationRows(db),
    oneTimeCodes: oneTimeCodeRows(db),
    pending: pendingRows(db),
    devices: deviceRows(db),
  };
  const sweep = prepareSweep(db);
  return {
    read: (work) => read(() => work(rows)),
    write: (work) => write(() => work(rows)),
    async sweep(now) {
      if (!(await read(() => sweep.hasExpired(now)))) return 0;
      const dropped = await write(() => sweep.dropExpired(now));
      await read(checkpoint);
      return dropped;
    },
    close,
  };
}
