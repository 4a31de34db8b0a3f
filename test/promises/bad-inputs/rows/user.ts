/** Rows 154 to 156: what WorkOS answers for the user of a good token. */
import { expect } from 'vitest';
import { testServer } from '../../../support/server.ts';
import { type BadInput, judge, type Outcome, verdictOf } from '../bad-input.ts';
import { type StubAnswer, workosStub } from '../workos-stub.ts';

/** A good token, and a WorkOS that answers this for its user. */
function user(rows: readonly number[], what: string, outcome: Outcome, answer: (id: string) => StubAnswer): BadInput {
  return {
    rows,
    what,
    outcome,
    async send() {
      await using stub = await workosStub();
      await using server = await testServer({
        'workos-api-url': stub.url,
        'workos-api-key': 'sk_test_stub',
        'jwks-url': stub.jwksUrl,
      });
      stub.keySet = server.keyring.jwks();
      stub.user = answer;
      const { token, claims } = server.mint();
      const verdict = verdictOf(await server.post(token));
      expect(stub.requests).toEqual(['/jwks', `/user_management/users/${claims.sub}`]);
      expect(server.bugs).toEqual([]);
      return verdict;
    },
  };
}

function found(rows: readonly number[], what: string, outcome: Outcome, body: (id: string) => unknown): BadInput {
  return user(rows, what, outcome, (id) => ({ status: 200, body: JSON.stringify(body(id)) }));
}

const EMAILS: readonly (readonly [what: string, email: unknown])[] = [
  ['without an e-mail address', undefined],
  ['with the e-mail address ""', ''],
  ['with an e-mail address without @', 'ada.example.com'],
  ['with nothing before the @', '@example.com'],
  ['with nothing after the @', 'ada@'],
  ['with an e-mail address of 10 KB', `${'a'.repeat(10_000)}@example.com`],
  ['with a line break in the e-mail address', 'ada@example.com\r\nBcc: eve@example.com'],
  ['with a zero width space in the e-mail address', 'ada\u200b@example.com'],
  ['with the e-mail address null', null],
  ['with a list of e-mail addresses', ['ada@example.com']],
];

export const USER_INPUTS: readonly BadInput[] = [
  found([154], 'a user with another id', 'user_id_mismatch', () => ({ id: 'user_other', email: 'eve@example.com' })),
  found([154], 'a wrapped user with another id', 'user_id_mismatch', (id) => ({ id, user: { id: 'user_other' } })),
  found([154], 'a user whose id differs by case', 'user_id_mismatch', (id) => ({
    id: id.toLowerCase(),
    email: 'ada@example.com',
  })),
  found([154], 'a user without an id', 'user_id_mismatch', () => ({ email: 'ada@example.com' })),
  found([154], 'a list with the right id', 'user_id_mismatch', (id) => ({ id: [id], email: 'ada@example.com' })),
  ...EMAILS.map(([what, email]) => found([155], `a user ${what}`, 'user_email_missing', (id) => ({ id, email }))),
  {
    rows: [156],
    what: 'an email claim "": the address is asked for',
    outcome: 200,
    async send(server) {
      const { token } = server.mint({ email: 'grace@example.com', faults: ['email-empty'] });
      expect((await server.post(token)).body.workspace_member.email).toBe('grace@example.com');
      return judge(server, server.mint({ email: 'grace@example.com' }).token);
    },
  },
  {
    rows: [156],
    what: 'an email claim with a foreign address: the address is looked up all the same',
    outcome: 200,
    async send(server) {
      const { token } = server.mint({ email: 'joan@example.com', claims: { email: 'eve@example.com' } });
      const answer = await server.post(token);
      expect(answer.body.workspace_member.email).toBe('joan@example.com');
      return verdictOf(answer);
    },
  },

  // Beside the catalogue: a wrapped user is one, and what is no user is no fault of the token.
  found([], 'a wrapped user', 200, (id) => ({ user: { id, email: 'ada@example.com' } })),
  user([], 'a user whom WorkOS does not know', 'user_fetch_failed', () => ({ status: 404, body: '{}' })),
  ...[401, 403].map((status) =>
    user([], `WorkOS answers ${status} to our API key`, 'workos_credentials_refused', () => ({ status, body: '{}' })),
  ),
  user([], 'WorkOS redirects, which is not followed', 'user_endpoint_unavailable', (id) => ({
    status: 302,
    body: '{}',
    location: `/user_management/users/${id}`,
  })),
  ...[204, 429, 500].map((status) =>
    user([], `WorkOS answers ${status}`, 'user_endpoint_unavailable', () => ({
      status,
      body: status === 204 ? '' : '{}',
    })),
  ),
  ...['[]', 'null', '"user"', '{"user":null}', '<html></html>', ''].map((body) =>
    user([], `WorkOS answers ${JSON.stringify(body)}`, 'user_endpoint_unavailable', () => ({ status: 200, body })),
  ),
];
