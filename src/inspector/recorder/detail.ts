/** What the inspector keeps of a callback: what was seen, without token and secret, and small. */
import { createHash } from 'node:crypto';
import { CHECKS } from '../../callback/token/checks.ts';
import { ApiError } from '../../errors/api-error.ts';
import type { Answered } from '../../server/log/answered.ts';
import type { CallbackDetail, CheckResult, Json } from '../api-types.ts';
import { readableToken, shapeOf } from './readable-token.ts';
import { safeAnswer, safeJson, safeLine } from './safe-text.ts';
import type { Seen } from './seen.ts';

/** Of a detail, in the table. */
const MAX_LENGTH = 8192;
const MAX_ANSWER_BYTES = 2048;

type JsonMembers = { readonly [name: string]: Json };

export function detailOf(seen: Seen, answered: Answered, advice: readonly string[]): CallbackDetail {
  const { credential } = seen;
  const token = readableToken(seen);
  return {
    process: process.pid,
    started_us: seen.startedUs,
    trace_id: seen.traceId,
    via: seen.isOwn ? 'inspector' : null,
    verification: seen.isRemembered ? 'remembered' : seen.checks.size > 0 ? 'full' : null,
    checks: checksOf(seen, answered),
    header: token === undefined ? null : (safeJson(token.header) as JsonMembers),
    claims: token === undefined ? null : (safeJson(token.claims) as JsonMembers),
    signed: seen.isRemembered || seen.token?.isSigned === true,
    credential: token !== undefined || credential === undefined ? null : shapeOf(credential),
    spans: seen.spans.toSorted((a, b) => a.start_us - b.start_us),
    leader: seen.leader,
    answer: answerOf(seen),
    advice,
  };
}

/** Within the size of the table: what is least needed goes first. */
export function detailText(detail: CallbackDetail): string {
  const { answer } = detail;
  const smaller: readonly Partial<CallbackDetail>[] = [
    {},
    { answer: answer && { ...answer, text: null } },
    { claims: { cut: true } },
    { header: { cut: true } },
    { checks: detail.checks.map(({ name, result }) => ({ name, result })), spans: detail.spans.slice(0, 32) },
  ];
  let kept = detail;
  let text = '';
  for (const change of smaller) {
    kept = { ...kept, ...change };
    text = JSON.stringify(kept);
    if (text.length <= MAX_LENGTH) break;
  }
  return text;
}

function checksOf(seen: Seen, answered: Answered): readonly CheckResult[] {
  return [...CHECKS.map(({ name }) => checkOf(name, seen, answered)), userCheck(answered)];
}

/** Checks that are run again for a token that was accepted before. */
const RUN_AGAIN = ['key', 'lifetime'];

function checkOf(name: string, { checks, isRemembered }: Seen, { account, error }: Answered): CheckResult {
  if (isRemembered) {
    if (!RUN_AGAIN.includes(name)) return { name, result: 'remembered' };
    const refused = account.who === undefined && name === 'lifetime' ? error : undefined;
    return refused === undefined ? { name, result: 'passed' } : failed(name, refused);
  }
  const found = checks.get(name);
  if (found === undefined) return { name, result: 'not reached' };
  if (found instanceof ApiError) return failed(name, found);
  return { name, result: 'passed', expected: safeLine(found.expected), received: safeLine(found.received) };
}

function userCheck({ account, error }: Answered): CheckResult {
  const name = 'user';
  if (account.email !== undefined)
    return {
      name,
      result: 'passed',
      expected: 'a user with an e-mail address',
      received: safeLine(account.email),
    };
  return account.who === undefined || error === undefined ? { name, result: 'not reached' } : failed(name, error);
}

function failed(name: string, { detail: { expected, received } }: ApiError): CheckResult {
  return {
    name,
    result: 'failed',
    ...(expected === undefined ? {} : { expected: safeLine(expected) }),
    ...(received === undefined ? {} : { received: safeLine(received) }),
  };
}

function answerOf({ answer }: Seen): CallbackDetail['answer'] {
  if (answer === undefined) return null;
  const bytes = Buffer.from(answer.body ?? '');
  return {
    bytes: bytes.byteLength,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    headers: Object.fromEntries(
      Object.entries(answer.headers).map(([name, value]) => [name.toLowerCase(), safeLine(value)]),
    ),
    text: bytes.byteLength > MAX_ANSWER_BYTES ? null : safeAnswer(bytes.toString('utf8')),
  };
}
