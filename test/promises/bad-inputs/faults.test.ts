import { afterAll, beforeAll, expect, test } from 'vitest';
import { FAULTS } from '../../../src/workos/tokens/faults.ts';
import { type TestServer, testServer } from '../../support/server.ts';
import { judge } from './bad-input.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test.each(FAULTS.map(({ name }) => name))('a token with the fault %s meets what mint says of it', async (name) => {
  const { token, expected } = server.mint({ faults: [name] });
  const { status, reason = null } = await judge(server, token);
  expect({ status, reason }).toEqual(expected);
});
