/** Mistakes about the secret of the default API key. */
import { type Bug, readBody, resolving } from './bug.ts';

export const SECRET_BUGS = {
  'secret-does-not-verify': {
    summary: 'the secret in the answer is not the one whose hash is stored',
    breaks: 'secret-verifies',
    wrap: () =>
      resolving(async (callback, store) => {
        const resolution = await store.resolveMember(callback);
        return { ...resolution, body: Buffer.from(withOtherSecret(Buffer.from(resolution.body).toString())) };
      }),
  },
  'secret-in-the-clear': {
    summary: 'the secret is stored in the clear, beside its hash',
    breaks: 'secret-not-at-rest',
    wrap: () =>
      resolving(async (callback, store) => {
        const resolution = await store.resolveMember(callback);
        const issued = readBody(resolution.body).default_api_key as { secret: string } | null;
        if (issued !== null && resolution.outcome === 'provisioned') {
          await store.resolveMember({ ...callback, idempotencyKey: `issued:${issued.secret}` });
        }
        return resolution;
      }),
  },
} as const satisfies Record<string, Bug>;

/** The same change each time, so that replays stay identical. */
function withOtherSecret(body: string): string {
  return body.replace(
    /("secret":"ap_pk_[a-z]+_[0-9A-Z]{16}_)(.)/,
    (_, before: string, first: string) => `${before}${first === 'A' ? 'B' : 'A'}`,
  );
}
