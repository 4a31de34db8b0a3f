import { cli, type FaultRow, http, sqlite, workos } from './row.ts';

/** What anybody may send to a server on this machine, by area. */
export const HARDENING: Readonly<Record<string, FaultRow>> = {
  Bind: {
    fault: 'offered to the network',
    expected: 'loopback only, unless `--allow-remote` is given',

    shown: [
      cli('commands/serve', "['--host', '0.0.0.0']"),
      cli('commands/serve', 'listens on other addresses with --allow-remote, and warns'),
      http('host', 'is not reachable on another address of this machine'),
    ],
  },
  Host: {
    fault: 'another Host',
    expected: '421 `host_not_allowed` for every name but its own, before any route is looked up',

    shown: [
      http('host', "'another name'"),
      http('host', 'rejects two Host headers'),
      ['promises/browser/another-origin.test.ts', 'DNS rebinding'],
    ],
  },
  'Origin and CSRF': {
    fault: 'page of another origin',
    expected: 'refused unless `--allow-origin` names the origin; no CORS headers otherwise',

    shown: [
      http('origin', "'another site'"),
      ['promises/browser/another-origin.test.ts', 'lets a page of another origin neither'],
    ],
  },
  'Method and type': {
    fault: 'another method or body',
    expected: '405 with `Allow`; 400 for a body that is not JSON',

    shown: [http('methods', 'answers %s with 405 and Allow'), http('bodies', 'gets 400 without a type')],
  },
  'Test endpoints': {
    fault: 'minting and failing over HTTP',
    expected: '404',

    shown: [http('paths', "'/.git/config'")],
    open: 'There are none: tokens are minted and servers are broken from the command line alone.',
  },
  'HTTP server': {
    fault: 'limits of time and number',
    expected: 'bounded times, headers, connections and requests per connection',

    shown: [
      http('connections', 'holds 256 connections, closes the next one, and reuses a freed place'),
      http('connections', 'closes a connection after its thousandth answer'),
      http('slow-clients', 'do not delay the others'),
      http('parser', 'headers of %s: 431'),
    ],
  },
  Body: {
    fault: 'too large',
    expected: '413 before more is read than the limit',

    shown: [
      http('bodies', 'rejects an announced length above the limit before reading the body'),
      http('bodies', 'rejects endless chunks at the limit'),
    ],
  },
  Smuggling: {
    fault: 'two readings of one request',
    expected: '400 for a request that could be read in two ways',

    shown: [
      http('parser', "'a length and chunks'"),
      http('parser', "'two lengths'"),
      http('parser', 'rejects ambiguous requests even under a lenient parser option'),
      http('parser', "'a negative length'"),
      http('parser', "'a length with a sign'"),
      http('parser', "'an unknown transfer encoding'"),
      http('parser', "'chunks that are not the last encoding'"),
      http('parser', 'rejects lines that end in a bare LF with 400'),
      http('parser', "'a folded header'"),
      http('parser', "'2,100 headers'"),
    ],
  },
  Routing: {
    fault: 'odd paths',
    expected: '404, or the route of the normalised path; no files are served',

    shown: [http('paths', "'//v1//whoami'"), http('paths', "['/a/../healthz', '/healthz']")],
  },
  Versions: {
    fault: 'library with a known hole',
    expected: 'versions with known vulnerabilities are not used',

    shown: [
      ['dependencies.test.ts', 'has %s %s or newer'],
      ['dependencies.test.ts', "does not use hono's token checks"],
    ],
    open: 'No test knows of holes that are found later.',
  },
  Rate: {
    fault: 'many refusals',
    expected: 'a bounded number of log lines per second',

    shown: [
      http(
        'request-log',
        'gets 100 lines per second, then one that counts the rest, while accepted callbacks are logged',
      ),
    ],
  },
  'Response headers': {
    fault: 'stored, sniffed, framed',
    expected: 'headers that forbid storing, sniffing, framing and embedding',

    shown: [http('every-answer', 'forbids storing, sniffing, framing and embedding, and names no software')],
  },
  Outbound: {
    fault: 'led elsewhere by an answer',
    expected: 'no redirection is followed, answers are bounded in time and size, and only https or loopback is asked',

    shown: [
      workos('broken-users', "'302 to the metadata of the machine'"),
      workos('broken-jwks', "'307 to a file'"),
      workos('another-server', 'bypasses a proxy of the environment for tokens and the API key of WorkOS'),
      cli('commands/serve', "['--workos-api-url', 'http://workos.example']"),
      cli('commands/serve', "['--jwks-url', 'file:///etc/passwd']"),
    ],
  },
  'Secrets in logs': {
    fault: 'token or key in a log',
    expected: 'neither a token nor a secret is logged',

    shown: [
      cli('commands/serve', 'never logs a token, a secret'),
      sqlite('secret-at-rest', 'leaves the secret in no file after the callback, a replay, its use and a restart'),
      ['promises/canaries/canaries.test.ts', 'keeps every secret out of output'],
    ],
  },
  'Log injection': {
    fault: 'control characters in a log',
    expected: 'one line per request, with control characters escaped',

    shown: [
      http('request-log', 'writes one printable line per request, with the path and without the query'),
      http(
        'request-log',
        'logs a bug with its trace and printable characters only under --log %s, and not in the answer',
      ),
      ['promises/bad-inputs/log.test.ts', 'logs every refusal as one printable line'],
    ],
  },
  Compare: {
    fault: 'secret guessed by timing',
    expected: 'secrets are compared as HMACs in constant time',

    shown: [['store/store-contract.test.ts', 'knows an API key by its secret']],
    open: 'Constant time is a property of node:crypto; a test that measures it would fail by chance.',
  },
  Files: {
    fault: 'files of others, files for others',
    expected: 'mode 0600 in a directory of mode 0700; links and files of other users are refused',

    shown: [
      cli('state-directory', 'whatever the umask'),
      cli('state-directory', 'rejects a key file that is a link'),
      sqlite('starting', 'rejects a state directory that is writable by everyone'),
    ],
  },
  Process: {
    fault: 'report or debugger with secrets',
    expected: 'no diagnostic report contains the API key, and a debugger is closed',

    shown: [
      http('stop', 'an error that nobody catches'),
      http('stop', 'keeps the API key of WorkOS out of a diagnostic report'),
      cli('inspector', 'closes a debugger opened by NODE_OPTIONS'),
    ],
    open: 'Core dumps are switched off by the machine, not by this program.',
  },
  'SQLite open': {
    fault: 'pragmas that are not set',
    expected: 'every connection has the safe settings',

    shown: [
      sqlite('open-options', 'has the pragma %s at %s'),
      sqlite('open-options', 'does not allow writes to its schema table, even with writable_schema'),
      sqlite('schema', 'SQLite itself refuses %s'),
    ],
  },
  Inspect: {
    fault: 'inspection that writes or blocks',
    expected: 'read-only and in short transactions',

    shown: [
      ['cli/commands/inspect/load.test.ts', 'under load from 32 connections'],
      ['cli/commands/doctor/state.test.ts', 'writes nothing, with and without a running server'],
      sqlite('open-options', 'for reading is protected from writes twice'),
    ],
  },
  'Supply chain': {
    fault: 'package that was tampered with',
    expected: 'exact versions with checksums, and no install scripts of dependencies',

    shown: [
      ['dependencies.test.ts', 'pins every version in the manifest'],
      ['dependencies.test.ts', 'has no install script'],
    ],
    open: 'How releases are published, and signed, nothing in the program can show.',
  },
};
