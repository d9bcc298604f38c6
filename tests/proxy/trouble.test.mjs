// Providers in trouble, behind TLS and without: each is a named error, in bounded time, and nothing stays open.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import test from 'node:test';
import { makeCertificate } from './certificate.mjs';
import { descriptors, isCalm } from './robust.mjs';
import { KEY, call, messages, pair, portOf, post, startProxy } from './support.mjs';

const CONNECT_MS = 600;
const IDLE_MS = 600;

/**
 * A server in the provider's place that does with each connection what it is told.
 * @param {import('node:test').TestContext} t
 * @param {net.Server} server
 * @param {string} scheme
 */
async function proxyTo(t, server, scheme) {
  const sockets = /** @type {Set<net.Socket>} */ (new Set());
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const proxy = await startProxy(
    t,
    ['--anthropic-base-url', `${scheme}://127.0.0.1:${portOf(server)}`].concat([
      '--connect-timeout-ms',
      String(CONNECT_MS),
      '--idle-timeout-ms',
      String(IDLE_MS),
    ]),
    { env: { ANTHROPIC_API_KEY: KEY } },
  );
  return { proxy, session: await pair(proxy), sockets };
}

/** @param {net.Socket} socket @param {Buffer | string} bytes @param {string} then */
function drip(socket, bytes, then, ms = 50) {
  let at = 0;
  const all = Buffer.concat([Buffer.from(bytes), Buffer.from(then.repeat(2000))]);
  const timer = setInterval(() => socket.write(all.subarray(at, ++at)), ms);
  socket.on('close', () => clearInterval(timer));
}

const record = Buffer.from([0x16, 0x03, 0x03, 0x40, 0x00, 0x02, 0x00, 0x3f, 0xfc, 0x03, 0x03]);
const cases = /** @type {[string, string, (socket: net.Socket) => any, number, RegExp][]} */ ([
  ['a handshake that is never answered', 'https', () => {}, 504, /127\.0\.0\.1 did not answer in time/],
  ['a handshake a byte at a time', 'https', (s) => drip(s, record, 'x'), 504, /did not answer in time/],
  [
    'a reset in the handshake',
    'https',
    (s) => s.once('data', () => s.resetAndDestroy()),
    502,
    /TLS|no usable/,
  ],
  [
    'plain text where TLS is due',
    'https',
    (s) => s.end('HTTP/1.1 200 OK\r\n\r\n'),
    502,
    /no trustworthy TLS/,
  ],
  ['no answer at all', 'http', () => {}, 504, /did not answer in time/],
  ['a head a byte at a time', 'http', (s) => drip(s, 'HTTP/1.1 200 OK\r\nX-A: ', 'a'), 504, /did not answer/],
  [
    'lines of a head without an end',
    'http',
    (s) => {
      s.write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => s.write('X-A: a\r\n'), 50);
      s.on('close', () => clearInterval(timer));
    },
    504,
    /did not answer in time/,
  ],
  [
    'early hints without an end',
    'http',
    (s) => {
      const timer = setInterval(() => s.write('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'), 50);
      s.on('close', () => clearInterval(timer));
    },
    504,
    /did not answer in time/,
  ],
  ['a close without an answer', 'http', (s) => s.once('data', () => s.end()), 502, /no usable answer/],
  [
    'a reset without an answer',
    'http',
    (s) => s.once('data', () => s.resetAndDestroy()),
    502,
    /no usable answer/,
  ],
  [
    'a line of a head of many megabytes',
    'http',
    (s) => s.once('data', () => s.write(`HTTP/1.1 200 OK\r\nX: ${'a'.repeat(8_000_000)}\r\n\r\n`)),
    502,
    /no usable answer/,
  ],
]);

for (const [what, scheme, act, status, words] of cases)
  test(`a provider with ${what}`, async (t) => {
    const { proxy, session, sockets } = await proxyTo(t, net.createServer(act), scheme);
    const before = descriptors(proxy);
    const start = Date.now();
    const answer = await call(proxy, post(proxy, session, messages('x')));
    const ms = Date.now() - start;
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.json.error.message, words);
    assert.ok(ms < CONNECT_MS + IDLE_MS + 1500, `${ms} ms`);
    await isCalm(proxy, before);
    for (const socket of sockets) socket.destroy();
  });

test('a provider with a certificate that nobody vouches for', async (t) => {
  const { cert, key } = makeCertificate(t, 'elsewhere.test');
  let requests = 0;
  const server = https.createServer({ cert: readFileSync(cert), key: readFileSync(key) }, () => requests++);
  const { proxy, session } = await proxyTo(t, server, 'https');
  const answer = await call(proxy, post(proxy, session, messages('x')));
  assert.equal(answer.status, 502);
  assert.match(
    answer.json.error.message,
    /no trustworthy TLS connection to 127\.0\.0\.1.*check its certificate/,
  );
  assert.equal(requests, 0); // and so no key
});

test('a provider that answers slowly but steadily is read to the end', async (t) => {
  const body = 'event: message_stop\ndata: {}\n\n';
  const server = net.createServer((socket) =>
    socket.once('data', () => {
      let at = 0;
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n');
      const timer = setInterval(() => {
        socket.write(body[at++]);
        if (at === body.length) socket.end();
        if (at === body.length) clearInterval(timer);
      }, IDLE_MS / 12);
    }),
  );
  const { proxy, session } = await proxyTo(t, server, 'http');
  const answer = await call(proxy, post(proxy, session, messages('x')));
  assert.equal(answer.text, body);
});
