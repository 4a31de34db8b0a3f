/** The `mint` command that makes a token with the same verdict. */
import type { Settings } from '../config.ts';
import type { Reason } from '../errors.ts';
import type { VerifierSettings } from '../identity/examination.ts';
import { FAULTS } from '../issuer/faults.ts';
import type { CommandContext, GlobalOptions } from './command.ts';
import { commandSettings } from './settings.ts';

export interface Verdict {
  readonly accepted: boolean;
  readonly reason: Reason | null;
  /** `sub`, `jti` and `sid` of an accepted token, `iss` of one with another issuer. */
  readonly claims: Readonly<Record<string, unknown>> | null;
}

/** What the suggested commands must be given beside the fault, each with a space before it. */
export interface MintFlags {
  /** For every command. */
  readonly global: string;
  /** For `mint`. */
  readonly issuer: string;
  readonly clientId: string;
}

/** null where no token alone leads there: the key set or the WorkOS server is what is wrong. */
export function mintLike(
  { accepted, reason, claims }: Verdict,
  { global, issuer, clientId }: MintFlags,
): string | null {
  const mint = `agent-paste mint${global}${issuer}${clientId}`;
  if (accepted) return `${mint}${['sub', 'jti', 'sid'].map((name) => claimOption(name, claims?.[name])).join('')}`;
  if (reason === null) return null;
  if (reason === 'user_fetch_failed')
    return `${mint} --sub user_gone && agent-paste users remove${global} user_gone --quiet`;
  // The issuer itself says more than a fault: the newer form, a domain, a slash too many.
  if (reason === 'issuer_mismatch' && typeof claims?.iss === 'string' && /^https?:\/\/[\w.:/-]+$/.test(claims.iss))
    return `agent-paste mint${global} --issuer ${claims.iss}${clientId}`;
  const fault = faultFor(reason);
  return fault === undefined ? null : `${mint} --fault ${fault}`;
}

/** The first fault of the table that is refused for this reason. */
function faultFor(reason: Reason): string | undefined {
  if (reason === 'key_ambiguous') return 'kid-missing'; // where it was ambiguous once, there are two keys
  return FAULTS.find(({ expected }) => typeof expected !== 'function' && expected.reason === reason)?.name;
}

/** What `mint` would not find by itself: flags of this command, and settings that only the judging server has. */
export async function mintFlags(
  context: CommandContext,
  judging: Pick<VerifierSettings, 'issuer' | 'clientId'>,
): Promise<MintFlags> {
  const { stateDir, config } = context.options;
  const { values } = await commandSettings({ ...context, options: globalOptions(context.options) });
  return {
    global: `${flag('state-dir', stateDir)}${flag('config', config)}`,
    issuer: different('issuer', judging.issuer, values),
    clientId: different('client-id', judging.clientId, values),
  };
}

function globalOptions({ stateDir, config }: GlobalOptions): GlobalOptions {
  return { ...(stateDir === undefined ? {} : { stateDir }), ...(config === undefined ? {} : { config }) };
}

function different(name: 'issuer' | 'client-id', wanted: string, values: Settings): string {
  return values[name] === wanted ? '' : flag(name, wanted);
}

function flag(name: string, value: string | undefined): string {
  return value === undefined ? '' : ` --${name} ${shellQuoted(value)}`;
}

function claimOption(name: string, value: unknown): string {
  if (value === undefined || value === null || value === '') return name === 'sub' ? '' : ` --no-${name}`;
  return flag(name, String(value));
}

/** POSIX shells take everything between single quotes as it is. */
function shellQuoted(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
