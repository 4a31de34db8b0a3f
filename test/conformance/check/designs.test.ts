/** Servers that know nothing of the program: right ones in other styles pass, and one mistake is found by its invariant. */
import { describe, expect, test } from 'vitest';
import { BINARY } from '../../support/binary.ts';
import { DESIGNS, type Design } from '../../tools/judge/designs.ts';
import { HABITS } from '../../tools/judge/habits.ts';
import { type Issuer, startIssuer } from '../../tools/judge/issuer.ts';
import { judged } from '../../tools/judge/judged.ts';
import { MISTAKES, MUTANTS } from '../../tools/judge/mutants.ts';

async function judgedAlone(design: Design | undefined, args: readonly string[]) {
  await using issuer: Issuer = await startIssuer(BINARY);
  return await judged(design as Design, issuer, args);
}

const design = (name: string) => [...DESIGNS, ...HABITS].find((one) => one.name === name);
const mutant = (name: string) => MUTANTS.find((one) => one.name === name);

describe('a right server', () => {
  test.each([
    'sqlite-in-flight',
    'jsonb',
    'late-reads',
    'tolerant-clock',
    'sheds-load',
    'loses-connections',
    'real-api',
    'strict-users',
    'other-clock',
    'callback-and-whoami',
    'whole-seconds',
    'http-1.0',
    'any-client',
    'hiccups',
    'limits-all',
  ])('in the style %s passes', async (name) => {
    const { code, failed, said } = await judgedAlone(design(name), []);
    expect({ code, failed }, said).toEqual({ code: 0, failed: [] });
  });

  test('that gives the same JSON in other bytes is told so, and fails with --strict', async () => {
    const only = ['--only', 'replay-identical'];
    const { code, advised, said } = await judgedAlone(design('jsonb'), only);
    expect({ code, advised }).toEqual({ code: 0, advised: ['replay-identical'] });
    expect(said).toContain('the same JSON in other bytes, from offset');
    const strict = await judgedAlone(design('jsonb'), [...only, '--strict']);
    expect(strict).toMatchObject({ code: 1, failed: ['replay-identical'] });
  });
});

describe('the mutants', () => {
  test('are at least 80, each of its own name', () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(80);
    expect(new Set(MISTAKES.map(({ operator, says }) => `${operator}: ${says}`)).size).toBe(MUTANTS.length);
  });

  test.each([
    ['it lives three seconds', 'replay-identical'],
    ['first answers alone are kept', 'replay-identical'],
    ['its first 200 characters', 'ids-compared-exactly'],
    ['in NFKC', 'ids-compared-exactly'],
    ['users are told apart without case', 'no-cross-user-replay'],
    ['nbf in two hours is near enough', 'bad-claims-refused'],
    ['an unknown kid means the newest key', 'bad-tokens-refused'],
    ['a bad token is an outage', 'bad-tokens-refused'],
    ['a removed user gets replays', 'removed-user-refused'],
    ['the address is that of the token', 'email-refreshes'],
    ['it dies after two seconds', 'secret-verifies'],
    ['the audit', 'secret-shown-once'],
    ['last_seen_at', 'replay-changes-nothing'],
    ['no media type', 'answers-in-form'],
    ['by its signature', 'bad-tokens-refused'],
    ['to expired tokens', 'reads-verified'],
    ['no event', 'reads-agree'],
    ['of an organization', 'good-tokens-accepted'],
    ['GET signs in', 'token-alone-counts'],
    ['a member by the address that another has now', 'no-cross-user-replay'],
    ['after three uses', 'secret-verifies'],
    ['the end of it', 'secret-shown-once'],
    ['that of the first token of its session', 'jti-before-sid'],
    ['without quotes', 'ids-compared-exactly'],
    ['auth_time', 'good-tokens-accepted'],
    ['external_id', 'no-cross-user-replay'],
    ['as a part of a path', 'bad-claims-refused'],
    ['with the session of a member', 'reads-verified'],
    ['by all tokens of an id, verified or not', 'concurrent-duplicates-agree'],
    ['by all tokens of a session, verified or not', 'one-secret-per-user'],
    ['a token id that is no ULID', 'ids-compared-exactly'],
    ['escaped for HTML', 'email-refreshes'],
    ['X-User-Email', 'token-alone-counts'],
    ['409 for an id that another has used', 'no-cross-user-replay'],
    ['to any key', 'secret-verifies'],
    ['no event of the key', 'reads-agree'],
    ['a key of each', 'one-member-per-user'],
    ['an event of each', 'one-member-per-user'],
    ['beyond ASCII dropped', 'email-refreshes'],
    ['as its owner', 'secret-verifies'],
    ['500 for a known user with an address that another has', 'no-cross-user-replay'],
    ['by users with one session', 'no-cross-user-replay'],
    ['by users who read', 'reads-agree'],
  ])('"%s" is caught by %s', async (name, invariant) => {
    const { code, failed } = await judgedAlone(mutant(name), ['--only', invariant]);
    expect({ code, failed }).toEqual({ code: 1, failed: [invariant] });
  });

  test('that gives another answer again is told what differs, without its secret', async () => {
    const { said } = await judgedAlone(mutant('with the time of now'), ['--only', 'replay-identical']);
    expect(said).toMatch(/workspace_member\.last_seen_at: "20[^"]+" → "20[^"]+"/);
    const masked = await judgedAlone(mutant('with a masked secret'), ['--only', 'replay-identical']);
    expect(masked.said).toMatch(/default_api_key\.secret: "ap_pk_preview_\w{16}_<secret>" → "ap_pk_preview_\w{16}_/);
    expect(masked.said).not.toMatch(/ap_pk_preview_\w{16}_[\w-]{43}/);
  });
});
