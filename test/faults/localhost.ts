import { cli, type FaultRow, http, store, workos } from './row.ts';

/** What anybody may send to a server on this machine, by area. */
export const HARDENING: Readonly<Record<string, FaultRow>> = {
  Bind: {
    fault: 'offered to the network',
    shown: [
      cli('serve', "['--host', '0.0.0.0']"),
      cli('serve', '--allow-remote listens on other addresses, and warns'),
      http('host', 'another address of this machine does not lead to a server'),
    ],
  },
  Host: {
    fault: 'another Host',
    shown: [
      http('host', "'another name'"),
      http('host', 'two Host headers are refused'),
      ['browser/another-origin.test.ts', 'DNS rebinding'],
    ],
  },
  'Origin and CSRF': {
    fault: 'page of another origin',
    shown: [
      http('origin', "'another site'"),
      ['browser/another-origin.test.ts', 'a page of another origin in a real browser'],
    ],
  },
  'Method and type': {
    fault: 'another method or body',
    shown: [http('methods', '%s: 405 with Allow'), http('bodies', 'without a type: 400')],
  },
  'Test endpoints': {
    fault: 'minting and failing over HTTP',
    shown: [http('paths', "'/.git/config'")],
    open: 'There are none: tokens are minted and servers are broken from the command line alone.',
  },
  'HTTP server': {
    fault: 'limits of time and number',
    shown: [
      http('connections', '256 connections are held'),
      http('connections', 'a connection ends with its thousandth answer'),
      http('slow-clients', 'does not hold up the others'),
      http('parser', 'headers of %s: 431'),
    ],
  },
  Body: {
    fault: 'too large',
    shown: [http('bodies', 'an announced length beyond the limit'), http('bodies', 'chunks without end')],
  },
  Smuggling: {
    fault: 'two readings of one request',
    shown: [
      http('parser', "'a length and chunks'"),
      http('parser', "'two lengths'"),
      http('parser', 'a process that was told to be lenient'),
      http('parser', "'a negative length'"),
      http('parser', "'a length with a sign'"),
      http('parser', "'an unknown transfer encoding'"),
      http('parser', "'chunks that are not the last encoding'"),
      http('parser', 'lines that end in a bare LF: 400'),
      http('parser', "'a folded header'"),
      http('parser', "'2,100 headers'"),
    ],
  },
  Routing: {
    fault: 'odd paths',
    shown: [http('paths', "'//v1//whoami'"), http('paths', "['/a/../healthz', '/healthz']")],
  },
  Versions: {
    fault: 'library with a known hole',
    shown: [
      ['dependencies.test.ts', '%s is %s or newer'],
      ['dependencies.test.ts', 'the parts of hono for that are not used'],
    ],
    open: 'No test knows of holes that are found later.',
  },
  Rate: { fault: 'many refusals', shown: [http('request-log', 'gets 100 lines in a second')] },
  'Response headers': {
    fault: 'stored, sniffed, framed',
    shown: [http('every-answer', 'is not stored, sniffed, framed or embedded')],
  },
  Outbound: {
    fault: 'led elsewhere by an answer',
    shown: [
      workos('broken-users', "'302 to the metadata of the machine'"),
      workos('broken-jwks', "'307 to a file'"),
      workos('another-server', 'a proxy of the environment is not asked'),
      cli('serve', "['--workos-api-url', 'http://workos.example']"),
      cli('serve', "['--jwks-url', 'file:///etc/passwd']"),
    ],
  },
  'Secrets in logs': {
    fault: 'token or key in a log',
    shown: [
      cli('serve', 'never reach the log'),
      store('secret-at-rest', 'the secret is in no file'),
      ['canaries/canaries.test.ts', 'no secret stands where it must not'],
    ],
  },
  'Log injection': {
    fault: 'control characters in a log',
    shown: [
      http('request-log', 'is one printable line for each request'),
      http('request-log', 'a bug is in the log with its trace and nothing unprintable'),
      ['bad-inputs/log.test.ts', 'every refusal is one printable line'],
    ],
  },
  Compare: {
    fault: 'secret guessed by timing',
    shown: [['store/store-contract.test.ts', 'knows an API key by its secret']],
    open: 'Constant time is a property of node:crypto; a test that measures it would fail by chance.',
  },
  Files: {
    fault: 'files of others, files for others',
    shown: [
      cli('state-directory', 'whatever the umask'),
      cli('state-directory', 'a key file that is a link is refused'),
      store('starting', 'a state directory in which everybody may write'),
    ],
  },
  Process: {
    fault: 'report or debugger with secrets',
    shown: [
      http('stop', 'an error that nobody catches'),
      http('stop', 'does not hold the API key of WorkOS'),
      cli('inspector', 'a debugger that NODE_OPTIONS opens is closed'),
    ],
    open: 'Core dumps are switched off by the machine, not by this program.',
  },
  'SQLite open': {
    fault: 'pragmas that are not set',
    shown: [
      store('open-options', 'has the pragma %s at %s'),
      store('open-options', 'lets nobody write into its own schema table'),
      store('schema', 'SQLite itself refuses %s'),
    ],
  },
  Inspect: {
    fault: 'inspection that writes or blocks',
    shown: [
      ['inspect/load.test.ts', 'under load from 32 connections'],
      ['doctor/state.test.ts', 'writes nothing, beside a running server either'],
      store('open-options', 'for reading alone writes nothing, by two locks'),
    ],
  },
  'Supply chain': {
    fault: 'package that was tampered with',
    shown: [
      ['dependencies.test.ts', 'every version is exact, in the manifest and, with its checksum'],
      ['dependencies.test.ts', 'have a script that runs when they are installed'],
    ],
    open: 'How releases are published, and signed, nothing in the program can show.',
  },
};
