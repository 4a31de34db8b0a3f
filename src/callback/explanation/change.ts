/** Finds the settings that would accept a refused token: it changes one at a time and asks the verifier each time. */
import { ApiError } from '../../errors/api-error.ts';
import type { Reason } from '../../errors/reasons.ts';
import { isClientId, isIssuer } from '../../machine/values/workos.ts';
import type { VerifierSettings } from '../token/examination.ts';
import { type JsonObject, member } from '../token/json-object.ts';
import { verifyAccessToken } from '../token/verify.ts';
import type { RefusedToken } from './refused-token.ts';

interface Change {
  readonly settings: Partial<VerifierSettings>;
  /** As a person would write it in a shell. */
  readonly written: string;
}

interface Circumstances {
  readonly claims: JsonObject;
  readonly settings: VerifierSettings;
  /** Seconds since 1970. */
  readonly now: number;
}

/** An empty list if no setting would help. */
export async function whatWouldChange({ token, reason, claims, verifier, now }: RefusedToken): Promise<string[]> {
  const written: string[] = [];
  let settings = verifier.settings;
  let next: Reason | undefined = reason;
  while (next !== undefined) {
    const change: Change | undefined = CHANGES[next]?.({ claims: claims ?? {}, settings, now: now / 1000 });
    if (change === undefined || written.includes(change.written)) break;
    written.push(change.written);
    settings = { ...settings, ...change.settings };
    next = await refusalWith(settings);
  }
  if (written.length === 0) return [];
  const all = written.join(' and ');
  return [next === undefined ? `It would be accepted with ${all}` : `With ${all} it would still be refused: ${next}.`];

  async function refusalWith(changed: VerifierSettings): Promise<Reason | undefined> {
    try {
      await verifyAccessToken(token, { ...verifier, settings: changed }, now);
      return undefined;
    } catch (error) {
      if (error instanceof ApiError) return error.reason;
      throw error;
    }
  }
}

/** The largest tolerance that a server takes, in seconds. */
const MAX_TOLERANCE = 60;

const CHANGES: Partial<Record<Reason, (circumstances: Circumstances) => Change | undefined>> = {
  issuer_mismatch: ({ claims, settings }) => {
    const iss = plain(member(claims, 'iss'));
    if (!isIssuer(iss) || iss.replace(/\/+$/, '') === settings.issuer.replace(/\/+$/, '')) return undefined;
    return { settings: { issuer: iss }, written: `WORKOS_ISSUER=${iss}` };
  },
  client_id_mismatch: ({ claims, settings }) => {
    const client = member(claims, 'client_id') ?? member(claims, 'azp') ?? undefined;
    if (client === undefined && settings.clientIdClaim === 'required')
      return { settings: { clientIdClaim: 'optional' }, written: '--client-id-claim optional' };
    const aud = member(claims, 'aud');
    const clientId = plain(client ?? (Array.isArray(aud) ? aud[0] : aud));
    if (!isClientId(clientId) || clientId === settings.clientId) return undefined;
    return { settings: { clientId }, written: `WORKOS_CLIENT_ID=${clientId}` };
  },
  expired: ({ claims, now }) => tolerance(Math.floor(now - Number(member(claims, 'exp'))) + 1),
  not_yet_valid: ({ claims, now }) => tolerance(Math.ceil(Number(member(claims, 'nbf')) - now)),
};

function tolerance(seconds: number): Change | undefined {
  if (!(seconds <= MAX_TOLERANCE)) return undefined;
  return { settings: { clockTolerance: seconds }, written: `--clock-tolerance ${seconds}s` };
}

/** Only text that can be pasted into a shell safely: an attacker may have chosen the claim. */
function plain(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._~:/-]{0,199}$/.test(value) ? value : undefined;
}
