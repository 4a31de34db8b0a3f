import { describe, expect, it } from 'vitest';
import { EXAMPLES } from '../../src/server/contract/examples.ts';
import { type ActualResponse, assertMatchesContract } from './contract.ts';

const REQUEST_ID = 'req_01KJQ2M8RX';
const EVERYWHERE = {
  'Content-Type': 'application/json; charset=utf-8',
  'Cache-Control': 'no-store',
  'X-Request-Id': REQUEST_ID,
};

const callback = (response: ActualResponse) => () => assertMatchesContract('POST', '/v1/auth/web/callback', response);
const envelope = (code: string, reason?: string) => ({
  error: { code, message: 'no', request_id: REQUEST_ID, ...(reason && { reason }) },
});
const good: ActualResponse = { status: 200, body: EXAMPLES.CallbackResponse?.seen, headers: EVERYWHERE };
const refused: ActualResponse = {
  status: 401,
  body: envelope('not_authenticated', 'expired'),
  headers: { ...EVERYWHERE, 'WWW-Authenticate': 'Bearer error="invalid_token"' },
};

describe('assertMatchesContract', () => {
  it('accepts an answer of the contract', () => {
    expect(callback(good)).not.toThrow();
    expect(
      callback({ ...good, headers: new Headers({ ...EVERYWHERE, 'Idempotency-Replayed': 'true' }) }),
    ).not.toThrow();
    expect(callback(refused)).not.toThrow();
  });

  it.each<[string, ActualResponse, RegExp]>([
    ['an unknown member', { ...good, body: { ...(good.body as object), more: 1 } }, /additional properties/],
    ['a missing body', { ...good, body: null }, /must be object/],
    ['an undocumented status', { ...good, status: 202 }, /documented: 200, 400/],
    ['another content type', { ...good, headers: { ...EVERYWHERE, 'Content-Type': 'text/plain' } }, /Content-Type/],
    ['a cacheable answer', { ...good, headers: { ...EVERYWHERE, 'Cache-Control': 'public' } }, /Cache-Control/],
    [
      'a missing request id',
      { ...good, headers: { 'Content-Type': EVERYWHERE['Content-Type'] } },
      /without X-Request-Id/,
    ],
    [
      'another value of a header',
      { ...good, headers: { ...EVERYWHERE, 'Idempotency-Replayed': 'no' } },
      /Idempotency-Replayed/,
    ],
    [
      'a header that is not for this status',
      { ...good, headers: { ...EVERYWHERE, 'Retry-After': '1' } },
      /with Retry-After/,
    ],
    ['a 401 without WWW-Authenticate', { ...refused, headers: EVERYWHERE }, /without WWW-Authenticate/],
    ['a 401 without a reason', { ...refused, body: envelope('not_authenticated') }, /required property 'reason'/],
    ['a reason of another code', { ...refused, body: envelope('not_authenticated', 'storage_full') }, /another code/],
    ['a code of another status', { ...refused, body: envelope('database_unavailable', 'expired') }, /allowed values/],
    [
      'a reason where none belongs',
      { ...refused, status: 403, body: envelope('forbidden', 'expired'), headers: EVERYWHERE },
      /NOT/,
    ],
    ['two request ids', { ...refused, headers: { ...refused.headers, 'X-Request-Id': 'req_another' } }, /request id/],
  ])('rejects %s', (_what, response, message) => {
    expect(callback(response)).toThrow(message);
  });

  it('finds a route by its pattern, whatever the query', () => {
    const body = EXAMPLES.ArtifactDetail?.published;
    const path = '/v1/web/artifacts/art_01KJQ5T4G2V3W4X5Y6Z7A8B9CD?limit=1';
    expect(() => assertMatchesContract('GET', path, { status: 200, body, headers: EVERYWHERE })).not.toThrow();
    expect(() => assertMatchesContract('GET', '/v1/web/keys', { status: 200, body, headers: EVERYWHERE })).toThrow(
      /body/,
    );
  });

  it('expects 404 for a path and 405 for a method that the contract does not have', () => {
    const notFound: ActualResponse = { status: 404, body: envelope('not_found'), headers: EVERYWHERE };
    const notAllowed: ActualResponse = {
      status: 405,
      body: envelope('method_not_allowed'),
      headers: { ...EVERYWHERE, Allow: 'GET, POST' },
    };
    expect(() => assertMatchesContract('GET', '/v2/nothing', notFound)).not.toThrow();
    expect(() => assertMatchesContract('DELETE', '/v1/web/keys', notAllowed)).not.toThrow();
    expect(() => assertMatchesContract('DELETE', '/user_management/users', notAllowed)).toThrow(/body/);
    const played = { ...notAllowed, body: { code: 'method_not_allowed', message: 'this path takes GET, POST only' } };
    expect(() => assertMatchesContract('DELETE', '/user_management/users', played)).not.toThrow();
    expect(() => assertMatchesContract('GET', '/v2/nothing', notAllowed)).toThrow(/expected 404/);
    expect(() => assertMatchesContract('DELETE', '/healthz', notFound)).toThrow(/expected 405/);
  });

  it("accepts WorkOS's error bodies on routes of the local WorkOS only", () => {
    const response: ActualResponse = { status: 401, body: { message: 'Unauthorized' }, headers: EVERYWHERE };
    expect(() => assertMatchesContract('GET', '/user_management/users/user_1', response)).not.toThrow();
    expect(() => assertMatchesContract('GET', '/v1/whoami', response)).toThrow();
  });

  it('never quotes the body, which may hold a secret', () => {
    const { provisioned } = EXAMPLES.CallbackResponse ?? {};
    const secret = `${provisioned?.default_api_key?.secret}!`;
    const body = { ...provisioned, default_api_key: { ...provisioned?.default_api_key, secret } };
    expect(callback({ ...good, body })).toThrow(/pattern/);
    expect(callback({ ...good, body })).not.toThrow(/exampleexample/);
  });
});
