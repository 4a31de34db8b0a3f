import { check, cli, crash, type FaultRow, http, once, sqlite, workos } from './row.ts';

/** Faults of processes, disks, files, networks and clocks, by number. */
export const FAULTS: Readonly<Record<number, FaultRow>> = {
  1: {
    fault: 'killed at a random moment under load',
    expected: 'every answered sign-in is stored, and there is no half member; the database is sound',

    shown: [crash('random-kills', 'killed at random moments under load')],
  },
  2: {
    fault: 'killed at every SQL statement',
    expected: 'all of the sign-in is stored or nothing; a retry completes it',
    shown: [crash('statements', 'killed at every SQL statement: %s')],
  },
  3: { fault: 'killed at every write system call', expected: 'the same', shown: [crash('system-calls', "'a life'")] },
  4: {
    fault: 'killed during the first start',
    expected: 'the next start completes the first one',

    shown: [crash('statements', "'first start'"), crash('system-calls', "'a life'")],
  },
  5: {
    fault: 'killed during a migration',
    expected: 'the database has the old version or the new one, never something between',
    shown: [crash('statements', "'migration'")],
  },
  6: {
    fault: 'killed while a key or pepper file is made',
    expected: 'key and pepper files are whole or absent, never cut off',

    shown: [crash('system-calls', "'key rotation'"), crash('system-calls', "'pepper rotation'")],
  },
  7: {
    fault: 'disk full',
    expected:
      '503 `storage_full` and no partial rows; reads and replays continue; sign-ins work again once there is space',

    shown: [
      sqlite('storage-full', 'a full disk (needs unshare and tmpfs)'),
      crash('failing-disk', "'503 storage_full'"),
    ],
  },
  8: {
    fault: 'limit on the size of files',
    expected: 'the same',
    shown: [sqlite('storage-full', 'a limit on the size of files (ulimit)')],
  },
  9: {
    fault: 'EIO while flushing',
    expected: '503 `database_io`, never a 200 for what is not on the disk',
    shown: [crash('failing-disk', "'EIO', '503 database_io'")],
  },
  10: {
    fault: 'EIO while writing',
    expected: '503 `database_io` and no partial rows',
    shown: [crash('failing-disk', "['pwrite64', 'EIO'")],
  },
  11: {
    fault: 'read-only file or directory',
    expected: '`serve` refuses to start and names the path',

    shown: [
      sqlite('starting', 'rejects a read-only directory (needs unshare), new or in use'),
      sqlite('starting', 'rejects a read-only file (needs unshare): %s'),
    ],
  },
  12: {
    fault: 'directory missing',
    expected: 'it is created, with access for its owner only',

    shown: [sqlite('opening', 'creates a missing directory and the file for their owner only')],
  },
  13: {
    fault: 'path is a directory',
    expected: '`serve` refuses to start and says so',
    shown: [sqlite('opening', 'rejects a directory in place of the file')],
  },
  14: {
    fault: 'locked beyond the budget',
    expected: '503 `database_busy` with `Retry-After`; the event loop keeps running',

    shown: [
      sqlite(
        'locking',
        'answers 503 database_busy to all waiting callbacks after the budget, while replays and the event loop continue',
      ),
    ],
  },
  15: {
    fault: 'holder of the lock stopped',
    expected: 'the same, however long it is stopped; the lock is free as soon as the holder is killed',

    shown: [
      sqlite(
        'lock-holder',
        'answers 503 database_busy while the lock holder is stopped, serves replays, and recovers when it is killed',
      ),
    ],
  },
  16: {
    fault: 'a reader that stays',
    expected: 'writes continue, and the write-ahead log shrinks again once the reader has ended',

    shown: [sqlite('long-reader', 'serves callbacks and sweeps beside a long reader, and shrinks the log afterwards')],
  },
  17: {
    fault: 'damaged page',
    expected: '`serve` refuses to start; while serving, 503 `database_corrupt`',

    shown: [
      sqlite('opening', 'rejects 8 KB of damage'),
      ['cli/commands/doctor/state.test.ts', 'a damaged index, which opening'],
      sqlite('damage-while-serving', "'overwritten but for its first page'"),
    ],
  },
  18: {
    fault: 'truncated file',
    expected: 'the same',

    shown: [
      sqlite('opening', 'rejects a truncated file'),
      sqlite('damage-while-serving', "'cut off after its second page'"),
    ],
  },
  19: {
    fault: 'not a database',
    expected: '`serve` refuses to start, and the file is not touched',

    shown: [sqlite('opening', 'rejects a file that is not a database, and leaves it unchanged')],
  },
  20: {
    fault: 'file of no bytes',
    expected: 'treated as new, unless a write-ahead log lies beside it',

    shown: [sqlite('opening', 'treats an empty file as new, and as a lost database beside a log')],
  },
  21: {
    fault: 'database of another program',
    expected: '`serve` refuses to start, and the file is not touched',

    shown: [
      sqlite('starting', 'rejects a database of a later version or another program, and leaves it unchanged: %s'),
    ],
  },
  22: {
    fault: 'earlier schema',
    expected: 'migrated in one transaction, after a backup copy',

    shown: [
      sqlite('opening', 'keeps a copy of the earlier version for its owner only'),
      sqlite('opening', 'leaves the earlier version when a step fails'),
      sqlite('versions', 'keeps every version of %s up to the current one'),
      sqlite('versions', 'replays each answer byte for byte'),
      crash('migrating-at-once', 'migrates a database once when 8 processes open it together'),
    ],
  },
  23: {
    fault: 'later schema',
    expected: 'refused for writing; `inspect` warns and reads',

    shown: [sqlite('opening', 'rejects a file of a later version for writing, and opens it for reading')],
  },
  24: {
    fault: 'write-ahead log deleted, or of another file',
    expected: 'a foreign log is refused; a lost one is found by `doctor`',

    shown: [
      sqlite('lost-log', 'rejects the write-ahead log of another database'),
      sqlite('lost-log', 'opens a database that lost its log as an earlier one, and runs the lost callbacks again'),
      sqlite('lost-log', 'lets doctor find a database that lost its log, from the log of attempts'),
      sqlite('opening', 'treats an empty file as new, and as a lost database beside a log'),
    ],
    open: 'SQLite cannot tell a database whose log was deleted from one that was closed: the server starts, and doctor tells.',
  },
  25: {
    fault: 'file replaced or removed while open',
    expected: '503 `database_replaced`, then the server ends with exit code 7',

    shown: [
      sqlite('locking', 'answers 503 database_replaced for a replaced or removed file, replays and reads included'),
      http('stop', 'ends the server with one line and exit 7 when its database was replaced, after a 503'),
    ],
  },
  26: {
    fault: 'hard link, symbolic link',
    expected: 'a hard link is refused, a symbolic link is followed to the file',

    shown: [
      sqlite('opening', 'rejects a file with a second name (hard link)'),
      sqlite('opening', 'follows a symbolic link to the only name of the file'),
    ],
  },
  27: {
    fault: 'Node or SQLite too old',
    expected: 'refused with the reason before anything is written',

    shown: [
      cli('old-node', 'rejects Node %s in one sentence'),
      sqlite('open-options', 'ends `serve` with the reason, and the database stays unchanged'),
    ],
  },
  28: {
    fault: 'JWKS: refused connection, no such host',
    expected: '503 `jwks_unavailable`; keys that were fetched before are used until they expire',
    shown: [workos('broken-jwks', "'a connection that fails'")],
  },
  29: {
    fault: 'JWKS: another status',
    expected: '503 `jwks_unavailable`',

    shown: [
      workos('broken-jwks', "['404', text"),
      workos('broken-jwks', "['500', text"),
      workos('broken-jwks', "['204', text"),
    ],
  },
  30: {
    fault: 'JWKS: redirection',
    expected: '503 `jwks_unavailable`; the redirection is not followed',
    shown: [workos('broken-jwks', "'302 to the metadata of the machine'")],
  },
  31: {
    fault: 'JWKS: slow',
    expected: '503 within 3 seconds',

    shown: [workos('slow-answers', 'causes 503 after 3 seconds as a JWKS URL, and at once for the next request')],
  },
  32: {
    fault: 'JWKS: not a key set',
    expected: '503 `jwks_invalid`',

    shown: [workos('broken-jwks', "'half of a set'"), workos('broken-jwks', "'null for keys'")],
  },
  33: {
    fault: 'JWKS: 200 MB',
    expected: '503 `jwks_invalid`, and memory stays bounded',
    shown: [workos('slow-answers', 'stops reading a JWKS of 200 MB')],
  },
  34: {
    fault: 'JWKS: no keys',
    expected: '503 `jwks_invalid`',
    shown: [workos('broken-jwks', "'an empty list of keys'")],
  },
  35: {
    fault: 'JWKS: down when the cache has expired',
    expected: '503, never a token accepted with keys that are too old',

    shown: [workos('key-cache', 'is used no longer than --jwks-max-age')],
  },
  36: {
    fault: 'JWKS: down under load',
    expected: 'at most one request per second',

    shown: [workos('key-cache', 'is requested once per second while down, and used once it is back')],
  },
  37: {
    fault: 'flood of unknown key ids',
    expected: 'at most one request per cooldown',

    shown: [workos('key-cache', 'cause one fetch per cooldown, however many they are')],
  },
  38: {
    fault: 'key rotated within the cooldown',
    expected: 'accepted when the cooldown is over, or at once after SIGHUP',

    shown: [
      workos('key-cache', 'are accepted after a reload once published, despite the cooldown'),
      workos('another-server', 'fetches the keys again on SIGHUP'),
    ],
  },
  39: {
    fault: 'key files rewritten, half written, deleted',
    expected: 'the last good keys stay in use, with a warning',

    shown: [['workos/keys/keyring.test.ts', 'leave the last good set in use, warn once']],
  },
  40: { fault: 'user: 404', expected: '401 `user_fetch_failed`', shown: [workos('broken-users', "['404', text")] },
  41: {
    fault: 'user: our API key refused',
    expected: '503 `workos_credentials_refused`, not a bad token',
    shown: [workos('broken-users', "'workos_credentials_refused'")],
  },
  42: {
    fault: 'user: 408, 429, 5xx',
    expected: '503 `user_endpoint_unavailable`',

    shown: [workos('broken-users', "['408', text"), workos('broken-users', "['429', text")],
  },
  43: {
    fault: 'user: no answer',
    expected: '503 within 3 seconds',
    shown: [workos('slow-answers', 'causes 503 after 3 seconds as a user endpoint')],
  },
  44: {
    fault: 'user: HTML, too large, another user',
    expected: '503 `user_endpoint_unavailable`; 401 `user_id_mismatch` for another user',

    shown: [workos('broken-users', "'more than 64 KB'"), workos('broken-users', "'another id'")],
  },
  45: {
    fault: 'clock jumps',
    expected: 'nothing runs twice; durations are measured with a clock that does not jump',

    shown: [
      once('time', '#39 runs nothing again when the clock goes back an hour'),
      once('time', '#40 expires token and record when the clock goes forward two days'),
      once(
        'several-processes',
        '#41 answers alike over 2 processes whose clocks differ by five minutes, in order of arrival',
      ),
    ],
  },
  46: {
    fault: 'no descriptors left',
    expected: 'no crash; new connections are refused and work again later',

    shown: [crash('descriptors', 'survives 200 connections')],
  },
  47: {
    fault: 'slow headers, slow body, silence',
    expected: '408, and the connection is closed; other clients are not delayed',

    shown: [
      http('slow-clients', 'gets 408 and is closed without a first byte'),
      http('slow-clients', 'gets 408 and is closed when its headers take too long, though bytes keep coming'),
      http('slow-clients', 'gets 408 and is closed when its body takes too long, though bytes keep coming'),
    ],
  },
  48: {
    fault: 'SIGTERM',
    expected:
      'running requests are finished, then exit code 0 within the deadline; a second signal ends the process at once',

    shown: [
      http(
        'stop',
        'finishes running requests under load, truncates no answer, exits 0 in time, and leaves a sound database',
      ),
      http('stop', 'exits 0 with idle connections only'),
      http('stop', 'ends the process at once when sent twice'),
    ],
  },
  49: {
    fault: 'SIGINT, SIGHUP, closed stdout and stderr, parent dies',
    expected: 'documented for each signal; a closed stdout or stderr is not a crash',

    shown: [
      check('check', 'ends its servers even when killed'),
      http('stop', 'behaves like SIGTERM on SIGINT'),
      workos('another-server', 'fetches the keys again on SIGHUP'),
      http('stop', 'closed after the ready line'),
      cli('output', 'keeps the server running when its stderr is closed'),
    ],
  },
  50: {
    fault: 'stdout full',
    expected: 'a non-zero exit code',

    shown: [http('stop', 'when full ends the server that cannot print its ready line, with a non-zero exit code')],
  },
  51: {
    fault: 'port taken or none',
    expected: 'exit code 6 or 2 and one line, not a stack trace',

    shown: [cli('commands/serve', 'exits 6 for a port that is in use'), cli('commands/serve', "['--port', '70000']")],
  },
  52: {
    fault: 'uncaught error, unhandled rejection, no memory',
    expected: 'one line in the log, a non-zero exit code and no half state',

    shown: [http('stop', 'an error that nobody catches'), http('stop', 'a promise that nobody waits for')],
    open: 'Running out of memory ends a process as kill -9 does (rows 1 to 3); no test fills the memory of the machine.',
  },
  53: {
    fault: 'two servers with different peppers',
    expected: 'the second server refuses to start',

    shown: [
      sqlite('starting', 'rejects a second server with another pepper on the same database, and the first continues'),
    ],
  },
  54: {
    fault: 'umask 000, key file that others can read',
    expected: 'files of agent-paste have mode 0600 anyway; a key file with more access is refused',

    shown: [
      cli('state-directory', 'whatever the umask'),
      cli('state-directory', 'rejects a key file that other users can read'),
    ],
  },
};
