// Bodies of requests go to the provider as they come: before they are whole, with back-pressure, in bounded memory.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import test from 'node:test';
import {
  KEY,
  call,
  listen,
  memoryKilobytes,
  messages,
  pair,
  post,
  sleep,
  startProxy,
  until,
} from './support.mjs';

const MB = 1024 * 1024;

/** A request of so many bytes. @param {number} size */
const large = (size) => {
  const shell = JSON.stringify(messages(''));
  return Buffer.from(JSON.stringify(messages('x'.repeat(size - shell.length))));
};

/**
 * A provider that is told how to take each request.
 * @param {import('./support.mjs').Test} t
 * @param {(request: http.IncomingMessage, response: http.ServerResponse) => void} take
 * @param {string[]} [args]
 */
async function start(t, take, args = []) {
  const upstream = http.createServer(take);
  const { port } = await listen(t, upstream);
  const proxy = await startProxy(t, ['--anthropic-base-url', `http://127.0.0.1:${port}`, ...args], {
    env: { ANTHROPIC_API_KEY: KEY },
  });
  return { upstream, proxy, session: await pair(proxy) };
}

/**
 * A request whose body is still to be written. size: NaN sends it in chunks.
 * @param {any} proxy @param {string} session @param {number} size
 */
function begin(proxy, session, size) {
  const { path, method, headers } = post(proxy, session, '');
  const request = http.request({
    host: '127.0.0.1',
    port: proxy.port,
    path,
    method,
    headers: { ...headers, ...(Number.isNaN(size) ? {} : { 'content-length': size }) },
  });
  request.on('error', () => {});
  return request;
}

/** @param {http.ClientRequest} request */
async function answerOf(request) {
  const [response] = /** @type {[http.IncomingMessage]} */ (await once(request, 'response'));
  const pieces = [];
  for await (const piece of response) pieces.push(piece);
  return { status: response.statusCode, text: Buffer.concat(pieces).toString() };
}

/** Reads it whole and says how much it was. @param {http.IncomingMessage} request @param {http.ServerResponse} response */
async function takeAll(request, response) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  response.end(JSON.stringify({ bytes: Buffer.concat(pieces).length }));
}

for (const chunked of [false, true]) {
  const kind = chunked ? 'in chunks' : 'of known length';
  test(`a body ${kind} arrives while the rest of it is held back, and whole`, async (t) => {
    const body = large(5 * MB);
    let pieces = /** @type {Buffer[]} */ ([]);
    let headers = /** @type {http.IncomingHttpHeaders} */ ({});
    const { proxy, session } = await start(t, async (request, response) => {
      headers = request.headers;
      for await (const piece of request) pieces.push(piece);
      response.end('{"usage":{"input_tokens":3,"output_tokens":4}}');
    });
    for (const first of [MB, 200_000, 131_073]) {
      pieces = [];
      const request = begin(proxy, session, chunked ? NaN : body.length);
      const answer = answerOf(request);
      request.write(body.subarray(0, first));
      await until(() => Buffer.concat(pieces).length > first - 70_000, 5000, 'the first part');
      assert.ok(Buffer.concat(pieces).length <= first);
      request.end(body.subarray(first));
      assert.deepEqual(await answer, { status: 200, text: '{"usage":{"input_tokens":3,"output_tokens":4}}' });
      assert.ok(Buffer.concat(pieces).equals(body));
      assert.equal(headers['x-api-key'], KEY);
      assert.equal(headers['content-length'], chunked ? undefined : String(body.length));
      assert.equal(headers['transfer-encoding'], chunked ? 'chunked' : undefined);
    }
  });
}

test('a provider that does not read holds the clients back, in bounded memory', async (t) => {
  const CLIENTS = 8;
  const held = /** @type {(() => void)[]} */ ([]);
  const { proxy, session } = await start(t, (request, response) => {
    held.push(() => void takeAll(request, response));
  });
  const body = large(9 * MB);
  const before = memoryKilobytes(proxy);
  const requests = Array.from({ length: CLIENTS }, () => begin(proxy, session, body.length));
  const answers = requests.map(answerOf);
  for (const request of requests) request.end(body);
  await until(() => held.length === CLIENTS, 5000, 'all requests');
  // What no socket took is still here: the proxy took no more than it may hold.
  await sleep(300);
  const grown = memoryKilobytes(proxy) - before;
  assert.ok(grown < CLIENTS * 512 + 4096, `${grown} KB for ${CLIENTS} bodies`);
  for (const go of held) go();
  for (const answer of answers)
    assert.deepEqual(await answer, { status: 200, text: JSON.stringify({ bytes: body.length }) });
});

test('a client that leaves in the middle ends the request at the provider', async (t) => {
  const ends = /** @type {string[]} */ ([]);
  const { proxy, session } = await start(t, (request) => {
    request.on('aborted', () => ends.push('aborted'));
    request.on('end', () => ends.push('end'));
    request.on('error', () => {});
    request.resume();
  });
  for (const size of [8 * MB, NaN]) {
    ends.length = 0;
    const request = begin(proxy, session, size);
    request.write(large(MB));
    await until(() => request.socket?.bytesWritten !== undefined && request.socket.bytesWritten > MB, 3000);
    await sleep(50);
    request.destroy();
    await until(() => ends.length > 0, 3000, 'the end at the provider');
    assert.deepEqual(ends, ['aborted']);
  }
  // The end of one that waits for the provider stands behind all that is still to be read: time ends it.
  let arrived = 0;
  const stuck = await start(t, () => arrived++, ['--idle-timeout-ms', '700']);
  const request = begin(stuck.proxy, stuck.session, 9 * MB);
  request.write(large(9 * MB).subarray(0, 8 * MB));
  await until(() => arrived === 1, 3000, 'the request at the provider');
  request.destroy();
  const metrics = { path: '/metrics', headers: { authorization: `Bearer ${stuck.session}` } };
  const calm = async () => (await call(stuck.proxy, metrics)).text.includes('umbra_proxy_streams 0\n');
  await until(calm, 5000, 'no stream left');
});

test('a provider that answers before the end is heard', async (t) => {
  const { proxy, session } = await start(t, (request, response) => {
    // It goes on reading, as servers do: a connection closed over unread bytes is reset, and the answer may be lost.
    request.once('data', () => {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end('{"type":"error","error":{"type":"invalid_request_error","message":"no"}}');
    });
    request.on('error', () => {});
  });
  for (const size of [6 * MB, NaN]) {
    const request = begin(proxy, session, size);
    const answer = answerOf(request);
    request.end(large(6 * MB));
    const { status, text } = await answer;
    assert.equal(status, 400);
    assert.equal(JSON.parse(text).error.message, 'no');
  }
});

test('what is wrong at the end of a body, or too long, is refused as ever', async (t) => {
  let aborted = 0;
  let seen = 0;
  const { proxy, session } = await start(
    t,
    (request, response) => {
      seen++;
      request.on('error', () => {});
      request.on('aborted', () => aborted++);
      request.on('end', () => setTimeout(() => response.end('{}'), 200));
      request.resume();
    },
    ['--max-body-bytes', String(2 * MB)],
  );
  const broken = begin(proxy, session, MB);
  const first = answerOf(broken);
  broken.write(large(MB).subarray(0, MB - 1));
  await until(() => seen === 1, 3000, 'the request at the provider');
  broken.end(',');
  const malformed = await first;
  assert.equal(malformed.status, 400);
  assert.match(malformed.text, /no whole JSON value/);

  const long = begin(proxy, session, NaN);
  const second = answerOf(long);
  long.end(large(3 * MB));
  const refused = await second;
  assert.equal(refused.status, 413);
  assert.match(refused.text, /larger than 2097152 bytes/);
  await until(() => aborted >= seen - 1, 3000, 'the end at the provider');
  const known = begin(proxy, session, 3 * MB);
  const third = answerOf(known);
  known.end(large(3 * MB));
  const before = seen;
  assert.equal((await third).status, 413);
  assert.equal(seen, before);
  // None of it counts as running or costs anything.
  const health = await call(proxy, { path: '/metrics', headers: { authorization: `Bearer ${session}` } });
  assert.match(health.text, /umbra_proxy_streams 0\n/);
});

test('where a budget depends on it, nothing goes out before the body is whole', async (t) => {
  let seen = 0;
  const { proxy, session } = await start(
    t,
    (request, response) => {
      seen++;
      void takeAll(request, response);
    },
    ['--budget-day', '1000000', '--allow-unpriced', '--model-request-cost', '10'],
  );
  const body = large(3 * MB);
  const request = begin(proxy, session, body.length);
  const answer = answerOf(request);
  request.write(body.subarray(0, 2 * MB));
  await sleep(300);
  assert.equal(seen, 0);
  request.end(body.subarray(2 * MB));
  assert.deepEqual(await answer, { status: 200, text: JSON.stringify({ bytes: body.length }) });
});

test('a connection that the provider closed meanwhile is no error', async (t) => {
  const { upstream, proxy, session } = await start(t, (request, response) => void takeAll(request, response));
  upstream.keepAliveTimeout = 0;
  for (let round = 0; round < 6; round++) {
    const body = large(MB + round);
    const request = begin(proxy, session, round % 2 ? NaN : body.length);
    const answer = answerOf(request);
    request.end(body);
    assert.deepEqual(await answer, { status: 200, text: JSON.stringify({ bytes: body.length }) });
    upstream.closeIdleConnections();
  }
});
