// Who may talk to the proxy: Host, Origin, CORS, pairing, sessions, limits, errors.
import assert from 'node:assert/strict';
import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import {
  KEY,
  MESSAGES,
  call,
  first,
  jsonLines,
  messages,
  open,
  pair,
  post,
  run,
  sleep,
  startProxy,
  until,
} from './support.mjs';
import { talk } from './robust.mjs';

/**
 * @param {import('./support.mjs').Answer} answer
 * @param {number} status
 * @param {string} type
 */
const isError = (answer, status, type) => {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.type, 'error');
  assert.equal(answer.json.error.type, type);
  assert.ok(answer.json.error.message.length > 10);
};

/**
 * What comes back for bytes that no client library would send.
 * @param {import('./support.mjs').Proxy} proxy
 * @param {string} text
 */
const raw = async (proxy, text) => (await talk(proxy, text, 400, 1500)).text;

test('health, providers and the security headers of every kind of answer', async (t) => {
  const proxy = await startProxy(t);
  const session = await pair(proxy);
  const health = await call(proxy, { path: '/healthz' });
  assert.equal(health.status, 200);
  assert.equal(health.json.status, 'ok');
  assert.ok(health.json.services);
  assert.ok(!Number.isNaN(Date.parse(health.json.timestamp)));
  const providers = await call(proxy, {
    path: '/v1/providers',
    headers: { authorization: `Bearer ${session}` },
  });
  assert.deepEqual(Object.keys(providers.json.providers[0]), [
    'id',
    'dialect',
    'mode',
    'configured',
    'byo',
    'note',
  ]);
  assert.equal(providers.json.providers[0].mode, 'offline');
  assert.match(providers.json.providers[0].note, /scripted offline demo, not a model/);
  const stream = await call(proxy, post(proxy, session, messages('hello')));
  const missing = await call(proxy, { path: '/nothing' });
  for (const answer of [health, providers, stream, missing]) {
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    assert.equal(answer.headers['x-frame-options'], 'DENY');
    assert.equal(answer.headers['referrer-policy'], 'no-referrer');
    assert.equal(answer.headers['x-xss-protection'], '0');
    assert.equal(answer.headers['cross-origin-opener-policy'], 'same-origin');
    assert.equal(answer.headers['cross-origin-resource-policy'], 'same-origin');
    assert.match(answer.headers['permissions-policy'], /camera=\(\)/);
    assert.match(answer.headers['content-security-policy'], /default-src 'none'/);
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.equal(answer.headers.vary, 'Origin');
    assert.equal(answer.headers['access-control-allow-origin'], undefined);
  }
  assert.equal(stream.headers['x-accel-buffering'], 'no');
  assert.match(stream.headers['content-type'], /^text\/event-stream/);
});

test('only the own names are accepted as Host', async (t) => {
  const proxy = await startProxy(t);
  for (const host of [
    `127.0.0.1:${proxy.port}`,
    `localhost:${proxy.port}`,
    `LOCALHOST:${proxy.port}`,
    `[::1]:${proxy.port}`,
  ])
    assert.equal((await call(proxy, { path: '/healthz', headers: { host } })).status, 200, host);
  for (const host of [
    'evil.example',
    `evil.example:${proxy.port}`,
    '127.0.0.1',
    'localhost:1',
    `127.0.0.1.evil.example:${proxy.port}`,
  ])
    assert.ok([400, 421].includes((await call(proxy, { path: '/healthz', headers: { host } })).status), host);
  const twice = await raw(
    proxy,
    `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
  );
  assert.match(twice, /^HTTP\/1\.1 400 /);
  for (const text of [
    'GET /healthz HTTP/1.0\r\n\r\n',
    'GET /healthz HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n',
  ])
    assert.match(await raw(proxy, text), /^HTTP\/1\.[01] 4(00|21) /);
});

test('foreign origins are refused everywhere, simple requests included', async (t) => {
  const proxy = await startProxy(t, ['--allowed-origins', 'https://app.example, http://localhost:5173']);
  for (const origin of [
    'https://evil.example',
    'null',
    'https://app.example.evil.example',
    'https://APP.example',
    'https://app.example/',
    `http://127.0.0.1:${proxy.port + 1}`,
  ]) {
    for (const [method, target] of [
      ['GET', '/healthz'],
      ['GET', '/'],
      ['POST', '/v1/pair'],
      ['POST', MESSAGES],
      ['OPTIONS', MESSAGES],
    ]) {
      const answer = await call(proxy, {
        method,
        path: target,
        headers: { origin, 'content-type': 'text/plain' },
      });
      isError(answer, 403, 'permission_error');
      assert.equal(answer.headers['access-control-allow-origin'], undefined);
    }
  }
});

test('CORS for configured origins, and none for the own page', async (t) => {
  const proxy = await startProxy(t, ['--allowed-origins', 'https://app.example,http://localhost:5173']);
  const headers = {
    origin: 'https://app.example',
    'access-control-request-method': 'POST',
    'access-control-request-private-network': 'true',
  };
  const preflight = await call(proxy, { method: 'OPTIONS', path: MESSAGES, headers });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers['access-control-allow-origin'], 'https://app.example');
  assert.equal(preflight.headers['access-control-allow-private-network'], 'true');
  assert.equal(preflight.headers.vary, 'Origin');
  // Every header, for the official clients send several of their own; Authorization is not within the wildcard.
  assert.equal(preflight.headers['access-control-allow-headers'], '*, authorization');
  const friend = await call(proxy, { path: '/healthz', headers: { origin: 'http://localhost:5173' } });
  assert.equal(friend.headers['access-control-allow-origin'], 'http://localhost:5173');
  assert.equal(friend.headers['access-control-allow-credentials'], undefined);
  const own = await call(proxy, { path: '/healthz', headers: { origin: proxy.origin } });
  assert.equal(own.status, 200);
  assert.equal(own.headers['access-control-allow-origin'], undefined);
  const refused = await call(proxy, {
    method: 'POST',
    path: MESSAGES,
    headers: { origin: 'https://app.example' },
    body: '{}',
  });
  isError(refused, 401, 'authentication_error');
  assert.equal(
    refused.headers['access-control-allow-origin'],
    'https://app.example',
    'a page must be able to read its error',
  );
});

test('a pairing token works once, and several at once give one winner', async (t) => {
  const proxy = await startProxy(t);
  const body = JSON.stringify({ token: proxy.token });
  const tries = await Promise.all(
    Array.from({ length: 6 }, () => call(proxy, { method: 'POST', path: '/v1/pair', body })),
  );
  assert.deepEqual(tries.map((a) => a.status).sort(), [200, 401, 401, 401, 401, 401]);
  const winner = tries.filter((a) => a.status === 200)[0];
  assert.ok(Math.abs(winner.json.expires - Date.now() / 1000 - 900) < 30);
  assert.ok(winner.json.renewable_until > Date.now() / 1000 + 43000);
  isError(tries.filter((a) => a.status === 401)[0], 401, 'authentication_error');
  assert.equal(readdirSync(path.join(proxy.state, 'pairing')).length, 0);
});

test('demo-proxy pair gives further tokens, which expire', async (t) => {
  const proxy = await startProxy(t);
  const second = await run(['pair', '--state-dir', proxy.state]);
  assert.equal(second.code, 0, second.stderr);
  assert.match(
    second.stdout,
    new RegExp(`^open http://127\\.0\\.0\\.1:${proxy.port}/#pair=[A-Za-z0-9_-]{43}\n$`),
  );
  await pair(proxy, { token: first(/#pair=(\S+)/, second.stdout) });
  const short = await run(['pair', '--state-dir', proxy.state, '--pairing-seconds', '1', '--port', '4711']);
  assert.match(short.stdout, /127\.0\.0\.1:4711/);
  const token = first(/#pair=(\S+)/, short.stdout);
  for (const name of readdirSync(path.join(proxy.state, 'pairing'))) {
    assert.ok(!token.includes(name));
    assert.equal(statSync(path.join(proxy.state, 'pairing', name)).mode & 0o777, 0o600);
  }
  await sleep(2100);
  isError(
    await call(proxy, { method: 'POST', path: '/v1/pair', body: JSON.stringify({ token }) }),
    401,
    'authentication_error',
  );
});

test('wrong pairing tokens are rate limited', async (t) => {
  const proxy = await startProxy(t, ['--pairing-tries-per-minute', '3']);
  const wrong = JSON.stringify({ token: 'A'.repeat(43) });
  for (let i = 0; i < 3; i++)
    isError(
      await call(proxy, { method: 'POST', path: '/v1/pair', body: wrong }),
      401,
      'authentication_error',
    );
  const limited = await call(proxy, { method: 'POST', path: '/v1/pair', body: wrong });
  isError(limited, 429, 'rate_limit_error');
  assert.equal(limited.headers['retry-after'], '60');
  for (const body of ['', '{', '[]', '{"token":5}', '{"token":"../../x"}', '{}x', '{"token":"a\\u0000b"}'])
    assert.ok(
      [400, 401, 429].includes((await call(proxy, { method: 'POST', path: '/v1/pair', body })).status),
    );
});

test('malformed pairing requests say what is wrong', async (t) => {
  const proxy = await startProxy(t);
  for (const body of ['', '{', '[]', '{"token":5}', '{"token":"x"} and more'])
    isError(await call(proxy, { method: 'POST', path: '/v1/pair', body }), 400, 'invalid_request_error');
});

test('sessions: missing, forged, expired, of another origin; renewed', async (t) => {
  const proxy = await startProxy(t, ['--allowed-origins', 'https://app.example,https://other.example']);
  const get = (/** @type {string} */ session, /** @type {Record<string, string>} */ headers = {}) =>
    call(proxy, { path: '/v1/providers', headers: { authorization: `Bearer ${session}`, ...headers } });
  isError(await call(proxy, { path: '/v1/providers' }), 401, 'authentication_error');
  const session = await pair(proxy, { origin: 'https://app.example' });
  assert.equal((await get(session, { origin: 'https://app.example' })).status, 200);
  isError(await get(session, { origin: 'https://other.example' }), 403, 'permission_error');
  isError(await get(session, { origin: proxy.origin }), 403, 'permission_error');
  isError(await get(session), 403, 'permission_error');
  const viaKey = await call(proxy, {
    path: '/v1/providers',
    headers: { origin: 'https://app.example', 'x-api-key': session },
  });
  assert.equal(viaKey.status, 200, 'the header of unmodified SDK clients');

  const [head, claims, mac] = session.split('.');
  const payload = JSON.parse(Buffer.from(claims, 'base64url').toString());
  const secret = readFileSync(path.join(proxy.state, 'session-secret'));
  assert.equal(statSync(path.join(proxy.state, 'session-secret')).mode & 0o777, 0o600);
  assert.equal(secret.length, 32);
  const encode = (/** @type {any} */ object) => Buffer.from(JSON.stringify(object)).toString('base64url');
  const sign = (
    /** @type {any} */ object,
    key = secret,
    /** @type {any} */ header = null,
    hash = 'sha256',
  ) => {
    const text = `${header ? encode(header) : head}.${encode(object)}`;
    return `${text}.${createHmac(hash, key).update(text).digest('base64url')}`;
  };
  const origin = { origin: 'https://app.example' };
  assert.equal((await get(sign(payload), origin)).status, 200, 'the test can sign');
  const now = Math.floor(Date.now() / 1000);
  const none = encode({ alg: 'none', typ: 'JWT' });
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = Buffer.from(publicKey.export({ type: 'spki', format: 'pem' }));
  const rsa = `${encode({ alg: 'RS256', typ: 'JWT' })}.${claims}`;
  for (const forged of [
    sign(payload, Buffer.alloc(32)),
    sign(payload, pem), // a public key taken for the secret
    `${rsa}.${createSign('sha256').update(rsa).sign(privateKey, 'base64url')}`,
    sign(payload, secret, { alg: 'RS256', typ: 'JWT' }),
    sign(payload, secret, { alg: 'HS512', typ: 'JWT' }, 'sha512'),
    sign(payload, secret, { alg: 'HS384', typ: 'JWT' }, 'sha384'),
    sign(payload, secret, { alg: 'none', typ: 'JWT' }),
    sign(payload, secret, { alg: 'hs256', typ: 'JWT' }),
    sign(payload, secret, { alg: 'HS256', typ: 'JWE' }),
    sign(payload, secret, { alg: 'HS256' }),
    sign(payload, secret, { alg: 'HS256', typ: 'JWT', crit: ['exp'] }),
    sign(payload, secret, { alg: 'HS256', typ: 'JWT', kid: '/dev/null' }),
    `${none}.${claims}.`,
    `${none}.${claims}`,
    `${none}.${claims}.${mac}`,
    `${head}.${claims}.${mac.slice(0, -1)}`,
    `${head}.${claims}.${mac}=`,
    `${head}.${claims}.`,
    `${head}.${claims}`,
    head,
    `.${claims}.${mac}`,
    `${head}..${mac}`,
    `..${mac}`,
    '..',
    `${session}.`,
    `${session}.${mac}`,
    `.${session}`,
    `${head}.${encode({ ...payload, exp: payload.exp + 999 })}.${mac}`,
    sign({ ...payload, exp: now - 1 }),
    sign({ ...payload, iat: now + 3600 }),
    sign({ ...payload, iss: 'somebody-else' }),
    sign({ ...payload, exp: 'later' }),
    sign({ ...payload, exp: payload.exp + 0.5 }),
    sign({ ...payload, exp: 1e300 }),
    sign({ ...payload, exp: -1 }),
    sign({ ...payload, iat: undefined }),
    sign({ ...payload, exp: undefined }),
    sign({ ...payload, jti: undefined }),
    sign({ ...payload, origin: undefined }),
    sign({ ...payload, since: undefined }),
    sign({ ...payload, admin: true }),
    sign({ ...payload, jti: 'x'.repeat(100) }),
    sign({ ...payload, jti: 'x'.repeat(5000) }),
    sign([]),
    sign('x'),
    'A'.repeat(5000),
    // The form of tokens before this one.
    `${encode({ v: 1, ...payload })}.${createHmac('sha256', secret)
      .update(encode({ v: 1, ...payload }))
      .digest('base64url')}`,
  ])
    isError(await get(forged, origin), 401, 'authentication_error');
  const renewed = await call(proxy, {
    method: 'POST',
    path: '/v1/session',
    headers: { ...origin, authorization: `Bearer ${session}` },
  });
  assert.equal(renewed.status, 200);
  const again = JSON.parse(Buffer.from(renewed.json.session.split('.')[1], 'base64url').toString());
  assert.equal(again.jti, payload.jti, 'the same session goes on');
  assert.equal(again.since, payload.since);
  assert.equal((await get(renewed.json.session, origin)).status, 200);
});

test('the own page keeps its session with and without an Origin header', async (t) => {
  const proxy = await startProxy(t);
  const session = await pair(proxy, { origin: proxy.origin });
  const get = (/** @type {Record<string, string>} */ headers) =>
    call(proxy, { path: '/v1/providers', headers: { authorization: `Bearer ${session}`, ...headers } });
  assert.equal((await get({ origin: proxy.origin })).status, 200);
  assert.equal((await get({ origin: `http://localhost:${proxy.port}` })).status, 200);
  assert.equal((await get({ 'sec-fetch-site': 'same-origin' })).status, 200);
  assert.equal((await get({ 'sec-fetch-site': 'cross-site' })).status, 403);
  assert.equal((await get({})).status, 403);
});

test('sessions survive a restart, and a short one expires', async (t) => {
  const before = await startProxy(t, ['--session-seconds', '3600']);
  const session = await pair(before);
  assert.equal(await before.stop(), 0);
  const second = await startProxy(t, ['--session-seconds', '2'], { stateDir: before.state });
  const get = (/** @type {string} */ s) =>
    call(second, { path: '/v1/providers', headers: { authorization: `Bearer ${s}` } });
  assert.equal((await get(session)).status, 200);
  const short = await pair(second);
  assert.equal((await get(short)).status, 200);
  await until(async () => (await get(short)).status !== 200, 5000, 'the end of the session');
  isError(await get(short), 401, 'authentication_error');
});

test('unknown addresses and wrong methods', async (t) => {
  const proxy = await startProxy(t);
  for (const target of [
    '/v1',
    '/v1/',
    '/v1/anthropic/v1/messages/batches',
    '/v1/nobody/v1/chat/completions',
    '/v1/anthropic/v1/messages/',
    '/favicon.ico',
    '/v1/anthropic/v1/files',
  ])
    isError(await call(proxy, { path: target }), 404, 'not_found_error');
  for (const [method, target, allow] of [
    ['GET', MESSAGES, 'POST, OPTIONS'],
    ['PUT', '/v1/pair', 'POST, OPTIONS'],
    ['DELETE', '/healthz', 'GET, HEAD, OPTIONS'],
    ['POST', '/', 'GET, HEAD, OPTIONS'],
  ]) {
    const answer = await call(proxy, { method, path: target });
    isError(answer, 405, 'invalid_request_error');
    assert.equal(answer.headers.allow, allow);
  }
  const head = await call(proxy, { method: 'HEAD', path: '/healthz' });
  assert.equal(head.status, 200);
  assert.equal(head.text, '');
});

test('bodies above the limit are refused, told and unannounced', async (t) => {
  const proxy = await startProxy(t, ['--max-body-bytes', '2000']);
  const session = await pair(proxy);
  const big = JSON.stringify(messages('x'.repeat(3000)));
  isError(await call(proxy, post(proxy, session, big)), 413, 'request_too_large');
  const chunked = await open(proxy, post(proxy, session, big, { 'transfer-encoding': 'chunked' }));
  assert.equal(chunked.statusCode, 413);
  chunked.resume();
  isError(
    await call(proxy, { method: 'POST', path: '/v1/pair', body: 'x'.repeat(9000) }),
    413,
    'request_too_large',
  );
  const huge = await raw(
    proxy,
    `POST ${MESSAGES} HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\nContent-Length: 99999999999\r\n\r\n`,
  );
  assert.match(huge, /^HTTP\/1\.1 (401|413) /);
  assert.equal((await call(proxy, { path: '/healthz' })).status, 200);
});

test('bytes that are no HTTP, half requests and oversized headers do no harm', async (t) => {
  const proxy = await startProxy(t, ['--client-idle-seconds', '2']);
  await raw(proxy, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'.repeat(20));
  await raw(proxy, 'GET / HTTP/9.9\r\n\r\n');
  await raw(proxy, `GET /${'a'.repeat(60000)} HTTP/1.1\r\n\r\n`);
  const headers = await raw(
    proxy,
    `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\nX: ${'a'.repeat(60000)}\r\n\r\n`,
  );
  assert.ok(headers === '' || /^HTTP\/1\.1 4\d\d /.test(headers), headers.slice(0, 80));
  await raw(
    proxy,
    `POST /v1/pair HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\nContent-Length: 50\r\n\r\n{"tok`,
  );
  await raw(
    proxy,
    `POST /v1/pair HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
  );
  const smuggle = await raw(
    proxy,
    `POST /v1/pair HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n`,
  );
  assert.ok(!/"status":"ok"/.test(smuggle), smuggle);
  assert.equal((await call(proxy, { path: '/healthz' })).status, 200);
});

test('the log has one JSON line a request, and no secret in it', async (t) => {
  const proxy = await startProxy(t, [], {
    env: { ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: 'http://127.0.0.1:9' },
  });
  const session = await pair(proxy);
  await call(
    proxy,
    post(proxy, session, messages('canary-prompt-77'), { 'x-api-key-anthropic': 'sk-canary-byo' }),
  );
  await call(proxy, post(proxy, session, messages('canary-prompt-77')));
  await call(proxy, { path: `/healthz?token=${session}` });
  await proxy.stop();
  const lines = jsonLines(proxy.stderr);
  const requests = lines.filter((l) => l.event === 'request');
  assert.deepEqual(
    requests.map((r) => [r.method, r.route, r.status]),
    [
      ['POST', '/v1/pair', 200],
      ['POST', MESSAGES, 403],
      ['POST', MESSAGES, 502],
      ['GET', '/healthz', 503],
    ],
  );
  assert.ok(requests.every((r) => Number.isInteger(r.bytes) && Number.isInteger(r.ms) && r.time));
  for (const secret of [
    KEY,
    'sk-canary-byo',
    'canary-prompt-77',
    session,
    session.split('.')[1],
    proxy.token,
  ])
    assert.ok(!proxy.stderr.includes(secret), secret);
  assert.ok(!proxy.stdout.includes(KEY));
});
