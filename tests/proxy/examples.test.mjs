// The examples in demo-proxy/examples, as far as this machine has the programs that they are for: nginx in front of the
// proxy with TLS of a certificate made here, and systemd's own judgement of the service.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import tls from 'node:tls';
import { makeCertificate } from './certificate.mjs';
import {
  KEY,
  MESSAGES,
  binary,
  messages,
  portOf,
  startProxy,
  startUpstream,
  temporaryFolder,
  until,
} from './support.mjs';

const examples = fileURLToPath(new URL('../../demo-proxy/examples/', import.meta.url));
const has = (/** @type {string} */ name) => !spawnSync(name, ['--version'], { stdio: 'ignore' }).error;

/** The example with other words for some of its own, each of which must be there. @param {string} name @param {Record<string, string>} words */
function adapted(name, words) {
  let text = readFileSync(path.join(examples, name), 'utf8');
  for (const [from, to] of Object.entries(words)) {
    assert.ok(text.includes(from), `${name} has no ${from}`);
    text = text.replaceAll(from, to);
  }
  return text;
}

/** A port that was free a moment ago. */
async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * nginx with the example's configuration.
 * @param {import('node:test').TestContext} t
 * @param {number} port
 * @param {number} proxyPort
 */
async function startNginx(t, port, proxyPort) {
  const folder = temporaryFolder(t);
  const { cert, key } = makeCertificate(t, 'umbra.example');
  mkdirSync(path.join(folder, 'log'));
  mkdirSync(path.join(folder, 'lib'));
  const config = path.join(folder, 'nginx.conf');
  const text = adapted('nginx.conf', {
    '/run/nginx.pid': path.join(folder, 'pid'),
    '/var/log/nginx': path.join(folder, 'log'),
    '/var/lib/nginx': path.join(folder, 'lib'),
    'listen 443 ssl': `listen 127.0.0.1:${port} ssl`,
    '/etc/umbra/chain.pem': cert,
    '/etc/umbra/key.pem': key,
    'server 127.0.0.1:8787': `server 127.0.0.1:${proxyPort}`,
  });
  writeFileSync(config, text);
  const log = path.join(folder, 'log/start');
  const child = spawn('nginx', [
    '-p',
    folder,
    '-c',
    config,
    '-e',
    log,
    '-g',
    'daemon off; master_process off;',
  ]);
  let stderr = '';
  child.stderr.on('data', (d) => (stderr += d));
  const exit = once(child, 'close');
  t.after(async () => {
    child.kill('SIGTERM');
    await exit;
  });
  const isUp = () =>
    new Promise((resolve, reject) => {
      if (child.exitCode !== null) reject(new Error(`nginx ended: ${stderr}`));
      const socket = net.connect(port, '127.0.0.1');
      socket.on('connect', () => resolve(socket.destroy()));
      socket.on('error', () => resolve(null));
    });
  await until(isUp, 5000, 'that nginx listens');
  return { ca: readFileSync(cert), log: () => readFileSync(path.join(folder, 'log/umbra.log'), 'utf8') };
}

test(
  'nginx in front: pairing, streams that arrive as they come, clients that leave',
  { skip: !has('nginx') },
  async (t) => {
    let release = () => {};
    const held = /** @type {Promise<void>} */ (new Promise((resolve) => (release = resolve)));
    const upstream = await startUpstream(t, async (request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('event: ping\ndata: {"type":"ping"}\n\n');
      await held;
      if (upstream.seen.length === 1) response.end('event: message_stop\ndata: {}\n\n');
    });
    const port = await freePort();
    const root = process.getuid?.() === 0 ? ['--allow-root'] : [];
    const proxy = await startProxy(
      t,
      ['--behind-tls', '--hosts', `umbra.example:${port}`, '--anthropic-base-url', upstream.url, ...root],
      { env: { ANTHROPIC_API_KEY: KEY } },
    );
    const nginx = await startNginx(t, port, proxy.port);
    const agent = new https.Agent({ ca: nginx.ca, servername: 'umbra.example' });
    t.after(() => agent.destroy());
    /** @param {string} target @param {any} body @param {Record<string, string>} [more] @returns {Promise<import('node:http').IncomingMessage>} */
    const send = (target, body, more = {}) =>
      new Promise((resolve, reject) => {
        const headers = { host: `umbra.example:${port}`, origin: `https://umbra.example:${port}`, ...more };
        const request = https.request({
          host: '127.0.0.1',
          port,
          method: 'POST',
          path: target,
          headers,
          agent,
        });
        request.on('response', resolve).on('error', reject);
        request.end(JSON.stringify(body));
      });
    /** @param {import('node:http').IncomingMessage} response */
    const read = async (response) => {
      let text = '';
      for await (const piece of response) text += piece;
      return text;
    };
    const paired = await send('/v1/pair', { token: proxy.token });
    assert.equal(paired.statusCode, 200);
    const authorization = `Bearer ${JSON.parse(await read(paired)).session}`;

    const response = await send(MESSAGES, messages('x'), { authorization });
    assert.equal(response.statusCode, 200);
    assert.match(String((await once(response, 'data'))[0]), /ping/); // while the provider holds the rest back
    release();
    assert.match(await read(response), /message_stop/);

    const large = await send(MESSAGES, messages('y'.repeat(5_000_000)), { authorization });
    await once(large, 'data');
    assert.ok(upstream.seen[1].body.length > 5_000_000);
    large.destroy();
    await until(() => upstream.seen[1].closed, 3000, 'that the provider is let go');

    const foreign = await send('/v1/pair', {}, { host: 'evil.example' });
    assert.equal(foreign.statusCode, 421);
    foreign.resume();

    const socket = tls.connect({ port, host: '127.0.0.1', ca: nginx.ca, servername: 'umbra.example' });
    await once(socket, 'secureConnect');
    socket.write(
      `POST /v1/pair HTTP/1.1\r\nHost: umbra.example:${port}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    );
    assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1\.1 400 /);
    socket.destroy();
    await until(() => nginx.log().includes('/v1/pair'));
    for (const secret of [proxy.token, authorization.slice(7)]) assert.ok(!nginx.log().includes(secret));
  },
);

test(
  'the systemd service is sound and has little left to give up',
  { skip: !has('systemd-analyze') },
  (t) => {
    const unit = path.join(temporaryFolder(t), 'umbra-proxy.service');
    writeFileSync(unit, adapted('umbra-proxy.service', { '/usr/local/bin/demo-proxy': binary }));
    const verified = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' });
    assert.equal(verified.status, 0, verified.stderr);
    assert.ok(!verified.stderr.includes('umbra-proxy.service:'), verified.stderr);
    const judged = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=15', unit], {
      encoding: 'utf8',
    });
    assert.equal(judged.status, 0, judged.stdout.split('\n').at(-2));
  },
);

test('every flag in the examples is one', () => {
  const help = spawnSync(binary, ['--help'], { encoding: 'utf8' }).stdout;
  for (const name of ['umbra-proxy.service', 'Dockerfile', 'nginx.conf', 'Caddyfile']) {
    const text = readFileSync(path.join(examples, name), 'utf8');
    const lines = text
      .split('\n')
      .filter(
        (line) => /demo-proxy |--behind-tls|umbra-proxy --/.test(line) && !/docker build|COPY/.test(line),
      );
    const flags = lines.flatMap(
      (line) => line.slice(Math.max(0, line.lastIndexOf('umbra-proxy '))).match(/--[a-z-]+/g) ?? [],
    );
    for (const flag of flags) assert.ok(help.includes(`${flag} `), `${name}: ${flag}`);
    for (const variable of text.match(/UMBRA_[A-Z_]+/g) ?? []) assert.ok(help.includes(variable), variable);
  }
});
