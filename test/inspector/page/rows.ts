/** Rows and spans of random histories, for the pictures. */
import fc from 'fast-check';
import type { CallbackDetail, CallbackRow, Outcome, Span } from '../../../src/inspector/api-types.ts';
import { OUTCOMES } from '../../../src/inspector/page/parts/outcomes.ts';

export function row(given: Partial<CallbackRow> = {}): CallbackRow {
  return {
    id: 1,
    at: '2026-11-25T21:24:07.912Z',
    request_id: 'req_01M8A9BJW3KS5C66B93PHS3GNY',
    status: 200,
    outcome: 'seen',
    reason: null,
    issuer: 'https://api.workos.com',
    subject: 'user_01M8A9BF0QBYQCC8CT1RJG1S1G',
    session_id: null,
    idempotency_key: 'workos-jti:one',
    expected: null,
    received: null,
    milliseconds: 1.5,
    token_id: 'one',
    claimed_issuer: null,
    claimed_subject: null,
    claimed_session_id: null,
    claimed_token_id: null,
    email: 'ada@example.com',
    callbacks: 1,
    ...given,
  };
}

export function detail(given: Partial<CallbackDetail> = {}): CallbackDetail {
  return {
    process: 1,
    started_us: 0,
    trace_id: null,
    via: null,
    verification: 'full',
    checks: [],
    header: null,
    claims: null,
    signed: true,
    credential: null,
    spans: [],
    leader: null,
    answer: null,
    advice: [],
    ...given,
  };
}

export const outcomes: fc.Arbitrary<Outcome> = fc.constantFrom(...OUTCOMES);

const NAMES = [
  'read',
  'verify',
  'keys.fetch',
  'user',
  'hold.before-commit',
  'wait',
  'record.read',
  'queue',
  'lock',
  'transaction',
  'send',
];

export const spans: fc.Arbitrary<Span[]> = fc.array(
  fc.record({
    name: fc.constantFrom(...NAMES),
    start_us: fc.nat(5_000_000),
    duration_us: fc.nat(5_000_000),
  }),
  { maxLength: 14 },
);

/** Newest first, of a few keys that overlap. */
export const keyed = fc.array(
  fc.record({
    idempotency_key: fc.option(fc.constantFrom(...'abcdefgh'), { freq: 5 }),
    subject: fc.constantFrom('user_1', 'user_2'),
    issuer: fc.constant('https://api.workos.com'),
  }),
  { maxLength: 60 },
);
