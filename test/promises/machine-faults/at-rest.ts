import { crash, type FaultRow, once, sqlite, store } from './row.ts';

/** What is promised of the secret while it is stored. */
export const AT_REST: Readonly<Record<string, FaultRow>> = {
  Sealing: {
    fault: 'the wrong algorithm, key or nonce',
    expected: "AES-256-GCM with a key of the record's own; known answers, and any changed bit is refused",

    shown: [
      store('seal', 'seals to the known answers'),
      store('seal', 'rejects every flipped bit in salt, nonce, ciphertext and tag'),
    ],
  },
  Binding: {
    fault: 'a record changed or moved',
    expected: 'it does not open: 503 `record_unreadable`',

    shown: [
      store('seal', 'an answer does not open under another context'),
      sqlite(
        'secret-at-rest',
        'answers 503 record_unreadable for a record with a changed $what, logs it, and provisions nothing',
      ),
      sqlite('secret-at-rest', 'the subject, so that it is the answer of another user'),
      sqlite('secret-at-rest', 'a record that was moved to another issuer'),
    ],
  },
  Bytes: {
    fault: 'an answer that is serialised again',
    expected: 'a replay is the stored bytes, never a new serialisation',

    shown: [
      once('replay', '#42 sends the stored bytes unchanged, whatever characters they contain'),
      once('replay', '#44 sends an answer stored by another version verbatim'),
    ],
  },
  Expiry: {
    fault: 'a sealed answer left behind',
    expected: 'the sealed bytes leave every file when the record expires',

    shown: [
      sqlite('secret-at-rest', 'removes the sealed answer from every file when its record expires'),
      sqlite('secret-at-rest', 'removes an expired answer that was replaced from every file at the sweep'),
    ],
    open: 'The copy that a migration leaves keeps the sealed answers of its time until it is removed.',
  },
  Files: {
    fault: 'the secret in a file',
    expected: 'the secret is in no file, log or copy',

    shown: [
      sqlite('secret-at-rest', 'leaves the secret in no file after the callback, a replay, its use and a restart'),
      sqlite('secret-at-rest', 'keeps no secret in the copy that a migration leaves'),
      ['promises/canaries/canaries.test.ts', 'keeps every secret out of output'],
    ],
  },
  Pepper: {
    fault: 'another pepper, or none',
    expected: '`serve` refuses to start; while serving, 503 `record_unreadable`',

    shown: [
      store('peppers', 'rejects another pepper, so servers with different peppers cannot share a database'),
      store('peppers', 'rejects a database without its pepper file, and makes no new pepper'),
      store('peppers', 'names the number of an earlier pepper that was lost'),
      once('state', "#38 answers 503 record_unreadable, and provisions nothing, when a record's pepper is gone"),
    ],
  },
  Rotation: {
    fault: 'a pepper rotated while records and keys need the old one',
    expected: 'old records and keys keep working with the old pepper',

    shown: [
      once('state', '#37 replays the same bytes after a pepper rotation, and accepts old and new keys'),
      crash('statements', "'first start with a new pepper'"),
      crash('system-calls', "'pepper rotation'"),
    ],
    open: 'Old peppers are never removed: keys need theirs for as long as they live.',
  },
};
