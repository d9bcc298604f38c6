// An answer that streams, taken in bites of every size: what arrives is what the provider sent, over HTTP/1.1 and 1.0 and
// over TLS, and the connection serves on.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import test from 'node:test';
import tls from 'node:tls';
import { makeCertificate } from './certificate.mjs';
import { connect, numbers } from './robust.mjs';
import { KEY, messages, pair, post, sleep, startProxy, startUpstream } from './support.mjs';

/**
 * @typedef {import('./support.mjs').Test} Test
 * @typedef {import('./support.mjs').Proxy} Proxy
 */

const SIZES = [1, 15, 16, 17, 255, 256, 4095, 4096, 65535, 65536, 131071, 131072, 131073, 400_000];
const TOTAL = 6_000_000;

/** What one answer consists of, the same for the same seed. @param {number} seed */
function piecesOf(seed) {
  const random = numbers(seed);
  const pieces = SIZES.map((size) => Buffer.alloc(size));
  for (let size = 0; size < TOTAL; size += /** @type {Buffer} */ (pieces.at(-1)).length)
    pieces.push(Buffer.alloc(1 + random(random(4) ? 300 : 90_000)));
  for (const piece of pieces) for (let at = 0; at < piece.length; at += 97) piece[at] = random(256);
  return pieces;
}

/** @param {Buffer[]} pieces */
const digest = (pieces) =>
  pieces.reduce((hash, piece) => hash.update(piece), createHash('sha256')).digest('hex');

/** A provider of those answers, by the number in the prompt; and a proxy before it. @param {Test} t @param {string[]} [args] */
async function start(t, args = []) {
  const upstream = await startUpstream(t, async (request, response, seen) => {
    const random = numbers(7);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const piece of piecesOf(Number(/seed=(\d+)/.exec(String(seen.body))?.[1]))) {
      if (response.destroyed) return;
      if (!response.write(piece)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
      if (random(16) === 0) await sleep(random(3));
    }
    response.end();
  });
  const proxy = await startProxy(t, ['--anthropic-base-url', upstream.url, ...args], {
    env: { ANTHROPIC_API_KEY: KEY },
  });
  return proxy;
}

/**
 * Reads with pauses. @param {import('node:stream').Readable} response @param {number} seed
 */
async function readInBites(response, seed) {
  const random = numbers(seed);
  const got = [];
  for await (const piece of response) {
    got.push(piece);
    if (random(24) === 0) await sleep(random(30));
  }
  return got;
}

/**
 * @param {http.Agent | https.Agent} agent
 * @param {http.RequestOptions & { body: any }} options
 * @returns {Promise<http.IncomingMessage>}
 */
function ask(agent, { body, ...options }) {
  const how = agent instanceof https.Agent ? https : http;
  return new Promise((resolve, reject) => {
    const request = how.request({ agent, host: '127.0.0.1', ...options }, resolve);
    request.on('error', reject).end(body);
  });
}

/** @param {Proxy} proxy @param {string} session @param {number} seed */
const requestOf = (proxy, session, seed) => ({
  port: proxy.port,
  ...post(proxy, session, messages(`seed=${seed}`)),
});

test('taken in bites over kept connections, several at a time', async (t) => {
  const proxy = await start(t);
  const session = await pair(proxy);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 3 });
  t.after(() => agent.destroy());
  const one = async (/** @type {number} */ seed) => {
    const response = await ask(agent, requestOf(proxy, session, seed));
    assert.equal(response.headers['transfer-encoding'], 'chunked');
    assert.equal(digest(await readInBites(response, seed)), digest(piecesOf(seed)), `answer ${seed}`);
  };
  await Promise.all([1, 2, 3, 4, 5, 6].map(one));
  assert.equal(Object.values(agent.freeSockets).flat().length, 3, 'each connection was kept');
});

test('a client of HTTP/1.0 gets the bytes without chunks', async (t) => {
  const proxy = await start(t);
  const session = await pair(proxy);
  const { body, path, headers } = requestOf(proxy, session, 8);
  const lines = Object.entries({ ...headers, host: `127.0.0.1:${proxy.port}` }).map((line) =>
    line.join(': '),
  );
  const length = Buffer.byteLength(String(body));
  const head = `POST ${path} HTTP/1.0\r\n${lines.join('\r\n')}\r\nContent-Length: ${length}\r\n\r\n`;
  const answer = Buffer.concat(await readInBites(await connect(proxy, `${head}${body}`), 8));
  const end = answer.indexOf('\r\n\r\n');
  assert.doesNotMatch(answer.subarray(0, end).toString(), /transfer-encoding/i);
  assert.equal(digest([answer.subarray(end + 4)]), digest(piecesOf(8)));
});

test('over TLS', async (t) => {
  const { files } = makeCertificate(t);
  const proxy = await start(t, ['--tls-cert', files.cert, '--tls-key', files.key]);
  /* As many connections as make the proxy start another group of them (http/group). */
  const others = await Promise.all(
    Array.from({ length: 130 }, async () => {
      const socket = tls.connect({ port: proxy.port, host: '127.0.0.1', rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      return socket;
    }),
  );
  t.after(() => others.forEach((socket) => socket.destroy()));
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  t.after(() => agent.destroy());
  const paired = await ask(agent, {
    port: proxy.port,
    path: '/v1/pair',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: proxy.token }),
  });
  const { session } = JSON.parse(Buffer.concat(await paired.toArray()).toString());
  for (const seed of [9, 10]) {
    const response = await ask(agent, requestOf(proxy, session, seed));
    assert.equal(digest(await readInBites(response, seed)), digest(piecesOf(seed)));
  }
});
