/** Secrets, scopes, forms of answers, and work that is done at the same time. */
import type { Rules } from '../api/rules.ts';
import { lapses, type Mistake, mistakes } from './operator.ts';

const showing = (route: string, name: string) => (): Partial<Rules> => ({
  shown: (at, body, secret) => (at === route && secret !== undefined ? { ...body, [name]: secret } : body),
});
const headed =
  (change: Record<string, string | undefined>) =>
  ({ headers }: Rules): Partial<Rules> => ({
    headers: (status, requestId) =>
      Object.fromEntries(
        Object.entries({ ...headers(status, requestId), ...change }).filter(([, value]) => value !== undefined),
      ) as Record<string, string>,
  });
const answering = (why: RegExp, status: number) => (): Partial<Rules> => ({
  statusOf: (right, message) => (why.test(message) ? status : right),
});
const apart =
  (...looksEarlyFor: Rules['looksEarlyFor']) =>
  (): Partial<Rules> => ({ looksEarlyFor, duplicates: 'apart', latencyMs: 30 });

export const ANSWER_MISTAKES: readonly Mistake[] = [
  ...mistakes('a secret is shown by another route', {
    'the list of keys': showing('/v1/web/keys', 'secret'),
    'the workspace': showing('/v1/web/workspace', 'default_api_key'),
    'the audit': showing('/v1/web/audit', 'change'),
    whoami: showing('/v1/whoami', 'api_key'),
    'the settings': showing('/v1/web/settings', 'key'),
    'the artifacts': showing('/v1/web/artifacts', 'key'),
  }),
  ...mistakes('a key does not do what it should', {
    'it dies after two seconds': () => ({ keepsKey: ({ createdAt }, now) => now - Date.parse(createdAt) < 2000 }),
    'it dies at once': () => ({ keepsKey: () => false }),
    'its secret is not looked at': () => ({ keyWithSecret: 'not looked at' }),
    'the beginning of its secret counts': () => ({ hashOf: (secret) => secret.slice(0, 50) }),
    'the case of its secret does not count': ({ hashOf }) => ({ hashOf: (secret) => hashOf(secret.toLowerCase()) }),
    'the end of its secret counts': () => ({ hashOf: (secret) => secret.slice(-20) }),
    'it may do everything': () => ({ keyScopes: ['publish', 'read', 'admin'] }),
    'it may read alone': () => ({ keyScopes: ['read'] }),
    'it opens the dashboard': () => ({ apiKeyOnDashboard: true }),
    'an access token is a key': () => ({ tokenOnWhoami: true }),
    'a member may read alone': () => ({ memberScopes: ['read'] }),
  }),
  ...mistakes('an answer is of another form', {
    'text/html': headed({ 'content-type': 'text/html; charset=utf-8' }),
    'text/plain': headed({ 'content-type': 'text/plain' }),
    'no media type': headed({ 'content-type': undefined }),
    'a refusal is 403': answering(/refused|WorkOS/, 403),
    'a refusal is 400': answering(/refused|WorkOS/, 400),
    'a bad token is an outage': answering(/refused/, 503),
    'an unknown key is an outage': answering(/refused: key/, 503),
    'a removed user is an outage': answering(/WorkOS/, 503),
    'a bad signature is a bug': answering(/signature/, 500),
    'an error without its envelope': () => ({ refusal: (_status, _code, message) => ({ message }) }),
    'an error of another code': () => ({
      refusal: (status, code, message, request_id) => ({
        error: { code: status === 401 ? 'unauthorized' : code, message, request_id },
      }),
    }),
  }),
  ...mistakes('work at the same time is not kept apart', {
    'members are looked for before they are written': apart('member'),
    'records are looked for before they are written': apart('record'),
    'both are looked for before they are written': apart('member', 'record'),
  }),
  ...mistakes('a lost answer is lost', {
    'its record is dropped': () => ({ onHangUp: 'forget', latencyMs: 40 }),
    'it stays in flight': () => ({ onHangUp: 'stuck', duplicates: 'conflict', latencyMs: 40 }),
  }),
  ...lapses('a promised header', {
    'no Cache-Control': headed({ 'cache-control': undefined }),
    'Cache-Control: public': headed({ 'cache-control': 'public, max-age=60' }),
    'no X-Request-Id': headed({ 'x-request-id': undefined }),
    'another X-Request-Id': headed({ 'x-request-id': 'always-the-same' }),
    'no WWW-Authenticate': headed({ 'www-authenticate': undefined }),
  }),
  ...lapses('the fixed sentence', { 'of a token without ids': () => ({ noIdMessage: 'no id' }) }),
];
