/** Node's own request object; undefined for a request that came without a socket. */
import type { HttpBindings } from '@hono/node-server';
import type { RequestOf } from './answers.ts';

export function bindingsOf(c: RequestOf): Partial<HttpBindings> {
  return (c.env as Partial<HttpBindings> | undefined) ?? {};
}
