/** The routes of WorkOS alone, for tests that play WorkOS without a server. */
import { Hono } from 'hono';
import { ApiError } from '../../errors/api-error.ts';
import { ROUTES } from '../contract/routes.ts';
import { begin, type Environment } from '../http/answers.ts';
import { workosErrorAnswer } from './errors.ts';
import { type LocalWorkos, WORKOS_HANDLERS } from './workos-routes.ts';

interface WorkosRoute {
  readonly method: 'GET' | 'POST';
  /** With parameters as `:name`. */
  readonly path: string;
}

export interface WorkosApp {
  readonly routes: readonly WorkosRoute[];
  /** Answers a request to one of the routes. */
  fetch(request: Request): Promise<Response>;
}

/**
 * @param basePath prefix of the paths, such as `/workos`; empty for the paths of the real WorkOS
 * @param now milliseconds since 1970
 */
export function createWorkosApp(workos: LocalWorkos, basePath: string, now: () => number): WorkosApp {
  const app = new Hono<Environment>().basePath(basePath === '' ? '/' : basePath);
  app.use('*', async (c, next) => {
    const at = now();
    begin(c, { requestId: `req_${workos.random.ulid(at)}`, now: at });
    await next();
  });
  app.onError((error, c) => {
    if (error instanceof ApiError) return workosErrorAnswer(c, error);
    throw error;
  });
  const routes = ROUTES.flatMap((route) => (route.local ? [route] : []));
  for (const { method, path, operationId } of routes) {
    const handle = WORKOS_HANDLERS[operationId];
    app.on(method, path, (c) => handle(c, workos));
  }
  return { routes, fetch: async (request) => app.fetch(request) };
}
