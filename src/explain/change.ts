/** Which settings would accept a refused token: changed one by one, and judged by the verifier each time. */
import { ApiError, type Reason } from '../errors.ts';
import type { VerifierSettings } from '../identity/examination.ts';
import { type JsonObject, member } from '../identity/json-object.ts';
import { verifyAccessToken } from '../identity/verify.ts';
import type { RefusedToken } from './advice.ts';

interface Change {
  readonly settings: Partial<VerifierSettings>;
  /** As somebody would write it. */
  readonly written: string;
}

interface Circumstances {
  readonly claims: JsonObject;
  readonly settings: VerifierSettings;
  /** Seconds since 1970. */
  readonly now: number;
}

/** Nothing where no setting would help. */
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
  return [next === undefined ? `It is accepted with ${all}` : `With ${all} it is refused still: ${next}.`];

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
    if (iss === undefined || iss.replace(/\/+$/, '') === settings.issuer.replace(/\/+$/, '')) return undefined;
    return { settings: { issuer: iss }, written: `WORKOS_ISSUER=${iss}` };
  },
  client_id_mismatch: ({ claims, settings }) => {
    const client = member(claims, 'client_id') ?? member(claims, 'azp') ?? undefined;
    if (client === undefined && settings.clientIdClaim === 'required')
      return { settings: { clientIdClaim: 'optional' }, written: '--client-id-claim optional' };
    const aud = member(claims, 'aud');
    const clientId = plain(client ?? (Array.isArray(aud) ? aud[0] : aud));
    if (clientId === undefined || clientId === settings.clientId) return undefined;
    return { settings: { clientId }, written: `WORKOS_CLIENT_ID=${clientId}` };
  },
  expired: ({ claims, now }) => tolerance(Math.floor(now - Number(member(claims, 'exp'))) + 1),
  not_yet_valid: ({ claims, now }) => tolerance(Math.ceil(Number(member(claims, 'nbf')) - now)),
};

function tolerance(seconds: number): Change | undefined {
  if (!(seconds <= MAX_TOLERANCE)) return undefined;
  return { settings: { clockTolerance: seconds }, written: `--clock-tolerance ${seconds}s` };
}

/** What may be pasted into a shell: a claim is text that anybody chose. */
function plain(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._~:/-]{0,199}$/.test(value) ? value : undefined;
}
