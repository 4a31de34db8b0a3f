import { check, cli, crash, type FaultRow, http, once, store, workos } from './row.ts';

/** Faults of processes, disks, files, networks and clocks, by number. */
export const FAULTS: Readonly<Record<number, FaultRow>> = {
  1: {
    fault: 'killed at a random moment under load',
    shown: [crash('random-kills', 'killed at random moments under load')],
  },
  2: { fault: 'killed at every SQL statement', shown: [crash('statements', 'killed at every SQL statement: %s')] },
  3: { fault: 'killed at every write system call', shown: [crash('system-calls', "'a life'")] },
  4: {
    fault: 'killed during the first start',
    shown: [crash('statements', "'first start'"), crash('system-calls', "'a life'")],
  },
  5: { fault: 'killed during a migration', shown: [crash('statements', "'migration'")] },
  6: {
    fault: 'killed while a key or pepper file is made',
    shown: [crash('system-calls', "'key rotation'"), crash('system-calls', "'pepper rotation'")],
  },
  7: {
    fault: 'disk full',
    shown: [
      store('storage-full', 'a full disk (needs unshare and tmpfs)'),
      crash('failing-disk', "'503 storage_full'"),
    ],
  },
  8: { fault: 'limit on the size of files', shown: [store('storage-full', 'a limit on the size of files (ulimit)')] },
  9: { fault: 'EIO while flushing', shown: [crash('failing-disk', "'EIO', '503 database_io'")] },
  10: { fault: 'EIO while writing', shown: [crash('failing-disk', "['pwrite64', 'EIO'")] },
  11: {
    fault: 'read-only file or directory',
    shown: [
      store('starting', 'serve refuses a read-only directory'),
      store('starting', 'serve refuses a read-only file'),
    ],
  },
  12: { fault: 'directory missing', shown: [store('opening', 'a missing directory is made')] },
  13: { fault: 'path is a directory', shown: [store('opening', 'a directory in place of the file is refused')] },
  14: {
    fault: 'locked beyond the budget',
    shown: [store('locking', 'a lock held beyond the budget: 503 database_busy')],
  },
  15: {
    fault: 'holder of the lock stopped',
    shown: [store('lock-holder', 'a holder of the lock that is stopped: 503 database_busy')],
  },
  16: { fault: 'a reader that stays', shown: [store('long-reader', 'a reader that stays')] },
  17: {
    fault: 'damaged page',
    shown: [
      store('opening', '8 KB of damage are refused'),
      ['doctor/state.test.ts', 'a damaged index, which opening'],
      store('damage-while-serving', "'overwritten but for its first page'"),
    ],
  },
  18: {
    fault: 'truncated file',
    shown: [
      store('opening', 'a truncated file is refused'),
      store('damage-while-serving', "'cut off after its second page'"),
    ],
  },
  19: { fault: 'not a database', shown: [store('opening', 'something that is no database is refused unmodified')] },
  20: {
    fault: 'file of no bytes',
    shown: [store('opening', 'an empty file is new; an empty file beside a log is a lost database')],
  },
  21: {
    fault: 'database of another program',
    shown: [store('starting', 'one of another program, and does not touch it')],
  },
  22: {
    fault: 'earlier schema',
    shown: [
      store('opening', 'keeps a copy of the version before'),
      store('opening', 'a step that fails leaves the version before'),
      store('versions', 'every version up to that of today is kept'),
      store('versions', 'replays each answer byte for byte'),
      crash('migrating-at-once', '8 processes that take one database to a later version'),
    ],
  },
  23: { fault: 'later schema', shown: [store('opening', 'a file of a later version is refused for writing')] },
  24: {
    fault: 'write-ahead log deleted, or of another file',
    shown: [
      store('lost-log', 'the write-ahead log of another database beside the file is refused'),
      store('lost-log', 'a database that lost its log is an earlier one, and whole'),
      store('lost-log', 'a database that lost its log while nobody had it open is found by doctor'),
      store('opening', 'an empty file beside a log is a lost database'),
    ],
    open: 'SQLite cannot tell a database whose log was deleted from one that was closed: the server starts, and doctor tells.',
  },
  25: {
    fault: 'file replaced or removed while open',
    shown: [
      store('locking', 'a file that was replaced or removed: 503 database_replaced'),
      http('stop', 'a database that was replaced ends the server'),
    ],
  },
  26: {
    fault: 'hard link, symbolic link',
    shown: [
      store('opening', 'a second name of the file (hard link) is refused'),
      store('opening', 'a symbolic link is followed'),
    ],
  },
  27: {
    fault: 'Node or SQLite too old',
    shown: [
      cli('old-node', 'Node %s is refused in one sentence'),
      store('open-options', 'ends `serve` with the reason, and nothing is written'),
    ],
  },
  28: { fault: 'JWKS: refused connection, no such host', shown: [workos('broken-jwks', "'a connection that fails'")] },
  29: {
    fault: 'JWKS: another status',
    shown: [
      workos('broken-jwks', "['404', text"),
      workos('broken-jwks', "['500', text"),
      workos('broken-jwks', "['204', text"),
    ],
  },
  30: { fault: 'JWKS: redirection', shown: [workos('broken-jwks', "'302 to the metadata of the machine'")] },
  31: { fault: 'JWKS: slow', shown: [workos('slow-answers', 'as a JWKS URL: 503 after 3 seconds')] },
  32: {
    fault: 'JWKS: not a key set',
    shown: [workos('broken-jwks', "'half of a set'"), workos('broken-jwks', "'null for keys'")],
  },
  33: { fault: 'JWKS: 200 MB', shown: [workos('slow-answers', 'a JWKS of 200 MB is not read to its end')] },
  34: { fault: 'JWKS: no keys', shown: [workos('broken-jwks', "'an empty list of keys'")] },
  35: {
    fault: 'JWKS: down when the cache has expired',
    shown: [workos('key-cache', 'is used no longer than --jwks-max-age')],
  },
  36: { fault: 'JWKS: down under load', shown: [workos('key-cache', 'that is down is asked for once in a second')] },
  37: { fault: 'flood of unknown key ids', shown: [workos('key-cache', 'make one fetch in a cooldown')] },
  38: {
    fault: 'key rotated within the cooldown',
    shown: [
      workos('key-cache', 'of a key that was just published'),
      workos('another-server', 'SIGHUP makes a running process'),
    ],
  },
  39: {
    fault: 'key files rewritten, half written, deleted',
    shown: [['issuer/keyring.test.ts', 'leave the last good set in use while running']],
  },
  40: { fault: 'user: 404', shown: [workos('broken-users', "['404', text")] },
  41: { fault: 'user: our API key refused', shown: [workos('broken-users', "'workos_credentials_refused'")] },
  42: {
    fault: 'user: 408, 429, 5xx',
    shown: [workos('broken-users', "['408', text"), workos('broken-users', "['429', text")],
  },
  43: { fault: 'user: no answer', shown: [workos('slow-answers', 'as a user endpoint: 503 after 3 seconds')] },
  44: {
    fault: 'user: HTML, too large, another user',
    shown: [workos('broken-users', "'more than 64 KB'"), workos('broken-users', "'another id'")],
  },
  45: {
    fault: 'clock jumps',
    shown: [
      once('time', '#39 the clock goes back an hour'),
      once('time', '#40 the clock goes forward two days'),
      once('several-processes', '#41 over 2 processes whose clocks differ'),
    ],
  },
  46: { fault: 'no descriptors left', shown: [crash('descriptors', 'descriptors and 200 connections')] },
  47: {
    fault: 'slow headers, slow body, silence',
    shown: [
      http('slow-clients', 'with the first byte'),
      http('slow-clients', 'with its headers'),
      http('slow-clients', 'with its body'),
    ],
  },
  48: {
    fault: 'SIGTERM',
    shown: [
      http('stop', 'under load: running requests end'),
      http('stop', 'with nothing but idle connections'),
      http('stop', 'twice: the second ends'),
    ],
  },
  49: {
    fault: 'SIGINT, SIGHUP, closed stdout and stderr, parent dies',
    shown: [
      check('check', 'ends its servers even when it is killed'),
      http('stop', 'SIGINT ends as SIGTERM does'),
      workos('another-server', 'SIGHUP makes a running process'),
      http('stop', 'closed after the ready line'),
      cli('output', 'a server goes on when its stderr is gone'),
    ],
  },
  50: { fault: 'stdout full', shown: [http('stop', 'full: the server that could not say that it is ready')] },
  51: {
    fault: 'port taken or none',
    shown: [cli('serve', 'a port that is taken is exit code 6'), cli('serve', "['--port', '70000']")],
  },
  52: {
    fault: 'uncaught error, unhandled rejection, no memory',
    shown: [http('stop', 'an error that nobody catches'), http('stop', 'a promise that nobody waits for')],
    open: 'Running out of memory ends a process as kill -9 does (rows 1 to 3); no test fills the memory of the machine.',
  },
  53: { fault: 'two servers with different peppers', shown: [store('starting', 'a second serve with another pepper')] },
  54: {
    fault: 'umask 000, key file that others can read',
    shown: [
      cli('state-directory', 'whatever the umask'),
      cli('state-directory', 'a key file that others can read is refused'),
    ],
  },
};
