// The model route to a real HTTP server in the provider's place: streaming, back-pressure, failures, keys.
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { once } from 'node:events';
import test from 'node:test';
import {
  KEY,
  abandon,
  afterwards,
  call,
  foldMessage,
  freePort,
  listen,
  memoryKilobytes,
  messages,
  open,
  pair,
  parseEvents,
  post,
  sleep,
  startProxy,
  startUpstream,
  textOf,
  until,
} from './support.mjs';

const EVENTS = { 'content-type': 'text/event-stream' };

/**
 * @param {import('./support.mjs').Test} t
 * @param {Parameters<typeof startUpstream>[1]} handler
 * @param {string[]} [args]
 * @param {Record<string, string>} [env]
 */
async function start(t, handler, args = [], env = {}) {
  const upstream = await startUpstream(t, handler);
  const proxy = await startProxy(t, ['--anthropic-base-url', upstream.url, ...args], {
    env: { ANTHROPIC_API_KEY: KEY, ...env },
  });
  return { upstream, proxy, session: await pair(proxy) };
}

test('request and response go through unchanged, with the key and without the client', async (t) => {
  const { upstream, proxy, session } = await start(t, (request, response) => {
    response.writeHead(200, {
      ...EVENTS,
      'request-id': 'req_1',
      'anthropic-ratelimit-requests-remaining': '7',
      'set-cookie': 'a=b',
      server: 'x',
    });
    response.end('event: message_stop\ndata: {"type":"message_stop"}\n\n');
  });
  const body = JSON.stringify(messages('Grüße \u{1F30D}'));
  const answer = await call(
    proxy,
    post(proxy, session, body, {
      'anthropic-version': '2024-01-01',
      'anthropic-beta': 'one,two',
      cookie: 'c=d',
      'user-agent': 'tester',
      'x-other': '1',
    }),
  );
  assert.equal(answer.status, 200);
  assert.equal(answer.text, 'event: message_stop\ndata: {"type":"message_stop"}\n\n');
  assert.equal(answer.headers['content-type'], 'text/event-stream');
  assert.equal(answer.headers['request-id'], 'req_1');
  assert.equal(answer.headers['anthropic-ratelimit-requests-remaining'], '7');
  assert.equal(answer.headers['set-cookie'], undefined);
  assert.equal(answer.headers['x-accel-buffering'], 'no');
  const [seen] = upstream.seen;
  assert.equal(seen.method, 'POST');
  assert.equal(seen.url, '/v1/messages');
  assert.equal(seen.body.toString(), body);
  assert.equal(seen.headers['x-api-key'], KEY);
  assert.equal(seen.headers['anthropic-version'], '2024-01-01');
  assert.equal(seen.headers['anthropic-beta'], 'one,two');
  assert.equal(seen.headers.host, new URL(upstream.url).host);
  for (const name of ['authorization', 'cookie', 'origin', 'x-other', 'referer', 'expect'])
    assert.equal(seen.headers[name], undefined, name);
  const beta = await call(proxy, {
    ...post(proxy, session, body),
    path: '/v1/anthropic/v1/messages?beta=true&x=1',
  });
  assert.equal(beta.status, 200);
  assert.equal(upstream.seen[1].url, '/v1/messages?beta=true');
  assert.equal(upstream.seen[1].headers['anthropic-version'], '2023-06-01');
});

test('a path in the base URL is kept', async (t) => {
  const upstream = await startUpstream(t, (request, response) => response.end('{}'));
  const proxy = await startProxy(t, ['--anthropic-base-url', `${upstream.url}/gateway/`], {
    env: { ANTHROPIC_API_KEY: KEY },
  });
  await call(proxy, post(proxy, await pair(proxy), messages('x')));
  assert.equal(upstream.seen[0].url, '/gateway/v1/messages');
});

test('bytes are passed on as they come: the first arrives while the rest is held back', async (t) => {
  let release = () => {};
  const held = /** @type {Promise<void>} */ (new Promise((resolve) => (release = resolve)));
  const { proxy, session } = await start(t, async (request, response) => {
    response.writeHead(200, EVENTS);
    response.write('event: ping\ndata: {"type":"ping"}\n\n');
    await held;
    response.end('event: message_stop\ndata: {"type":"message_stop"}\n\n');
  });
  const response = await open(proxy, post(proxy, session, messages('x')));
  assert.equal(response.statusCode, 200);
  const [first] = await once(response, 'data');
  assert.match(first.toString(), /ping/);
  release();
  const [second] = await once(response, 'data');
  assert.match(second.toString(), /message_stop/);
});

test('many small pieces arrive whole and in order', async (t) => {
  const { proxy, session } = await start(t, async (request, response) => {
    response.writeHead(200, EVENTS);
    for (let i = 0; i < 400; i++) {
      response.write(`event: n\ndata: ${i}\n\n`);
      if (i % 40 === 0) await sleep(2);
    }
    response.end();
  });
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => call(proxy, post(proxy, session, messages('x')))),
  );
  for (const answer of answers)
    assert.deepEqual(
      parseEvents(answer.text).map((e) => Number(e.data)),
      Array.from({ length: 400 }, (_, i) => i),
    );
});

test('a slow reader holds the provider back, in bounded memory', async (t) => {
  const size = 64 * 1024 * 1024;
  let sent = 0;
  let stalled = false;
  const { proxy, session } = await start(t, async (request, response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    const piece = Buffer.alloc(65536);
    while (sent < size) {
      piece.fill((sent / 65536) & 0xff);
      sent += piece.length;
      if (!response.write(Buffer.from(piece))) {
        const drained = await Promise.race([
          once(response, 'drain').then(() => true),
          sleep(400).then(() => false),
        ]);
        if (!drained) {
          stalled = true;
          await once(response, 'drain');
        }
      }
    }
    response.end();
  });
  const before = memoryKilobytes(proxy);
  const response = await open(proxy, post(proxy, session, messages('x')));
  response.pause();
  await until(() => stalled, 5000, 'the provider is held back');
  const held = sent;
  assert.ok(held < size / 2, `the provider could send ${held} bytes to a reader that stands still`);
  const during = memoryKilobytes(proxy);
  assert.ok(during - before < 4096, `memory grew by ${during - before} KB`);
  let received = 0;
  let correct = true;
  for await (const chunk of response) {
    if (chunk[0] !== (Math.floor(received / 65536) & 0xff)) correct = false;
    received += chunk.length;
  }
  assert.equal(received, size);
  assert.ok(correct);
});

test('a large request body goes through', async (t) => {
  const { upstream, proxy, session } = await start(t, (request, response) => response.end('{}'));
  const body = JSON.stringify(messages('y'.repeat(9_000_000)));
  assert.equal((await call(proxy, post(proxy, session, body))).status, 200);
  assert.equal(upstream.seen[0].body.length, body.length);
});

test('a client that leaves cancels the provider at once', async (t) => {
  const { upstream, proxy, session } = await start(t, (request, response) => {
    if (upstream.seen.length === 1) return; /* no answer at all yet */
    response.writeHead(200, EVENTS);
    response.write('event: ping\ndata: {}\n\n');
  });
  await abandon(proxy, post(proxy, session, messages('x')), () => upstream.seen.length === 1);
  await until(() => upstream.seen[0].closed, 1000, 'cancelled before the head');
  const response = await open(proxy, post(proxy, session, messages('x')));
  await once(response, 'data');
  response.destroy();
  await until(() => upstream.seen[1].closed, 1000, 'cancelled in the stream');
  await until(() => (proxy.stderr.match(/"ended":"client left"/g) ?? []).length === 2);
});

test('errors of the provider keep status, body and retry-after', async (t) => {
  const errors = /** @type {[number, string][]} */ ([
    [401, 'authentication_error'],
    [429, 'rate_limit_error'],
    [500, 'api_error'],
    [529, 'overloaded_error'],
  ]);
  const { upstream, proxy, session } = await start(t, (request, response) => {
    const [status, type] = errors[upstream.seen.length - 1];
    response.writeHead(status, {
      'content-type': 'application/json',
      'retry-after': '17',
      'x-should-retry': 'true',
    });
    response.end(JSON.stringify({ type: 'error', error: { type, message: 'from above' } }));
  });
  for (const [status, type] of errors) {
    const answer = await call(proxy, post(proxy, session, messages('x')));
    assert.equal(answer.status, status);
    assert.deepEqual(answer.json, { type: 'error', error: { type, message: 'from above' } });
    assert.equal(answer.headers['retry-after'], '17');
    assert.equal(answer.headers['x-should-retry'], 'true');
  }
});

test('a stream that is cut gets an error event that nothing can swallow', async (t) => {
  const pieces = [
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"del',
    Buffer.concat([Buffer.from('event: content_block_delta\ndata: {"text":"'), Buffer.from([0xf0, 0x9f])]),
    'event: ping\ndata: {}\n\n',
  ];
  const { upstream, proxy, session } = await start(t, async (request, response) => {
    response.writeHead(200, EVENTS);
    const piece = pieces[upstream.seen.length - 1];
    await new Promise((written) => response.write(piece, written));
    response.destroy();
  });
  for (const piece of pieces) {
    const answer = await call(proxy, post(proxy, session, messages('x')));
    assert.equal(answer.status, 200);
    assert.ok(!answer.torn);
    assert.ok(answer.bytes.subarray(0, piece.length).equals(Buffer.from(piece)));
    const last = /** @type {{ event: string, data: string }} */ (parseEvents(answer.text).at(-1));
    assert.equal(last.event, 'error');
    const error = JSON.parse(last.data);
    assert.equal(error.error.type, 'api_error');
    assert.match(error.error.message, /127\.0\.0\.1 broke in the middle/);
    assert.equal(answer.bytes.subarray(piece.length, piece.length + 2).toString(), '\n\n');
  }
});

test('a cut JSON answer tears the connection instead of looking complete', async (t) => {
  const { proxy, session } = await start(t, async (request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    await new Promise((written) => response.write('{"half":', written));
    response.destroy();
  });
  const answer = await call(proxy, post(proxy, session, messages('x', { stream: false })));
  assert.equal(answer.status, 200);
  assert.ok(answer.torn);
});

test('a provider that cannot be reached, speaks nonsense or redirects', async (t) => {
  const gone = await startProxy(t, ['--anthropic-base-url', `http://127.0.0.1:${await freePort()}`], {
    env: { ANTHROPIC_API_KEY: KEY },
  });
  const unreachable = await call(gone, post(gone, await pair(gone), messages('x')));
  assert.equal(unreachable.status, 502);
  assert.equal(unreachable.json.error.type, 'api_error');
  assert.match(unreachable.json.error.message, /127\.0\.0\.1 cannot be reached.*--anthropic-base-url/);

  const nonsense = net.createServer((socket) => socket.end('SSH-2.0-nonsense\r\n'));
  const { port } = await listen(t, nonsense);
  const odd = await startProxy(t, ['--anthropic-base-url', `http://127.0.0.1:${port}`], {
    env: { ANTHROPIC_API_KEY: KEY },
  });
  assert.equal((await call(odd, post(odd, await pair(odd), messages('x')))).status, 502);
  const tls = await startProxy(t, ['--anthropic-base-url', `https://127.0.0.1:${port}`], {
    env: { ANTHROPIC_API_KEY: KEY },
  });
  const insecure = await call(tls, post(tls, await pair(tls), messages('x')));
  assert.equal(insecure.status, 502);
  assert.match(insecure.json.error.message, /TLS/);

  const { upstream, proxy, session } = await start(t, (request, response) => {
    response.writeHead(307, { location: 'http://127.0.0.1:1/elsewhere' });
    response.end();
  });
  const redirected = await call(proxy, post(proxy, session, messages('x')));
  assert.equal(redirected.status, 502);
  assert.match(redirected.json.error.message, /redirect/);
  assert.equal(upstream.seen.length, 1);
});

test('a silent provider is given up: before its answer with 504, in its answer with an event', async (t) => {
  const { upstream, proxy, session } = await start(
    t,
    (request, response) => {
      if (upstream.seen.length === 1) return;
      response.writeHead(200, EVENTS);
      response.write('event: ping\ndata: {}\n\nevent: half');
    },
    ['--idle-timeout-ms', '300'],
  );
  const silent = await call(proxy, post(proxy, session, messages('x')));
  assert.equal(silent.status, 504);
  assert.equal(silent.json.error.type, 'timeout_error');
  const stalled = await call(proxy, post(proxy, session, messages('x')));
  assert.equal(stalled.status, 200);
  const last = /** @type {{ event: string, data: string }} */ (parseEvents(stalled.text).at(-1));
  assert.equal(last.event, 'error');
  assert.match(JSON.parse(last.data).error.message, /silent/);
  await until(() => upstream.seen.every((s) => s.closed), 1000);
});

test('a slow reader is not mistaken for a silent provider', async (t) => {
  const { proxy, session } = await start(
    t,
    (request, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream' });
      response.end(Buffer.alloc(24 * 1024 * 1024, 1));
    },
    ['--idle-timeout-ms', '300'],
  );
  const response = await open(proxy, post(proxy, session, messages('x')));
  response.pause();
  await sleep(1200);
  let received = 0;
  for await (const chunk of response) received += chunk.length;
  assert.equal(received, 24 * 1024 * 1024);
});

test('own keys only where they are allowed, and for their request only', async (t) => {
  const upstream = await startUpstream(t, (request, response) => response.end('{}'));
  const closed = await startProxy(t, ['--anthropic-base-url', upstream.url], {
    env: { ANTHROPIC_API_KEY: KEY },
  });
  const refused = await call(
    closed,
    post(closed, await pair(closed), messages('x'), { 'x-api-key-anthropic': 'sk-own' }),
  );
  assert.equal(refused.status, 403);
  assert.match(refused.json.error.message, /--allow-byo-keys/);
  assert.equal(upstream.seen.length, 0);
  const proxy = await startProxy(t, ['--anthropic-base-url', upstream.url, '--allow-byo-keys']);
  const session = await pair(proxy);
  const providers = await call(proxy, {
    path: '/v1/providers',
    headers: { authorization: `Bearer ${session}` },
  });
  assert.deepEqual([providers.json.providers[0].mode, providers.json.providers[0].byo], ['offline', true]);
  assert.equal(
    (await call(proxy, post(proxy, session, messages('x'), { 'x-api-key-anthropic': 'sk-own-1' }))).status,
    200,
  );
  assert.equal(upstream.seen[0].headers['x-api-key'], 'sk-own-1');
  const without = await call(proxy, post(proxy, session, messages('hello')));
  assert.match(foldMessage(without.text).content[0].text, /scripted offline demo/);
  assert.equal(upstream.seen.length, 1);
  const odd = await call(proxy, post(proxy, session, messages('x'), { 'x-api-key-anthropic': 'sk own' }));
  assert.equal(odd.status, 400);
});

test('the key is in no output, whatever happens', async (t) => {
  const { upstream, proxy, session } = await start(
    t,
    (request, response) => {
      response.writeHead(upstream.seen.length % 2 ? 500 : 200, { 'content-type': 'application/json' });
      response.end('{"error":"no"}');
    },
    ['--allow-byo-keys'],
  );
  const texts = /** @type {string[]} */ ([]);
  for (const headers of /** @type {Record<string, string>[]} */ ([
    {},
    { 'x-api-key-anthropic': `${KEY}-own` },
    {},
  ])) {
    const answer = await call(proxy, post(proxy, session, messages('x'), headers));
    texts.push(answer.text, JSON.stringify(answer.headers));
  }
  for (const target of ['/healthz', '/v1/providers', '/nothing'])
    texts.push((await call(proxy, { path: target, headers: { authorization: `Bearer ${session}` } })).text);
  await proxy.stop();
  for (const text of [...texts, proxy.stdout, proxy.stderr]) assert.ok(!text.includes('canary'), text);
});

test('more streams than allowed are told so, and the others go on', async (t) => {
  let release = () => {};
  const held = /** @type {Promise<void>} */ (new Promise((resolve) => (release = resolve)));
  const { upstream, proxy, session } = await start(
    t,
    async (request, response) => {
      response.writeHead(200, EVENTS);
      response.write('event: ping\ndata: {}\n\n');
      await held;
      response.end();
    },
    ['--max-streams', '2'],
  );
  const running = [
    await open(proxy, post(proxy, session, messages('x'))),
    await open(proxy, post(proxy, session, messages('x'))),
  ];
  const third = await call(proxy, post(proxy, session, messages('x')));
  assert.equal(third.status, 529);
  assert.equal(third.json.error.type, 'overloaded_error');
  assert.equal(third.headers['retry-after'], '1');
  release();
  for (const response of running) response.resume();
  await until(() => upstream.seen.length === 2 && upstream.seen.every((s) => s.closed));
  const isFree = async () => (await call(proxy, post(proxy, session, messages('x')))).status === 200;
  await until(isFree, 3000, 'that a stream has its place back');
});

test('one connection serves many requests, streams included', async (t) => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  afterwards(t, () => agent.destroy());
  const { proxy, session } = await start(t, async (request, response) => {
    response.writeHead(200, EVENTS);
    response.write('event: a\ndata: 1\n\n');
    await sleep(5);
    response.end('event: b\ndata: 2\n\n');
  });
  const ports = new Set();
  for (let i = 0; i < 20; i++) {
    const response = await open(proxy, { ...post(proxy, session, messages('x')), agent });
    ports.add(response.socket.localPort);
    assert.equal(parseEvents(await textOf(response)).length, 2);
    const health = await open(proxy, { path: '/healthz', agent });
    health.resume();
    await once(health, 'end');
  }
  assert.equal(ports.size, 1);
});

test('SIGTERM lets a stream from the provider end', async (t) => {
  let release = () => {};
  const held = /** @type {Promise<void>} */ (new Promise((resolve) => (release = resolve)));
  const { proxy, session } = await start(t, async (request, response) => {
    response.writeHead(200, EVENTS);
    response.write('event: ping\ndata: {}\n\n');
    await held;
    response.end('event: message_stop\ndata: {}\n\n');
  });
  const response = await open(proxy, post(proxy, session, messages('x')));
  let text = '';
  response.on('data', (d) => (text += d));
  await until(() => text.includes('ping'));
  proxy.child.kill('SIGTERM');
  await sleep(100);
  release();
  assert.equal((await proxy.exit)[0], 0);
  assert.match(text, /message_stop/);
});
