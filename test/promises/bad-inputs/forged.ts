/** Tokens made by hand, for what `mint` cannot say: any JSON text as header or payload, any key, a good signature. */
import { type KeyObject, sign } from 'node:crypto';
import type { MintOptions } from '../../../src/workos/tokens/mint.ts';
import type { TestServer } from '../../support/server.ts';

export interface Forgery extends Partial<MintOptions> {
  /** Changes the JSON text of the header. */
  readonly header?: (json: string) => string | Buffer;
  /** Changes the JSON text of the claims. */
  readonly payload?: (json: string) => string | Buffer;
  /** The key of the server by default. */
  readonly key?: KeyObject;
}

/** A token of the server's own issuer after these changes. */
export function forged(server: Pick<TestServer, 'mint' | 'keyring'>, forgery: Forgery): string {
  const { header = same, payload = same, key = server.keyring.signingKey().privateKey, ...options } = forgery;
  const minted = server.mint(options);
  return signed(header(JSON.stringify(minted.header)), payload(JSON.stringify(minted.claims)), key);
}

export function forgedBy(key: KeyObject, header: object, claims: object): string {
  return signed(JSON.stringify(header), JSON.stringify(claims), key);
}

function signed(header: string | Buffer, payload: string | Buffer, key: KeyObject): string {
  const input = [header, payload].map((part) => Buffer.from(part).toString('base64url')).join('.');
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
}

function same(json: string): string {
  return json;
}

/** Puts members before the others of a JSON object. */
export function withMembers(members: string): (json: string) => string {
  return (json) => `{${members},${json.slice(1)}`;
}

/** Gives a claim or a header member another value, written as JSON text. */
export function withMember(name: string, text: string): (json: string) => string {
  return (json) => {
    const { [name]: _, ...others } = JSON.parse(json);
    return withMembers(`${JSON.stringify(name)}:${text}`)(JSON.stringify(others));
  };
}
