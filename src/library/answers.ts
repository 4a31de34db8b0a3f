/** Answers as tests have them: of `fetch`, of Playwright, or written down. */
import { createHash } from 'node:crypto';
import { member } from '../callback/token/json-object.ts';
import { excerpt } from '../errors/foreign-text.ts';
import { wrong } from './options.ts';
import type { AnswerLike } from './types.ts';

export interface TestAnswer {
  readonly status: number;
  readonly text: string;
  /** `error.reason` and `error.message` of an error envelope. */
  readonly reason: string | undefined;
  readonly message: string | undefined;
}

/** Leaves the body of a Response to be read. @throws TypeError */
export async function readAnswer(what: string, given: AnswerLike): Promise<TestAnswer> {
  if (given === null || typeof given !== 'object' || !('status' in given))
    throw wrong(`${what}: an answer must be a response of fetch or Playwright, or { status, text }`);
  const status = typeof given.status === 'function' ? given.status() : given.status;
  const text = await textOf(what, given);
  const error = member(parsed(text), 'error');
  return { status, text, reason: textIn(error, 'reason'), message: textIn(error, 'message') };
}

async function textOf(what: string, given: AnswerLike): Promise<string> {
  if (given.bodyUsed)
    throw wrong(`${what}: the body of the response was read before; give a clone() or { status, text }`);
  const { text } = given;
  if (typeof text === 'string') return text;
  if (typeof text === 'function') return text.call(given.clone?.() ?? given);
  throw wrong(`${what}: an answer must have a text`);
}

/** `200 sha256 ab12…`, or `401 expired`: a body may have a secret. */
export function describeAnswer({ status, text, reason }: TestAnswer): string {
  if (status !== 200) return `${status} ${reason ?? 'without a reason'}`;
  const key = member(parsed(text), 'default_api_key');
  const outcome = key === undefined ? '' : key === null ? ' without a key' : ' with a key';
  return `200${outcome}, sha256 ${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
}

function textIn(error: unknown, name: string): string | undefined {
  const value = member(error, name);
  return typeof value === 'string' ? excerpt(value) : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
