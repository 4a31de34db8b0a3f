import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptsPath } from '../../../../src/store/sqlite/attempt-log.ts';
import { command, pipeline } from '../../../support/command.ts';
import { holdWriteLock } from '../../../support/database.ts';
import { type TestServer, testServer } from '../../../support/server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await testServer();
  await server.post(server.mint({ faults: ['iss-other-form'] }).token, { 'x-request-id': 'refused-0001' });
  await server.post(server.mint({ jti: 'jti_1', sid: 'session_1' }).token, { 'x-request-id': 'accepted-0001' });
  await server.post(undefined, { 'x-request-id': 'nobody-0001' });
  server = await server.restart(); // what happened is in the file, not in the memory of a server
});

afterAll(() => server[Symbol.asyncDispose]());

async function explain(requestId: string, args: readonly string[] = []) {
  return command(['explain', requestId, '--state-dir', server.paths.directory, ...args]);
}

describe('explain <request id>', () => {
  it('names the reason of a refused callback, expected and received values, and a mint command for one like it', async () => {
    const { code, stdout } = await explain('refused-0001');
    expect(code).toBe(1);
    expect(stdout).toContain('401 refused issuer_mismatch  of user_');
    expect(stdout).toContain('expected  https://api.workos.com\n');
    expect(stdout).toContain('received  https://api.workos.com/user_management/client_');
    expect(stdout).toContain('Set WORKOS_ISSUER to the `iss` of your tokens');

    expect(stdout).toContain('Usual cause\n  The server expects `https://api.workos.com`, but');

    const { reason, usual_cause, mint, callbacks } = JSON.parse((await explain('refused-0001', ['--json'])).stdout);
    expect(usual_cause).toMatch(/^The server expects/);
    expect({ reason, count: callbacks.length }).toEqual({ reason: 'issuer_mismatch', count: 1 });
    expect(mint).toContain(`--issuer ${callbacks[0].received}`);
    const { body } = await server.post((await pipeline(mint)).stdout.trim());
    expect(body.error.reason).toBe(reason);
  });

  it('describes an accepted callback, with a mint command for the same ids', async () => {
    const { code, stdout } = await explain('accepted-0001', ['--json']);
    const { accepted, reason, usual_cause, mint, callbacks } = JSON.parse(stdout);
    expect({ code, accepted, reason, usual_cause }).toEqual({
      code: 0,
      accepted: true,
      reason: null,
      usual_cause: null,
    });
    expect(callbacks[0]).toMatchObject({ outcome: 'provisioned', idempotency_key: 'workos-jti:jti_1' });
    const again = await server.post((await pipeline(mint)).stdout.trim());
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  it('suggests no mint command for a failure that no token causes', async () => {
    const { code, stdout } = await explain('nobody-0001', ['--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ reason: 'no_bearer', mint: null });
  });

  it('accepts an id shortened by a narrow table, but does not guess', async () => {
    expect(JSON.parse((await explain('refused…0001', ['--json'])).stdout).callbacks[0].request_id).toBe('refused-0001');
    expect(await explain('nobody-0', ['--json'])).toMatchObject({ code: 1 });
    await server.post(undefined, { 'x-request-id': 'nobody-0002' });
    await server.running.flushLog();
    expect(await explain('nobody-0')).toMatchObject({ code: 2, stdout: '' });
  });

  it.each(['explain', 'inspect callback'])('%s waits for a server that has not written its log yet', async (name) => {
    const requestId = `just-now-${name.length}`;
    const lock = holdWriteLock(attemptsPath(server.paths.database));
    const { token } = server.mint({ faults: ['iss-other-form'] });
    await server.post(token, { 'x-request-id': requestId });
    const shown = command([...name.split(' '), requestId, '--state-dir', server.paths.directory]);
    lock[Symbol.dispose]();
    expect((await shown).stdout).toContain('issuer');
  });

  it('exits 5 when the callback is unknown', async () => {
    await server.running.stop(); // without a server nothing is written any more, and nothing waited for
    const { code, stdout, stderr } = await explain('no-such-request');
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).toContain('there is no callback with the request id "no-such-request"');
    expect((await explain('refused-0002')).stderr).toContain('Nearest: refused-0001');
    const inMemory = await explain('no-such-request', ['--db', ':memory:']);
    expect(inMemory.code).toBe(5);
  });
});
