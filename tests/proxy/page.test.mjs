// The page's files: types, caching, headers, and no way out of the folder.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { VALGRIND, call, startProxy, temporaryFolder } from './support.mjs';

/**
 * @param {import('./support.mjs').Test} t
 * @param {string[]} [args]
 */
async function start(t, args = []) {
  const folder = temporaryFolder(t);
  const page = path.join(folder, 'page');
  mkdirSync(path.join(page, 'assets'), { recursive: true });
  mkdirSync(path.join(page, '.git'));
  writeFileSync(path.join(folder, 'secret.txt'), 'outside');
  writeFileSync(path.join(page, 'index.html'), '<!doctype html><title>Umbra</title>');
  writeFileSync(path.join(page, 'umbra.wasm'), Buffer.from([0, 97, 115, 109]));
  writeFileSync(path.join(page, 'assets', 'main.js'), 'export {};');
  writeFileSync(path.join(page, 'assets', 'a b ü.css'), 'a{}');
  mkdirSync(path.join(page, 'embed'));
  writeFileSync(path.join(page, 'embed', 'index.html'), '<!doctype html><title>A frame</title>');
  writeFileSync(path.join(page, 'embed', 'main.js'), 'export {};');
  writeFileSync(path.join(page, 'embedded.html'), '<!doctype html>');
  writeFileSync(path.join(page, 'empty.txt'), '');
  writeFileSync(path.join(page, 'big.json'), Buffer.alloc(3_000_000, 0x20));
  writeFileSync(path.join(page, '.git', 'config'), 'hidden');
  symlinkSync('../secret.txt', path.join(page, 'link.txt'));
  symlinkSync('index.html', path.join(page, 'inside.html'));
  execFileSync('mkfifo', [path.join(page, 'pipe.txt')]);
  return startProxy(t, ['--page-dir', page, ...args]);
}

const NO_OPENAT2 = VALGRIND && 'valgrind 3.19 does not know the system call openat2';

test('files with their types, ETag, 304 and HEAD', { skip: NO_OPENAT2 }, async (t) => {
  const proxy = await start(t);
  for (const [target, type] of [
    ['/', 'text/html; charset=utf-8'],
    ['/index.html', 'text/html; charset=utf-8'],
    ['/umbra.wasm', 'application/wasm'],
    ['/assets/main.js', 'text/javascript; charset=utf-8'],
    ['/assets/a%20b%20%C3%BC.css', 'text/css; charset=utf-8'],
    ['/inside.html', 'text/html; charset=utf-8'],
    ['/big.json?v=3', 'application/json'],
    ['/empty.txt', 'text/plain; charset=utf-8'],
  ]) {
    const answer = await call(proxy, { path: target });
    assert.equal(answer.status, 200, target);
    assert.equal(answer.headers['content-type'], type);
    assert.equal(answer.headers['cache-control'], 'no-cache');
    const again = await call(proxy, { path: target, headers: { 'if-none-match': answer.headers.etag } });
    assert.equal(again.status, 304);
    assert.equal(again.text, '');
    const head = await call(proxy, { method: 'HEAD', path: target });
    assert.equal(head.status, 200);
    assert.equal(head.headers['content-length'], String(answer.bytes.length));
    assert.equal(head.text, '');
  }
  assert.equal((await call(proxy, { path: '/big.json' })).bytes.length, 3_000_000);
});

test('the page has its content security policy', async (t) => {
  const proxy = await start(t, ['--allowed-origins', 'https://app.example']);
  const answer = await call(proxy, { path: '/' });
  const csp = answer.headers['content-security-policy'];
  for (const part of [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types umbra dompurify default',
  ])
    assert.ok(csp.split('; ').includes(part), part);
  assert.equal((await call(proxy, { path: '/assets/main.js' })).headers['content-security-policy'], csp);
  assert.equal(answer.headers['cross-origin-resource-policy'], 'same-origin');
  const friend = await call(proxy, { path: '/assets/main.js', headers: { origin: 'https://app.example' } });
  assert.equal(friend.headers['access-control-allow-origin'], 'https://app.example');
  assert.equal(friend.headers['cross-origin-resource-policy'], 'cross-origin');
});

test('what lies in embed/ may be framed by the allowed origins, and nothing else by anybody', async (t) => {
  const origins = ['https://app.example', 'http://localhost:5173'];
  /** @param {any} headers */
  const ancestors = ({ 'content-security-policy': csp }) => /frame-ancestors ([^;]*)/.exec(csp)?.[1];
  for (const [args, allowed, resource] of /** @type {[string[], string, string][]} */ ([
    [[], "'none'", 'same-origin'],
    [['--allowed-origins', origins.join(',')], origins.join(' '), 'cross-origin'],
    [['--allowed-origins', origins.join(','), '--isolate'], origins.join(' '), 'cross-origin'],
  ])) {
    const proxy = await start(t, args);
    for (const target of ['/embed/', '/embed/index.html', '/embed/main.js', '/%65mbed/?x=1']) {
      const frame = await call(proxy, { path: target });
      assert.equal(frame.status, 200, target);
      assert.equal(ancestors(frame.headers), allowed, target);
      assert.equal(frame.headers['x-frame-options'], undefined, target);
      assert.equal(frame.headers['cross-origin-resource-policy'], resource, target);
      const isolated = args.includes('--isolate') ? 'require-corp' : undefined;
      assert.equal(frame.headers['cross-origin-embedder-policy'], isolated);
      assert.equal(frame.headers['access-control-allow-origin'], undefined);
      const again = await call(proxy, { path: target, headers: { 'if-none-match': frame.headers.etag } });
      assert.deepEqual([again.status, ancestors(again.headers)], [304, allowed]);
      assert.equal(again.headers['x-frame-options'], undefined);
    }
    for (const target of ['/', '/assets/main.js', '/embedded.html', '/healthz', '/v1/nothing'].concat([
      '/embed/nothing.js',
      '/embed',
    ])) {
      const other = await call(proxy, { path: target });
      assert.equal(ancestors(other.headers), "'none'", target);
      assert.equal(other.headers['x-frame-options'], 'DENY', target);
      assert.equal(other.headers['cross-origin-resource-policy'], 'same-origin', target);
    }
    const policy = (/** @type {any} */ answer) =>
      answer.headers['content-security-policy'].replace(/frame-ancestors .*/, '');
    assert.equal(policy(await call(proxy, { path: '/embed/' })), policy(await call(proxy, { path: '/' })));
  }
});

test('as many allowed origins as there may be fit into the header', async (t) => {
  const origins = Array.from({ length: 64 }, (_, i) => `https://a-name-of-some-length-${i}.example:8443`);
  const proxy = await start(t, ['--allowed-origins', origins.join(',')]);
  const answer = await call(proxy, { path: '/embed/' });
  assert.equal(answer.status, 200);
  assert.ok(answer.headers['content-security-policy'].endsWith(`frame-ancestors ${origins.join(' ')}`));
});

test('nothing outside the folder, nothing hidden, nothing that is no file', async (t) => {
  const proxy = await start(t);
  for (const target of [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/assets/../../secret.txt',
    '/assets/%2e%2e%2f..%2fsecret.txt',
    '/..%5csecret.txt',
    '//etc/passwd',
    '/assets//main.js',
    '/link.txt',
    '/.git/config',
    '/%2egit/config',
    '/assets',
    '/assets/',
    '/pipe.txt',
    '/index.html%00.png',
    '/%00',
    '/index.html/',
    `/${'a/'.repeat(600)}`,
    '/etc/passwd',
  ]) {
    const answer = await call(proxy, { path: target });
    if (target.includes('%00') && answer.status === 400) continue; // libmicrohttpd's own, from 1.0 on
    assert.equal(answer.status, 404, target);
    assert.equal(answer.json.error.type, 'not_found_error');
    assert.ok(!answer.text.includes('outside') && !answer.text.includes('root:'));
  }
});

test('without a page the proxy says so', async (t) => {
  const proxy = await startProxy(t);
  const answer = await call(proxy, { path: '/' });
  assert.equal(answer.status, 404);
  assert.match(answer.json.error.message, /--page-dir/);
});
