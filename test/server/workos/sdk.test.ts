/** The SDK of WorkOS, as it is published, against the local WorkOS. */

import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BadRequestException, NotFoundException, UnauthorizedException, WorkOS } from 'workos-node-11';
import { LOCAL_API_KEY, LOCAL_CLIENT_ID, WORKOS_ISSUER } from '../../../src/machine/settings.ts';
import { type TestServer, testServer } from '../../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const sdk = (apiKey = LOCAL_API_KEY) =>
  new WorkOS(apiKey, { apiHostname: '127.0.0.1', port: server.running.port, https: false, clientId: LOCAL_CLIENT_ID })
    .userManagement;

describe('users', () => {
  test('are found by id and by address once created', async () => {
    const created = await sdk().createUser({ email: 'ada@example.com', firstName: 'Ada', lastName: 'Lovelace' });
    expect(created).toMatchObject({
      object: 'user',
      id: expect.stringMatching(/^user_[0-9A-HJKMNP-TV-Z]{26}$/),
      email: 'ada@example.com',
      emailVerified: true,
      firstName: 'Ada',
      lastName: 'Lovelace',
    });
    expect(await sdk().getUser(created.id)).toEqual(created);
    expect((await sdk().listUsers({ email: 'ada@example.com' })).data).toEqual([created]);
    expect((await sdk().listUsers({ email: 'nobody@example.com' })).data).toEqual([]);
  });

  test('can sign in once created', async () => {
    const { id } = await sdk().createUser({ email: 'carl@example.com' });
    const { status, body } = await server.post(server.mint({ sub: id }).token);
    expect({ status, email: body.workspace_member.email }).toEqual({ status: 200, email: 'carl@example.com' });
  });

  test('cannot share an address, whatever its case', async () => {
    await sdk().createUser({ email: 'taken@example.com' });
    for (const email of ['taken@example.com', 'Taken@Example.com']) {
      const error = await sdk()
        .createUser({ email })
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(BadRequestException);
      expect(error).toMatchObject({
        status: 400,
        code: 'user_creation_error',
        errors: [{ code: 'email_not_available' }],
        requestID: expect.stringMatching(/^req_/),
      });
    }
    expect((await sdk().listUsers({ email: 'taken@example.com' })).data.length).toBe(1);
  });

  test('are rejected with an invalid address', async () => {
    const error = await sdk()
      .createUser({ email: 'none' })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 422, code: 'invalid_request_parameters' });
  });

  test('are not found under an unknown id', async () => {
    const error = await sdk()
      .getUser('user_nobody')
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NotFoundException);
    expect(error).toMatchObject({ status: 404, code: 'entity_not_found' });
  });

  test('are not served for another API key', async () => {
    await expect(sdk('sk_test_other').getUser('user_nobody')).rejects.toBeInstanceOf(UnauthorizedException);
    await expect(sdk('sk_test_other').listUsers()).rejects.toBeInstanceOf(UnauthorizedException);
    await expect(sdk('sk_test_other').createUser({ email: 'new@example.com' })).rejects.toBeInstanceOf(
      UnauthorizedException,
    );
  });
});

describe('lists of users', () => {
  test('are read to the end, newest first, page by page', async () => {
    await using other = await testServer();
    const users = new WorkOS(LOCAL_API_KEY, { apiHostname: '127.0.0.1', port: other.running.port, https: false })
      .userManagement;
    const ids: string[] = [];
    for (let count = 0; count < 25; count++) ids.push((await users.createUser({ email: `${count}@example.com` })).id);

    const newestFirst = ids.toReversed();
    const all = await (await users.listUsers()).autoPagination();
    expect(all.map(({ id }) => id)).toEqual(newestFirst);
    expect((await users.listUsers()).data.map(({ id }) => id)).toEqual(newestFirst.slice(0, 10));
    const oldestFirst = await (await users.listUsers({ order: 'asc' })).autoPagination();
    expect(oldestFirst.map(({ id }) => id)).toEqual(ids);

    const second = await users.listUsers({ limit: 10, after: newestFirst[9] as string });
    expect(second.data.map(({ id }) => id)).toEqual(newestFirst.slice(10, 20));
    const back = await users.listUsers({ limit: 10, before: newestFirst[10] as string });
    expect(back.data.map(({ id }) => id)).toEqual(newestFirst.slice(0, 10));
  });
});

describe('keys', () => {
  test("from the SDK's JWKS URL verify a minted token, also after a rotation", async () => {
    const url = sdk().getJwksUrl(LOCAL_CLIENT_ID);
    expect(url).toBe(server.running.jwksUrl);
    const keys = createRemoteJWKSet(new URL(url), { cooldownDuration: 0 });
    const verified = async () => {
      const { token, claims } = server.mint();
      const { payload, protectedHeader } = await jwtVerify(token, keys, {
        issuer: WORKOS_ISSUER,
        algorithms: ['RS256'],
      });
      expect(payload).toEqual(claims);
      return protectedHeader.kid;
    };
    const before = await verified();
    const { kid } = await server.keyring.rotate(Date.now());
    expect(await verified()).toBe(kid);
    expect(kid).not.toBe(before);
  });
});
