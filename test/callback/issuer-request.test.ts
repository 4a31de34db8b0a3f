import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { TimeoutError } from '../../src/callback/bounded-request.ts';
import { get, requestFailure } from '../../src/callback/issuer-request.ts';

describe('an answer from the network', () => {
  test('is read up to 64 KB, then the connection is closed', async () => {
    let closed = Promise.withResolvers<void>();
    const server = createServer(({ url }, response) => {
      response.on('close', () => closed.resolve());
      if (url === '/64') response.end('x'.repeat(65_536));
      else {
        response.write('x'.repeat(65_536));
        response.write('x'); // and never an end
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await get(`${url}/64`, {})).toEqual({ status: 200, text: 'x'.repeat(65_536) });
    closed = Promise.withResolvers();
    await expect(get(`${url}/more`, {})).rejects.toBeInstanceOf(RangeError);
    await closed.promise;
    server.close();
  });

  test.each<[string, (text: string) => Buffer]>([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['GZIP', gzipSync],
  ])('that is compressed unasked is decoded: %s', async (coding, compress) => {
    await using server = await answering((_, response) => {
      response.setHeader('content-encoding', coding).end(compress('{"keys":[]}'));
    });
    expect(await get(server.url, {})).toEqual({ status: 200, text: '{"keys":[]}' });
  });

  test('that grows beyond the limit when it is decoded is not read on', async () => {
    await using server = await answering((_, response) => {
      response.setHeader('content-encoding', 'gzip').end(gzipSync('x'.repeat(10_000_000)));
    });
    await expect(get(server.url, {})).rejects.toBeInstanceOf(RangeError);
  });

  test.each([
    ['is not what it says', 'gzip', 'no gzip'],
    ['is cut off', 'gzip', gzipSync('{"keys":[]}').subarray(0, 20)],
    ['is in a coding that is not known', 'compress', 'x'],
  ])('that %s is a failure with words', async (_, coding, body) => {
    await using server = await answering((_request, response) => {
      response.setHeader('content-encoding', coding).end(body);
    });
    const failure = await get(server.url, {}).catch((error) => error);
    expect(failure).toBeInstanceOf(TypeError);
    expect(requestFailure(failure)).toMatch(/^(Z_\w+|the content coding "compress" is not supported)$/);
  });

  test.each([
    ['that is not HTTP', 'SSH-2.0-OpenSSH_9.9\r\n', 'an answer that is not HTTP'],
    ['that never begins', '', /ECONNRESET|hang up/],
    ['that changes the protocol', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n', /./],
    [
      'with two lengths',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      'an answer that is not HTTP',
    ],
    ['that breaks off', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{', /ECONNRESET|aborted/],
  ])('%s is a failure with words', async (_, bytes, words) => {
    const server = createTcpServer((socket) =>
      socket.once('data', () => socket.end(bytes)).on('error', () => undefined),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const failure = await get(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, {}).catch(
      (error) => error,
    );
    expect(requestFailure(failure)).toEqual(typeof words === 'string' ? words : expect.stringMatching(words));
    server.close();
  });

  test('is waited for on the same connection again, and asked for once more when that was closed meanwhile', async () => {
    const sockets = new Set<unknown>();
    let asked = 0;
    await using server = await answering(({ socket }, response) => {
      sockets.add(socket);
      asked += 1;
      if (asked === 3) socket.destroy();
      else response.end('{}');
    });
    for (let count = 0; count < 3; count++) expect((await get(server.url, {})).status).toBe(200);
    expect([sockets.size, asked]).toEqual([2, 4]);
  });

  test('without a body is read as empty', async () => {
    const server = createServer((_, response) => response.writeHead(204).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await get(`http://127.0.0.1:${port}/`, {})).toEqual({ status: 204, text: '' });
    server.close();
  });

  test('of another status is not read, and the connection is closed', async () => {
    const closed = Promise.withResolvers<void>();
    const server = createServer((_, response) => {
      response.on('close', () => closed.resolve());
      response.writeHead(500).write('the beginning of an answer without end');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await get(`http://127.0.0.1:${port}/`, {})).toEqual({ status: 500, text: '' });
    await closed.promise;
    server.close();
  });

  test.each<[error: unknown, words: string | RegExp]>([
    ['a text', 'a text'],
    [new DOMException('', 'TimeoutError'), /\b3 s$/],
    [new TypeError('failed', { cause: new TimeoutError() }), /\b3 s$/],
    [Object.assign(new Error('proxy'), { code: 0 }), 'proxy'],
    [new TypeError('fetch failed', { cause: Object.assign(new Error('Proxy 502'), { code: 0 }) }), 'Proxy 502'],
    [new TypeError('fetch failed', { cause: Object.assign(new Error(''), { code: 502 }) }), 'fetch failed'],
    [new TypeError('outer', { cause: new Error('inner', { cause: new Error('innermost') }) }), 'innermost'],
    [new TypeError('outer', { cause: new Error('inner', { cause: { code: 'ELAST' } }) }), 'ELAST'],
    [new TypeError('outer', { cause: 'words' }), 'words'],
    [new TypeError('outer', { cause: 7 }), 'outer'],
    [new TypeError('outer', { cause: null }), 'outer'],
    [new AggregateError([Object.assign(new Error('v6'), { code: 'ENETUNREACH' })], 'all'), 'ENETUNREACH'],
    [new AggregateError([], ''), 'the request failed without a reason'],
    [circular(), 'round'],
    [undefined, 'the request failed without a reason'],
    [null, 'the request failed without a reason'],
    [0, 'the request failed without a reason'],
    [{}, 'the request failed without a reason'],
    [new Error(' '), 'the request failed without a reason'],
    [Object.assign(new Error('Parse Error'), { code: 'HPE_INVALID_CONSTANT' }), 'an answer that is not HTTP'],
    [new RangeError('too much'), 'too much'],
    [new TypeError('fetch failed', { cause: Object.assign(new Error('long'), { code: 'ENOTFOUND' }) }), 'ENOTFOUND'],
    [new TypeError('fetch failed', { cause: new Error('bad port') }), 'bad port'],
    [new TypeError('fetch failed'), 'fetch failed'],
  ])('that failed is named in a few words: %s', (error, words) => {
    expect(requestFailure(error)).toEqual(typeof words === 'string' ? words : expect.stringMatching(words));
  });
});

function circular(): Error {
  const error = new Error('round');
  error.cause = error;
  return error;
}

async function answering(answer: RequestListener): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
