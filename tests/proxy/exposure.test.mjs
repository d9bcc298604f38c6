// Other addresses than loopback, TLS, names of the proxy's own.
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import tls from 'node:tls';
import { makeCertificate } from './certificate.mjs';
import {
  MESSAGES,
  ROOT,
  call,
  foldMessage,
  messages,
  newToken,
  pair,
  post,
  run,
  startProxy,
  temporaryFolder,
} from './support.mjs';

test('another address than loopback needs TLS or the word of one who has it, names, and no root', async (t) => {
  const state = ['--port', '0', '--state-dir', path.join(temporaryFolder(t), 'state')];
  const { cert, key } = makeCertificate(t).files;
  const loose = path.join(temporaryFolder(t), 'loose.pem');
  writeFileSync(loose, readFileSync(key));
  chmodSync(loose, 0o644);
  for (const [args, words] of [
    [['--bind', '0.0.0.0', '--hosts', 'umbra.test'], /refused: other machines could reach/],
    [['--bind', '::', '--hosts', 'umbra.test'], /refused: other machines could reach/],
    [['--bind', '192.0.2.1'], /refused: other machines could reach/],
    [['--bind', '0.0.0.0', '--behind-tls', ...ROOT], /under which names clients reach/],
    [['--bind', 'umbra.test'], /is no IP address/],
    [['--hosts', 'Umbra.test'], /--hosts has "Umbra\.test"/],
    [['--hosts', 'https://umbra.test'], /--hosts has/],
    [['--tls-cert', cert], /belong together/],
    [['--tls-key', key], /belong together/],
    [['--tls-cert', cert, '--tls-key', loose], /can be read by others/],
    [['--tls-cert', key, '--tls-key', key], /the certificate \(--tls-cert\) .* is not in PEM form/],
    [
      ['--tls-cert', cert, '--tls-key', cert],
      /the private key \(--tls-key\) .*(can be read by others|is not in PEM form)/,
    ],
    ...(ROOT.length
      ? [[['--bind', '0.0.0.0', '--behind-tls', '--hosts', 'umbra.test'], /refused for root/]]
      : []),
  ]) {
    const result = await run([...state, .../** @type {string[]} */ (args)]);
    assert.equal(result.code, 2, `${args}: ${result.stderr}`);
    assert.match(result.stderr, /** @type {RegExp} */ (words));
  }
});

test('behind a TLS terminator: the names of the settings, https origins, HSTS', async (t) => {
  const names = 'umbra.test, other.test:8443';
  const proxy = await startProxy(t, ['--behind-tls', '--hosts', names, ...ROOT]);
  assert.match(proxy.stdout, /^open https:\/\/umbra\.test\/#pair=/m);
  /** @param {Record<string, string>} headers */
  const health = (headers) => call(proxy, { path: '/healthz', headers });
  for (const host of ['umbra.test', 'umbra.test:443', 'UMBRA.test', 'other.test:8443'])
    assert.equal((await health({ host })).status, 200, host);
  for (const host of [
    'umbra.test:80',
    'other.test',
    'evil.test',
    'umbra.test.evil.test',
    'umbra.test:443:443',
  ])
    assert.ok([400, 421].includes((await health({ host })).status), host);
  const host = 'umbra.test';
  assert.equal((await health({ host, origin: 'https://umbra.test' })).status, 200);
  assert.equal((await health({ host, origin: 'https://other.test:8443' })).status, 200);
  for (const origin of ['http://umbra.test', 'https://umbra.test:444', 'https://evil.test'])
    assert.equal((await health({ host, origin })).status, 403, origin);
  assert.match((await health({ host })).headers['strict-transport-security'], /max-age=\d{7,}/);
});

test('its own TLS: streams, sessions, versions from 1.2 on; plain HTTP gets nothing', async (t) => {
  const { files, cert: ca } = makeCertificate(t);
  const proxy = await startProxy(t, [
    ...['--tls-cert', files.cert, '--tls-key', files.key, '--hosts', 'umbra.test'],
  ]);
  assert.match(proxy.stdout, /^demo-proxy listening on https:\/\/127\.0\.0\.1:/m);
  /** @param {import('./support.mjs').Options} options */
  const ask = (options) => call(proxy, { ...options, tls: { ca, servername: 'umbra.test' } });
  const session = await pair(proxy, { tls: { ca, servername: 'umbra.test' } });
  const stream = await ask(post(proxy, session, messages('what can you do?')));
  assert.equal(stream.status, 200);
  assert.match(stream.headers['strict-transport-security'], /max-age/);
  assert.equal(foldMessage(stream.text).stop_reason, 'end_turn');
  /** @param {tls.ConnectionOptions} options @returns {Promise<string | null>} */
  const protocol = (options) =>
    new Promise((resolve, reject) => {
      const socket = tls.connect(
        { port: proxy.port, host: '127.0.0.1', servername: 'umbra.test', ca, ...options },
        () => {
          resolve(socket.getProtocol());
          socket.destroy();
        },
      );
      socket.on('error', reject);
    });
  assert.equal(await protocol({}), 'TLSv1.3');
  assert.equal(await protocol({ maxVersion: 'TLSv1.2' }), 'TLSv1.2');
  await assert.rejects(
    protocol({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
  );
  await assert.rejects(call(proxy, { path: '/healthz' }));
  assert.equal((await ask({ path: '/healthz' })).status, 200);
});

test('--isolate: the page may have SharedArrayBuffer', async (t) => {
  const page = temporaryFolder(t);
  writeFileSync(path.join(page, 'index.html'), '<!doctype html>');
  const plain = await startProxy(t, ['--page-dir', page]);
  const isolated = await startProxy(t, ['--page-dir', page, '--isolate']);
  assert.equal((await call(plain)).headers['cross-origin-embedder-policy'], undefined);
  const { headers } = await call(isolated);
  assert.equal(headers['cross-origin-embedder-policy'], 'require-corp');
  assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
});

test('behind a TLS terminator the limits are those of the address that it added, elsewhere of the peer', async (t) => {
  const limits = ['--model-requests', '2', '--offline-delay-ms', '0'];
  for (const behind of [true, false]) {
    const extra = behind ? ['--behind-tls', '--hosts', 'umbra.test', ...ROOT] : [];
    const proxy = await startProxy(t, [...limits, ...extra]);
    const host = behind ? 'umbra.test' : `127.0.0.1:${proxy.port}`;
    const newSession = async () => pair(proxy, { token: await newToken(proxy), headers: { host } });
    /** @param {string} session @param {string} forwarded */
    const ask = async (session, forwarded) => {
      const headers = { host, authorization: `Bearer ${session}`, 'x-forwarded-for': forwarded };
      const body = JSON.stringify(messages('hello'));
      return (await call(proxy, { method: 'POST', path: MESSAGES, headers, body })).status;
    };
    const one = await newSession();
    assert.equal(await ask(one, '203.0.113.9, 192.0.2.1'), 200);
    assert.equal(await ask(one, '203.0.113.8,192.0.2.1'), 200);
    const two = await newSession();
    assert.equal(
      await ask(two, '203.0.113.7, 192.0.2.1'),
      429,
      'the same address, whatever the client says of itself',
    );
    const three = await newSession();
    assert.equal(await ask(three, '192.0.2.1, 192.0.2.2'), behind ? 200 : 429);
    if (!behind) continue;
    const four = await newSession();
    for (const [address, status] of [
      ['2001:db8::1', 200],
      ['[2001:db8:0:0:5::1]', 200],
      ['2001:db8:0:1::1', 429], // of this session
    ])
      assert.equal(await ask(four, String(address)), status, String(address));
    assert.equal(await ask(await newSession(), '2001:db8::77'), 429, 'the same /64');
    assert.equal(await ask(await newSession(), 'nonsense'), 200, 'the peer counts');
  }
});
