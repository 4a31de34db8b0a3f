/** The advice of `explain` about a token that has just been refused. */
import { advise } from '../../callback/explanation/advice.ts';
import type { RefusedToken } from '../../callback/explanation/refused-token.ts';
import { readableToken } from './readable-token.ts';
import { safeLine } from './safe-text.ts';
import type { Seen } from './seen.ts';

interface Refused extends Pick<RefusedToken, 'reason' | 'received' | 'verifier' | 'knownKeys'> {
  readonly seen: Seen;
}

export async function adviceFor({ seen, ...refused }: Refused): Promise<readonly string[]> {
  const token = seen.credential ?? '';
  const { header, claims } = readableToken(seen) ?? { header: null, claims: null };
  const lines = await advise({ ...refused, token, header, claims, now: seen.now });
  return lines.map(safeLine);
}
