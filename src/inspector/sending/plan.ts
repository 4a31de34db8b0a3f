/** From a wish to tokens, and to the commands that do the same. */

import { shellWord } from '../../machine/values/shell-word.ts';
import type { ReadStore } from '../../store/read-store.ts';
import { attemptsNamed, lastOf } from '../../store/view/callback.ts';
import type { Members } from '../../workos/tokens/faults/fault.ts';
import { type MintedToken, type MintOptions, mintToken } from '../../workos/tokens/mint.ts';
import type { Json } from '../api-types.ts';
import { detailsOf } from '../routes/details.ts';
import type { SendingParts } from './parts.ts';
import { invalid, type Wish } from './request.ts';

export interface Plan {
  readonly wish: Wish;
  readonly subject: string;
  /** A user whom the directory does not have yet: sending adds it. */
  readonly newEmail: string | undefined;
  /** @param index from 0 */
  token(index: number): MintedToken;
  readonly commands: { readonly agent_paste: string | null; readonly curl: string | null };
}

/** Claims that a token always gets, and those of time, which are fresh unless they are given. */
const OWN = ['iss', 'sub', 'sid', 'jti', 'client_id', 'exp', 'iat', 'nbf'];
const ONE_USER = 1;

interface Base {
  readonly subject: string;
  readonly email: string | null;
  readonly jti: string | null | undefined;
  readonly sid: string | null | undefined;
  readonly claims: Members;
  readonly newEmail?: string;
}

/** @throws Refusal 400, Failure not_found for the callback, invalid_argument for a fault */
export async function planOf(
  wish: Wish,
  { reads, now, options }: { readonly reads: ReadStore; readonly now: () => number; readonly options: string },
  parts: SendingParts,
): Promise<Plan> {
  const base = wish.of === undefined ? await newSignIn(wish, reads, now(), parts) : await ofCallback(wish, reads);
  const { keyring } = await parts.minter();
  const ids = { jti: chosen(wish.jti, base.jti), sid: chosen(wish.sid, base.sid) };
  const removed = Object.entries(wish.claims).filter(([, value]) => value === null);
  const claims: Members = {
    ...base.claims,
    ...wish.claims,
    ...Object.fromEntries(removed.map(([name]) => [name, undefined])),
  };
  const wanted: MintOptions = {
    issuer: parts.issuer,
    clientId: parts.clientId,
    sub: base.subject,
    faults: wish.faults,
    claims,
    ...Object.fromEntries(Object.entries(ids).filter(([, value]) => value !== undefined)),
  };
  const mint = (more: Members) => {
    const dependencies = { keyring, now: now(), random: parts.random };
    return mintToken({ ...wanted, claims: { ...claims, ...more } }, dependencies);
  };
  const first = mint({});
  return {
    wish,
    subject: typeof first.claims.sub === 'string' ? first.claims.sub : base.subject,
    newEmail: first.claims.sub === base.subject ? base.newEmail : undefined,
    token: (index) => (index === 0 || wish.tokens === 'one' ? first : mint({ send: index + 1 })),
    commands: commandsFor(wish, first, base, { options, url: parts.url }),
  };
}

/** undefined for a new one, null for none. */
function chosen(wished: Wish['jti'], given: string | null | undefined): string | null | undefined {
  if (wished === 'none') return null;
  return wished === 'new' ? undefined : given;
}

async function newSignIn(wish: Wish, reads: ReadStore, now: number, { random }: SendingParts): Promise<Base> {
  const email = String(wish.email);
  const { items } = (await reads.has('users'))
    ? await reads.list('users', { limit: ONE_USER, where: { email: [email] } })
    : { items: [] };
  const subject = items[0]?.id ?? `user_${random.ulid(now)}`;
  const base = { subject, email, jti: undefined, sid: undefined, claims: {} };
  return items.length > 0 ? base : { ...base, newEmail: email };
}

async function ofCallback(wish: Wish, reads: ReadStore): Promise<Base> {
  const row = lastOf(await attemptsNamed(reads, String(wish.of), 1));
  const known = (await detailsOf(reads, [row.id])).get(row.id)?.claims ?? {};
  const text = (name: string) => (typeof known[name] === 'string' ? (known[name] as string) : null);
  const subject = text('sub') ?? row.subject ?? row.claimed_subject;
  if (subject === null) throw invalid('of names a callback whose token could not be read: give an email instead');
  return {
    subject,
    email: row.email,
    jti: text('jti') ?? row.token_id ?? row.claimed_token_id,
    sid: text('sid') ?? row.session_id ?? row.claimed_session_id,
    claims: Object.fromEntries(Object.entries(known).filter(([name, value]) => !OWN.includes(name) && !isCut(value))),
  };
}

/** What was masked or cut where it was recorded is not what the token said. */
function isCut(value: Json): boolean {
  return /<masked>|<secret>|…"|"cut"/.test(JSON.stringify(value));
}

function commandsFor(
  { times, at_once, tokens, faults, claims }: Wish,
  minted: MintedToken,
  { subject, email, newEmail }: Base,
  { options, url }: { readonly options: string; readonly url: string },
): Plan['commands'] {
  const id = (name: string) => {
    const value = minted.claims[name];
    return typeof value === 'string' ? [`--${name}`, value] : [`--no-${name}`];
  };
  const words = [
    ...(newEmail === undefined ? ['--sub', subject] : []),
    ...(email === null ? [] : ['--email', email]),
    ...id('jti'),
    ...id('sid'),
    ...faults.flatMap((fault) => ['--fault', fault]),
    ...Object.entries(claims).flatMap(([name, value]) => ['--claim', `${name}=${JSON.stringify(value)}`]),
  ];
  if (tokens === 'each' || words.some((word) => /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(word)))
    return { agent_paste: null, curl: null };
  const mint = `agent-paste mint${options} ${words.map(shellWord).join(' ')}`;
  const often = times === 1 ? '' : ` --times ${times} --concurrency ${at_once}`;
  return {
    agent_paste: `${mint} | agent-paste replay${options} --token -${often}`,
    curl: `curl -X POST ${shellWord(`${url}/v1/auth/web/callback`)} -H "Authorization: Bearer $(${mint})"`,
  };
}
