// Canaries: keys, tokens, prompts and answers go through every route and every way to fail that can be reached, and are
// then looked for in all that the proxy says, keeps and remembers.
import assert from 'node:assert/strict';
import { chmodSync, closeSync, openSync, readdirSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import test from 'node:test';
import { makeCertificate } from './certificate.mjs';
import * as providers from './providers.mjs';
import {
  MESSAGES,
  VALGRIND,
  afterwards,
  call,
  first,
  messages,
  newToken,
  open,
  pair,
  post,
  run,
  sleep,
  startProxy,
  startUpstream,
  temporaryFolder,
  until,
} from './support.mjs';

/** @typedef {import('./support.mjs').Proxy} Proxy */

const SERVER_KEY = 'sk-canary-server-9a31';
const SEARCH_KEY = 'BSA-canary-search-9a32';
const OWN_KEY = 'sk-canary-own-9a33';
const BAD_KEY = 'canary-of-a-bad-file-9a34';
const PROMPT = 'canary-prompt-9a35';
const ANSWER = 'canary-answer-9a36';
const TOOL = 'canary-tool-text-9a37';
const QUERY = 'canary-query-9a38';

/** A provider that repeats all that it was sent, in the way that the request asks for. @type {any} */
const parrot = (/** @type {any} */ request, /** @type {any} */ response, /** @type {any} */ seen) => {
  const echo = `${request.headers['x-api-key']} ${seen.body} ${ANSWER}`;
  const error = JSON.stringify({ type: 'error', error: { type: 'authentication_error', message: echo } });
  const how = /how=(\w+)/.exec(String(seen.body))?.[1];
  const json = { 'content-type': 'application/json' };
  if (how === 'refuse') return response.writeHead(401, json).end(error);
  if (how === 'fail') return response.writeHead(500, json).end(error);
  if (how === 'hangup') return response.destroy();
  if (how === 'garbage') return response.socket.end(`${echo}\r\n\r\n`);
  if (how === 'redirect') return response.writeHead(302, { location: `http://x/?${OWN_KEY}` }).end();
  if (how === 'break' || how === 'wait') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`event: message_start\ndata: {"text":${JSON.stringify(echo)}`);
    if (how === 'break') setTimeout(() => response.destroy(), 20);
    return undefined;
  }
  if (how === 'plain') return response.writeHead(200, json).end(JSON.stringify({ echo }));
  return providers.anthropic(request, response, seen.body);
};

/** A web and a search provider. @type {any} */
const web = (/** @type {any} */ request, /** @type {any} */ response) => {
  const headers = { 'content-type': 'application/json' };
  if (request.url.includes('fail'))
    return response.writeHead(500, headers).end(`"${SEARCH_KEY} ${request.url}"`);
  if (request.url.startsWith('/web/search'))
    return response.writeHead(200, headers).end(
      JSON.stringify({
        web: { results: [{ url: `https://example.com/?${ANSWER}`, title: ANSWER, description: ANSWER }] },
      }),
    );
  return response.writeHead(200, { 'content-type': 'text/plain' }).end(ANSWER);
};

/**
 * A prompt with a tool's result, told how the provider is to answer.
 * @param {string} how
 * @param {string} [mark] what makes it another one
 */
function conversation(how, mark = '') {
  return messages('', {
    messages: [
      { role: 'user', content: `${PROMPT}${mark} how=${how}` },
      {
        role: 'assistant',
        content: [{ type: 'tool_use', id: 't', name: 'Read', input: { path: `${TOOL}${mark}` } }],
      },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 't', content: `${TOOL}${mark} how=${how}` }],
      },
    ],
  });
}

/**
 * @param {import('./support.mjs').Test} t
 * @param {string[]} [args]
 * @param {string} [keyFile]
 */
async function startWatched(t, args = [], keyFile) {
  const provider = await startUpstream(t, parrot);
  const site = await startUpstream(t, web);
  const proxy = await startProxy(
    t,
    ['--anthropic-base-url', provider.url, '--allow-byo-keys', '--search-provider', 'brave']
      .concat([
        '--search-url',
        site.url,
        '--fetch-allow',
        new URL(site.url).host,
        '--max-body-bytes',
        '262144',
      ])
      .concat(keyFile ? ['--anthropic-api-key-file', keyFile] : [], args),
    {
      env: { ...(keyFile ? {} : { ANTHROPIC_API_KEY: SERVER_KEY }), BRAVE_API_KEY: SEARCH_KEY },
      killable: true,
    },
  );
  return { proxy, provider, site };
}

/**
 * Every route and every way to fail. Returns what other clients were told, and the credentials that went through.
 * @param {Proxy} proxy
 * @param {string} site
 * @param {string} keyFile
 */
async function driveEverything(proxy, site, keyFile) {
  const told = /** @type {string[]} */ ([]);
  const session = await pair(proxy);
  const headers = { authorization: `Bearer ${session}`, 'content-type': 'application/json' };
  const created = await run(['keys', 'create', 'watcher', '--state-dir', proxy.state]);
  const apiKey = first(/(umk_[\w-]+)/, created.stdout);
  const own = { 'x-api-key-anthropic': OWN_KEY };
  for (const how of ['answer', 'plain', 'refuse', 'fail', 'hangup', 'garbage', 'redirect', 'break'])
    for (const extra of [{}, own]) {
      const { text } = await call(proxy, post(proxy, session, conversation(how), extra));
      /* Not even to the one who asked: a provider that repeats its key does not give it away. */
      for (const key of [SERVER_KEY, OWN_KEY]) assert.ok(!text.includes(key), `${how} ${text}`);
    }
  await call(proxy, post(proxy, apiKey, conversation('plain')));
  await call(proxy, {
    ...post(proxy, session, conversation('plain')),
    path: `${MESSAGES}?beta=${QUERY}&key=${QUERY}`,
  });
  const waiting = new AbortController();
  const left = fetch(`${proxy.origin}${MESSAGES}`, {
    ...post(proxy, session, conversation('wait'), own),
    signal: waiting.signal,
  });
  await left;
  waiting.abort();
  /** Requests that the proxy refuses itself: what it says then must repeat nothing. @type {any[]} */
  const refused = [
    post(proxy, session, `{"${PROMPT}`, own),
    post(proxy, session, `${PROMPT} ${TOOL}`.repeat(8000), own),
    post(proxy, session, conversation('plain'), { 'x-api-key-anthropic': `${OWN_KEY} with a blank` }),
    post(proxy, session, conversation('plain'), {
      ...own,
      'x-proxy-url-anthropic': `http://x.example/${QUERY}`,
    }),
    post(proxy, `${session}x`, conversation('plain'), own),
    post(proxy, `${apiKey}x`, conversation('plain'), own),
    post(proxy, session, conversation('plain'), { ...own, origin: `https://${QUERY}.example` }),
    post(proxy, session, conversation('plain'), { ...own, host: `${QUERY}.example` }),
    { ...post(proxy, session, conversation('plain'), own), path: `/v1/anthropic/v1/${QUERY}` },
    { ...post(proxy, session, conversation('plain'), own), method: 'PUT' },
    { method: 'POST', path: '/v1/pair', body: JSON.stringify({ token: proxy.token }) },
    { method: 'POST', path: '/v1/pair', body: `{"token":"${PROMPT}` },
    {
      method: 'POST',
      path: '/v1/fetch',
      headers,
      body: JSON.stringify({ url: `http://within.internal/?${QUERY}` }),
    },
    {
      method: 'POST',
      path: '/v1/fetch',
      headers,
      body: JSON.stringify({ url: `http://u:${OWN_KEY}@x/?${QUERY}` }),
    },
    { method: 'POST', path: '/v1/fetch', headers, body: `{"url":"${QUERY}` },
    { method: 'POST', path: '/v1/search', headers, body: JSON.stringify({ query: `${PROMPT} fail` }) },
    { method: 'POST', path: '/v1/search', headers, body: `{"query":"${PROMPT}` },
    { path: `/${QUERY}?${QUERY}`, headers },
  ];
  for (const request of refused) {
    const answer = await call(proxy, request);
    assert.ok(answer.status >= 400, JSON.stringify(request));
    told.push(answer.text);
  }
  for (const url of [`${site}/page?secret=${QUERY}#${QUERY}`, `${site}/fail?${QUERY}`])
    await call(proxy, { method: 'POST', path: '/v1/fetch', headers, body: JSON.stringify({ url }) });
  await call(proxy, { method: 'POST', path: '/v1/search', headers, body: JSON.stringify({ query: PROMPT }) });
  await call(proxy, { method: 'POST', path: '/v1/session', headers });
  for (const [text, mode] of /** @type {[string, number][]} */ ([
    [`${BAD_KEY} two words`, 0o600],
    [`${BAD_KEY}\u0001`, 0o600],
    [BAD_KEY, 0o644],
    ['', 0o600],
  ])) {
    const before = proxy.stderr.split('key kept').length;
    chmodSync(keyFile, 0o600);
    writeFileSync(keyFile, text);
    chmodSync(keyFile, mode);
    proxy.child.kill('SIGHUP');
    await until(() => proxy.stderr.split('key kept').length > before);
  }
  for (const where of ['/metrics', '/healthz', '/v1/providers', '/v1/openapi.json', '/'])
    told.push((await call(proxy, { path: where, headers })).text);
  const usage = await run(['usage', '--json', '--state-dir', proxy.state]);
  const audit = await run(['audit', 'export', '--state-dir', proxy.state]);
  const keys = await run(['keys', 'list', '--state-dir', proxy.state]);
  for (const { code, stdout, stderr } of [usage, audit, keys]) {
    assert.equal(code, 0, stderr);
    told.push(stdout, stderr);
  }
  assert.match(audit.stdout, /"kind":"search"/);
  return { told, session, apiKey };
}

/** All files of the state folder, the database's log among them, as bytes. @param {string} folder */
const filesOf = (folder) =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map(({ path: where, name }) => ({ name, bytes: readFileSync(path.join(where, name)) }));

test('nothing secret in logs, metrics, answers to others, audit log, database; not after a crash either', async (t) => {
  const keyFile = path.join(temporaryFolder(t), 'key');
  writeFileSync(keyFile, SERVER_KEY, { mode: 0o600 });
  const { proxy, provider, site } = await startWatched(t, [], keyFile);
  const { told, session, apiKey } = await driveEverything(proxy, site.url, keyFile);
  /* The canaries did go through. */
  const received = provider.seen.map(({ headers, body }) => `${headers['x-api-key']} ${body}`).join();
  for (const canary of [SERVER_KEY, OWN_KEY, PROMPT, TOOL]) assert.ok(received.includes(canary), canary);
  assert.ok(site.seen.some(({ url }) => url?.includes(QUERY)));
  const unused = await newToken(proxy);
  const canaries = [
    SERVER_KEY,
    SEARCH_KEY,
    OWN_KEY,
    BAD_KEY,
    PROMPT,
    ANSWER,
    TOOL,
    QUERY,
    session,
    apiKey,
    unused,
  ];
  const check = (/** @type {string} */ where, /** @type {string | Buffer} */ text, more = [proxy.token]) => {
    for (const canary of [...canaries, ...more])
      assert.ok(!text.includes(canary), `${canary} is in ${where}: ${String(text).slice(0, 2000)}`);
  };
  told.forEach((text, i) => check(`what was told (${i})`, text));
  for (const { name, bytes } of filesOf(proxy.state)) check(name, bytes);
  const limits = readFileSync(`/proc/${proxy.child.pid}/limits`, 'utf8');
  assert.match(limits, /Max core file size +0 +0/);
  const held = open(proxy, post(proxy, session, conversation('wait'), { 'x-api-key-anthropic': OWN_KEY }));
  await held;
  proxy.child.kill('SIGABRT');
  await proxy.exit;
  assert.equal(proxy.child.signalCode, 'SIGABRT');
  for (const { name, bytes } of filesOf(proxy.state)) check(name, bytes);
  check('stderr', proxy.stderr);
  check('stdout', proxy.stdout, []); // the pairing token is said there, to the one who started it
});

/**
 * The places in a process's writable memory where the texts stand, each with a few bytes around it.
 * @param {number | undefined} pid
 * @param {string[]} texts
 */
function searchMemory(pid, texts) {
  const found = /** @type {string[]} */ ([]);
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
    const range = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line);
    if (!range) continue;
    const start = parseInt(range[1], 16);
    const bytes = Buffer.alloc(parseInt(range[2], 16) - start);
    let size;
    try {
      size = readSync(memory, bytes, 0, bytes.length, start);
    } catch {
      continue; // pages that are mapped but not there
    }
    for (const text of texts)
      for (let at = bytes.indexOf(text); at >= 0 && at < size; at = bytes.indexOf(text, at + 1)) {
        const around = bytes.subarray(Math.max(0, at - 40), at + 60).toString('latin1');
        found.push(`${text} ${line.slice(73) || 'memory'}: ${JSON.stringify(around)}`);
      }
  }
  closeSync(memory);
  return found;
}

/** @param {Proxy} proxy */
const keepsMemory = (proxy) =>
  VALGRIND || readFileSync(`/proc/${proxy.child.pid}/maps`, 'utf8').includes('libasan');

test("a finished request's own key and prompt are no longer in memory when the next is answered", async (t) => {
  const { proxy, site } = await startWatched(t);
  if (keepsMemory(proxy)) return t.skip('a sanitizer, or valgrind, keeps freed memory as it was');
  const session = await pair(proxy);
  const agent = new http.Agent({ keepAlive: true });
  afterwards(t, () => agent.destroy());
  let count = 0;
  const key = () => ({ 'x-api-key-anthropic': `${OWN_KEY}-${++count}` });
  const long = `${PROMPT} `.repeat(2000);
  for (const extra of [{}, { agent }]) {
    for (const how of ['answer', 'plain', 'refuse', 'fail', 'hangup', 'garbage', 'redirect', 'break']) {
      await call(proxy, { ...post(proxy, session, conversation(how), key()), ...extra });
      await call(proxy, { ...post(proxy, session, conversation(how, long), key()), ...extra });
    }
    /* More than libcurl sends in one piece with its header. */
    for (const how of ['answer', 'plain'])
      await call(proxy, { ...post(proxy, session, conversation(how, long.repeat(2)), key()), ...extra });
    const wrong = [
      post(proxy, session, `{"${PROMPT}`, key()),
      post(proxy, session, long.repeat(20), key()),
      post(proxy, session, conversation('plain'), { ...key(), 'x-proxy-url-anthropic': 'http://x.example' }),
      post(proxy, `${session}x`, conversation('plain'), key()),
      post(proxy, session, conversation('plain'), { ...key(), origin: 'https://evil.example' }),
      { ...post(proxy, session, conversation('plain'), key()), path: '/v1/nothing' },
      { ...post(proxy, session, conversation('plain'), key()), path: `${MESSAGES}?beta=${QUERY}` },
      { ...post(proxy, session, { url: `${site.url}/?${QUERY}` }), path: '/v1/fetch' },
      { ...post(proxy, session, { query: PROMPT }), path: '/v1/search' },
      { ...post(proxy, session, { query: `${PROMPT} fail` }), path: '/v1/search' },
    ];
    for (const request of wrong) await call(proxy, { ...request, ...extra });
  }
  const controller = new AbortController();
  await fetch(`${proxy.origin}${MESSAGES}`, {
    ...post(proxy, session, conversation('wait'), key()),
    signal: controller.signal,
  });
  /* While it runs it must be there: the search finds what there is to find. */
  const running = searchMemory(proxy.child.pid, [PROMPT]);
  assert.ok(running.length > 0);
  controller.abort();
  await until(() => proxy.stderr.includes('client left'));
  const other = await call(proxy, { path: '/healthz', agent });
  assert.equal(other.status, 200);
  const canaries = [OWN_KEY, PROMPT, TOOL, ANSWER, QUERY, proxy.token];
  assert.deepEqual(searchMemory(proxy.child.pid, canaries), []);
  /* The proxy's own key is held once, where it must be. */
  assert.equal(searchMemory(proxy.child.pid, [SERVER_KEY]).length, 1);
  assert.equal(searchMemory(proxy.child.pid, [SEARCH_KEY]).length, 1);
  /* Of a session that is good for a while yet nothing is: what knows it again has a digest only. */
  assert.deepEqual(searchMemory(proxy.child.pid, [session, ...session.split('.').slice(1)]), []);
});

test('the same when clients come by https, and their connection stays open', async (t) => {
  const { files } = makeCertificate(t);
  const { proxy } = await startWatched(t, ['--tls-cert', files.cert, '--tls-key', files.key]);
  if (keepsMemory(proxy)) return t.skip('a sanitizer, or valgrind, keeps freed memory as it was');
  const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false });
  afterwards(t, () => agent.destroy());
  /** @param {any} request */
  const secureCall = (request) => call(proxy, { ...request, agent, tls: {} });
  const session = await pair(proxy, { agent, tls: {} });
  for (const [how, status] of /** @type {[string, number][]} */ ([
    ['answer', 200],
    ['plain', 200],
    ['refuse', 401],
  ])) {
    const request = post(proxy, session, conversation(how), { 'x-api-key-anthropic': OWN_KEY });
    assert.equal((await secureCall(request)).status, status);
  }
  assert.equal((await secureCall({ path: '/healthz' })).status, 200);
  /* Of the private key's file nothing is left but what TLS works with. */
  const pem = readFileSync(files.key, 'utf8').split('\n');
  const canaries = [OWN_KEY, PROMPT, TOOL, ANSWER, proxy.token, pem[1], pem[2]];
  assert.deepEqual(searchMemory(proxy.child.pid, canaries), []);
});

test('a key that a provider repeats is taken out wherever the pieces of its answer end; all else passes', async (t) => {
  let pieces = /** @type {string[]} */ ([]);
  const provider = await startUpstream(t, async (request, response) => {
    response.writeHead(pieces.length % 2 ? 400 : 200, {
      'content-type': 'application/json',
      'request-id': SERVER_KEY,
    });
    for (const piece of pieces) {
      response.write(piece);
      await sleep(2); // so that the pieces are read one by one
    }
    response.end();
  });
  const proxy = await startProxy(t, ['--anthropic-base-url', provider.url, '--model-requests', '0'], {
    env: { ANTHROPIC_API_KEY: SERVER_KEY },
  });
  const session = await pair(proxy);
  const body = `a${SERVER_KEY}${SERVER_KEY} sk-canary-serve ${SERVER_KEY.slice(0, -1)}sk-${SERVER_KEY}-end sk-canary-server-9a3`;
  const expected = body.replaceAll(SERVER_KEY, '[key]');
  for (const size of [1, 2, 3, 7, 19, 20, 21, 64, 1000]) {
    pieces = body.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];
    const answer = await call(proxy, post(proxy, session, messages('hello')));
    assert.equal(answer.text, expected, `pieces of ${size}`);
    assert.equal(answer.headers['request-id'], undefined);
  }
});
