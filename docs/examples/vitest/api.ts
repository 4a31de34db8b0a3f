/** What is under test in workos.test.ts: an API that asks WorkOS who a token belongs to. */
import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';

const WORKOS = 'https://api.workos.com';

/** The e-mail address of the user, or undefined for a token that is not signed by WorkOS. */
export async function emailOf(token: string, clientId: string, apiKey: string): Promise<string | undefined> {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString());
  const { sub } = JSON.parse(Buffer.from(payload, 'base64url').toString());

  const answer = await fetch(`${WORKOS}/sso/jwks/${clientId}`);
  const { keys } = (await answer.json()) as { keys: (JsonWebKey & { kid: string })[] };
  const jwk = keys.find((each) => each.kid === kid);
  if (jwk === undefined) return undefined;
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  const signed = Buffer.from(`${header}.${payload}`);
  if (!verify('sha256', signed, key, Buffer.from(signature, 'base64url'))) return undefined;

  const user = await fetch(`${WORKOS}/user_management/users/${sub}`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  return user.ok ? ((await user.json()) as { email: string }).email : undefined;
}
