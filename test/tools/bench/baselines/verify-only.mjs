/** A Hono server that verifies the access token with jose, answers a body of the usual size, and keeps nothing. */
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { createLocalJWKSet, jwtVerify } from 'jose';

const { jwks, issuer } = JSON.parse(process.argv[2]);
const keys = createLocalJWKSet(jwks);
const body = { filler: 'x'.repeat(750) };
const app = new Hono();
app.post('/v1/auth/web/callback', async (c) => {
  await jwtVerify(c.req.header('authorization').slice(7), keys, { issuer, algorithms: ['RS256'] });
  return c.json(body);
});
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
});
