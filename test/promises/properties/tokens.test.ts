import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiError } from '../../../src/errors/api-error.ts';
import { REASONS } from '../../../src/errors/reasons.ts';
import { runs } from '../../support/property-runs.ts';
import {
  CLIENT,
  ISSUER,
  isAcceptable,
  isPrefixOfAllChecks,
  type Judgement,
  NOW,
  type TokenIssuer,
  tokenIssuer,
} from './token-issuer.ts';
import { mutations } from './token-mutations.ts';

let issuer: TokenIssuer;
beforeAll(async () => {
  issuer = await tokenIssuer();
});
afterAll(() => issuer[Symbol.dispose]());

/** A refusal is an ApiError of the token's own making, with a reason of the table, after each check ran once at most. */
function expectSoundly({ verified, error, checks, lookups }: Judgement): void {
  expect(isPrefixOfAllChecks(checks)).toBe(true);
  expect(lookups).toBeLessThanOrEqual(1);
  if (verified !== undefined) return;
  expect(error).toBeInstanceOf(ApiError);
  const { code, reason } = error as ApiError;
  expect(code).toBe('not_authenticated');
  expect(Object.keys(REASONS)).toContain(reason);
}

test('accepts only what was signed, byte for byte, whatever is done to a token', {
  timeout: 600_000,
}, async () => {
  const good = [
    issuer.mint(),
    issuer.mint({ sub: 'user_2' }),
    issuer.mint({ jti: null }),
    issuer.mint({ sid: null }),
    issuer.mint({ expiresIn: 86_400 }),
    issuer.mint({ kid: issuer.kids.at(-1) ?? '' }),
  ].map(({ token }) => token);
  const tokens = [...good, ...issuer.faulty().map(({ token }) => token)];
  const reasons = new Set<string>();
  let verifiedSignatures = 0;

  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 9999 }), fc.boolean(), mutations, async (which, fromGood, changes) => {
      const from = fromGood ? good : tokens;
      const token = changes.reduce((text, change) => change(text, tokens), from[which % from.length] ?? '');
      const judgement = await issuer.judge(token);
      expectSoundly(judgement);
      if (judgement.verified !== undefined) {
        // A change can undo a fault, such as padding. What it gives back is then a token that was signed, byte for byte.
        expect(issuer.signed(token) && isCanonical(token) && isAcceptable(claimsIn(token))).toBe(true);
      }
      reasons.add((judgement.error as ApiError | undefined)?.reason ?? 'accepted');
      if (judgement.checks.includes('signature')) verifiedSignatures++;
    }),
    runs(100_000),
  );
  // Many get past the first checks, or the rest would be shown for nothing.
  expect(verifiedSignatures).toBeGreaterThan(10_000);
  expect([...reasons]).toEqual(
    expect.arrayContaining([
      'accepted',
      'malformed_token',
      'encrypted_token',
      'header_invalid',
      'duplicate_member',
      'alg_not_allowed',
    ]),
  );
  expect([...reasons]).toEqual(
    expect.arrayContaining(['kid_unknown', 'bad_signature', 'untrusted_key_header', 'crit_not_supported', 'expired']),
  );
});

describe('a token with a good signature', () => {
  const HEADER = () => ({ alg: 'RS256', kid: issuer.kids[0] });
  const CLAIMS = {
    iss: ISSUER,
    sub: 'user_1',
    sid: 'session_1',
    jti: 'token_1',
    client_id: CLIENT,
    exp: NOW / 1000 + 300,
    iat: NOW / 1000,
  };
  const strange = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom(
      0,
      -1,
      1.5,
      1e21,
      NOW,
      NOW / 1000,
      NOW / 1000 + 1,
      '',
      ' ',
      '\u200b',
      'a',
      ISSUER,
      `${ISSUER}/`,
      CLIENT,
    ),
  );
  const changed = fc.dictionary(fc.constantFrom(...Object.keys(CLAIMS), 'nbf', 'azp', 'aud', 'email', 'act'), strange, {
    minKeys: 1,
    maxKeys: 3,
    noNullPrototype: true,
  });

  test("is accepted only with the contract's claims, and read unchanged", {
    timeout: 600_000,
  }, async () => {
    const accepted = { yes: 0, no: 0 };
    await fc.assert(
      fc.asyncProperty(changed, async (change) => {
        const claims = { ...CLAIMS, ...change };
        const judgement = await issuer.judge(issuer.sign(JSON.stringify(HEADER()), JSON.stringify(claims)));
        expectSoundly(judgement);
        accepted[judgement.verified ? 'yes' : 'no']++;
        if (judgement.verified === undefined) return;
        expect(isAcceptable(claims)).toBe(true);
        const { subject, tokenId, sessionId, expiresAt, issuer: iss } = judgement.verified;
        expect({ iss, subject }).toEqual({ iss: ISSUER, subject: claims.sub });
        expect(tokenId).toBe(String(claims.jti ?? '').trim() === '' ? null : claims.jti);
        expect(sessionId).toBe(String(claims.sid ?? '').trim() === '' ? null : claims.sid);
        expect(expiresAt).toBe(Math.ceil(Number(claims.exp)));
      }),
      runs(2500),
    );
    expect(Math.min(accepted.yes, accepted.no)).toBeGreaterThan(100);
  });

  test('means the same in any order, spacing and escaping, with any other claims', { timeout: 600_000 }, async () => {
    const expected = (await issuer.judge(issuer.sign(JSON.stringify(HEADER()), JSON.stringify(CLAIMS)))).verified;
    const company = fc.dictionary(
      fc.string({ maxLength: 8 }).map((name) => `x_${name}`),
      fc.jsonValue({ maxDepth: 2 }),
      {
        maxKeys: 3,
      },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(Object.keys(CLAIMS), { minLength: 7 }),
        company,
        fc.constantFrom('', ' ', '\t', '\n\r '),
        fc.boolean(),
        async (order, others, space, escaped) => {
          const members = [
            ...order.map((name) => [name, CLAIMS[name as keyof typeof CLAIMS]]),
            ...Object.entries(others),
          ];
          const text = (value: unknown) => (escaped ? inEscapes(JSON.stringify(value)) : JSON.stringify(value));
          const json = members.map(([name, value]) => `${space}${text(name)}${space}:${space}${text(value)}`).join(',');
          const { verified, error } = await issuer.judge(issuer.sign(JSON.stringify(HEADER()), `{${json}${space}}`));
          expect(error).toBeUndefined();
          expect(verified).toEqual(expected);
        },
      ),
      runs(1000),
    );
  });

  test('is judged quickly, however deep, long or repetitive its parts are', async () => {
    const longest = 5000;
    const shapes = fc.constantFrom(
      (n: number) => '['.repeat(n),
      (n: number) => '{"a":'.repeat(n / 5),
      (n: number) => `{"a":${'['.repeat(n / 2)}${']'.repeat(n / 2)}}`,
      (n: number) => `{"a":"${'\\'.repeat(n)}`,
      (n: number) => `{"a":"${'\\u0061'.repeat(n / 6)}"}`,
      (n: number) => `{${Array.from({ length: n / 8 }, (_, index) => `"${index}":0`).join(',')}}`,
      (n: number) => ' '.repeat(n),
      (n: number) => `{"exp":${'9'.repeat(n)}}`,
      (n: number) => `{"exp":1e${'9'.repeat(n)}}`,
      (n: number) => `{"iss":"${'/'.repeat(n)}"}`,
    );
    await fc.assert(
      fc.asyncProperty(shapes, fc.integer({ min: 10, max: longest }), fc.boolean(), async (shape, size, inHeader) => {
        const odd = shape(size);
        const token = inHeader ? issuer.sign(odd, JSON.stringify(CLAIMS)) : issuer.sign(JSON.stringify(HEADER()), odd);
        const started = process.cpuUsage();
        const judgement = await issuer.judge(token);
        const { user, system } = process.cpuUsage(started); // the work, however long the machine was busy with others
        expect(user + system).toBeLessThan(1_000_000);
        expectSoundly(judgement);
        expect(judgement.verified).toBeUndefined();
      }),
      runs(500),
    );
  });
});

function isCanonical(token: string): boolean {
  const parts = token.split('.');
  return parts.length === 3 && parts.every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
}

function claimsIn(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}

/** The same JSON with every letter of its strings written as an escape. */
function inEscapes(json: string): string {
  return json.replaceAll(/"((?:[^"\\]|\\.)*)"/g, (text) => `"${[...String(JSON.parse(text))].map(inUtf16).join('')}"`);
}

function inUtf16(character: string): string {
  return [...Array(character.length).keys()]
    .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
    .join('');
}
