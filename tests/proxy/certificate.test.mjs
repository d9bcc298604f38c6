// A certificate that is renewed while the proxy runs: read again at SIGHUP, and the old one kept when the new is no good.
import assert from 'node:assert/strict';
import {
  chmodSync,
  copyFileSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { X509Certificate } from 'node:crypto';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import { Duplex } from 'node:stream';
import test from 'node:test';
import tls from 'node:tls';
import { certifyBetween, makeCertificate, makeChain } from './certificate.mjs';
import { first, foldMessage, messages, run, startProxy, temporaryFolder, until } from './support.mjs';

/** @typedef {import('./support.mjs').Proxy} Proxy */
/** @typedef {import('node:test').TestContext} Test */
/** @typedef {{ cert: string, key: string }} Pair */

/** @param {string} file */
const fingerprint = (file) => new X509Certificate(readFileSync(file)).fingerprint256;

/** The certificate of a new connection. @param {Proxy} proxy @param {tls.ConnectionOptions} [options] @returns {Promise<string>} */
const presented = (proxy, options = {}) =>
  new Promise((resolve, reject) => {
    const socket = tls.connect(
      { port: proxy.port, host: '127.0.0.1', rejectUnauthorized: false, ...options },
      () => {
        resolve(socket.getPeerCertificate().fingerprint256);
        socket.destroy();
      },
    );
    socket.on('error', reject);
  });

/** Puts a pair in its place, as a renewal does: files of their own that are given the names. @param {Pair} from @param {Pair} to */
function renew(from, to) {
  for (const what of /** @type {('cert' | 'key')[]} */ (['cert', 'key'])) {
    copyFileSync(from[what], `${to[what]}.new`);
    chmodSync(`${to[what]}.new`, 0o600);
    renameSync(`${to[what]}.new`, to[what]);
  }
}

/** Sends SIGHUP and waits for what the log says of it. @param {Proxy} proxy @param {string} event */
async function reload(proxy, event) {
  const before = proxy.stderr.split(`"event":"${event}"`).length;
  proxy.child.kill('SIGHUP');
  await until(() => proxy.stderr.split(`"event":"${event}"`).length > before, 5000, event);
  const line = proxy.stderr.split('\n').filter((text) => text.includes(`"event":"${event}"`));
  return JSON.parse(line[line.length - 1]);
}

/** @param {Test} t */
async function startSecure(t) {
  const own = makeCertificate(t).files;
  const proxy = await startProxy(t, [
    ...['--tls-cert', own.cert, '--tls-key', own.key, '--hosts', 'umbra.test'],
    ...['--offline-delay-ms', '100'],
  ]);
  return { proxy, own };
}

/** @param {Proxy} proxy @param {https.RequestOptions} options @param {any} [body] @returns {Promise<import('node:http').IncomingMessage>} */
const open = (proxy, options, body) =>
  new Promise((resolve, reject) => {
    const headers = { host: `127.0.0.1:${proxy.port}`, ...options.headers };
    const request = https.request(
      { host: '127.0.0.1', port: proxy.port, rejectUnauthorized: false, ...options, headers },
      resolve,
    );
    request.on('error', reject);
    request.end(body && JSON.stringify(body));
  });

/** @param {import('node:http').IncomingMessage} response */
async function textOf(response) {
  let text = '';
  for await (const piece of response) text += piece;
  return text;
}

test('SIGHUP: new connections see the renewed certificate, the ones that run go on with theirs', async (t) => {
  const { proxy, own } = await startSecure(t);
  const [old, next] = [fingerprint(own.cert), makeCertificate(t).files];
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const paired = await open(
    proxy,
    { method: 'POST', path: '/v1/pair' },
    { token: first(/#pair=(.*)/, proxy.stdout) },
  );
  const { session } = JSON.parse(await textOf(paired));
  const stream = await open(
    proxy,
    {
      agent,
      method: 'POST',
      path: '/v1/anthropic/v1/messages',
      headers: { authorization: `Bearer ${session}` },
    },
    messages('what can you do?'),
  );
  renew(next, own);
  const line = await reload(proxy, 'certificate renewed');
  assert.equal(line.level, 'info');
  assert.ok(!stream.complete, 'the answer was under way');
  for (const version of /** @type {tls.SecureVersion[]} */ (['TLSv1.2', 'TLSv1.3']))
    assert.equal(
      await presented(proxy, { minVersion: version, maxVersion: version }),
      fingerprint(next.cert),
    );
  assert.equal(foldMessage(await textOf(stream)).stop_reason, 'end_turn');
  const later = await open(proxy, { agent, path: '/healthz' });
  assert.equal(
    /** @type {tls.TLSSocket} */ (later.socket).getPeerCertificate().fingerprint256,
    old,
    'the same connection',
  );
  assert.equal(later.statusCode, 200);
  await textOf(later);
  // The same files once more are no change.
  const lines = proxy.stderr.split('certificate renewed').length;
  proxy.child.kill('SIGHUP');
  assert.equal(await presented(proxy), fingerprint(next.cert));
  await proxy.stop();
  assert.equal(proxy.stderr.split('certificate renewed').length, lines);
  const audit = await run(['audit', 'export', '--state-dir', proxy.state]);
  const changes = audit.stdout.split('\n').filter((text) => text.includes('reloaded'));
  assert.equal(changes.length, 1, audit.stdout);
  const record = JSON.parse(changes[0]);
  assert.equal(record.kind, 'configuration');
  assert.deepEqual(JSON.parse(record.detail), { reloaded: ['--tls-cert'] });
  assert.equal((await run(['audit', 'verify', '--state-dir', proxy.state])).code, 0);
  assert.ok(!/PRIVATE|BEGIN/.test(proxy.stderr + audit.stdout));
});

test('a renewed certificate that is no good leaves the one of before, and the log says why', async (t) => {
  const { proxy, own } = await startSecure(t);
  const [old, next, other] = [fingerprint(own.cert), makeCertificate(t).files, makeCertificate(t).files];
  const expired = certifyBetween(t, next.key, '20200101000000Z', '20200201000000Z');
  const early = certifyBetween(t, next.key, '20990101000000Z', '20990201000000Z');
  const garbage = path.join(temporaryFolder(t), 'garbage.pem');
  const certificate = readFileSync(next.cert, 'utf8').split('\n');
  writeFileSync(
    garbage,
    [certificate[0], certificate[1].replace(/^.{20}/, 'A'.repeat(20)), ...certificate.slice(2)].join('\n'),
  );
  const empty = path.join(temporaryFolder(t), 'empty.pem');
  writeFileSync(empty, '');
  for (const [pair, words] of /** @type {[Pair, RegExp][]} */ ([
    [{ cert: next.cert, key: other.key }, /do not belong together/],
    [{ cert: expired, key: next.key }, /good until 2020-02-01 00:00 UTC only/],
    [{ cert: early, key: next.key }, /good from 2099-01-01 00:00 UTC only/],
    [{ cert: garbage, key: next.key }, /cannot be used/],
    [{ cert: next.key, key: next.key }, /is not in PEM form/],
    [{ cert: next.cert, key: next.cert }, /is not in PEM form/],
    [{ cert: empty, key: next.key }, /is not in PEM form/],
    [{ cert: next.cert, key: empty }, /is not in PEM form/],
  ])) {
    renew(pair, own);
    const line = await reload(proxy, 'certificate kept');
    assert.equal(line.level, 'error');
    assert.match(line.message, words);
    assert.match(line.message, /of before stays in use/);
    assert.equal(await presented(proxy), old, String(words));
  }
  renew(next, own);
  chmodSync(own.key, 0o644);
  assert.match((await reload(proxy, 'certificate kept')).message, /can be read by others/);
  rmSync(own.key);
  assert.match((await reload(proxy, 'certificate kept')).message, /cannot read the private key/);
  rmSync(own.cert);
  assert.match((await reload(proxy, 'certificate kept')).message, /cannot read the certificate/);
  assert.equal(await presented(proxy), old);
  // Files outside the folders that it was started with: where Landlock is, they are out of reach.
  symlinkSync(other.cert, own.cert);
  symlinkSync(other.key, own.key);
  const confined = /"event":"sandbox"[^\n]*"files":true/.test(proxy.stderr);
  await reload(proxy, confined ? 'certificate kept' : 'certificate renewed');
  assert.equal(await presented(proxy), confined ? old : fingerprint(other.cert));
  for (const file of [own.cert, own.key]) rmSync(file);
  renew(next, own);
  await reload(proxy, 'certificate renewed');
  assert.equal(await presented(proxy), fingerprint(next.cert));
});

/** A client's connection whose writes can be held back. @param {number} port */
function valve(port) {
  const socket = net.connect(port, '127.0.0.1');
  const held = /** @type {(() => void)[]} */ ([]);
  const state = { open: true, pieces: 0 };
  const stream = new Duplex({
    read() {},
    write(chunk, _encoding, done) {
      state.pieces++;
      const send = () => socket.write(chunk, done);
      if (state.open) send();
      else held.push(send);
    },
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (data) => stream.push(data));
  socket.on('close', () => stream.push(null));
  const release = () => {
    state.open = true;
    for (const send of held.splice(0)) send();
  };
  return { stream, state, held, release };
}

test('a handshake that was begun before a renewal ends with the certificate that it began with', async (t) => {
  const { proxy, own } = await startSecure(t);
  for (const version of /** @type {tls.SecureVersion[]} */ (['TLSv1.2', 'TLSv1.3'])) {
    const old = fingerprint(own.cert);
    const slow = valve(proxy.port);
    const client = tls.connect({
      socket: slow.stream,
      rejectUnauthorized: false,
      minVersion: version,
      maxVersion: version,
    });
    t.after(() => client.destroy());
    const secured = new Promise((resolve, reject) => {
      client.on('secureConnect', () => resolve(null));
      client.on('error', reject);
    });
    await until(() => slow.state.pieces > 0); // its first words; the next are held back
    slow.state.open = false;
    await until(() => slow.held.length > 0);
    for (let i = 0; i < 3; i++) {
      renew(makeCertificate(t).files, own);
      await reload(proxy, 'certificate renewed');
      assert.equal(await presented(proxy), fingerprint(own.cert));
    }
    slow.release();
    await secured;
    assert.equal(client.getPeerCertificate().fingerprint256, old);
    client.write(`GET /healthz HTTP/1.1\r\nhost: 127.0.0.1:${proxy.port}\r\nconnection: close\r\n\r\n`);
    let text = '';
    for await (const piece of client) text += piece;
    assert.match(text, /^HTTP\/1\.1 200/);
  }
});

test('a client that trusts the root gets all that lies between, in order', async (t) => {
  const { cert, key, root } = makeChain(t);
  const proxy = await startProxy(t, ['--tls-cert', cert, '--tls-key', key]);
  const options = { ca: root, servername: 'own.test', rejectUnauthorized: true };
  assert.equal(await presented(proxy, options), fingerprint(cert));
  await assert.rejects(presented(proxy, { ...options, servername: 'stranger.test' }), /altnames/);
  await assert.rejects(presented(proxy, { ...options, ca: [] }), /certificate/);
});

test('at the start: a pair that does not belong together is refused, an old certificate warned of', async (t) => {
  const [one, two] = [makeCertificate(t).files, makeCertificate(t).files];
  const state = path.join(temporaryFolder(t), 'state');
  const mixed = await run([
    ...['--port', '0', '--state-dir', state, '--tls-cert', one.cert, '--tls-key', two.key],
  ]);
  assert.equal(mixed.code, 2);
  assert.match(mixed.stderr, /do not belong together/);
  const expired = certifyBetween(t, one.key, '20200101000000Z', '20200201000000Z');
  const proxy = await startProxy(t, ['--tls-cert', expired, '--tls-key', one.key]);
  await until(() =>
    /"level":"warning","event":"certificate","message":"[^"]*until 2020-02-01/.test(proxy.stderr),
  );
  assert.equal(await presented(proxy), fingerprint(expired));
});
