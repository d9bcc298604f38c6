// The examples in demo-proxy/examples, as far as this machine has the programs that they are for: nginx and Caddy in front
// of the proxy with TLS of a certificate made here, systemd's own judgement of the service, and what the image is made of.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import http2 from 'node:http2';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import tls from 'node:tls';
import { buildNeeds } from '../../scripts/lib/needs.mjs';
import { NAME, adapted, exampleOf, has, startCaddy, startNginx } from './examples.mjs';
import {
  KEY,
  MESSAGES,
  ROOT,
  abandon,
  afterwards,
  binary,
  call,
  freePort,
  logLines,
  messages,
  newToken,
  open,
  pair,
  postTo,
  startProxy,
  startUpstream,
  temporaryFolder,
  textOf,
  until,
} from './support.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const PING = 'event: ping\ndata: {"type":"ping"}\n\n';
const STOP = 'event: message_stop\ndata: {}\n\n';

/**
 * A provider, the proxy, and what stands in front of it. A prompt with "hold" gets its first event at once and the last one
 * when the test says so.
 * @param {import('./support.mjs').Test} t
 * @param {typeof startNginx} startFront
 * @param {string[]} [args]
 */
async function startBehind(t, startFront, args = []) {
  const held = /** @type {(() => void)[]} */ ([]);
  const upstream = await startUpstream(t, async (request, response, seen) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(PING);
    if (seen.body.includes('hold')) await new Promise((resolve) => held.push(() => resolve(null)));
    response.end(STOP);
  });
  const page = temporaryFolder(t);
  writeFileSync(path.join(page, 'index.html'), '<!doctype html><p>the page</p>');
  const port = await freePort();
  const proxy = await startProxy(
    t,
    ['--behind-tls', '--hosts', `${NAME}:${port}`, '--anthropic-base-url', upstream.url]
      .concat(['--page-dir', page, ...ROOT])
      .concat(args),
    { env: { ANTHROPIC_API_KEY: KEY } },
  );
  const front = await startFront(t, port, proxy.port);
  const host = `${NAME}:${port}`;
  /** As a browser sends it to the front. @param {import('./support.mjs').Options & { token?: string }} options */
  const through = (options, more = {}) => ({
    ...options,
    headers: { host, origin: `https://${host}`, ...options.headers },
    tls: { ca: front.ca, servername: NAME, ...more },
  });
  const newSession = async () => pair(front, through({ token: await newToken(proxy) }));
  return { upstream, held, proxy, front, host, through, newSession };
}

/** @param {import('node:http').IncomingMessage} response @param {string} name how often the header is there */
const timesOf = (response, name) =>
  response.rawHeaders.filter((word, i) => i % 2 === 0 && word.toLowerCase() === name).length;

const QUERY = 'canary-in-the-query';
/** With what they must not write down beside the usual: nginx's log of errors has each query. */
const fronts = /** @type {[string, string, typeof startNginx, string[]][]} */ ([
  ['nginx', '-v', startNginx, []],
  ['caddy', 'version', startCaddy, [QUERY]],
]);
for (const [program, question, startFront, more] of fronts) {
  const skip = has(program, question) ? false : `there is no ${program} on this machine`;

  test(`${program} in front: the page, a session, streams that arrive as they come`, { skip }, async (t) => {
    const { upstream, held, front, through, newSession, host } = await startBehind(t, startFront);
    const page = await open(front, through({ path: '/' }));
    assert.equal(page.statusCode, 200);
    assert.equal(timesOf(page, 'strict-transport-security'), 1);
    assert.equal(timesOf(page, 'content-security-policy'), 1);
    assert.match(await textOf(page), /the page/);
    const session = await newSession();

    const response = await open(front, through(postTo(MESSAGES, session, messages('hold'))));
    assert.equal(response.statusCode, 200);
    assert.equal(timesOf(response, 'strict-transport-security'), 1);
    assert.equal(String((await once(response, 'data'))[0]), PING); // while the provider holds the rest back
    held[0]();
    assert.equal(await textOf(response), STOP);

    // The same by HTTP/2, as browsers come.
    const client = http2.connect(`https://127.0.0.1:${front.port}`, { ca: front.ca, servername: NAME });
    afterwards(t, () => client.destroy());
    const { path: target, headers, body } = postTo(MESSAGES, session, messages('hold'));
    const stream = client.request({
      ':method': 'POST',
      ':path': target,
      ':authority': host,
      origin: `https://${host}`,
      ...headers,
    });
    stream.end(body);
    assert.equal(String((await once(stream, 'data'))[0]), PING);
    held[1]();
    assert.equal(String((await once(stream, 'data'))[0]), STOP);
    assert.deepEqual(
      upstream.seen.map(({ headers: seen }) => seen['x-api-key']),
      [KEY, KEY],
    );
  });

  test(`${program} in front: a client that leaves ends its request to the provider`, { skip }, async (t) => {
    const { upstream, proxy, front, through, newSession } = await startBehind(t, startFront);
    const session = await newSession();
    const reading = await open(front, through(postTo(MESSAGES, session, messages('hold'))));
    await once(reading, 'data');
    reading.destroy();
    await until(() => upstream.seen[0].closed, 3000, 'that the provider is let go in the stream');
    await until(() => logLines(proxy, 'request').some(({ ended }) => ended === 'client left'));
  });

  test(
    `${program} in front: large requests, foreign names, two lengths, the client's address`,
    { skip },
    async (t) => {
      const limits = ['--model-requests', '3'];
      const { upstream, proxy, front, through, newSession, host } = await startBehind(t, startFront, limits);
      const one = await newSession();
      const large = postTo(MESSAGES, one, messages('y'.repeat(5_000_000)));
      assert.equal((await call(front, through(large))).text, PING + STOP);
      assert.ok(upstream.seen[0].body.length > 5_000_000);
      const tooLarge = await call(front, through(postTo(MESSAGES, one, 'y'.repeat(10_600_000))));
      assert.deepEqual([tooLarge.status, tooLarge.json?.error.type], [413, 'request_too_large']);

      const before = logLines(proxy, 'request').length;
      const foreign = await call(
        front,
        through({ path: '/v1/providers', headers: { host: 'evil.example' } }),
      );
      assert.ok(foreign.status === 421 || foreign.text === '', `${foreign.status} ${foreign.text}`);
      const socket = tls.connect({ port: front.port, host: '127.0.0.1', ca: front.ca, servername: NAME });
      await once(socket, 'secureConnect');
      socket.write(
        `POST /v1/pair HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      );
      assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1\.1 400 /);
      socket.destroy();
      assert.ok(logLines(proxy, 'request').length <= before + 2);

      // Three requests from one address, then one of another session that says of itself that it comes from elsewhere.
      /** @param {string} session @param {string} from @param {Record<string, string>} [lie] */
      const ask = async (session, from, lie = {}) => {
        const request = postTo(MESSAGES, session, messages('x'), lie);
        return (await call(front, through(request, { localAddress: from }))).status;
      };
      assert.equal(await ask(one, '127.0.0.1'), 200);
      const two = await newSession();
      assert.equal(await ask(two, '127.0.0.1', { 'x-forwarded-for': '203.0.113.9' }), 200);
      assert.equal(await ask(two, '127.0.0.1', { 'x-forwarded-for': '203.0.113.9' }), 429);
      assert.equal(
        await ask(two, '127.0.0.1', { forwarded: 'for=203.0.113.9', 'x-real-ip': '203.0.113.9' }),
        429,
      );
      assert.equal(await ask(two, '127.0.0.2'), 200);
    },
  );

  test(`${program} in front: no secret stands in what it writes down`, { skip }, async (t) => {
    const { upstream, proxy, front, through, newSession } = await startBehind(t, startFront);
    const session = await newSession();
    const secrets = [session, proxy.token, 'sk-canary-own', 'canary-prompt', ...more];
    /** With the session where a provider's own client puts it. @param {string} target @param {Record<string, string>} headers */
    const asking = (target, headers) => {
      const { method, body } = postTo(target, session, messages('canary-prompt hold'));
      return through({ method, path: target, body, headers });
    };
    const own = { 'x-api-key': session, 'x-api-key-anthropic': 'sk-canary-own' };
    const anthropic = asking(`${MESSAGES}?beta=${QUERY}`, own);
    const google = asking(MESSAGES, { 'x-goog-api-key': session });
    assert.equal((await call(front, anthropic)).status, 403); // no keys of clients' own
    await abandon(front, google, () => upstream.seen.length === 1);
    await until(() => upstream.seen[0].closed, 3000, 'that the provider is let go');
    await proxy.stop();
    assert.equal((await call(front, anthropic)).status, 502);
    assert.equal((await call(front, google)).status, 502);
    const told = () => /connect|refused/.test(front.log());
    await until(told, 3000, 'that it tells of the proxy that is gone');
    await front.hangUp();
    for (const secret of secrets) assert.ok(!front.log().includes(secret), `${secret}: ${front.log()}`);
  });
}

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

test('the image copies what is there and has what the build needs', () => {
  const [build, final] = exampleOf('Dockerfile')
    .replaceAll('\\\n', ' ')
    .split(/^FROM /m)
    .slice(1);
  const copied = [...build.matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, from]) => from.trim().split(/\s+/));
  assert.ok(copied.length > 3);
  for (const name of copied) assert.ok(existsSync(path.join(root, name)), name);
  // All that the setup installs for the build, but for what the page and the core in the browser need.
  const elsewhere = ['emscripten', 'dpkg-dev'];
  const needed = buildNeeds.flatMap(({ packages }) => packages).filter((name) => !elsewhere.includes(name));
  for (const name of needed)
    assert.ok(build.split(/\s+/).includes(name), `${name} is not installed for the build`);
  // Each library that the program is linked with is installed where it runs.
  const linked = spawnSync('ldd', [binary], { encoding: 'utf8' }).stdout;
  const libraries = ['microhttpd', 'curl', 'cares', 'crypto', 'sqlite3', 'seccomp', 'cjson'];
  for (const name of libraries.filter((each) => linked.includes(`lib${each}.so`))) {
    const install = { crypto: 'libssl', cares: 'libc-ares' }[name] ?? `lib${name}`;
    assert.match(final, new RegExp(`\\s${install}-?[0-9]`), `${install} is not installed in the image`);
  }
});

test('every flag in the examples is one', () => {
  const help = spawnSync(binary, ['--help'], { encoding: 'utf8' }).stdout;
  for (const name of ['umbra-proxy.service', 'Dockerfile', 'nginx.conf', 'Caddyfile']) {
    const text = exampleOf(name);
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
