/** The `mint` command that makes a token with the same verdict. */

import type { VerifierSettings } from '../../../callback/token/examination.ts';
import type { ReasonRow } from '../../../errors/reasons/reason.ts';
import { REASONS, type Reason } from '../../../errors/reasons.ts';
import type { Settings } from '../../../machine/settings.ts';
import { shellWord } from '../../../machine/values/shell-word.ts';
import { isIssuer } from '../../../machine/values/workos.ts';
import type { CommandContext } from '../../command.ts';
import { commandSettings } from '../../settings.ts';

export interface ExplainedToken {
  readonly accepted: boolean;
  readonly reason: Reason | null;
  /** What the check that failed received, such as `1 part`. */
  readonly received?: string | undefined;
  /** `sub`, `jti` and `sid` of an accepted token, or `iss` of a token from another issuer. */
  readonly claims: Readonly<Record<string, unknown>> | null;
}

/** Further flags of the suggested commands, each with a space before it. */
export interface MintFlags {
  /** For every command. */
  readonly global: string;
  /** For `mint`. */
  readonly issuer: string;
  readonly clientId: string;
}

/** null if a token alone cannot cause the refusal: the problem is in the key set or the WorkOS server. */
export function mintLike(
  { accepted, reason, received = '', claims }: ExplainedToken,
  { global, issuer, clientId }: MintFlags,
): string | null {
  const mint = `agent-paste mint${global}${issuer}${clientId}`;
  if (accepted) return `${mint}${['sub', 'jti', 'sid'].map((name) => claimOption(name, claims?.[name])).join('')}`;
  if (reason === null) return null;
  if (reason === 'user_fetch_failed')
    return `${mint} --sub user_gone && agent-paste users remove${global} user_gone --quiet`;
  // The issuer itself shows more than a fault: the newer form, a domain, or too many slashes.
  if (reason === 'issuer_mismatch' && isIssuer(claims?.iss) && /^https?:\/\/[\w.:/-]+$/.test(claims.iss))
    return `agent-paste mint${global} --issuer ${claims.iss}${clientId}`;
  const { fault }: ReasonRow = REASONS[reason];
  const alike = reason === 'malformed_token' ? (shapedLike(received) ?? fault) : fault;
  return alike === undefined ? null : `${mint} --fault ${alike}`;
}

/** The faults of tokens that are malformed in one way, by what the check received; `$1` is a part of the token. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/^1 part$/, 'one-part'],
  [/^2 parts$/, 'two-parts'],
  [/^4 parts$/, 'four-parts'],
  [/^5 parts$/, 'two-tokens'],
  [/^an empty (header|payload|signature)$/, '$1-empty'],
  [/^a signature with unused bits set$/, 'unused-bits'],
  [/^U\+003D in the (header|payload|signature)$/, '$1-padded'],
  [/^U\+0020 in the (header|payload|signature)$/, '$1-space'],
  [/^U\+0009 in the header$/, 'leading-tab'],
  [/^U\+0009 in the signature$/, 'signature-tab'],
  [/^U\+000A in the signature$/, 'signature-newline'],
  [/^U\+00(?:2B|2F) in the signature$/, 'base64-standard'],
  [/^U\+FEFF in the header$/, 'byte-order-mark'],
];

function shapedLike(received: string): string | undefined {
  const [shape, fault] = SHAPES.find(([shape]) => shape.test(received)) ?? [];
  return shape === undefined || fault === undefined ? undefined : received.replace(shape, fault);
}

/** Settings that `mint` would not find by itself: flags of this command, and settings of the judging server. */
export async function mintFlags(
  context: CommandContext,
  judging: Pick<VerifierSettings, 'issuer' | 'clientId'>,
): Promise<MintFlags> {
  const { config } = context.options;
  const stateDir = context.flags['state-dir'];
  const flags = stateDir === undefined ? {} : { 'state-dir': stateDir };
  const { values } = await commandSettings({ ...context, flags });
  return {
    global: `${stateDir === undefined ? '' : flag('state-dir', String(stateDir))}${flag('config', config)}`,
    issuer: different('issuer', judging.issuer, values),
    clientId: different('client-id', judging.clientId, values),
  };
}

function different(name: 'issuer' | 'client-id', wanted: string, values: Settings): string {
  return values[name] === wanted ? '' : flag(name, wanted);
}

function flag(name: string, value: string | undefined): string {
  return value === undefined ? '' : ` --${name} ${shellWord(value)}`;
}

function claimOption(name: string, value: unknown): string {
  if (value === undefined || value === null || value === '') return name === 'sub' ? '' : ` --no-${name}`;
  return flag(name, String(value));
}
