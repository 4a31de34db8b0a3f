import { crash, type FaultRow, once, store } from './row.ts';

/** What is promised of the secret while it is stored. */
export const AT_REST: Readonly<Record<string, FaultRow>> = {
  Sealing: {
    fault: 'the wrong algorithm, key or nonce',
    shown: [store('seal', 'sealing gives the known answers'), store('seal', 'every flipped bit is refused')],
  },
  Binding: {
    fault: 'a record changed or moved',
    shown: [
      store('seal', 'an answer does not open under another context'),
      store('secret-at-rest', 'a record in which somebody changed $what'),
      store('secret-at-rest', 'the subject, so that it is the answer of another user'),
      store('secret-at-rest', 'a record that was moved to another issuer'),
    ],
  },
  Bytes: {
    fault: 'an answer made anew',
    shown: [
      once('replay', '#42 the stored bytes are sent as they are'),
      once('replay', '#44 an answer that another version stored'),
    ],
  },
  Expiry: {
    fault: 'a sealed answer left behind',
    shown: [
      store('secret-at-rest', 'leaves every file when its record expires'),
      store('secret-at-rest', 'an answer that took the place of an expired one'),
    ],
    open: 'The copy that a migration leaves keeps the sealed answers of its time until somebody removes it.',
  },
  Files: {
    fault: 'the secret in a file',
    shown: [
      store('secret-at-rest', 'the secret is in no file'),
      store('secret-at-rest', 'the copy that a migration leaves has no secret'),
      ['canaries/canaries.test.ts', 'no secret stands where it must not'],
    ],
  },
  Pepper: {
    fault: 'another pepper, or none',
    shown: [
      store('peppers', 'another pepper is refused'),
      store('peppers', 'a database whose pepper file is missing is refused'),
      store('peppers', 'a pepper that was rotated away and lost is refused'),
      once('state', '#38 the pepper of a record is gone while a server runs'),
    ],
  },
  Rotation: {
    fault: 'a pepper rotated while records and keys need the old one',
    shown: [
      once('state', '#37 pepper rotated, then replay'),
      crash('statements', "'first start with a new pepper'"),
      crash('system-calls', "'pepper rotation'"),
    ],
    open: 'Old peppers are never removed: keys need theirs for as long as they live.',
  },
};
