// What the web fetch refuses: hostile URLs, names that lead inside, redirects to where it may not go. A canary listens
// on every address of this machine and must never be connected to.
import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import { once } from 'node:events';
import test from 'node:test';
import { makeCertificate } from './certificate.mjs';
import { startCanary, startDns, startFetching } from './fetch-support.mjs';
import { hostileUrls, lookedUp } from './fetch-hostile.mjs';
import { afterwards, listen, logLines, startUpstream } from './support.mjs';

const REFUSED = /^the fetch of .+ is refused: ./;
const NOT_PUBLIC =
  /^the fetch of (.+) is refused: there is no public web address behind this name or number; check its spelling$/;
const REDIRECTED = /^the fetch of (.+) is refused: it redirects to where the web fetch may not go$/;

/** Public by every registry, and with no server behind it: the prefix of a protocol that is out of use. */
const DEAD_END = '192.52.193.1';

/** @typedef {import('./support.mjs').Answer} Answer */

/** @param {Answer} answer @param {string} what @param {RegExp} [words] */
function assertRefused(answer, what, words = REFUSED) {
  assert.equal(answer.status, 403, `${what}: ${answer.text}`);
  assert.equal(answer.json.error.type, 'permission_error', what);
  assert.match(answer.json.error.message, words, what);
}

/**
 * @param {import('./support.mjs').Test} t
 * @param {import('./fetch-support.mjs').Zone} zone
 * @param {string[]} [args]
 * @param {Record<string, string>} [env]
 */
async function start(t, zone, args = [], env = {}) {
  const canary = await startCanary(t);
  const dns = await startDns(t, zone);
  const ports = `80,443,8080,8443,${canary.port}`;
  const fetching = await startFetching(
    t,
    ['--dns-servers', dns.address, '--fetch-ports', ports, '--fetch-connect-timeout-ms', '300', ...args],
    env,
  );
  return { canary, dns, ...fetching };
}

/** @type {import('./fetch-support.mjs').Zone} */
const inside = () => [
  { type: 'A', data: '127.0.0.1' },
  { type: 'AAAA', data: '::1' },
];

test('hostile URLs are refused in one voice and nothing is connected to', async (t) => {
  const { canary, dns, proxy, get } = await start(t, inside);
  const urls = hostileUrls(canary.port);
  assert.ok(urls.length >= 150, `${urls.length} URLs`);
  for (let i = 0; i < urls.length; i += 8) {
    const group = urls.slice(i, i + 8);
    const answers = await Promise.all(group.map((url) => get(url)));
    answers.forEach((answer, k) => assertRefused(answer, JSON.stringify(group[k])));
  }
  assert.equal(canary.touched, 0);
  const foreign = dns.questions.filter((q) => !lookedUp.has(q.name));
  assert.deepEqual(foreign, []);
  assert.ok(dns.questions.length > 0);
  assert.equal((await get('http://user:secret@example.com/')).text.includes('secret'), false);
  assert.equal(proxy.stderr.includes('secret'), false);
  assert.equal(logLines(proxy, 'fetch').filter((line) => line.outcome !== 'permission_error').length, 0);
});

test('the inside gives one sentence, whatever is there', async (t) => {
  const { canary, get } = await start(t, ({ name }) => {
    if (name === 'absent.example.com') return 'nxdomain';
    if (name === 'empty.example.com') return [];
    return inside({ name, type: '', count: 0 });
  });
  for (const host of [
    '127.0.0.1',
    'localhost',
    'absent.example.com',
    'empty.example.com',
    'here.example.com',
  ])
    for (const port of [canary.port, 8443, 1]) {
      if (port === 1 && host.endsWith('.com')) continue; // a closed port of a name is no secret
      const answer = await get(`http://${host}:${port}/`);
      assertRefused(answer, host, NOT_PUBLIC);
      assert.equal(NOT_PUBLIC.exec(answer.json.error.message)?.[1], `${host}:${port}`);
    }
  assert.equal(canary.touched, 0);
});

test('a name that is public first and inside next is asked for once', async (t) => {
  const { canary, dns, get } = await start(t, ({ count }) => [
    { type: 'A', data: count === 1 ? DEAD_END : '127.0.0.1', ttl: 0 },
  ]);
  const first = await get(`http://rebind.example.com:${canary.port}/`);
  assert.notEqual(first.status, 403, first.text); // what else comes of it is up to this machine's network
  assert.equal(dns.questions.filter((q) => q.type === 'A').length, 1);
  assertRefused(await get(`http://rebind.example.com:${canary.port}/`), 'the second time', NOT_PUBLIC);
  assert.equal(dns.questions.filter((q) => q.type === 'A').length, 2);
  assert.equal(canary.touched, 0);
});

test('one address inside spoils all the others', async (t) => {
  const answers = /** @type {Record<string, import('./fetch-support.mjs').DnsRecord[]>} */ ({
    'both.example.com': [
      { type: 'A', data: DEAD_END },
      { type: 'A', data: '127.0.0.1' },
    ],
    'reversed.example.com': [
      { type: 'A', data: '127.0.0.1' },
      { type: 'A', data: DEAD_END },
    ],
    'v6.example.com': [
      { type: 'A', data: DEAD_END },
      { type: 'AAAA', data: '::1' },
    ],
    'mapped.example.com': [{ type: 'AAAA', data: '::ffff:127.0.0.1' }],
    'mapped-both.example.com': [
      { type: 'A', data: DEAD_END },
      { type: 'AAAA', data: '::ffff:127.0.0.1' },
    ],
    'nat64.example.com': [{ type: 'AAAA', data: '64:ff9b::127.0.0.1' }],
    'six-to-four.example.com': [{ type: 'AAAA', data: '2002:7f00:1::1' }],
    'metadata.example.com': [{ type: 'A', data: '169.254.169.254', ttl: 0 }],
    'zero.example.com': [{ type: 'A', data: '0.0.0.0' }],
    'alias.example.com': [
      { type: 'CNAME', data: 'two.example.org' },
      { name: 'two.example.org', type: 'CNAME', data: 'three.example.net' },
      { name: 'three.example.net', type: 'A', data: '127.0.0.1' },
    ],
    'alias-v6.example.com': [
      { type: 'CNAME', data: 'two.example.org' },
      { name: 'two.example.org', type: 'AAAA', data: '::ffff:10.0.0.1' },
    ],
    'many.example.com': [
      ...Array.from({ length: 20 }, (_, i) => ({
        type: /** @type {'A'} */ ('A'),
        data: `192.52.193.${i + 1}`,
      })),
      { type: 'A', data: '127.0.0.1' },
    ],
  });
  const { canary, get } = await start(t, ({ name }) => answers[name] ?? 'nxdomain');
  for (const name of Object.keys(answers))
    for (const scheme of ['http', 'https'])
      assertRefused(await get(`${scheme}://${name}:${canary.port}/`), name, NOT_PUBLIC);
  assert.equal(canary.touched, 0);
});

test('a proxy in the environment is not used', async (t) => {
  const canary = await startCanary(t);
  const spy = `http://127.0.0.1:${canary.port}`;
  const upstream = await startUpstream(t, (request, response) => {
    response.setHeader('content-type', 'text/plain');
    response.end('direct');
  });
  const { get } = await startFetching(t, ['--fetch-allow', new URL(upstream.url).host], {
    http_proxy: spy,
    https_proxy: spy,
    all_proxy: spy,
    HTTPS_PROXY: spy,
    ALL_PROXY: spy,
  });
  assert.equal((await get(upstream.url)).json.content, 'direct');
  assert.equal(canary.touched, 0);
});

test('redirects: each target is judged like a first one', async (t) => {
  const upstream = await startUpstream(t, (request, response) => {
    const to = decodeURIComponent(new URL(request.url ?? '', 'http://x').searchParams.get('to') ?? '');
    response.writeHead(302, { location: to });
    response.end();
  });
  const { canary, dns, get } = await start(
    t,
    (question) => (question.name === 'absent.example.com' ? 'nxdomain' : inside(question)),
    ['--fetch-allow', `127.0.0.1:${new URL(upstream.url).port}`],
  );
  const targets = [
    `http://127.0.0.1:${canary.port}/`,
    `//127.0.0.1:${canary.port}/`,
    `http://localhost:${canary.port}/`,
    `http://[::1]:${canary.port}/`,
    `http://[::ffff:127.0.0.1]:${canary.port}/`,
    `http://2130706433:${canary.port}/`,
    `//0x7f.1:${canary.port}/`,
    'http://169.254.169.254/latest/meta-data/',
    `http://rebind.example.com:${canary.port}/`,
    `http://absent.example.com:${canary.port}/`,
    `http://user@rebind.example.com:${canary.port}/`,
    'http://example.com:22/',
    'file:///etc/passwd',
    'gopher://127.0.0.1/',
    `\\\\127.0.0.1:${canary.port}\\`,
    `/\\127.0.0.1:${canary.port}/`,
    `http:127.0.0.1:${canary.port}`,
    'http://',
  ];
  const { host } = new URL(upstream.url);
  for (const target of targets) {
    const answer = await get(`${upstream.url}/?to=${encodeURIComponent(target)}`);
    assertRefused(answer, target, REDIRECTED);
    assert.equal(REDIRECTED.exec(answer.json.error.message)?.[1], host, 'the host that the client gave');
  }
  const twice = `${upstream.url}/?to=${encodeURIComponent(targets[0])}`;
  assertRefused(
    await get(`${upstream.url}/?to=${encodeURIComponent(twice)}`),
    'at the second redirect',
    REDIRECTED,
  );
  assert.equal(canary.touched, 0);
  assert.deepEqual(
    [...new Set(dns.questions.map((q) => q.name))],
    ['rebind.example.com', 'absent.example.com'],
  );
});

test('a name is looked up again for each redirect', async (t) => {
  let port = 0;
  const upstream = await startUpstream(t, (request, response) => {
    response.writeHead(302, { location: `http://turning.example.com:${port}/` });
    response.end();
  });
  port = Number(new URL(upstream.url).port);
  const other = http.createServer((request, response) => {
    response.setHeader('content-type', 'text/plain');
    response.end('the other server');
  });
  other.listen(port, '127.0.0.2');
  await once(other, 'listening');
  afterwards(t, () => other.close());
  const dns = await startDns(t, ({ count }) => [{ type: 'A', data: `127.0.0.${count}` }]);
  const { get } = await startFetching(t, [
    ...['--dns-servers', dns.address, '--fetch-allow', `turning.example.com:${port}`],
  ]);
  const { json } = await get(`http://turning.example.com:${port}/`);
  assert.deepEqual([json.content, json.redirects], ['the other server', 1]);
  assert.equal(dns.questions.filter((q) => q.type === 'A').length, 2);
  assert.equal(upstream.seen.length, 1);
});

test('loops and long chains of redirects end', async (t) => {
  const upstream = await startUpstream(t, (request, response) => {
    const n = Number(/\d+/.exec(request.url ?? '')?.[0] ?? 0);
    const to = request.url === '/self' ? '/self' : n > 0 ? `/${n - 1}` : undefined;
    response.writeHead(to ? 301 : 200, { ...(to && { location: to }), 'content-type': 'text/plain' });
    response.end(to ? 'moved' : 'the end');
  });
  const { get } = await startFetching(t, ['--fetch-allow', new URL(upstream.url).host]);
  const five = await get(`${upstream.url}/5`);
  assert.equal(five.json.content, 'the end');
  assert.equal(five.json.redirects, 5);
  assert.equal(five.json.url, `${upstream.url}/0`);
  for (const start of ['/6', '/self']) {
    upstream.seen.length = 0;
    const answer = await get(`${upstream.url}${start}`);
    assert.equal(answer.status, 502);
    assert.match(answer.json.error.message, /redirects more than 5 times \(--fetch-max-redirects\)/);
    assert.equal(upstream.seen.length, 6);
  }
});

test('https is not left for http; a certificate must be right', async (t) => {
  const { files, ...certificate } = makeCertificate(t, 'tls.example.com');
  const plain = await startUpstream(t, (request, response) => {
    response.setHeader('content-type', 'text/plain');
    response.end('plain');
  });
  const port = Number(new URL(plain.url).port);
  const secure = https.createServer(certificate, (request, response) => {
    const to = request.url === '/down' ? `http://tls.example.com:${port}/` : '/target';
    if (request.url === '/target') response.writeHead(200, { 'content-type': 'text/plain' });
    else response.writeHead(302, { location: to });
    response.end('secure');
  });
  const safe = (await listen(t, secure)).port;
  const dns = await startDns(t, inside);
  const names = ['tls.example.com', 'other.example.com'];
  const allow = [...names.map((name) => `${name}:${safe}`), `tls.example.com:${port}`].join();
  const args = ['--dns-servers', dns.address, '--fetch-allow', allow];
  const trusting = await startFetching(t, [...args, '--fetch-ca-file', files.cert]);
  const good = await trusting.get(`https://tls.example.com:${safe}/stay`);
  assert.equal(good.json.content, 'secure', good.text);
  assert.equal(good.json.url, `https://tls.example.com:${safe}/target`);
  assertRefused(await trusting.get(`https://tls.example.com:${safe}/down`), 'http', REDIRECTED);
  assert.equal(plain.seen.length, 0);
  const wrongName = await trusting.get(`https://other.example.com:${safe}/stay`);
  assert.equal(wrongName.status, 502);
  assert.match(wrongName.json.error.message, /no trustworthy TLS connection to other\.example\.com/);
  const strict = await startFetching(t, args);
  const unknown = await strict.get(`https://tls.example.com:${safe}/stay`);
  assert.equal(unknown.status, 502);
  assert.match(unknown.json.error.message, /no trustworthy TLS connection to tls\.example\.com/);
});

test('a name server that is silent or broken is no refusal, and does not stop the others', async (t) => {
  const upstream = await startUpstream(t, (request, response) => {
    response.setHeader('content-type', 'text/plain');
    response.end('ok');
  });
  const { host } = new URL(upstream.url);
  const dns = await startDns(t, ({ name }) => (name.startsWith('silent') ? 'silence' : 'servfail'));
  const { get } = await startFetching(t, [
    ...['--dns-servers', dns.address, '--dns-timeout-ms', '60', '--fetch-allow', host],
  ]);
  const silent = get('http://silent.example.com/');
  assert.equal((await get(`http://${host}/`)).json.content, 'ok');
  for (const answer of [await silent, await get('http://broken.example.com/')]) {
    assert.equal(answer.status, 502);
    assert.match(answer.json.error.message, /the name of .+ could not be looked up/);
  }
});
