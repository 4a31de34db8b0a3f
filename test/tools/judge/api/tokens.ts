/** Verification of an access token in the words of the contract: shape, algorithm, key, signature, claims. */
import type { Claims, Expected, Header, Rules } from './rules.ts';
import type { KeySet } from './workos.ts';

export type Verified =
  | { readonly claims: Claims; readonly problem?: undefined }
  | { readonly problem: string; readonly claims: Claims | undefined };

export async function verifyToken(token: string, rules: Rules, keys: KeySet, expected: Expected): Promise<Verified> {
  const refused = (problem: string, claims?: Claims): Verified => ({ problem, claims });
  if (!rules.shape.test(token)) return refused('shape');
  const [head = '', payload = '', signature = ''] = token.split('.');
  const header = object(head);
  const claims = object(payload);
  if (header === undefined) return refused('header', claims);
  if (typeof header.alg !== 'string' || !rules.algorithms.includes(header.alg) || !rules.acceptsHeader(header))
    return refused('header', claims);
  const key = rules.keyOf(header.kid, await keys.knowing(header.kid), header);
  if (key === undefined) return refused('key', claims);
  const isSigned = rules.verifies(`${head}.${payload}`, Buffer.from(signature, 'base64url'), key, header as Header);
  if (!isSigned) return refused('signature', claims);
  if (claims === undefined) return refused('payload');
  const broken = Object.entries(rules.claims).find(([, check]) => !check(claims, expected));
  return broken === undefined ? { claims } : refused(broken[0], claims);
}

function object(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : undefined;
  } catch {
    return undefined;
  }
}
