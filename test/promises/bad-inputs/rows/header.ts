/** Rows 47 to 108: the JOSE header and its algorithm, type, key id and extensions. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, relative } from 'node:path';
import { expect } from 'vitest';
import { temporaryDirectory } from '../../../support/directory.ts';
import { testServer } from '../../../support/server.ts';
import { type BadInput, faulty, judge, minted, type Outcome, verdictOf } from '../bad-input.ts';
import { forged, withMembers } from '../forged.ts';
import { workosStub } from '../workos-stub.ts';

function all(row: number, outcome: Outcome, ...faults: string[]): BadInput[] {
  return faults.map((name) => faulty([row], name, outcome));
}

function header(row: number, what: string, outcome: Outcome, change: (json: string) => string | Buffer): BadInput {
  return { rows: [row], what, outcome, send: (server) => judge(server, forged(server, { header: change })) };
}

function kid(row: number, what: string, outcome: Outcome, value: unknown): BadInput {
  return header(row, what, outcome, () => JSON.stringify({ alg: 'RS256', kid: value }));
}

const NONE: readonly BadInput[] = [
  ...all(47, 'malformed_token', 'alg-none'),
  ...all(48, 'malformed_token', 'alg-none-title-case'),
  ...all(48, 'alg_not_allowed', 'alg-none-title-case-signed'),
  ...all(49, 'malformed_token', 'alg-none-upper-case'),
  ...all(49, 'alg_not_allowed', 'alg-none-upper-case-signed'),
  ...all(50, 'malformed_token', 'alg-none-mixed-case'),
  ...all(50, 'alg_not_allowed', 'alg-none-mixed-case-signed'),
  ...all(51, 'alg_not_allowed', 'alg-none-space'),
  ...all(52, 'alg_not_allowed', 'alg-none-signed'),
];

const ALGORITHMS: readonly BadInput[] = [
  ...all(53, 'header_invalid', 'alg-missing'),
  ...all(54, 'header_invalid', 'alg-empty', 'alg-null', 'alg-number', 'alg-boolean', 'alg-array'),
  header(54, 'alg as an object', 'header_invalid', (json) => json.replace('"RS256"', '{"RS256":true}')),
  ...all(55, 'alg_not_allowed', 'alg-lower-case'),
  ...all(56, 'alg_not_allowed', 'alg-proto', 'alg-constructor'),
  header(56, 'alg RS256 in __proto__ alone', 'header_invalid', () => '{"__proto__":{"alg":"RS256"}}'),
  ...all(57, 'alg_not_allowed', 'hs256-spki-pem'),
  ...all(58, 'alg_not_allowed', 'hs256-spki-pem-no-newline'),
  ...all(59, 'alg_not_allowed', 'hs256-pkcs1-pem'),
  ...all(60, 'alg_not_allowed', 'hs256-spki-der'),
  ...all(61, 'alg_not_allowed', 'hs256-modulus'),
  ...all(62, 'alg_not_allowed', 'hs256-jwks'),
  ...all(63, 'alg_not_allowed', 'hs256-empty-key'),
  ...all(64, 'alg_not_allowed', 'hs256-spki-pem-space'),
  ...all(65, 'alg_not_allowed', 'rs384', 'rs512'),
  ...all(66, 'alg_not_allowed', 'ps256'),
  ...all(67, 'bad_signature', 'signature-pss'),
  ...all(68, 'bad_signature', 'signature-sha1'),
  ...all(69, 'alg_not_allowed', 'es256', 'eddsa'),
  ...all(70, 'alg_not_allowed', 'es256-zero'),
];

const EXTENSIONS: readonly BadInput[] = [
  ...all(71, 'crit_not_supported', 'crit-unknown'),
  ...all(72, 'header_invalid', 'crit-empty', 'crit-string', 'crit-null'),
  ...all(73, 'header_invalid', 'crit-absent-member'),
  header(73, 'crit with a name that every object inherits', 'header_invalid', withMembers('"crit":["toString"]')),
  ...all(74, 'crit_not_supported', 'crit-alg'),
  ...all(75, 'header_invalid', 'crit-repeated'),
  ...all(76, 'crit_not_supported', 'b64-true'),
  ...all(77, 'crit_not_supported', 'b64-false'),
  ...all(78, 'malformed_token', 'b64-raw-payload'),
  ...all(79, 'header_invalid', 'b64-without-crit'),
];

const KEY_HEADERS: readonly BadInput[] = [
  ...all(80, 'untrusted_key_header', 'jwk-foreign'),
  ...all(81, 'untrusted_key_header', 'jwk-foreign-no-kid'),
  ...all(82, 'untrusted_key_header', 'jwk-own'),
  neverAsked(83, 'jku'),
  neverAsked(84, 'x5u'),
  ...all(85, 'untrusted_key_header', 'x5c', 'x5t', 'x5t-s256'),
  ...all(86, 'header_invalid', 'zip'),
  ...all(87, 'header_invalid', 'enc'),
];

/** A server listens where the token points to, and gets no request. */
function neverAsked(row: number, fault: 'jku' | 'x5u'): BadInput {
  return {
    rows: [row],
    what: `${fault} to a listener, to which no connection is made`,
    outcome: 'untrusted_key_header',
    async send(server) {
      let connections = 0;
      const listener = createServer(() => connections++);
      const { promise, resolve } = Promise.withResolvers<void>();
      listener.listen(0, '127.0.0.1', resolve);
      await promise;
      const address = listener.address();
      if (address === null || typeof address === 'string') throw new TypeError('a TCP listener has a port');
      const { token } = server.mint({ faults: [fault], foreignUrl: `http://127.0.0.1:${address.port}/keys` });
      const verdict = await judge(server, token);
      expect(connections).toBe(0);
      listener.close();
      return verdict;
    },
  };
}

const TYPES: readonly BadInput[] = [
  minted([88], 'no typ', 200, {}),
  ...all(88, 200, 'typ-jwt', 'typ-jwt-lower', 'typ-at-jwt', 'typ-application-at-jwt'),
  ...all(89, 'typ_not_allowed', 'typ-logout', 'typ-secevent', 'typ-dpop', 'typ-id-token'),
  header(89, 'an empty typ', 'typ_not_allowed', withMembers('"typ":""')),
  ...all(90, 'header_invalid', 'typ-number', 'typ-array'),
  header(90, 'typ null', 'header_invalid', withMembers('"typ":null')),
  ...all(91, 'payload_invalid', 'payload-nested-token'),
];

const KEY_IDS: readonly BadInput[] = [
  ...all(92, 'kid_unknown', 'kid-unknown'),
  {
    rows: [92],
    what: 'twenty tokens with unknown kids cost one fetch of the key set',
    outcome: 'kid_unknown',
    async send() {
      await using stub = await workosStub();
      await using server = await testServer({ 'jwks-url': stub.jwksUrl });
      stub.keySet = server.keyring.jwks();
      const tokens = Array.from({ length: 20 }, (_, index) => {
        return forged(server, { header: () => JSON.stringify({ alg: 'RS256', kid: `kid-${index}` }) });
      });
      const answers = await Promise.all(tokens.map((token) => server.post(token)));
      expect(new Set(answers.map(({ body }) => body.error.reason))).toEqual(new Set(['kid_unknown']));
      expect(stub.requests).toEqual(['/jwks']);
      return verdictOf(await server.post(tokens[0]));
    },
  },
  faulty([93], 'kid-missing', 200),
  {
    rows: [93],
    what: 'no kid, and of three published keys one that RS256 can use',
    outcome: 200,
    async send() {
      await using stub = await workosStub();
      await using server = await testServer({ 'jwks-url': stub.jwksUrl });
      const [own] = server.keyring.jwks().keys;
      stub.keySet = { keys: [{ ...own, kid: 'a', use: 'enc' }, own, { ...own, kid: 'b', alg: 'PS256' }] };
      return verdictOf(await server.post(server.mint({ faults: ['kid-missing'] }).token));
    },
  },
  {
    rows: [94],
    what: 'no kid under two published keys',
    outcome: 'key_ambiguous',
    async send() {
      await using server = await testServer();
      await server.keyring.rotate(Date.now());
      return verdictOf(await server.post(server.mint({ faults: ['kid-missing'] }).token));
    },
  },
  ...all(95, 'kid_invalid', 'kid-empty', 'kid-null', 'kid-number', 'kid-array'),
  ...all(96, 'kid_unknown', 'kid-path-traversal', 'kid-device', 'kid-path'),
  {
    rows: [96],
    what: 'a kid with the path of a named pipe, which blocks any process that opens it',
    outcome: 'kid_unknown',
    async send(server) {
      using directory = temporaryDirectory();
      const pipe = join(directory.path, 'key.pem');
      execFileSync('mkfifo', [pipe]);
      const paths = [pipe, relative(process.cwd(), pipe), relative(server.paths.signingKeys, pipe), `file://${pipe}`];
      const tokens = paths.map((path) => forged(server, { header: () => JSON.stringify({ alg: 'RS256', kid: path }) }));
      for (const token of tokens.slice(1)) expect((await server.post(token)).body.error.reason).toBe('kid_unknown');
      return verdictOf(await server.post(tokens[0]));
    },
  },
  kid(96, 'a kid with the name of a key file', 'kid_unknown', 'first-key.json'),
  ...all(97, 'kid_unknown', 'kid-sql'),
  ...all(98, 'kid_unknown', 'kid-shell-pipe', 'kid-shell-substitution'),
  ...['|touch F', '$(touch F)', '`touch F`', '; touch F #', '\n touch F\n'].map(neverRun),
  ...all(99, 'kid_invalid', 'kid-300'),
  ...all(99, 'token_too_large', 'kid-10000'),
  kid(99, 'a kid of 255 characters', 'kid_unknown', 'k'.repeat(255)),
  kid(99, 'a kid of 256 characters', 'kid_invalid', 'k'.repeat(256)),
  ...all(100, 'kid_unknown', 'kid-escape', 'kid-crlf', 'kid-bidi', 'kid-c1'),
  kid(100, 'a kid of 255 escapes', 'kid_unknown', '\u001b'.repeat(255)),
];

/** A kid that a shell would run; `F` becomes a file that must not come into being. */
function neverRun(command: string): BadInput {
  return {
    rows: [98],
    what: `kid ${JSON.stringify(command)} runs nothing`,
    outcome: 'kid_unknown',
    async send(server) {
      using directory = temporaryDirectory();
      const file = join(directory.path, 'ran');
      const value = command.replace('F', file);
      const verdict = await judge(
        server,
        forged(server, { header: () => JSON.stringify({ alg: 'RS256', kid: value }) }),
      );
      expect(existsSync(file)).toBe(false);
      return verdict;
    },
  };
}

const JSON_TEXTS: readonly BadInput[] = [
  ...all(101, 'header_invalid', 'header-not-json', 'header-array', 'header-null', 'header-string'),
  header(101, 'a header with a trailing comma', 'header_invalid', (json) => json.replace('}', ',}')),
  header(101, 'two headers in a row', 'header_invalid', (json) => json + json),
  ...all(102, 'header_invalid', 'header-invalid-utf8'),
  header(102, 'a header with an overlong encoding', 'header_invalid', (json) =>
    Buffer.concat([
      Buffer.from(json.slice(0, -1)),
      Buffer.from(',"x":"'),
      Buffer.from([0xc0, 0xaf]),
      Buffer.from('"}'),
    ]),
  ),
  ...all(103, 'header_invalid', 'header-byte-order-mark'),
  ...all(104, 'duplicate_member', 'duplicate-alg-none-first'),
  header(104, 'alg none, and alg again behind an escape', 'duplicate_member', withMembers('"\\u0061lg":"none"')),
  ...all(105, 'duplicate_member', 'duplicate-alg-none-last'),
  ...all(106, 'duplicate_member', 'duplicate-kid'),
  header(106, 'a member twice inside another member', 'duplicate_member', withMembers('"x":[{"y":1,"y":1}]')),
  {
    rows: [107],
    what: 'a header member called __proto__, which changes no other object',
    outcome: 200,
    async send(server) {
      const verdict = await judge(server, server.mint({ faults: ['header-proto'] }).token);
      expect(Object.hasOwn(Object.prototype, 'alg')).toBe(false);
      return verdict;
    },
  },
  ...all(108, 200, 'header-nested-2000'),
  ...all(108, 'token_too_large', 'header-nested-12000'),
  header(108, 'a header of 3000 open brackets', 'header_invalid', () => `{"x":${'['.repeat(3000)}`),
];

export const HEADER_INPUTS: readonly BadInput[] = [
  ...NONE,
  ...ALGORITHMS,
  ...EXTENSIONS,
  ...KEY_HEADERS,
  ...TYPES,
  ...KEY_IDS,
  ...JSON_TEXTS,
];
