/** Rows 1 to 20: the credential and the request around it. */
import { Agent, request as httpRequest } from 'node:http';
import { expect } from 'vitest';
import { CALLBACK_PATH } from '../../../../src/server/contract/constants.ts';
import type { TestServer } from '../../../support/server.ts';
import { type BadInput, faulty, judge, type Outcome, type Verdict, verdictOf } from '../bad-input.ts';
import { type RawRequest, rawRequest } from '../raw-http.ts';

type RequestFor = (token: string) => RawRequest;

/** A request around a good token. */
function request(rows: readonly number[], what: string, outcome: Outcome, make: RequestFor): BadInput {
  return {
    rows,
    what,
    outcome,
    async send(server) {
      const { token } = server.mint();
      const verdict = verdictOf(await rawRequest(server.running.port, make(token)));
      expect(JSON.stringify(server.logged)).not.toContain(token);
      return verdict;
    },
  };
}

function authorization(
  rows: readonly number[],
  what: string,
  outcome: Outcome,
  value: (token: string) => string,
): BadInput {
  return request(rows, what, outcome, (token) => ({ lines: [`Authorization:${value(token)}`] }));
}

export const CREDENTIAL_INPUTS: readonly BadInput[] = [
  request([1], 'no Authorization header', 'no_bearer', () => ({})),
  authorization([2], 'an empty Authorization header', 'no_bearer', () => ''),
  authorization([2], 'an Authorization header of spaces', 'no_bearer', () => '   '),
  authorization([3], 'Bearer without a token', 'no_bearer', () => ' Bearer'),
  authorization([3], 'Bearer and spaces', 'no_bearer', () => ' Bearer   '),
  authorization([3], 'Bearer and a tab', 'no_bearer', () => ' Bearer\t'),
  ...['Basic', 'Token', 'JWT', 'DPoP'].map((scheme) =>
    authorization([4], `a good token after ${scheme}`, 'no_bearer', (token) => ` ${scheme} ${token}`),
  ),
  authorization([5], 'Bearera.b.c, without a separator', 'no_bearer', () => ' Bearera.b.c'),
  authorization([5], 'Bearer and a good token without a separator', 'no_bearer', (token) => ` Bearer${token}`),
  authorization([5], 'Bearer and a colon', 'no_bearer', (token) => ` Bearer: ${token}`),
  authorization([5], 'a no-break space as separator', 'no_bearer', (token) => ` Bearer\xa0${token}`),
  authorization([6], 'bEaReR', 200, (token) => ` bEaReR ${token}`),
  authorization([6], 'several spaces after Bearer', 200, (token) => ` Bearer   ${token}`),
  authorization([7], 'a tab between Bearer and the token', 'malformed_token', (token) => ` Bearer\t${token}`),
  authorization(
    [7],
    'a space and a tab between Bearer and the token',
    'malformed_token',
    (token) => ` Bearer \t${token}`,
  ),
  request([8], 'the same Authorization header twice', 'multiple_credentials', (token) => ({
    lines: [`Authorization: Bearer ${token}`, `Authorization: Bearer ${token}`],
  })),
  request([8], 'two Authorization headers in other spellings', 'multiple_credentials', (token) => ({
    lines: ['authorization: Basic YTpi', `AUTHORIZATION: Bearer ${token}`],
  })),
  request([8], 'a good one and an empty one', 'multiple_credentials', (token) => ({
    lines: [`Authorization: Bearer ${token}`, 'Authorization:'],
  })),
  authorization(
    [9],
    'two good tokens in one header',
    'malformed_token',
    (token) => ` Bearer ${token}, Bearer ${token}`,
  ),
  authorization([9], 'Bearer a, Bearer b', 'malformed_token', () => ' Bearer a, Bearer b'),
  faulty([9], 'two-tokens', 'malformed_token'),
  request([10], 'the token in the query', 'no_bearer', (token) => ({
    target: `${CALLBACK_PATH}?access_token=${token}`,
  })),
  request([10], 'the token in a JSON body', 'no_bearer', (token) => ({
    lines: ['Content-Type: application/json'],
    body: JSON.stringify({ access_token: token }),
  })),
  request([10], 'the token in a form', 'no_bearer', (token) => ({
    lines: ['Content-Type: application/x-www-form-urlencoded'],
    body: `access_token=${token}`,
  })),
  request([11], 'the token in a cookie', 'no_bearer', (token) => ({
    lines: [`Cookie: wos-session=${token}; access_token=${token}; Authorization=Bearer ${token}`],
  })),
  authorization([12], 'a header folded over two lines', 400, (token) => ` Bearer\r\n ${token}`),
  authorization([13], 'a NUL in the header', 400, (token) => ` Bearer ${token}\0`),
  request([14], 'a space before the colon', 400, (token) => ({ lines: [`Authorization : Bearer ${token}`] })),
  authorization(
    [15],
    'a Latin-1 byte inside the token',
    'malformed_token',
    (token) => ` Bearer ${token.slice(0, 9)}\xe9${token.slice(9)}`,
  ),
  authorization([15], 'a no-break space after the token', 'malformed_token', (token) => ` Bearer ${token}\xa0`),
  authorization(
    [15],
    'a byte order mark before the token',
    'malformed_token',
    (token) => ` Bearer \xef\xbb\xbf${token}`,
  ),
  faulty([15], 'latin-1-character', 'malformed_token'),
  authorization([16], 'a header beyond 16 KB', 431, () => ` Bearer ${'a'.repeat(17_000)}`),
  authorization([17], '8193 characters', 'token_too_large', () => ` Bearer ${'a'.repeat(8193)}`),
  authorization([17], '15,900 characters', 'token_too_large', () => ` Bearer ${'.'.repeat(15_900)}`),
  authorization([17], '8192 characters that are not a token', 'malformed_token', () => ` Bearer ${'a'.repeat(8192)}`),
  faulty([17], 'token-too-large', 'token_too_large'),
  ...['GET', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'TRACE', 'OPTIONS'].map(otherMethod),
  ...['literal-null', 'literal-undefined', 'bearer-twice'].map((name) => faulty([19], name, 'malformed_token')),
  authorization([19], 'Bearer Bearer null', 'malformed_token', () => ' Bearer Bearer null'),
  { rows: [20], what: 'a good token after 10,000 bad ones', outcome: 200, send: goodAfterManyBad },
];

/** The answer to HEAD has no body that could name the code. */
function otherMethod(method: string): BadInput {
  return {
    rows: [18],
    what: method,
    outcome: 405,
    async send(server) {
      const answer = await rawRequest(server.running.port, {
        method,
        lines: [`Authorization: Bearer ${server.mint().token}`],
      });
      const verdict = verdictOf(answer);
      return method === 'HEAD' ? { ...verdict, code: 'method_not_allowed' } : verdict;
    },
  };
}

const MANY = 10_000;

async function goodAfterManyBad(server: TestServer): Promise<Verdict> {
  const bad = ['one-part', 'unused-bits', 'alg-none-signed', 'kid-unknown', 'signature-bit', 'expired'].map(
    (name) => server.mint({ faults: [name] }).token,
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  let sent = 0;
  const sendInTurn = async (): Promise<void> => {
    while (sent < MANY) {
      const status = await statusOf(server, agent, bad[sent++ % bad.length] ?? '');
      if (status !== 401) throw new Error(`a bad token was answered ${status}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, sendInTurn));
  agent.destroy();
  return judge(server, server.mint().token);
}

function statusOf({ callbackUrl }: TestServer, agent: Agent, token: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      callbackUrl,
      { method: 'POST', agent, headers: { authorization: `Bearer ${token}` } },
      (response) => {
        response.resume().once('end', () => resolve(response.statusCode));
      },
    );
    sent.once('error', reject).end();
  });
}
