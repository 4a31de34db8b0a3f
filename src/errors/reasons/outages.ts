/** Reasons why a callback cannot be decided: WorkOS or the database is not available. */
import type { ReasonRows } from './reason.ts';

export const OUTAGE_REASONS = {
  jwks_unavailable: {
    code: 'verification_unavailable',
    message: 'the JWKS cannot be fetched',
    remedy: 'Check WORKOS_JWKS_URL and the network; the token itself was not judged.',
    cause:
      'The network is down, `WORKOS_JWKS_URL` is wrong, or the issuer is down or answers 404 (the client id is part of that URL).',
  },
  jwks_invalid: {
    code: 'verification_unavailable',
    message: 'the JWKS endpoint answers, but not with a usable key set',
    remedy: 'Open the JWKS URL: it must answer 200 with RSA public keys of 2048 bits or more.',
    cause: 'The URL answers with a web page, an empty list, a private key, or a key of less than 2048 bits.',
  },
  user_endpoint_unavailable: {
    code: 'verification_unavailable',
    message: 'the WorkOS user endpoint cannot be asked',
    remedy: 'Check WORKOS_API_BASE_URL and the network; the token itself is good.',
    cause: 'WorkOS is down, slow or limiting the rate, or `WORKOS_API_BASE_URL` is wrong.',
  },
  workos_credentials_refused: {
    code: 'verification_unavailable',
    message: 'WorkOS refuses the API key of this server',
    remedy: 'Set WORKOS_API_KEY to a key of the same environment as WORKOS_CLIENT_ID; the token itself is good.',
    cause: 'The API key was rotated, or belongs to another environment.',
  },
  database_busy: {
    code: 'database_unavailable',
    message: 'the database stayed locked for too long',
    remedy:
      'Try again; another process holds a lock of the database: the log of the server says which one on PostgreSQL.',
    cause:
      'A backup, a shell or another program keeps a write transaction, or a lock on a table, open for more than five seconds.',
  },
  database_unreachable: {
    code: 'database_unavailable',
    message: 'the database cannot be reached',
    remedy: 'Check that the PostgreSQL server runs, and the network between; nothing was acknowledged, so try again.',
    cause: 'The PostgreSQL server was stopped or restarted, its log has no disk left, or the network is cut.',
  },
  database_read_only: {
    code: 'database_unavailable',
    message: 'the database takes no writes',
    remedy: 'Point --db at the primary server, or end the read-only mode; replays continue to work.',
    cause: 'The address leads to a standby, or `default_transaction_read_only` is on.',
  },
  storage_full: {
    code: 'database_unavailable',
    message: 'the disk of the database is full',
    remedy: 'Free some space; nothing was written, and replays continue to work.',
    cause: 'Log files or old backups fill the disk.',
  },
  database_io: {
    code: 'database_unavailable',
    message: 'the database file cannot be read or written',
    remedy: 'Check the disk and the permissions of the state directory; nothing was acknowledged.',
    cause: 'The disk fails, or the permissions of the state directory changed.',
  },
  database_corrupt: {
    code: 'database_unavailable',
    message: 'the database file is damaged',
    remedy: 'Stop the server and restore a backup, or start over with `agent-paste reset`.',
    cause: 'The file was copied while a server wrote to it, or it is on a network file system.',
  },
  database_replaced: {
    code: 'database_unavailable',
    message: 'the database file was replaced or removed while the server was running',
    remedy: 'Start the server again: it stops when it notices this, with exit code 7.',
    cause: 'A backup was restored, or the directory emptied, while the server was running.',
  },
  record_unreadable: {
    code: 'database_unavailable',
    message: 'the stored answer of this callback cannot be opened',
    remedy: 'Restore the pepper file that sealed the record; otherwise the record itself was changed.',
    cause: 'The pepper file was restored from another place, or the record was edited.',
  },
} as const satisfies ReasonRows;
