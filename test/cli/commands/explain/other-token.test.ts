import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command } from '../../../support/command.ts';
import { type TestServer, testServer } from '../../../support/server.ts';

const CLIENT = 'client_01K9AGENTPASTE000000000000';

let server: TestServer;

beforeAll(async () => {
  server = await testServer();
});

afterAll(() => server[Symbol.asyncDispose]());

async function advice(token: string): Promise<string[]> {
  const args = ['explain', '-', '--json', '--state-dir', server.paths.directory];
  const { code, stdout } = await command(args, { input: token });
  expect(code).toBe(1);
  return JSON.parse(stdout).advice;
}

const text = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
/** Of a key that the server does not know. */
const foreign = (claims: object, header: object = { alg: 'RS256', kid: 'of-another-product' }) =>
  `${text(header)}.${text(claims)}.${text('signature')}`;

describe('a token for another purpose is named, and no setting is offered that accepts it', () => {
  it.each([
    ['an id token with a nonce', { nonce: 'n-0S6', sid: null, jti: null }, 'an id token'],
    ['an id token with the hash of a code', { c_hash: 'LDktKdoQak3', client_id: null }, 'an id token'],
    ['an id token with the hash of an access token', { at_hash: 'x', aud: CLIENT, client_id: null }, 'an id token'],
    ['an id token that only names its audience', { aud: CLIENT, client_id: null, sid: null }, 'an id token'],
    ['an id token with several audiences', { aud: ['x', CLIENT], client_id: null, sid: null }, 'an id token'],
    ['an id token that says so', { token_use: 'id', iss: 'https://x.example' }, 'an id token'],
    ['a refresh token that is a JWT', { typ: 'Refresh', iss: 'https://x.example' }, 'a refresh token'],
    ['a logout token', { events: { 'http://schemas.openid.net/event/backchannel-logout': {} }, sub: '' }, 'logout'],
    ['a DPoP proof', { htm: 'POST', htu: 'https://x.example', sub: '' }, 'DPoP'],
    ['a token of client credentials', { sub: CLIENT, sid: null }, 'a machine'],
    ['the same of another client', { sub: 'm2m', client_id: 'm2m', sid: null }, 'a machine'],
    ['the same without a client', { sub: 'abc@clients', client_id: null, azp: 'abc' }, 'a machine'],
  ])('%s', async (_, claims, words) => {
    const given = await advice(server.mint({ claims }).token);
    expect(given).toEqual([expect.stringMatching(`^It looks like .*${words}`)]);
  });

  it.each([
    ['https://accounts.google.com', 'Google'],
    ['accounts.google.com', 'Google'],
    ['https://login.microsoftonline.com/9122040d/v2.0', 'Microsoft Entra'],
    ['https://acme.eu.auth0.com/', 'Auth0'],
    ['https://enabled-cat-12.clerk.accounts.dev', 'Clerk'],
    ['https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab', 'Amazon Cognito'],
    ['https://id.acme.example/realms/staff', 'Keycloak'],
    ['https://xyz.supabase.co/auth/v1', 'Supabase'],
    ['https://token.actions.githubusercontent.com', 'GitHub Actions'],
    ['https://kubernetes.default.svc', 'Kubernetes'],
  ])('a token of %s', async (iss, product) => {
    const given = await advice(foreign({ iss, sub: '1', sid: 's' }));
    expect(given).toEqual([expect.stringContaining(`It is a token of ${product}`)]);
  });

  it('whose algorithm is not allowed either', async () => {
    const token = foreign({ iss: 'supabase', role: 'anon' }, { alg: 'HS256', typ: 'JWT' });
    expect((await advice(token))[0]).toContain('It is a token of Supabase');
  });
});

describe('an access token of AuthKit is not mistaken for another', () => {
  it.each([
    ['with an audience beside its session', { aud: CLIENT, client_id: null }],
    ['of a custom domain that ends like a product', { iss: 'https://notauth0.com' }],
    ['of a domain that names a product in its path', { iss: 'https://auth.example.com/accounts.google.com' }],
    ['of an organization', { org_id: 'org_01', role: 'admin', exp: 1 }],
  ])('%s', async (_, claims) => {
    expect((await advice(server.mint({ claims }).token))[0]).not.toMatch(/It (looks like|is a token of)/);
  });
});

describe('a credential that is no JWT is named', () => {
  it.each([
    ['the session cookie of a web framework', `${text({ alg: 'dir', enc: 'A256GCM' })}..a.b.c`, 'session cookies'],
    ['an encrypted access token', `${text({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.a.b.c.d`, 'only the owner of its key'],
    ['a cookie with its name', 'wos-session=Fe26.2*1*f00*salt*iv*data*17*salt*mac', 'sealed session'],
    ['a URL-encoded sealed session', 'Fe26.2%2A1%2Af00%2Asalt', 'sealed session'],
    ['a token of GitHub', 'ghp_16C7e42F292c6912E7710c838347Ae178B4a', 'another service'],
    ['a publishable key', 'pk_live_Y2xlcmsuZXhhbXBsZS5jb20k', 'another service'],
    ['an access token of Google', 'ya29.a0AfH6SMBx-abc', 'another service'],
    ['a PASETO', 'v4.public.eyJzdWIiOiIxIn0', 'PASETO'],
    ['a private key', '-----BEGIN PRIVATE KEY-----', 'PEM'],
    ['a credential with selective disclosure', `${foreign({ sub: '1' })}~WyJzYWx0Il0~`, 'SD-JWT'],
  ])('%s', async (_, credential, words) => {
    const [first] = await advice(credential);
    expect(first).toContain(words);
    expect(first).not.toContain(credential);
  });
});
