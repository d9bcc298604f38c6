// Providers in trouble, behind TLS and without: each is a named error, in bounded time, and nothing stays open.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import https from 'node:https';
import net from 'node:net';
import test from 'node:test';
import { makeCertificate } from './certificate.mjs';
import { descriptors, isCalm } from './robust.mjs';
import { KEY, PATIENCE, call, listen, messages, open, pair, post, startProxy } from './support.mjs';

const CONNECT_MS = 600;
const IDLE_MS = 600;
const UNTRUSTED = /no trustworthy TLS connection to 127\.0\.0\.1.*check its certificate/;
/** Whom Debian's libcurl trusts. */
const TRUSTED = '/etc/ssl/certs/ca-certificates.crt';

/** A byte a second, and more patience than that with silence. */
const SLOW = { every: 1000, idle: 2500 };

/**
 * A server in the provider's place that does with each connection what it is told.
 * @param {import('node:test').TestContext} t
 * @param {net.Server} server
 * @param {string} scheme
 * @param {{ idle?: number, args?: string[], through?: string[] }} [options]
 */
async function proxyTo(t, server, scheme, { idle = IDLE_MS, args = [], through } = {}) {
  const { sockets, port } = await listen(t, server);
  const proxy = await startProxy(
    t,
    ['--anthropic-base-url', `${scheme}://127.0.0.1:${port}`].concat([
      ...['--connect-timeout-ms', String(CONNECT_MS), '--idle-timeout-ms', String(idle), ...args],
    ]),
    { env: { ANTHROPIC_API_KEY: KEY }, through },
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
  ['no answer at all, ever', 'http', () => {}, 504, /did not answer in time/],
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
    assert.ok(ms < CONNECT_MS + IDLE_MS + 1500 * PATIENCE, `${ms} ms`);
    await isCalm(proxy, before);
    for (const socket of sockets) socket.destroy();
  });

test('a provider with a certificate that nobody vouches for', async (t) => {
  const { cert, key } = makeCertificate(t, '127.0.0.1');
  let requests = 0;
  const { proxy, session } = await proxyTo(
    t,
    https.createServer({ cert, key }, () => requests++),
    'https',
  );
  const answer = await call(proxy, post(proxy, session, messages('x')));
  assert.equal(answer.status, 502);
  assert.match(answer.json.error.message, UNTRUSTED);
  assert.equal(requests, 0); // and so no key
});

/** As if the system trusted this certificate and no other. @param {string} file */
const trusting = (file) => [
  ...['unshare', '--mount', 'sh', '-c', `mount --bind "$0" ${TRUSTED} && exec "$@"`, file],
];
const cannotTrust =
  spawnSync(trusting('/dev/null')[0], [...trusting('/dev/null').slice(1), 'true']).status === 0
    ? false
    : `${TRUSTED} cannot be another one for the proxy: that needs root`;

for (const [what, name, expired, status] of /** @type {[string, string, boolean, number][]} */ ([
  ['the right certificate is asked', '127.0.0.1', false, 200],
  ['a certificate of another name is not', '127.0.0.2', false, 502],
  ['an expired certificate is not', '127.0.0.1', true, 502],
]))
  test(`a provider with ${what}`, { skip: cannotTrust }, async (t) => {
    const { files, cert, key } = makeCertificate(t, name, { expired });
    const keys = /** @type {any[]} */ ([]);
    const server = https.createServer({ cert, key }, (request, response) => {
      keys.push(request.headers['x-api-key']);
      request.resume();
      response.end('{}');
    });
    const { proxy, session } = await proxyTo(t, server, 'https', { through: trusting(files.cert) });
    const answer = await call(proxy, post(proxy, session, messages('x')));
    assert.equal(answer.status, status, answer.text);
    assert.deepEqual(keys, status === 200 ? [KEY] : []);
    if (status !== 200) assert.match(answer.json.error.message, UNTRUSTED);
  });

test('a provider that drips a byte a second in its head is given up after the time for all of it', async (t) => {
  const server = net.createServer((socket) => drip(socket, 'HTTP/1.1 200 OK\r\nX-A: ', 'a', SLOW.every));
  const { proxy, session } = await proxyTo(t, server, 'http', SLOW);
  const start = Date.now();
  const answer = await call(proxy, post(proxy, session, messages('x')));
  assert.equal(answer.status, 504, answer.text);
  assert.match(answer.json.error.message, /did not answer in time/);
  const ms = Date.now() - start;
  assert.ok(ms > SLOW.idle - 500 && ms < SLOW.idle + 1500 * PATIENCE, `${ms} ms`);
});

test('a provider that drips a byte a second in its answer is read to the end, each byte at once', async (t) => {
  const body = ': end\n'; // longer in all than the silence that is allowed
  const sent = /** @type {number[]} */ ([]);
  const server = net.createServer((socket) =>
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n');
      const timer = setInterval(() => {
        sent.push(Date.now());
        socket.write(body[sent.length - 1]);
        if (sent.length < body.length) return;
        socket.end();
        clearInterval(timer);
      }, SLOW.every);
    }),
  );
  const { proxy, session } = await proxyTo(t, server, 'http', SLOW);
  const response = await open(proxy, post(proxy, session, messages('x')));
  let text = '';
  response.on('data', (piece) => {
    text += piece;
    assert.equal(text, body.slice(0, sent.length)); // nothing is held back
  });
  await once(response, 'end');
  assert.equal(text, body);
  assert.equal(sent.length, body.length);
});

test('a provider that takes a large request slowly is waited for', async (t) => {
  // Ten megabytes a second: what the system holds of it is read within the silence that is allowed, the whole is not.
  const body = JSON.stringify(messages('y'.repeat(30_000_000)));
  const [piece, pause, idle] = [1_000_000, 100, 1200];
  const server = net.createServer((socket) => {
    let got = 0;
    let next = piece;
    socket.on('data', (data) => {
      got += data.length;
      if (got > body.length) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}');
      if (got < next) return;
      next += piece;
      socket.pause();
      setTimeout(() => socket.resume(), pause);
    });
  });
  const { proxy, session } = await proxyTo(t, server, 'http', {
    idle,
    args: ['--max-body-bytes', '40000000'],
  });
  const start = Date.now();
  const answer = await call(proxy, post(proxy, session, body));
  assert.equal(answer.status, 200, answer.text);
  assert.ok(Date.now() - start > 2 * idle);
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
