// POST /v1/fetch: what comes back from servers that may be fetched, and every limit.
import assert from 'node:assert/strict';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { makeCertificate } from './certificate.mjs';
import { startDns, startFetching } from './fetch-support.mjs';
import {
  abandon,
  afterwards,
  call,
  freePort,
  jsonLines,
  listen,
  logLines,
  memoryKilobytes,
  open,
  run,
  startUpstream,
  textOf,
  until,
} from './support.mjs';

/** @typedef {import('./support.mjs').Test} Test */

/**
 * A server that may be fetched from, and the proxy before it.
 * @param {Test} t
 * @param {Parameters<typeof startUpstream>[1]} handler
 * @param {string[]} [args]
 */
async function start(t, handler, args = []) {
  const upstream = await startUpstream(t, handler);
  const { host } = new URL(upstream.url);
  return { upstream, host, ...(await startFetching(t, ['--fetch-allow', host, ...args])) };
}

/**
 * The same for what an HTTP server of Node.js would not say.
 * @param {Test} t
 * @param {(socket: net.Socket) => any} talk called when the request's head is there
 * @param {string[]} [args]
 */
async function startRaw(t, talk, args = []) {
  const server = net.createServer((socket) => socket.once('data', () => talk(socket)));
  const { sockets, port } = await listen(t, server);
  const host = `127.0.0.1:${port}`;
  return {
    sockets,
    host,
    url: `http://${host}/`,
    ...(await startFetching(t, ['--fetch-allow', host, ...args])),
  };
}

/** Writes pieces until the other side hangs up. @param {net.Socket} socket @param {string | Buffer} piece */
function pour(socket, piece) {
  const more = () => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on('drain', more);
  more();
}

const PLAIN = { 'content-type': 'text/plain; charset=utf-8' };

test('a page comes back with all that belongs to it', async (t) => {
  const { upstream, host, proxy, get } = await start(t, (request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'set-cookie': 'a=b', server: 'x' });
    response.end('<p>Grüße \u{1F30D} "\\ \u0001</p>');
  });
  const answer = await get(`http://${host}/a/../path?secret=1#part`);
  assert.equal(answer.status, 200);
  const { duration_ms, ...rest } = answer.json;
  assert.deepEqual(rest, {
    url: `http://${host}/path?secret=1`,
    status: 200,
    content_type: 'text/html; charset=utf-8',
    encoding: 'text',
    content: '<p>Grüße \u{1F30D} "\\ \u0001</p>',
    bytes: Buffer.byteLength('<p>Grüße \u{1F30D} "\\ \u0001</p>'),
    truncated: false,
    redirects: 0,
  });
  assert.ok(Number.isInteger(duration_ms) && duration_ms >= 0);
  assert.equal(answer.headers['set-cookie'], undefined);
  const [seen] = upstream.seen;
  assert.equal(seen.method, 'GET');
  assert.equal(seen.url, '/path?secret=1');
  assert.match(seen.headers['user-agent'] ?? '', /^Umbra-Fetch\/\d+\.\d+\.\d+$/);
  assert.deepEqual(Object.keys(seen.headers).sort(), ['accept', 'accept-encoding', 'host', 'user-agent']);
  await until(() => logLines(proxy, 'fetch').length === 1);
  const [line] = logLines(proxy, 'fetch');
  assert.equal(line.host, host);
  assert.equal(line.url, `http://${host}/path`);
  assert.deepEqual(
    [line.outcome, line.status, line.bytes, line.truncated, line.redirects, line.level],
    ['ok', 200, rest.bytes, false, 0, 'info'],
  );
  assert.ok(line.ms >= 0);
  assert.equal(proxy.stderr.includes('secret'), false);
  assert.equal((await get('http://127.0.0.1:1/inside?secret=2')).status, 403);
  const audited = async () => {
    const { stdout } = await run(['audit', 'export', '--state-dir', proxy.state]);
    assert.ok(!stdout.includes('secret'));
    return jsonLines(stdout).filter(({ route }) => route === '/v1/fetch');
  };
  await until(async () => (await audited()).length === 2);
  const [good, refused] = await audited();
  const { time, level, event, ...told } = line;
  assert.ok(time && level && event);
  assert.deepEqual([good.kind, good.status, JSON.parse(good.detail).fetch], ['fetch', 200, told]);
  assert.equal(refused.kind, 'refused');
  assert.equal(JSON.parse(refused.detail).fetch.host, '127.0.0.1:1');
});

test('types: text as text, other bytes as base64, what is not in the list is refused', async (t) => {
  const bodies = /** @type {Record<string, [string | undefined, Buffer]>} */ ({
    '/json': ['application/json', Buffer.from('{"a":"ü"}')],
    '/problem': ['Application/Problem+JSON;x=y', Buffer.from('{}')],
    '/svg': ['image/svg+xml', Buffer.from('<svg/>')],
    '/pdf': ['application/pdf', Buffer.from('%PDF-1.7\xff\xfe', 'latin1')],
    '/ascii.pdf': ['application/pdf', Buffer.from('%PDF-1.7 only ASCII')],
    '/latin1': ['text/plain; charset=iso-8859-1', Buffer.from('Gr\xfc\xdfe', 'latin1')],
    '/nul': ['text/plain', Buffer.from('a\0b')],
    '/png': ['image/png', Buffer.from('\x89PNG')],
    '/zip': ['application/zip', Buffer.from('PK')],
    '/text': ['text', Buffer.from('x')],
    '/none': [undefined, Buffer.from('x')],
    '/odd': ['text/plain\x80', Buffer.from('x')],
    '/nothing': [undefined, Buffer.alloc(0)],
    '/empty.png': ['image/png', Buffer.alloc(0)],
  });
  const { host, get } = await start(t, (request, response) => {
    const [type, body] = bodies[request.url ?? ''];
    response.writeHead(200, type ? { 'content-type': type } : {});
    response.end(body);
  });
  for (const name of ['/json', '/problem', '/svg', '/nul']) {
    const { json } = await get(`http://${host}${name}`);
    assert.deepEqual([json.encoding, json.content], ['text', bodies[name][1].toString()], name);
    assert.equal(json.content_type, bodies[name][0]);
  }
  for (const name of ['/pdf', '/ascii.pdf', '/latin1']) {
    const { json } = await get(`http://${host}${name}`);
    assert.deepEqual([json.encoding, json.content], ['base64', bodies[name][1].toString('base64')], name);
    assert.equal(json.bytes, bodies[name][1].length);
  }
  for (const name of ['/png', '/zip', '/text', '/none']) {
    const answer = await get(`http://${host}${name}`);
    assert.equal(answer.status, 415, name);
    assert.equal(answer.json.error.type, 'invalid_request_error');
    assert.match(
      answer.json.error.message,
      new RegExp(`${bodies[name][0] ?? 'without a type'}.*--fetch-types`),
    );
  }
  for (const name of ['/nothing', '/empty.png']) {
    const { json } = await get(`http://${host}${name}`);
    assert.deepEqual([json.encoding, json.content, json.bytes, json.status], ['text', '', 0, 200], name);
  }
  assert.equal((await get(`http://${host}/odd`)).json.content_type, 'text/plain');
  const binary = await startFetching(t, ['--fetch-allow', host, '--fetch-types', 'image/*,application/zip']);
  const png = await binary.get(`http://${host}/png`);
  assert.deepEqual([png.json.encoding, png.json.content], ['base64', bodies['/png'][1].toString('base64')]);
  assert.equal((await binary.get(`http://${host}/json`)).status, 415);
});

test("the server's own errors are answers", async (t) => {
  const { host, get } = await start(t, (request, response) => {
    const status = Number(request.url?.slice(1));
    response.writeHead(status, { ...PLAIN, 'www-authenticate': 'Basic' });
    response.end(status === 304 ? undefined : `status ${status}`);
  });
  for (const status of [203, 300, 304, 305, 400, 401, 404, 407, 410, 429, 500, 503]) {
    const answer = await get(`http://${host}/${status}`);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.status, status);
    assert.equal(answer.json.content, status === 304 ? '' : `status ${status}`);
  }
});

test('redirects carry no cookie, no referer and no fragment along', async (t) => {
  const { upstream, host, get } = await start(t, (request, response) => {
    if (request.url === '/end?x=1') return response.writeHead(200, PLAIN).end('there');
    const steps = /** @type {Record<string, string>} */ ({
      '/a/1': '../b/2#part',
      '/b/2': '3 4',
      '/b/3%204': '?q=ü',
      '/b/3%204?q=%C3%BC': `http://${host}/end?x=1`,
    });
    const status = 301 + upstream.seen.length;
    return response
      .writeHead(status > 303 ? 307 : status, {
        location: Buffer.from(steps[request.url ?? '']).toString('latin1'),
        'set-cookie': 'session=1; Path=/',
      })
      .end('moved');
  });
  const { json } = await get(`http://${host}/a/1`);
  assert.deepEqual([json.content, json.redirects, json.url], ['there', 4, `http://${host}/end?x=1`]);
  for (const seen of upstream.seen) {
    assert.equal(seen.method, 'GET');
    for (const name of ['cookie', 'referer', 'authorization', 'origin'])
      assert.equal(seen.headers[name], undefined);
  }
});

test('only a session may fetch, and only with a body that says what', async (t) => {
  const { proxy, request, get } = await startFetching(t);
  const { headers, ...rest } = request('https://example.com/');
  assert.equal((await call(proxy, { ...rest, headers: { 'content-type': 'application/json' } })).status, 401);
  const wrong = await call(proxy, { path: '/v1/fetch', headers });
  assert.deepEqual([wrong.status, wrong.headers.allow], [405, 'POST, OPTIONS']);
  for (const what of [
    {},
    [],
    { url: 7 },
    { url: '' },
    { url: null },
    { url: ['http://example.com'] },
    { url: 'http://127.0.0.1/', max_bytes: 0 },
    { url: 'http://127.0.0.1/', max_bytes: -1 },
    { url: 'http://127.0.0.1/', max_bytes: '5' },
    { url: 'http://127.0.0.1/', max_bytes: {} },
  ]) {
    const answer = await get(what);
    assert.equal(answer.status, 400, JSON.stringify(what));
    assert.equal(answer.json.error.type, 'invalid_request_error');
  }
  for (const body of ['', '{', '{} x', 'null'])
    assert.equal((await call(proxy, { ...request({}), body })).status, 400, body);
  assert.equal((await get({ url: `http://example.com/${'a'.repeat(9000)}` })).status, 413);
  assert.equal(logLines(proxy, 'fetch').length, 0);
  const off = await startFetching(t, ['--no-fetch']);
  const refused = await off.get('https://example.com/');
  assert.equal(refused.status, 403);
  assert.match(refused.json.error.message, /switched off \(--no-fetch\)/);
});

test('settings that cannot be read stop the start', async () => {
  for (const [args, words] of /** @type {[string[], RegExp][]} */ ([
    [['--fetch-ports', '80,x'], /--fetch-ports is "80,x"/],
    [['--fetch-allow', 'host'], /--fetch-allow has "host"/],
    [['--fetch-allow', '127.1:80'], /--fetch-allow has "127\.1:80"/],
    [['--dns-servers', 'resolver.example.com'], /--dns-servers is "resolver/],
    [['--dns-servers', '127.0.0.1:0'], /--dns-servers/],
    [['--dns-servers', '[::1'], /--dns-servers/],
    [['--fetch-user-agent', 'a\nb'], /--fetch-user-agent/],
    [['--fetch-ca-file', '/nonexistent/ca.pem'], /--fetch-ca-file \/nonexistent\/ca\.pem/],
    [['--fetch-max-bytes', '0'], /--fetch-max-bytes/],
  ])) {
    const { code, stderr } = await run(['--port', '0', '--state-dir', '/nonexistent-but-unused', ...args]);
    assert.equal(code, 2, `${args.join(' ')}: ${stderr}`);
    assert.match(stderr, words);
  }
});

test('content is cut at the limit, between characters', async (t) => {
  const { host, get } = await start(
    t,
    (request, response) => {
      response.writeHead(200, PLAIN);
      response.end(request.url === '/exact' ? 'x'.repeat(1000) : 'ü'.repeat(5000));
    },
    ['--fetch-max-bytes', '1000'],
  );
  const exact = (await get(`http://${host}/exact`)).json;
  assert.deepEqual([exact.bytes, exact.truncated, exact.content.length], [1000, false, 1000]);
  for (const [max, bytes] of [
    [undefined, 1000],
    [1e9, 1000],
    [11, 10],
    [10, 10],
    [1, 0],
    [2.9, 2],
  ]) {
    const { json } = await get({ url: `http://${host}/`, max_bytes: max });
    assert.deepEqual([json.bytes, json.truncated, json.encoding], [bytes, true, 'text'], String(max));
    assert.equal(json.content, 'ü'.repeat(Number(bytes) / 2));
  }
});

test('compressed content is unpacked, and a bomb is cut while it unpacks', async (t) => {
  const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024, 'a'), { level: 9 });
  const { proxy, host, get } = await start(t, (request, response) => {
    const twice = request.url === '/twice';
    response.writeHead(200, { ...PLAIN, 'content-encoding': twice ? 'gzip, gzip' : 'gzip' });
    response.end(request.url === '/small' ? gzipSync('unpacked') : twice ? gzipSync(bomb) : bomb);
  });
  assert.equal((await get(`http://${host}/small`)).json.content, 'unpacked');
  const before = memoryKilobytes(proxy);
  for (const name of ['/bomb', '/twice']) {
    const { json } = await get(`http://${host}${name}`);
    assert.deepEqual([json.bytes, json.truncated], [5242880, true], name);
  }
  assert.ok(memoryKilobytes(proxy) - before < 80000, `${memoryKilobytes(proxy) - before} KB more`);
});

test('an endless body is cut and its connection closed', async (t) => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n';
  const { sockets, url, get } = await startRaw(t, (socket) => {
    socket.write(head);
    pour(socket, 'x'.repeat(65536));
  });
  const { json } = await get(url);
  assert.deepEqual([json.bytes, json.truncated], [5242880, true]);
  await until(() => sockets.size === 0);
});

test('endless and oversized headers', async (t) => {
  const heads = /** @type {((socket: net.Socket) => void)[]} */ ([
    (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      pour(socket, 'X-Filler: 123456789012345678901234567890\r\n');
    },
    (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nX-Long: ');
      pour(socket, 'x'.repeat(4096));
    },
    (socket) => pour(socket, 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'),
    (socket) => {
      socket.write(
        'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n',
      );
      pour(socket, 'X-Trailer: 123456789012345678901234567890\r\n');
    },
    (socket) => {
      socket.write('HTTP/1.1 302 Found\r\nLocation: /');
      pour(socket, 'x'.repeat(4096));
    },
  ]);
  for (const talk of heads) {
    const { sockets, url, get } = await startRaw(t, talk);
    const answer = await get(url);
    assert.equal(answer.status, 502, answer.text);
    assert.equal(answer.json.error.type, 'api_error');
    await until(() => sockets.size === 0);
  }
  const { host, get } = await start(
    t,
    (request, response) => {
      response.writeHead(200, { ...PLAIN, 'x-filler': 'x'.repeat(3000) });
      response.end('x');
    },
    ['--fetch-max-header-bytes', '2000'],
  );
  assert.match((await get(`http://${host}/`)).json.error.message, /more than 2000 bytes of headers/);
});

test('slow servers: the whole fetch has one time limit', async (t) => {
  const slow = /** @type {((socket: net.Socket) => void)[]} */ ([
    () => {},
    (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n');
      const drip = setInterval(() => socket.write('x'), 100);
      socket.on('close', () => clearInterval(drip));
    },
    (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nX-Slow: ');
      const drip = setInterval(() => socket.write('x'), 100);
      socket.on('close', () => clearInterval(drip));
    },
  ]);
  for (const talk of slow) {
    const { proxy, sockets, url, get } = await startRaw(t, talk, ['--fetch-timeout-ms', '700']);
    const began = Date.now();
    const answer = await get(url);
    assert.equal(answer.status, 504, answer.text);
    assert.equal(answer.json.error.type, 'timeout_error');
    assert.match(answer.json.error.message, /within 700 ms \(--fetch-timeout-ms\)/);
    assert.ok(Date.now() - began >= 690);
    await until(() => sockets.size === 0);
    await until(() => logLines(proxy, 'fetch').length === 1);
    assert.equal(logLines(proxy, 'fetch')[0].outcome, 'timeout_error');
  }
});

test('a server that does not finish the TLS handshake is given up after the connect timeout', async (t) => {
  const { sockets, host, get } = await startRaw(t, () => {}, ['--fetch-connect-timeout-ms', '300']);
  const answer = await get(`https://${host}/`);
  assert.equal(answer.status, 504, answer.text);
  assert.match(answer.json.error.message, /could not be reached in time/);
  await until(() => sockets.size === 0);
});

test('servers that are not there, break off or talk nonsense', async (t) => {
  const talks = /** @type {((socket: net.Socket) => void)[]} */ ([
    (socket) => socket.destroy(),
    (socket) => socket.end('SSH-2.0-OpenSSH\r\n'),
    (socket) => socket.end('HTTP/1.1 999 x\r\n\r\n'.slice(0, 8)),
    (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nhalf'),
    (socket) =>
      socket.end('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\n\r\nno gzip'),
    (socket) =>
      socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nContent-Type: text/plain\r\n\r\nx'),
  ]);
  for (const talk of talks) {
    const { url, get } = await startRaw(t, talk);
    const answer = await get(url);
    assert.equal(answer.status, 502, answer.text);
    assert.match(answer.json.error.message, /^127\.0\.0\.1:\d+ gave no usable answer/);
  }
  const host = `127.0.0.1:${await freePort()}`;
  const { get } = await startFetching(t, ['--fetch-allow', host]);
  const gone = await get(`http://${host}/`);
  assert.equal(gone.status, 502);
  assert.match(gone.json.error.message, /cannot be reached/);
});

test('a client that leaves ends its fetch', async (t) => {
  const { upstream, proxy, host, request } = await start(t, () => {}, ['--max-fetches', '1']);
  await abandon(proxy, request(`http://${host}/`), () => {
    assert.equal(upstream.seen[0]?.closed ?? false, false);
    return upstream.seen.length === 1;
  });
  await until(() => upstream.seen[0].closed);
  await until(() => logLines(proxy, 'fetch').length === 1);
  assert.equal(logLines(proxy, 'fetch')[0].outcome, 'client left');
  assert.equal((await call(proxy, { path: '/healthz' })).status, 200);
});

test('a client that leaves during the lookup', async (t) => {
  const dns = await startDns(t, () => 'silence');
  const { proxy, request } = await startFetching(t, [
    '--dns-servers',
    dns.address,
    '--dns-timeout-ms',
    '200',
  ]);
  for (let i = 1; i <= 3; i++) {
    const asked = () => dns.questions.some((q) => q.type === 'A' && q.count >= i);
    await abandon(proxy, request('http://www.example.com/'), asked);
    await until(() => logLines(proxy, 'fetch').length === i);
  }
  assert.equal((await call(proxy, { path: '/healthz' })).status, 200);
});

test('more fetches than the limit of a session are refused for a while', async (t) => {
  const { get } = await startFetching(t, ['--fetch-requests', '2', '--rate-window-seconds', '600']);
  for (const left of ['1', '0']) {
    const answer = await get('http://127.0.0.1/');
    assert.equal(answer.status, 403);
    assert.equal(answer.headers['ratelimit-remaining'], left);
  }
  const refused = await get('http://127.0.0.1/');
  assert.equal(refused.status, 429);
  assert.match(refused.json.error.message, /more than 2 fetches/);
  assert.ok(Number(refused.headers['retry-after']) > 200);
});

test('lookups that nobody waits for any more are bounded too', async (t) => {
  const dns = await startDns(t, () => 'silence');
  const { proxy, request, get } = await startFetching(t, [
    ...['--dns-servers', dns.address, '--dns-timeout-ms', '200', '--max-fetches', '2'],
  ]);
  for (let i = 1; i <= 2; i++) {
    const asked = () => dns.questions.some((q) => q.type === 'A' && q.count >= i);
    await abandon(proxy, request('http://www.example.com/'), asked);
    await until(() => logLines(proxy, 'fetch').length === i);
  }
  assert.equal((await get('http://127.0.0.1/')).status, 529);
  const isFree = async () => (await get('http://127.0.0.1/')).status === 403;
  await until(isFree, 6000, 'that the lookups have ended');
});

test('more fetches than allowed are told so, and the others go on', async (t) => {
  const waiting = /** @type {import('node:http').ServerResponse[]} */ ([]);
  const { host, get } = await start(t, (request, response) => waiting.push(response), ['--max-fetches', '2']);
  const running = [get(`http://${host}/1`), get(`http://${host}/2`)];
  await until(() => waiting.length === 2);
  const third = await get(`http://${host}/3`);
  assert.equal(third.status, 529);
  assert.equal(third.json.error.type, 'overloaded_error');
  assert.equal(third.headers['retry-after'], '1');
  assert.equal((await get('http://127.0.0.1:1/')).status, 529);
  for (const response of waiting) response.writeHead(200, PLAIN).end('done');
  for (const answer of await Promise.all(running)) assert.equal(answer.json.content, 'done');
  const fourth = get(`http://${host}/4`);
  await until(() => waiting.length === 3);
  waiting[2].writeHead(200, PLAIN).end('again');
  assert.equal((await fourth).json.content, 'again');
});

test('names are looked up anew for each fetch, and several addresses are tried', async (t) => {
  const upstream = await startUpstream(t, (request, response) => {
    response.writeHead(200, PLAIN);
    response.end(request.headers.host);
  });
  const { port } = new URL(upstream.url);
  const dns = await startDns(t, ({ name }) => [
    { type: 'CNAME', data: 'real.example.net' },
    { name: 'real.example.net', type: 'A', data: '127.0.0.1', ttl: 3600 },
    ...(name === 'two.example.com'
      ? [{ name: 'real.example.net', type: /** @type {'AAAA'} */ ('AAAA'), data: '::1', ttl: 3600 }]
      : []),
  ]);
  const allow = `one.example.com:${port},two.example.com:${port},xn--mnchen-3ya.example.com:${port}`;
  const { get } = await startFetching(t, ['--dns-servers', dns.address, '--fetch-allow', allow]);
  for (let i = 1; i <= 2; i++) {
    const { json } = await get(`http://one.example.com:${port}/`);
    assert.equal(json.content, `one.example.com:${port}`);
    assert.equal(dns.questions.filter((q) => q.name === 'one.example.com' && q.type === 'A').length, i);
  }
  assert.equal((await get(`http://two.example.com:${port}/`)).json.content, `two.example.com:${port}`);
  const international = await get(`http://MÜNCHEN.example.com:${port}/`);
  assert.equal(international.json.content, `xn--mnchen-3ya.example.com:${port}`);
});

test('HTTP/2 where the server has it', async (t) => {
  const { files, ...certificate } = makeCertificate(t, 'tls.example.com');
  const server = http2.createSecureServer({ ...certificate, allowHTTP1: true }, (request, response) => {
    response.writeHead(200, PLAIN);
    response.end(`version ${request.httpVersion}`);
  });
  const { port } = await listen(t, server);
  const dns = await startDns(t, () => [{ type: 'A', data: '127.0.0.1' }]);
  const host = `tls.example.com:${port}`;
  const { get } = await startFetching(t, [
    ...['--dns-servers', dns.address, '--fetch-allow', host, '--fetch-ca-file', files.cert],
  ]);
  assert.equal((await get(`https://${host}/`)).json.content, 'version 2.0');
});

test('SIGTERM lets a fetch end within the grace, and ends it after', async (t) => {
  const waiting = /** @type {import('node:http').ServerResponse[]} */ ([]);
  const first = await start(t, (request, response) => waiting.push(response));
  const ending = first.get(`http://${first.host}/`);
  await until(() => waiting.length === 1);
  first.proxy.child.kill('SIGTERM');
  await until(() => first.proxy.stderr.includes('"event":"stopping"'));
  waiting[0].writeHead(200, PLAIN).end('in time');
  assert.equal((await ending).json.content, 'in time');
  assert.equal((await first.proxy.exit)[0], 0);

  const second = await start(t, (request, response) => waiting.push(response), [
    '--shutdown-grace-ms',
    '100',
  ]);
  const cut = second.get(`http://${second.host}/`);
  await until(() => waiting.length === 2);
  second.proxy.child.kill('SIGTERM');
  const answer = await cut;
  assert.equal(answer.status, 503);
  assert.match(answer.json.error.message, /was stopped in the middle of this fetch/);
  assert.equal((await second.proxy.exit)[0], 0);
});

test('the user agent can be set; one connection of a client serves many fetches', async (t) => {
  const { upstream, host, proxy, request } = await start(
    t,
    (request, response) => response.writeHead(200, PLAIN).end('ok'),
    ['--fetch-user-agent', 'Reader/2 (tests)'],
  );
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  afterwards(t, () => agent.destroy());
  for (let i = 0; i < 5; i++) {
    const response = await open(proxy, { ...request(`http://${host}/${i}`), agent });
    assert.equal(JSON.parse(await textOf(response)).content, 'ok');
  }
  assert.equal(upstream.seen.length, 5);
  assert.equal(upstream.seen[4].headers['user-agent'], 'Reader/2 (tests)');
});
