/** The routes of the page's own origin. */
import { ApiError } from '../../errors/api-error.ts';
import { Failure } from '../../errors/failure.ts';
import { redacted, visible } from '../../errors/foreign-text.ts';
import type { Inspected } from '../inspected.ts';
import type { ReadsRoute } from '../remote/route.ts';
import type { Posts } from '../sending/sending.ts';
import { Refusal } from '../web/refusal.ts';
import type { Stream } from '../web/stream.ts';
import { callback, callbacks } from './callbacks.ts';
import { openCounters } from './counters.ts';
import { live } from './live.ts';
import { member, members } from './members.ts';
import { type Query, queryOf } from './query.ts';
import { record, records } from './records.ts';
import { search } from './search.ts';
import { signingKeys } from './signing-keys.ts';
import { state } from './state.ts';

type Answer =
  | { readonly json: object }
  | {
      readonly stream: (stream: Stream) => Promise<void>;
      /** Called where the stream could not begin, or broke. */
      readonly abandon?: () => void;
    };

export interface Routes {
  /** @throws Refusal 400, 404, 503 */
  get(url: URL): Promise<Answer>;
  /** @param ticket of a tab that may send. @throws Refusal 400, 403, 404, 409 */
  post(url: URL, body: Readonly<Record<string, unknown>>, ticket: string | undefined): Promise<Answer>;
}

export interface LoadedRoutes {
  /** The routes that send; none where nothing can be sent. */
  readonly posts: () => Promise<Posts | undefined>;
  /** The reads of another process. */
  readonly reads: () => Promise<ReadsRoute>;
}

export function routesOver(inspected: Inspected, { posts, reads }: LoadedRoutes): Routes {
  const counters = openCounters(inspected);
  const lists: Readonly<Record<string, (query: Query) => Promise<object>>> = {
    '/api/state': () => state(inspected),
    '/api/callbacks': (query) => callbacks(inspected, query),
    '/api/records': (query) => records(inspected, query),
    '/api/records/one': (query) => record(inspected, query),
    '/api/members': (query) => members(inspected, query),
    '/api/signing-keys': () => signingKeys(inspected),
    '/api/counters': counters,
    '/api/search': (query) => search(inspected, query),
  };
  const ones: Readonly<Record<string, (id: string) => Promise<object>>> = {
    '/api/callbacks/': (id) => callback(inspected, id),
    '/api/members/': (id) => member(inspected, id),
  };
  const get: Routes['get'] = async (url) => {
    const { pathname } = url;
    const query = queryOf(url, inspected.now());
    try {
      if (pathname === '/api/callbacks/stream') return { stream: live(inspected, query) };
      const list = Object.hasOwn(lists, pathname) ? lists[pathname] : undefined;
      if (list !== undefined) return { json: shown(await list(query)) };
      const [, folder = '', rest = ''] = /^(\/api\/\w+\/)([^/]+)$/.exec(pathname) ?? [];
      const one = Object.hasOwn(ones, folder) ? ones[folder] : undefined;
      if (one === undefined) throw new Refusal(404, 'not_found', 'there is no such route');
      return { json: shown(await one(idIn(rest))) };
    } catch (error) {
      throw asRefusal(error);
    }
  };
  const post: Routes['post'] = async ({ pathname }, body, ticket) => {
    if (pathname === '/api/reads') {
      const route = await reads();
      return route.answer(body).catch((error) => Promise.reject(asRefusal(error)));
    }
    const all = await posts();
    if (all === undefined && POSTS.includes(pathname))
      throw new Refusal(403, 'forbidden', inspected.state.cannot_send_because ?? 'nothing can be sent from this page');
    const one = all !== undefined && Object.hasOwn(all, pathname) ? all[pathname] : undefined;
    if (one === undefined) throw new Refusal(404, 'not_found', 'there is no such route');
    try {
      const result = await one(body, ticket);
      return 'json' in result ? { json: shown(result.json) } : result;
    } catch (error) {
      throw asRefusal(error);
    }
  };
  return { get, post };
}

const POSTS: readonly string[] = ['/api/predict', '/api/sending', '/api/send'];

function idIn(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Refusal(400, 'invalid_request', 'the id is not URL-encoded text');
  }
}

/** What hides or reverses text is written as `\uXXXX`, line breaks included; what looks like a secret is cut out once more. */
function shown(value: object): object {
  return JSON.parse(
    JSON.stringify(value, (_, each) =>
      typeof each === 'string' ? visible(withoutSecret(each)).replaceAll('\n', String.raw`\u000a`) : each,
    ),
  );
}

function withoutSecret(text: string): string {
  return /eyJ|ap_pk_|sk_|:\/\//.test(text) ? redacted(text).replaceAll('_<secret>', '_…') : text;
}

const STATUS: Readonly<Partial<Record<Failure['code'], readonly [number, string]>>> = {
  not_found: [404, 'not_found'],
  invalid_argument: [400, 'invalid_request'],
};

/** A failure of a command, or of the API, as the page is told it. */
function asRefusal(error: unknown): unknown {
  if (error instanceof ApiError) return new Refusal(error.status, error.code, error.message);
  if (!(error instanceof Failure)) return error;
  const [status, code] = STATUS[error.code] ?? [503, 'database_unavailable'];
  const hint = error.hint ?? '';
  const [first = '', ...lines] = hint.split('\n');
  const nearest = /^Nearest: (.*?)\.(?: |$)/.exec(first)?.[1]?.split(', ') ?? [];
  const named = lines
    .map((line) => line.trim().split('  ')[0] ?? '')
    .filter((line) => line !== '' && line !== 'and more');
  return new Refusal(status, code, visible(error.message), [...named, ...nearest]);
}
