/** Mistakes about the content of answers. */
import { CALLBACK_PATH } from '../../../server/contract/constants.ts';
import { type Body, type Bug, readBody, writeBody } from './bug.ts';

export const ANSWER_BUGS = {
  'removed-user-replayed': {
    summary: 'a token that was accepted once is answered again without asking WorkOS for its user',
    breaks: 'removed-user-refused',
    wrap: () => {
      const answers = new Map<string, Uint8Array<ArrayBuffer>>();
      return {
        fetch: (fetch) => async (request, bindings) => {
          const token = request.headers.get('authorization') ?? '';
          const response = await fetch(request, bindings);
          if (new URL(request.url).pathname !== CALLBACK_PATH) return response;
          const body = new Uint8Array(await response.clone().arrayBuffer());
          if (response.status === 200) answers.set(token, body);
          const stored = answers.get(token);
          const isGone = response.status === 401 && reasonOf(body) === 'user_fetch_failed';
          return isGone && stored !== undefined ? new Response(stored, { headers: JSON_TYPE }) : response;
        },
      };
    },
  },
  'secret-in-key-list': {
    summary: 'the list of keys shows the secret of each key that was made since the start',
    breaks: 'secret-shown-once',
    wrap: () => {
      const secrets = new Map<string, unknown>();
      return {
        fetch: (fetch) => async (request, bindings) => {
          const response = await fetch(request, bindings);
          const { pathname } = new URL(request.url);
          if (response.status !== 200) return response;
          const body = () =>
            response
              .clone()
              .arrayBuffer()
              .then((bytes) => readBody(new Uint8Array(bytes)));
          if (pathname === CALLBACK_PATH) {
            const issued = (await body()).default_api_key as IssuedKey | null;
            if (issued !== null) secrets.set(issued.api_key.id, issued.secret);
          }
          if (pathname !== '/v1/web/keys') return response;
          const shown = (await body()) as { items: Body[] };
          const items = shown.items.map((key) => ({ ...key, secret: secrets.get(String(key.id)) }));
          return new Response(new Uint8Array(writeBody({ ...shown, items })), { headers: JSON_TYPE });
        },
      };
    },
  },
  'answers-as-text': {
    summary: 'answers have the media type text/plain',
    breaks: 'answers-in-form',
    wrap: () => ({
      fetch: (fetch) => async (request, bindings) => {
        const response = await fetch(request, bindings);
        const headers = new Headers(response.headers);
        headers.set('Content-Type', 'text/plain');
        return new Response(response.body, { status: response.status, headers });
      },
    }),
  },
} as const satisfies Record<string, Bug>;

const JSON_TYPE = { 'Content-Type': 'application/json; charset=utf-8' };

interface IssuedKey {
  readonly api_key: { readonly id: string };
  readonly secret: string;
}

function reasonOf(body: Uint8Array): unknown {
  return (readBody(body).error as Body | undefined)?.reason;
}
