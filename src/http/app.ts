/** The API as a value: routes, credentials, errors. Nothing listens here; see server.ts. */
import { Hono } from 'hono';
import { CALLBACK_PATH, USAGE_POLICY } from '../contract/constants.ts';
import { ROUTES, type Route, type RouteId } from '../contract/routes.ts';
import { ApiError } from '../errors.ts';
import type { RandomSource } from '../random.ts';
import type { Attempt } from '../store/attempts.ts';
import type { Store } from '../store/store.ts';
import { type AccessSettings, checkAccess, PREFLIGHT_HEADERS } from './access.ts';
import {
  answer,
  type Environment,
  errorAnswer,
  internalError,
  json,
  outcomeOf,
  type RequestOf,
  type RequestState,
} from './answers.ts';
import { type CallbackRouteDeps, handleCallback } from './callback-route.ts';
import { authenticatedKey, authenticatedMember } from './credentials.ts';
import * as dashboard from './dashboard-routes.ts';
import { printable, type ServerLog } from './request-log.ts';
import { type IssuerUrls, verifierSettings } from './tool-routes.ts';
import { type LocalWorkos, WORKOS_HANDLERS } from './workos-routes.ts';

export interface AppDeps extends CallbackRouteDeps {
  readonly store: Store;
  readonly access: AccessSettings;
  readonly log: ServerLog;
  /** Takes note of what happened to a callback. */
  readonly recordAttempt: (attempt: Attempt) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: Pick<RandomSource, 'ulid'>;
  /** The OpenAPI document as JSON; made when somebody asks for it. */
  readonly openApi: () => Promise<string>;
  readonly issuerUrls: IssuerUrls;
  /** Absent in remote mode, and so are its routes. */
  readonly localWorkos?: LocalWorkos | undefined;
}

type Handler = (c: RequestOf) => Response | Promise<Response>;

export function createApp(deps: AppDeps): Hono<Environment> {
  const app = new Hono<Environment>();
  const handlers = handlersOf(deps);

  app.use('*', async (c, next) => {
    const started = performance.now();
    const state: RequestState = { requestId: requestIdOf(c, deps), now: deps.now(), cors: {} };
    c.set('state', state);
    try {
      state.cors = checkAccess({ url: c.req.url, header: (name) => c.req.header(name) }, deps.access);
      if (c.req.method === 'OPTIONS' && Object.keys(state.cors).length > 0) {
        c.res = answer(c, 204, null, PREFLIGHT_HEADERS);
      } else {
        await next();
      }
    } catch (error) {
      c.res = respondToError(error as Error, c, deps.log);
    }
    report(c, deps, performance.now() - started);
  });

  const routes = ROUTES.filter(({ local }) => !local || deps.localWorkos);
  for (const { method, path, operationId } of routes) app.on(method, path, handlers[operationId]);
  for (const [path, allow] of methodsByPath(routes)) {
    app.all(path, () => {
      throw new ApiError('method_not_allowed', `this path takes ${allow} only`, { allow });
    });
  }
  app.notFound((c) => {
    throw new ApiError('not_found', 'there is no such route', { received: c.req.path });
  });
  app.onError((error, c) => respondToError(error, c, deps.log));
  return app;
}

function respondToError(error: Error, c: RequestOf, log: ServerLog): Response {
  c.error = error;
  if (error instanceof ApiError) return errorAnswer(c, error);
  log.bug(error, c.get('state').requestId);
  return errorAnswer(c, internalError());
}

/** One handler for each route of the table; the compiler asks for a missing one. */
function handlersOf(deps: AppDeps): Record<RouteId, Handler> {
  const { store, verifier, localWorkos } = deps;
  const asMember =
    (
      scope: string | null,
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
    getVerifierSettings: (c) => verifierSettings(c, verifier.settings, deps.issuerUrls),
    getJwks: asWorkos(WORKOS_HANDLERS.getJwks),
    getUser: asWorkos(WORKOS_HANDLERS.getUser),
    listUsers: asWorkos(WORKOS_HANDLERS.listUsers),
    createUser: asWorkos(WORKOS_HANDLERS.createUser),
  };
}

/** What `Allow` says of each path. */
function methodsByPath(routes: readonly Route[]): Map<string, string> {
  const byPath = Map.groupBy(routes, ({ path }) => path);
  return new Map(
    [...byPath].map(([path, same]) => [
      path,
      same.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', '),
    ]),
  );
}

function requestIdOf(c: RequestOf, { random, now }: AppDeps): string {
  const given = c.req.header('x-request-id');
  return given !== undefined && /^[A-Za-z0-9_-]{8,128}$/.test(given) ? given : `req_${random.ulid(now())}`;
}

function report(c: RequestOf, { log, recordAttempt }: AppDeps, elapsed: number): void {
  const state = c.get('state');
  const error = c.error instanceof ApiError ? c.error : c.error && internalError();
  const time = new Date(state.now).toISOString();
  const ms = Math.round(elapsed * 100) / 100;
  const isCallback = c.req.path === CALLBACK_PATH && c.req.method === 'POST';
  const outcome = state.outcome ?? (isCallback && error ? outcomeOf(error) : undefined);
  const reason = error?.reason ?? (error && isCallback ? error.code : undefined);
  log.request({
    time,
    request_id: state.requestId,
    method: printable(c.req.method),
    path: printable(c.req.path),
    status: c.res.status,
    ms,
    ...(outcome === undefined ? {} : { outcome }),
    ...(reason === undefined ? {} : { reason }),
    ...(state.subject === undefined ? {} : { user: printable(state.subject) }),
    ...(state.idempotencyKey === undefined ? {} : { key: printable(state.idempotencyKey) }),
    ...(state.warning === undefined ? {} : { warning: state.warning }),
  });
  if (!isCallback) return;
  recordAttempt({
    at: time,
    request_id: state.requestId,
    status: c.res.status,
    outcome: outcome ?? 'refused',
    reason: reason ?? null,
    issuer: state.issuer ?? null,
    subject: state.subject ?? null,
    session_id: state.sessionId ?? null,
    idempotency_key: state.idempotencyKey ?? null,
    expected: error?.detail.expected === undefined ? null : printable(error.detail.expected),
    received: error?.detail.received === undefined ? null : printable(error.detail.received),
    milliseconds: ms,
  });
}
