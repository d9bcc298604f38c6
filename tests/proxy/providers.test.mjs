// Which providers there are, which key goes where, and in what shape errors come.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import {
  call,
  KEY,
  open,
  pair,
  portOf,
  run,
  startProxy,
  startUpstream,
  temporaryFolder,
  until,
} from './support.mjs';
import * as providers from './providers.mjs';

const CHAT = { model: 'm', messages: [{ role: 'user', content: 'hello' }] };

/**
 * @param {string} session
 * @param {string} target
 * @param {any} [body] NULL: a GET
 * @param {Record<string, string>} [headers]
 */
const ask = (session, target, body = CHAT, headers = {}) => ({
  method: body ? 'POST' : 'GET',
  path: target,
  headers: { authorization: `Bearer ${session}`, ...headers },
  body: body ? JSON.stringify(body) : undefined,
});

/** A provider that answers with the headers and the address that it saw. @param {import('node:test').TestContext} t */
const startMirror = (t) =>
  startUpstream(t, (request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ url: request.url, method: request.method, ...request.headers }));
  });

test('named providers: routes, keys from environment and folder, no key at all', async (t) => {
  const mirror = await startMirror(t);
  const folder = path.join(temporaryFolder(t), 'keys');
  mkdirSync(folder, { mode: 0o700 });
  writeFileSync(path.join(folder, 'from-folder-api-key'), 'folder-key\n', { mode: 0o600 });
  writeFileSync(path.join(folder, 'google-api-key'), 'google-key\n', { mode: 0o600 });
  const list = ['from-folder', 'by-variable', 'open'].map((name) => `${name}=${mirror.url}/base`).join(', ');
  const proxy = await startProxy(
    t,
    ['--upstreams', list, '--keys-dir', folder, '--google-base-url', mirror.url],
    {
      env: { UMBRA_KEY_BY_VARIABLE: 'variable-key' },
    },
  );
  const session = await pair(proxy);
  const seen = (await call(proxy, ask(session, '/v1/providers', null))).json.providers;
  assert.deepEqual(
    seen.map((/** @type {any} */ { id, mode, dialect, configured }) => [id, mode, dialect, configured]),
    [
      ['anthropic', 'offline', 'anthropic', true],
      ['openai', 'none', 'openai', false],
      ['google', 'key', 'google', true],
      ['from-folder', 'key', 'openai', true],
      ['by-variable', 'key', 'openai', true],
      ['open', 'open', 'openai', true],
    ],
  );
  assert.ok(!/-key"/.test(JSON.stringify(seen)));
  for (const [name, key] of [
    ['from-folder', 'Bearer folder-key'],
    ['by-variable', 'Bearer variable-key'],
    ['open', undefined],
  ]) {
    const { json } = await call(proxy, ask(session, `/v1/${name}/v1/chat/completions`));
    assert.equal(json.url, '/base/chat/completions');
    assert.equal(json.authorization, key);
    assert.equal((await call(proxy, ask(session, `/v1/${name}/v1/models`, null))).json.url, '/base/models');
  }
  const google = await call(proxy, {
    method: 'POST',
    path: '/v1/google/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse&key=mine&$fields=x&alt=a%0d%0ab',
    headers: { 'x-goog-api-key': session },
    body: '{}',
  });
  assert.equal(google.json.url, '/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse');
  assert.equal(google.json['x-goog-api-key'], 'google-key');
});

test('faulty lists of providers are refused with the entry that is wrong', async (t) => {
  const folder = temporaryFolder(t);
  for (const [args, words] of [
    [['--upstreams', 'groq'], /"groq"; write NAME=URL/],
    [['--upstreams', 'Groq=https://x.example'], /"Groq" is no name/],
    [['--upstreams', 'pair=https://x.example'], /"pair" is no name/],
    [['--upstreams', 'a=https://x.example,a=https://y.example'], /a is named twice/],
    [['--upstreams', 'openai=https://x.example'], /openai is named twice/],
    [['--upstreams', 'a=http://x.example'], /plain http is only for this machine/],
    [['--upstreams', 'a=https://user@x.example'], /leave out user name/],
    [['--own-urls', 'ftp://x.example'], /use https/],
    [['--local-ports', 'ollama'], /"ollama"; write NAME=PORT/],
    [['--local-ports', 'ollama=99999'], /NAME=PORT/],
  ]) {
    const result = await run(['--port', '0', '--state-dir', folder, .../** @type {string[]} */ (args)]);
    assert.equal(result.code, 2, `${args}`);
    assert.match(result.stderr, /** @type {RegExp} */ (words));
  }
});

test('model servers on this machine are found at start, others are not taken for one', async (t) => {
  const server = await startUpstream(t, (request, response, seen) =>
    providers.openai(request, response, seen.body),
  );
  const other = await startUpstream(t, (request, response) => response.end('<html>'));
  const silent = await startUpstream(t, () => undefined);
  const ports = [server, other, silent].map(({ server: each }) => portOf(each));
  const list = `found=${ports[0]},other=${ports[1]},silent=${ports[2]},closed=1`;
  const proxy = await startProxy(t, ['--local-ports', list]);
  const session = await pair(proxy);
  const names = async () =>
    (await call(proxy, ask(session, '/v1/providers', null))).json.providers.map(
      (/** @type {any} */ { id }) => id,
    );
  await until(async () => (await names()).includes('found'));
  const answer = await call(proxy, ask(session, '/v1/found/v1/chat/completions'));
  assert.match(answer.json.choices[0].message.content, /bytes received/);
  await until(() => silent.seen[0]?.closed, 3000, 'that the silent one is given up');
  assert.deepEqual(await names(), ['anthropic', 'openai', 'google', 'found']);
  assert.equal(server.seen[0].headers.authorization, undefined);
});

test('a provider without a key says so, in its own shape', async (t) => {
  const proxy = await startProxy(t);
  const session = await pair(proxy);
  const openai = await call(proxy, ask(session, '/v1/openai/v1/responses'));
  assert.equal(openai.status, 400);
  assert.match(openai.json.error.message, /no key is configured for openai/);
  assert.equal(openai.json.error.type, 'invalid_request_error');
  const google = await call(proxy, ask(session, '/v1/google/v1beta/models/x:streamGenerateContent'));
  assert.deepEqual([google.json.error.code, google.json.error.status], [400, 'INVALID_ARGUMENT']);
  for (const [target, shape] of [
    ['/v1/openai/v1/embeddings', 'openai'],
    ['/v1/openai/v1/files', 'openai'],
    ['/v1/google/v1beta/models/../files:streamGenerateContent', 'google'],
    ['/v1/google/v1beta/models/a%2Fb:streamGenerateContent', 'google'],
    ['/v1/google/v1beta/models/:streamGenerateContent', 'google'],
    ['/v1/google/v1beta/models/x:countTokens', 'google'],
    ['/v1/google', 'anthropic'],
  ]) {
    const answer = await call(proxy, ask(session, target));
    assert.equal(answer.status, 404, target);
    if (shape === 'google') assert.equal(answer.json.error.status, 'NOT_FOUND');
    else assert.equal(answer.json.error.type, 'not_found_error');
    assert.equal(answer.json.type, shape === 'anthropic' ? 'error' : undefined);
  }
  assert.deepEqual((await call(proxy, ask(session, '/v1/anthropic/v1/models', null))).json.data, []);
});

test('a stream that breaks ends with an error event in the shape of its provider', async (t) => {
  const upstream = await startUpstream(t, (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: {"half":');
    setTimeout(() => response.destroy(), 20);
  });
  const proxy = await startProxy(
    t,
    [
      '--openai-base-url',
      upstream.url,
      '--google-base-url',
      upstream.url,
      '--anthropic-base-url',
      upstream.url,
    ],
    { env: { OPENAI_API_KEY: KEY, GEMINI_API_KEY: KEY, ANTHROPIC_API_KEY: KEY } },
  );
  const session = await pair(proxy);
  for (const [target, event, member] of [
    ['/v1/anthropic/v1/messages', 'event: error\n', 'type'],
    ['/v1/openai/v1/chat/completions', 'event: error\n', 'type'],
    ['/v1/google/v1beta/models/x:streamGenerateContent', '', 'status'],
  ]) {
    const answer = await call(proxy, ask(session, target));
    assert.ok(!answer.torn);
    const frame = `${answer.text.split('\n\n').at(-2)}`;
    assert.ok(frame.startsWith(`${event}data: `), frame);
    const { error } = JSON.parse(frame.slice(frame.indexOf('{')));
    assert.match(error.message, /broke in the middle/);
    assert.ok(error[member]);
  }
});

test('own keys of all three providers, where they are allowed', async (t) => {
  const mirror = await startMirror(t);
  const bases = ['anthropic', 'openai', 'google'].flatMap((name) => [`--${name}-base-url`, mirror.url]);
  const env = { OPENAI_API_KEY: KEY, GEMINI_API_KEY: KEY, ANTHROPIC_API_KEY: KEY };
  const closed = await startProxy(t, bases, { env });
  const open = await startProxy(t, [...bases, '--allow-byo-keys'], { env });
  for (const [name, target, header, where, value] of [
    ['Anthropic', '/v1/anthropic/v1/messages', 'X-Api-Key-Anthropic', 'x-api-key', 'own'],
    ['OpenAI', '/v1/openai/v1/responses', 'X-Api-Key-OpenAI', 'authorization', 'Bearer own'],
    [
      'Google',
      '/v1/google/v1beta/models/x:streamGenerateContent',
      'X-Api-Key-Google',
      'x-goog-api-key',
      'own',
    ],
  ]) {
    const refused = await call(closed, ask(await session(closed), target, CHAT, { [header]: 'own' }));
    assert.equal(refused.status, 403, name);
    const { json } = await call(open, ask(await session(open), target, CHAT, { [header]: 'own' }));
    assert.equal(json[where], value);
    assert.ok(!JSON.stringify(json).includes(KEY));
    const faulty = await call(open, ask(await session(open), target, CHAT, { [header]: 'two words' }));
    assert.equal(faulty.status, 400);
    assert.ok(!faulty.text.includes('two words'));
  }
});

/** @type {Map<any, Promise<string>>} */
const sessions = new Map();

/** One session for each proxy. @param {any} proxy @returns {Promise<string>} */
function session(proxy) {
  const kept = sessions.get(proxy) ?? pair(proxy);
  sessions.set(proxy, kept);
  return kept;
}

test("base URLs that a request chooses come from the list, and never see the proxy's key", async (t) => {
  const mirror = await startMirror(t);
  const proxy = await startProxy(t, ['--own-urls', `${mirror.url}/mine/`, '--allow-byo-keys'], {
    env: { ANTHROPIC_API_KEY: KEY, OPENAI_API_KEY: KEY, GEMINI_API_KEY: KEY },
  });
  const own = await session(proxy);
  for (const [name, target, header] of [
    ['Anthropic', '/v1/anthropic/v1/messages', 'x-api-key'],
    ['OpenAI', '/v1/openai/v1/responses', 'authorization'],
    ['Google', '/v1/google/v1beta/models/x:generateContent', 'x-goog-api-key'],
  ]) {
    const url = `X-Proxy-Url-${name}`;
    const bare = await call(proxy, ask(own, target, CHAT, { [url]: `${mirror.url}/mine` }));
    assert.equal(bare.status, 200, bare.text);
    assert.ok(bare.json.url.startsWith('/mine/'));
    assert.equal(bare.json[header], undefined);
    const keyed = await call(
      proxy,
      ask(own, target, CHAT, { [url]: `${mirror.url}/mine/`, [`X-Api-Key-${name}`]: 'own' }),
    );
    assert.match(keyed.json[header], /own$/);
    for (const wrong of [
      mirror.url,
      `${mirror.url}/mine/../other`,
      `${mirror.url}/mine2`,
      `${mirror.url.replace('http://', 'http://user@')}/mine`,
      'https://elsewhere.example',
      'file:///etc/passwd',
    ]) {
      const answer = await call(proxy, ask(own, target, CHAT, { [url]: wrong }));
      assert.equal(answer.status, 403, wrong);
    }
  }
  assert.ok(!JSON.stringify(mirror.seen.map(({ headers }) => headers)).includes(KEY));
});

test('SIGHUP: a new key for requests that begin, the old one for those that run', async (t) => {
  let release = () => {};
  const held = new Promise((resolve) => (release = () => resolve(undefined)));
  const upstream = await startUpstream(t, async (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`data: ${request.headers['x-api-key']}\n\n`);
    if (upstream.seen.length === 1) await held;
    response.end('data: end\n\n');
  });
  const file = path.join(temporaryFolder(t), 'key');
  writeFileSync(file, 'first', { mode: 0o600 });
  const proxy = await startProxy(t, ['--anthropic-api-key-file', file, '--anthropic-base-url', upstream.url]);
  const own = await pair(proxy);
  const running = await open(proxy, ask(own, '/v1/anthropic/v1/messages'));
  let text = '';
  running.on('data', (piece) => (text += piece));
  await until(() => text.includes('first'));
  writeFileSync(file, 'second');
  proxy.child.kill('SIGHUP');
  await until(() => proxy.stderr.includes('"key rotated"'));
  assert.match((await call(proxy, ask(own, '/v1/anthropic/v1/messages'))).text, /second/);
  release();
  await until(() => text.includes('end'));
  for (const spoil of [() => chmodSync(file, 0o644), () => writeFileSync(file, 'two words')]) {
    chmodSync(file, 0o600);
    spoil();
    const before = proxy.stderr.split('"key kept"').length;
    proxy.child.kill('SIGHUP');
    await until(() => proxy.stderr.split('"key kept"').length > before);
    assert.match((await call(proxy, ask(own, '/v1/anthropic/v1/messages'))).text, /second/);
  }
  const audit = (await run(['audit', 'export', '--state-dir', proxy.state])).stdout;
  const changes = audit.split('\n').filter((line) => line.includes('"kind":"configuration"'));
  assert.deepEqual(
    changes.map((line) => JSON.parse(JSON.parse(line).detail)),
    [{ reloaded: ['anthropic-api-key'] }],
  );
  assert.ok(!/first|second|two words/.test(proxy.stderr + audit));
});
