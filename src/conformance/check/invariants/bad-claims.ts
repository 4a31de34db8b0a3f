/** Claims that are only slightly invalid. */
import { isoDate } from '../../../machine/values/time.ts';
import { claimsOf } from '../../replay/claims.ts';
import type { Trial, TrialTokenOptions, TrialUser } from '../trial/trial.ts';

export interface BadClaims {
  readonly what: string;
  readonly optionsFor: (user: TrialUser) => TrialTokenOptions;
  readonly isAdvice?: boolean;
}

/** Seconds by which a tolerant clock may differ (docs/target-contract.md), and a little more. */
const BEYOND_TOLERANCE = 90;

/** @param takesNoClient whether the target takes tokens that name no client, as some environments of WorkOS make them */
export function badClaims(trial: Trial, takesNoClient = true): readonly BadClaims[] {
  const now = Math.floor(trial.now() / 1000);
  const { iss, client_id } = claimsOf(trial.user().token()) ?? {};
  return [
    ...dates(now),
    ...issuers(String(iss).replace(/\/$/, ''), String(client_id)),
    ...clients(String(client_id)),
    ...['client_id', 'azp'].map((name) => ({
      ...claim(name, null, `${name} null, and no other client`, { client_id: undefined }),
      isAdvice: takesNoClient,
    })),
    { ...subject('in a list', (id) => [id]), isAdvice: true },
    subject('in an object', (id) => ({ id })),
    // WorkOS has no user of that id, unless the id is changed on the way.
    subject('behind a blank', (id) => ` ${id}`),
    subject('before a blank', (id) => `${id} `),
    subject('before a slash', (id) => `${id}/`),
    subject('before a query', (id) => `${id}?a=b`),
    subject('before a fragment', (id) => `${id}#a`),
    subject('behind a parent folder', (id) => `x/../${id}`),
    subject('before another, after a comma', (id) => `${id},x`),
    subject('with an escaped character', (id) => id.replace('_', '%5F')),
    subject('in another case', swappedCase),
    claim('sub', true, 'sub true'),
    { ...claim('iat', now + 3600, 'iat in an hour'), isAdvice: true },
  ];
}

function dates(now: number): readonly BadClaims[] {
  return [
    ...[BEYOND_TOLERANCE, 600, 86_400, 31_536_000].map((ago) => ({
      what: `exp ${ago} seconds ago`,
      optionsFor: () => ({ issuedAt: now - ago - 300, expiresIn: 300 }),
    })),
    ...[BEYOND_TOLERANCE, 3600, 86_400].map((ahead) => ({
      what: `nbf in ${ahead} seconds`,
      optionsFor: () => ({ notBefore: now + ahead, expiresIn: ahead + 300 }),
    })),
    claim('exp', 0, 'exp 0'),
    claim('exp', '', 'exp as an empty text'),
    claim('exp', true, 'exp true'),
    claim('exp', false, 'exp false'),
    claim('exp', null, 'exp null'),
    claim('exp', -(now + 300), 'exp below zero'),
    claim('exp', [now + 300], 'exp in a list'),
    claim('exp', String(now + 300), 'exp as a text'),
    claim('exp', isoDate(now + 300), 'exp as a date'),
    claim('nbf', String(now + 3600), 'nbf in an hour, as a text'),
    claim('nbf', [now + 3600], 'nbf in an hour, in a list'),
  ];
}

function issuers(issuer: string, client: string): readonly BadClaims[] {
  return [
    claim('iss', `${issuer}.example`, 'a host that begins with the issuer'),
    claim('iss', `${issuer}/other`, 'another path of the issuer'),
    claim('iss', `${issuer}@host.example`, 'the issuer as the user of another host'),
    claim('iss', `https://host.example/${issuer}`, 'the issuer in the path of another host'),
    claim('iss', `x${issuer}`, 'a letter before the issuer'),
    claim('iss', issuer.replace(/^https?/, 'ftp'), 'another scheme'),
    claim('iss', issuer.slice(0, -1), 'the issuer without its last character'),
    claim('iss', swappedCase(issuer), 'the issuer in another case'),
    claim('iss', ` ${issuer}`, 'a blank before the issuer'),
    claim('iss', `${issuer} `, 'a blank after the issuer'),
    claim('iss', `${issuer}:443`, 'the issuer with its port'),
    claim('iss', `${issuer}?a=b`, 'the issuer with a query'),
    claim('iss', `${issuer}#a`, 'the issuer with a fragment'),
    claim(
      'iss',
      issuer.replace(/^http(s?):/, (_, s) => (s ? 'http:' : 'https:')),
      'the issuer over the other of http and https',
    ),
    claim('iss', issuer.replace('://', '://login.'), 'a subdomain of the issuer'),
    claim('iss', issuer.replace(/^\w+:\/\//, ''), 'the issuer without its scheme'),
    claim('iss', `${issuer}/user_management/client_another`, 'the issuer of another client'),
    claim('iss', `${issuer}/user_management/${client}`, 'the issuer in its newer form'),
    claim('iss', 'https://another.authkit.app', 'a domain of AuthKit'),
    claim('iss', [issuer], 'the issuer in a list'),
    claim('iss', { value: issuer }, 'the issuer in an object'),
    claim('iss', '', 'an empty issuer'),
    claim('iss', true, 'iss true'),
  ];
}

function clients(client: string): readonly BadClaims[] {
  const claims = (what: string, values: Readonly<Record<string, unknown>>): BadClaims => ({
    what,
    optionsFor: () => ({ claims: values }),
  });
  return [
    claim('client_id', `${client}0`, 'a client that begins with ours'),
    claim('client_id', client.slice(0, -1), 'our client without its last character'),
    claim('client_id', swappedCase(client), 'our client in another case'),
    claim('client_id', [client], 'our client in a list'),
    claim('client_id', '*', 'a wildcard as client'),
    claim('client_id', '', 'an empty client'),
    claim('client_id', ` ${client}`, 'a blank before our client'),
    claim('client_id', `${client}\n`, 'a line end after our client'),
    claim('client_id', true, 'client_id true'),
    claim('client_id', { id: client }, 'our client in an object'),
    ...[`${client}0`, client.slice(0, -1), swappedCase(client), [client], ` ${client}`, ''].map((azp) => ({
      ...claims(`no client_id, and azp ${JSON.stringify(azp)}`, { client_id: undefined, azp }),
    })),
    claims('another client, azp is ours', { client_id: `${client}0`, azp: client }),
    claims('another client, aud is ours', { client_id: `${client}0`, aud: client }),
    claims('client_id null, azp of another client', { client_id: null, azp: `${client}0` }),
  ];
}

function claim(name: string, value: unknown, what: string, others: Readonly<Record<string, unknown>> = {}): BadClaims {
  return { what, optionsFor: () => ({ claims: { ...others, [name]: value } }) };
}

function subject(what: string, subOf: (id: string) => unknown): BadClaims {
  return { what: `the subject ${what}`, optionsFor: ({ subject: id }) => ({ claims: { sub: subOf(id) } }) };
}

export function swappedCase(text: string): string {
  return text.replace(/[a-z]/gi, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );
}
