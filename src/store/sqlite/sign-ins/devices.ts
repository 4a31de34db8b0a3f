/** Devices that wait for a person (RFC 8628). */
import type { DatabaseSync } from 'node:sqlite';
import type { DeviceRow, DeviceRows } from '../../../workos/authkit/sign-ins.ts';
import { one } from '../file/statements.ts';

const COLUMNS = `hash, user_code, client_id, state, user_id, organization_id, method, failure, signed_in_at, interval_ms,
  polled_at, expires_at`;

export function deviceRows(db: DatabaseSync): DeviceRows {
  const find = db.prepare(`SELECT ${COLUMNS} FROM device_authorizations WHERE hash = ?`);
  const ofUserCode = db.prepare(`SELECT ${COLUMNS} FROM device_authorizations WHERE user_code = ?`);
  const insert = db.prepare(
    'INSERT INTO device_authorizations (hash, user_code, client_id, state, interval_ms, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const update = db.prepare(
    `UPDATE device_authorizations SET state = ?, user_id = ?, organization_id = ?, method = ?, failure = ?,
       signed_in_at = ?, interval_ms = ?, polled_at = ?, expires_at = ? WHERE hash = ?`,
  );
  return {
    find: (hash) => one<DeviceRow>(find, hash),
    ofUserCode: (userCode) => one<DeviceRow>(ofUserCode, userCode),
    insert: ({ hash, user_code, client_id, state, interval_ms, expires_at }) =>
      void insert.run(hash, user_code, client_id, state, interval_ms, expires_at),
    update: (row) => {
      const { state, user_id, organization_id, method, failure, signed_in_at, interval_ms, polled_at } = row;
      const whose = [state, user_id, organization_id, method, failure, signed_in_at];
      update.run(...whose, interval_ms, polled_at, row.expires_at, row.hash);
    },
  };
}
