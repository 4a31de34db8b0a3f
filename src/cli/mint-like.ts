/** The `mint` command that makes a token with the same verdict. */
import type { Reason } from '../errors.ts';
import type { Explanation } from '../explanation.ts';
import { FAULTS } from '../issuer/faults.ts';

/** null where no token alone leads there: the key set or the WorkOS server is what is wrong. */
export function mintLike({
  accepted,
  reason,
  claims,
}: Pick<Explanation, 'accepted' | 'reason' | 'claims'>): string | null {
  if (accepted) return `agent-paste mint${['sub', 'jti', 'sid'].map((name) => option(name, claims?.[name])).join('')}`;
  if (reason === null) return null;
  if (reason === 'user_fetch_failed') return 'agent-paste mint --sub user_gone && agent-paste users remove user_gone';
  const fault = faultFor(reason);
  return fault === undefined ? null : `agent-paste mint --fault ${fault}`;
}

/** The first fault of the table that is always refused for this reason. */
export function faultFor(reason: Reason): string | undefined {
  return FAULTS.find(({ expected }) => typeof expected !== 'function' && expected.reason === reason)?.name;
}

function option(name: string, value: unknown): string {
  if (value === undefined || value === null || value === '') return name === 'sub' ? '' : ` --no-${name}`;
  return ` --${name} ${shellQuoted(String(value))}`;
}

/** POSIX shells take everything between single quotes as it is. */
function shellQuoted(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
