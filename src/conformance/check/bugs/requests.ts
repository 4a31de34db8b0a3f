/** Mistakes about requests: where a token is looked for, which are let in, and what reads show. */
import { member } from '../../../callback/token/json-object.ts';
import { CALLBACK_PATH } from '../../../server/contract/constants.ts';
import { type Body, type Bug, readBody, writeBody } from './bug.ts';

const READS = '/v1/web/';
const WORKSPACE = '/v1/web/workspace';

export const REQUEST_BUGS = {
  'token-in-query': {
    summary: 'a token is also taken from the query',
    breaks: 'token-alone-counts',
    wrap: () => ({
      fetch: (fetch) => (request, bindings) => {
        const token = new URL(request.url).searchParams.get('access_token');
        if (token === null || request.headers.has('authorization')) return fetch(request, bindings);
        return fetch(withToken(request, token), {});
      },
    }),
  },
  'organizations-refused': {
    summary: 'a token that names an organization is refused',
    breaks: 'good-tokens-accepted',
    wrap: () => ({
      fetch: (fetch) => (request, bindings) => {
        const names = member(claimsOf(request), 'org_id') !== undefined && isCallback(request);
        return names ? fetch(withToken(request, 'none'), {}) : fetch(request, bindings);
      },
    }),
  },
  'reads-show-first-address': {
    summary: 'reads always show the address of the first sign-in',
    breaks: 'reads-agree',
    wrap: () => {
      const first = new Map<unknown, unknown>();
      return {
        fetch: (fetch) => async (request, bindings) => {
          const response = await fetch(request, bindings);
          if (response.status !== 200) return response;
          if (isCallback(request)) {
            const { id, email } = memberOf(await bodyOf(response));
            if (!first.has(id)) first.set(id, email);
          }
          if (new URL(request.url).pathname !== WORKSPACE || request.method !== 'GET') return response;
          const body = await bodyOf(response);
          const shown = memberOf(body);
          return json({ ...body, workspace_member: { ...shown, email: first.get(shown.id) ?? shown.email } });
        },
      };
    },
  },
  'reads-unverified': {
    summary: 'reads take any token that names a user who has signed in',
    breaks: 'reads-verified',
    wrap: () => {
      const good = new Map<unknown, string>();
      return {
        fetch: (fetch) => async (request, bindings) => {
          const sub = member(claimsOf(request), 'sub');
          const known = good.get(sub);
          const isRead = new URL(request.url).pathname.startsWith(READS);
          const isKnown = isRead && known !== undefined;
          const response = await (isKnown ? fetch(withToken(request, known), {}) : fetch(request, bindings));
          if (isCallback(request) && response.status === 200) good.set(sub, tokenOf(request));
          return response;
        },
      };
    },
  },
} as const satisfies Record<string, Bug>;

function isCallback({ url }: Request): boolean {
  return new URL(url).pathname === CALLBACK_PATH;
}

/** To be handed on without its bindings, which have the headers as they came. */
function withToken(request: Request, token: string): Request {
  const changed = new Request(request);
  changed.headers.set('authorization', `Bearer ${token}`);
  return changed;
}

function tokenOf(request: Request): string {
  return (request.headers.get('authorization') ?? '').replace(/^bearer /i, '');
}

function claimsOf(request: Request): unknown {
  const payload = Buffer.from(tokenOf(request).split('.')[1] ?? '', 'base64url').toString();
  return payload.startsWith('{') && payload.endsWith('}') ? JSON.parse(payload) : undefined;
}

async function bodyOf(response: Response): Promise<Body> {
  return readBody(new Uint8Array(await response.clone().arrayBuffer()));
}

function memberOf(body: Body): Body {
  return body.workspace_member as Body;
}

function json(body: Body): Response {
  const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' };
  return new Response(new Uint8Array(writeBody(body)), { headers });
}
