/** The API as a value: routes, credentials, errors. Nothing listens here; see http/listener.ts. */
import type { ServerResponse } from 'node:http';
import { Hono } from 'hono';
import type { MemberScope } from '../callback/workspace/records.ts';
import { ApiError } from '../errors/api-error.ts';
import type { RandomSource } from '../machine/random.ts';
import type { AttemptLog } from '../store/attempt-log.ts';
import type { Store } from '../store/store.ts';
import { attemptOf } from './api/callback-attempt.ts';
import { type CallbackRouteDeps, handleCallback } from './api/callback-route.ts';
import * as dashboard from './api/dashboard-routes.ts';
import { type IssuerUrls, verifierSettings } from './api/verifier-route.ts';
import {
  AUTHENTICATE_PATH,
  AUTHKIT_ROUTES,
  isPagePath,
  isSignInPath,
  isWorkosPath,
  PAGE_ROUTES,
  SIGN_OUT_PATH,
} from './contract/authkit-routes.ts';
import { CALLBACK_PATH, USAGE_POLICY } from './contract/constants.ts';
import { ROUTES, type Route, type RouteId } from './contract/routes.ts';
import { type AccessSettings, checkAccess, preflightHeaders, WITH_CREDENTIALS } from './http/access.ts';
import { answer, begin, type Environment, errorAnswer, internalError, json, type RequestOf } from './http/answers.ts';
import { bindingsOf } from './http/bindings.ts';
import { authenticatedKey, authenticatedMember } from './http/credentials.ts';
import { refuseUnmet } from './http/expectation.ts';
import { requestId } from './http/request-id.ts';
import type { Answered } from './log/answered.ts';
import { requestLine, type ServerLog } from './log/request-log.ts';
import type { Watched, Watcher } from './watcher.ts';
import type { Authkit } from './workos/authkit/authkit.ts';
import { checkPageAccess } from './workos/authkit/page-access.ts';
import { workosErrorAnswer } from './workos/errors.ts';
import { type LocalWorkos, WORKOS_HANDLERS } from './workos/workos-routes.ts';

export interface AppDeps extends CallbackRouteDeps {
  readonly store: Store;
  readonly access: AccessSettings;
  readonly log: ServerLog;
  /** Records the outcome of a callback. */
  readonly recordAttempt: AttemptLog['record'];
  readonly inspectorUrl?: (() => string | undefined) | undefined;
  /** Absent unless the inspector watches. */
  readonly watcher?: Watcher | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: Pick<RandomSource, 'ulid'>;
  /** The OpenAPI document as JSON. It is made at the first request; each request gets the same bytes. */
  readonly openApi: () => Promise<Uint8Array<ArrayBuffer>>;
  readonly issuerUrls: IssuerUrls;
  /** Absent in remote mode, and so are its routes. */
  readonly localWorkos?: LocalWorkos | undefined;
  /** The sign-in of the local WorkOS, loaded at the first request for it; absent in remote mode. */
  readonly authkit?: (() => Promise<Authkit>) | undefined;
}

type Handler = (c: RequestOf) => Response | Promise<Response>;

export function createApp(deps: AppDeps): Hono<Environment> {
  const app = new Hono<Environment>();
  const handlers = handlersOf(deps);

  app.use('*', async (c, next) => {
    const started = performance.now();
    const now = deps.now();
    let isAdmitted = false;
    let watched: Watched | undefined;
    begin(c, { requestId: requestIdOf(c, deps.random, now), now });
    try {
      const cors = accessOf(c, deps);
      c.set('cors', cors);
      refuseUnmet(c);
      isAdmitted = true;
      watched = watch(c, deps, started);
      if (c.req.method === 'OPTIONS' && Object.keys(cors).length > 0) {
        c.res = answer(c, 204, null, preflightHeaders(c.req.header('access-control-request-headers')));
      } else {
        await next();
      }
    } catch (error) {
      c.res = await respondToError(error as Error, c, deps);
    }
    report(c, deps, performance.now() - started, isAdmitted, watched);
  });

  const routes = ROUTES.filter(({ local }) => !local || deps.localWorkos);
  for (const { method, path, operationId } of routes) app.on(method, path, handlers[operationId]);
  const { authkit } = deps;
  const signIn = authkit === undefined ? [] : [...PAGE_ROUTES, ...AUTHKIT_ROUTES];
  for (const { method, path, operationId } of signIn)
    app.on(method, path, async (c) => (await (authkit as NonNullable<typeof authkit>)()).handle[operationId](c));
  for (const [path, allow] of methodsByPath([...routes, ...signIn])) {
    app.all(path, () => {
      throw new ApiError('method_not_allowed', `this path takes ${allow} only`, { allow });
    });
  }
  app.notFound(async (c) => {
    const isBrowser = c.req.path === '/' && /\btext\/html\b/.test(c.req.header('accept') ?? '');
    if (isBrowser && ['GET', 'HEAD'].includes(c.req.method))
      return (await import('./api/home-page.ts')).homePage(c, deps.inspectorUrl?.());
    throw new ApiError('not_found', 'there is no such route', { received: c.req.path });
  });
  app.onError((error, c) => respondToError(error, c, deps));
  return app;
}

/** Only what gets a row in the log of attempts is watched. */
function watch(c: RequestOf, { watcher }: AppDeps, started: number): Watched | undefined {
  if (watcher === undefined || !isCallback(c)) return undefined;
  const context = c.get('context');
  const { outgoing } = bindingsOf(c);
  const header = (name: string) => c.req.header(name);
  const trace = watcher.begin({ ...context, started, header, outgoing: outgoing as ServerResponse | undefined });
  if (trace !== undefined) c.set('context', { ...context, trace });
  return trace;
}

/** @returns the CORS headers for the answer. @throws ApiError host_not_allowed (421), forbidden (403) */
function accessOf(c: RequestOf, { access, authkit }: AppDeps): Readonly<Record<string, string>> {
  const { url, path, method } = c.req;
  const version = bindingsOf(c).incoming?.httpVersion;
  const request = { url, path, method, version, header: (name: string) => c.req.header(name) };
  const headers = authkit && isPagePath(path) ? checkPageAccess(request, access) : checkAccess(request, access);
  const takesCookies = authkit && (path === AUTHENTICATE_PATH || path === SIGN_OUT_PATH);
  return takesCookies && 'Access-Control-Allow-Origin' in headers ? { ...headers, ...WITH_CREDENTIALS } : headers;
}

/** The form follows the path: that of the API, of WorkOS, or a page. */
async function respondToError(error: Error, c: RequestOf, { log, authkit }: AppDeps): Promise<Response> {
  c.error = error;
  const { path, method } = c.req;
  const known = error instanceof ApiError ? error : internalError();
  if (known !== error) log.bug(error, c.get('context').requestId);
  if (authkit && isPagePath(path) && known.code !== 'method_not_allowed' && ['GET', 'HEAD', 'POST'].includes(method)) {
    const { errorPage } = await import('./workos/authkit/page/error-page.ts');
    return errorPage(c, known);
  }
  return isWorkosPath(path) ? workosErrorAnswer(c, known) : errorAnswer(c, known);
}

/** One handler for each route of the table; the compiler asks for a missing one. */
function handlersOf(deps: AppDeps): Record<RouteId, Handler> {
  const { store, verifier, localWorkos } = deps;
  const asMember =
    (
      scope: MemberScope | null,
      handle: (
        c: RequestOf,
        context: Awaited<ReturnType<typeof authenticatedMember>>,
        store: Store,
      ) => Response | Promise<Response>,
    ): Handler =>
    async (c) =>
      handle(c, await authenticatedMember(c, verifier, store, scope), store);
  const asWorkos =
    (handle: (typeof WORKOS_HANDLERS)[keyof typeof WORKOS_HANDLERS]): Handler =>
    (c) =>
      localWorkos ? handle(c, localWorkos) : c.notFound();

  return {
    webCallback: (c) => handleCallback(c, deps),
    getWebWorkspace: asMember(null, dashboard.workspace),
    listWebArtifacts: asMember('read', dashboard.artifacts),
    getWebArtifact: asMember('read', dashboard.artifact),
    listWebKeys: asMember('admin', dashboard.keys),
    listWebAudit: asMember('admin', dashboard.audit),
    getWebSettings: asMember('admin', dashboard.settings),
    whoami: async (c) => dashboard.whoami(c, await authenticatedKey(c, store)),
    getUsagePolicy: async (c) => {
      await authenticatedKey(c, store);
      return json(c, USAGE_POLICY);
    },
    getOpenApi: async (c) => answer(c, 200, await deps.openApi()),
    getHealth: (c) => json(c, { status: 'ok' }),
    getReadiness: async (c) => {
      await store.ready();
      return json(c, { status: 'ok' });
    },
    getVerifierSettings: (c) => verifierSettings(c, verifier.settings, deps.issuerUrls),
    getJwks: asWorkos(WORKOS_HANDLERS.getJwks),
    getUser: asWorkos(WORKOS_HANDLERS.getUser),
    listUsers: asWorkos(WORKOS_HANDLERS.listUsers),
    createUser: asWorkos(WORKOS_HANDLERS.createUser),
  };
}

/** The value of `Allow` for each path. */
function methodsByPath(routes: readonly Pick<Route, 'method' | 'path'>[]): Map<string, string> {
  const byPath = Map.groupBy(routes, ({ path }) => path);
  return new Map(
    [...byPath].map(([path, same]) => [
      path,
      same.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', '),
    ]),
  );
}

function requestIdOf(c: RequestOf, random: AppDeps['random'], now: number): string {
  return requestId(c.req.header('x-request-id'), () => `req_${random.ulid(now)}`, bindingsOf(c).incoming);
}

function isCallback({ req: { path, method } }: RequestOf): boolean {
  return path === CALLBACK_PATH && method === 'POST';
}

function report(
  c: RequestOf,
  { log, recordAttempt, authkit }: AppDeps,
  elapsed: number,
  isAdmitted: boolean,
  watched: Watched | undefined,
): void {
  const answered: Answered = {
    context: c.get('context'),
    account: c.get('account'),
    error: c.error instanceof ApiError ? c.error : c.error && internalError(),
    status: c.res.status,
    milliseconds: Math.round(elapsed * 100) / 100,
  };
  const isTold = isCallback(c);
  // Any web page can make a browser send requests. Those that are refused by Host or Origin get no row, so that they
  // cannot push real attempts out of the log.
  if (isTold && isAdmitted) recordAttempt(attemptOf(answered), watched?.ended(answered));
  log.request(
    requestLine(c.req, answered, isTold || (authkit !== undefined && isSignInPath(c.req.path)), watched?.isOwn),
  );
}
