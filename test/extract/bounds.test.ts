import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createGzip, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { apiTo, KEY, sourceErrorOf } from './support/api.ts';
import { sendJson, serve } from './support/serve.ts';

const get = { method: 'GET', path: '/v1/runs' } as const;
const MIB = 1024 * 1024;

describe('an answer that is too large', () => {
  test('is not even begun to be read where it says so itself', async () => {
    let written = 0;
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 100 * MIB });
      const chunk = Buffer.alloc(MIB, 0x20);
      const write = (): void => {
        if (response.destroyed || written >= 100 * MIB) return;
        written += chunk.length;
        if (response.write(chunk)) setImmediate(write);
        else response.once('drain', write);
      };
      write();
    });
    const error = await sourceErrorOf(apiTo(server.url, { limits: { maxBytes: 8 * MIB } }).read(get));
    expect(error.code).toBe('source_too_large');
    expect(error.message).toContain(`more than ${8 * MIB} bytes`);
    expect(server.received).toHaveLength(1);
    expect(written).toBeLessThan(20 * MIB);
  });

  test('stops at the bound where it has no end, in bounded memory', async () => {
    const chunk = Buffer.alloc(MIB, 0x20);
    let isOpen = true;
    const server = await serve((_, response) => {
      response.on('close', () => {
        isOpen = false;
      });
      const write = (): void => {
        if (response.destroyed) return;
        if (response.write(chunk)) setImmediate(write);
        else response.once('drain', write);
      };
      write();
    });
    const before = process.memoryUsage().rss;
    const error = await sourceErrorOf(apiTo(server.url, { limits: { maxBytes: 16 * MIB } }).read(get));
    expect(error.code).toBe('source_too_large');
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * MIB);
    await expect.poll(() => isOpen).toBe(false);
  });

  test('is measured unpacked: a bomb of a few kilobytes stops at the bound too', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      const gzip = createGzip({ level: 9 });
      gzip.pipe(response);
      const zeros = Buffer.alloc(MIB, 0x20);
      let left = 300;
      const write = (): void => {
        while (left > 0 && !response.destroyed) {
          left -= 1;
          if (!gzip.write(zeros)) {
            gzip.once('drain', write);
            return;
          }
        }
        gzip.end();
      };
      write();
    });
    const before = process.memoryUsage().rss;
    const error = await sourceErrorOf(apiTo(server.url, { limits: { maxBytes: 4 * MIB } }).read(get));
    expect(error.code).toBe('source_too_large');
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * MIB);
  });

  test('may be exactly as large as the bound', async () => {
    const body = JSON.stringify({ a: 'x'.repeat(1000) });
    const server = await serve((_, response) => {
      sendJson(response, body);
    });
    expect((await apiTo(server.url, { limits: { maxBytes: body.length } }).read(get)).body).toEqual(JSON.parse(body));
    expect(await sourceErrorOf(apiTo(server.url, { limits: { maxBytes: body.length - 1 } }).read(get))).toMatchObject({
      code: 'source_too_large',
    });
  });

  test('is read only in its beginning where it is an error’s', async () => {
    const server = await serve((_, response) => {
      response.writeHead(400, { 'content-type': 'text/plain' }).end('no '.repeat(MIB));
    });
    const error = await sourceErrorOf(apiTo(server.url).read(get));
    expect(error).toMatchObject({ code: 'source_bad_request', status: 400 });
    expect(error.message.length).toBeLessThan(250);
  });
});

describe('a packed answer', () => {
  test('is unpacked', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"a":1}'));
    });
    expect((await apiTo(server.url).read(get)).body).toEqual({ a: 1 });
  });

  test('that breaks off is asked for again', async () => {
    const packed = gzipSync(JSON.stringify(Array.from({ length: 500 }, (_, index) => `item ${index * 7919}`)));
    const server = await serve((_, response, number) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(number === 1 ? packed.subarray(0, packed.length / 2) : packed);
    });
    const api = apiTo(server.url);
    expect((await api.read(get)).body).toHaveLength(500);
    expect(api.counts).toEqual({ requests: 2, retries: 1 });
  });
});

describe('an answer that takes too long', () => {
  test('before it begins is asked for once more, and is an error then', async () => {
    const server = await serve(() => undefined);
    const error = await sourceErrorOf(apiTo(server.url, { limits: { timeoutMs: 500 } }).read(get));
    expect(error.code).toBe('source_timeout');
    expect(error.message).toContain('no whole answer within 0.5 s, asked 2 times');
    expect(server.received).toHaveLength(2);
  });

  test('because its body never ends is the same error', async () => {
    const closed: boolean[] = [];
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"items":[');
      const drip = setInterval(() => response.write('1,'), 10);
      response.on('close', () => {
        clearInterval(drip);
        closed.push(true);
      });
    });
    const error = await sourceErrorOf(apiTo(server.url, { limits: { timeoutMs: 500 } }).read(get));
    expect(error.code).toBe('source_timeout');
    await expect.poll(() => closed).toHaveLength(2);
  });

  test('ends also where the request was wrapped, and its wrapping was collected as garbage meanwhile', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const server = await serve((_, response) => {
      response.writeHead(200);
      const drip = setInterval(() => {
        response.write(' ');
        collectGarbage();
      }, 20);
      response.on('close', () => {
        clearInterval(drip);
      });
    });
    const wrapping: typeof fetch = (input, init) => fetch(new Request(input, init));
    const api = apiTo(server.url, { fetch: wrapping, limits: { timeoutMs: 200 } });
    expect(await sourceErrorOf(api.read(get))).toMatchObject({ code: 'source_timeout' });
  });

  test('in the body of an error still tells its status', async () => {
    const server = await serve((_, response) => {
      response.writeHead(401);
      response.write('{"det');
    });
    expect(await sourceErrorOf(apiTo(server.url, { limits: { timeoutMs: 500 } }).read(get))).toMatchObject({ code: 'source_unauthorized' });
  });
});

describe('a redirect', () => {
  test('to another host is refused, and the key is not sent there', async () => {
    const elsewhere = await serve((_, response) => {
      sendJson(response, {});
    });
    const server = await serve((_, response) => {
      response.writeHead(307, { location: `${elsewhere.url}/login?token=hunter2` }).end();
    });
    const error = await sourceErrorOf(apiTo(server.url).read(get));
    expect(error).toMatchObject({ code: 'source_redirect', status: 307 });
    expect(error.message).toContain(`a redirect to "${elsewhere.url}/login", not followed because it is another server`);
    expect(error.message).not.toContain('hunter2');
    expect(elsewhere.received).toEqual([]);
    expect(server.received).toHaveLength(1);
  });

  test('within the base URL is followed, with the key', async () => {
    const server = await serve((request, response) => {
      if (request.url.pathname === '/api/v1/runs') response.writeHead(307, { location: '/api/v1/runs/?page=1' }).end();
      else sendJson(response, { at: request.url.pathname + request.url.search });
    });
    const answer = await apiTo(`${server.url}/api`).read({ method: 'GET', path: '/v1/runs', query: { page: 1 } });
    expect(answer.body).toEqual({ at: '/api/v1/runs/?page=1' });
    expect(server.received[1]?.headers['x-api-key']).toBe(KEY);
  });

  test.each([
    ['out of the base URL', '/login', 'outside of base_url'],
    ['to a path that only begins alike', '/apis/v1', 'outside of base_url'],
    ['to another port', 'http://127.0.0.1:9/api/v1', 'another server'],
    ['to another scheme', (url: string) => `${url.replace('http:', 'https:')}/api/v1`, 'another server'],
    ['to no place', null, 'names no place'],
    ['to nonsense', 'http://[', 'names no place'],
  ])('%s is refused', async (_name, location, reason) => {
    const server = await serve((_, response) => {
      const place = typeof location === 'function' ? location(server.url) : location;
      response.writeHead(302, place === null ? {} : { location: place }).end();
    });
    const error = await sourceErrorOf(apiTo(`${server.url}/api`).read(get));
    expect(error.code).toBe('source_redirect');
    expect(error.message).toContain(reason);
  });

  test('that goes round ends', async () => {
    const server = await serve((request, response) => {
      response.writeHead(302, { location: request.url.pathname }).end();
    });
    expect(await sourceErrorOf(apiTo(server.url).read(get))).toMatchObject({ code: 'source_redirect' });
    expect(server.received).toHaveLength(6);
  });

  test('of a POST is refused', async () => {
    const server = await serve((_, response) => {
      response.writeHead(307, { location: '/other' }).end();
    });
    expect(await sourceErrorOf(apiTo(server.url).read({ method: 'POST', path: '/l', body: {} }))).toMatchObject({
      code: 'source_redirect',
    });
  });
});
