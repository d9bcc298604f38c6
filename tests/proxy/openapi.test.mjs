// The proxy's description of itself: is it valid, is it true, and is it all?
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { holdDatabase } from './database.mjs';
import * as providers from './providers.mjs';
import { call, KEY, pair, startProxy, startUpstream, temporaryFolder } from './support.mjs';

/**
 * @typedef {import('./support.mjs').Answer} Answer
 * @typedef {{ path: string, method: string, operation: any }} Entry
 */

const SMALL_BODY = 8192;
const LARGE_BODY = 16384;

/** @param {any} proxy */
async function description(proxy) {
  const answer = await call(proxy, { path: '/v1/openapi.json' });
  assert.equal(answer.status, 200);
  assert.match(answer.headers['content-type'], /^application\/json/);
  return answer.json;
}

/** @param {any} document @returns {Entry[]} */
function entries(document) {
  return Object.entries(document.paths).flatMap(([where, item]) =>
    Object.entries(/** @type {any} */ (item)).map(([method, operation]) => ({
      path: where,
      method: method.toUpperCase(),
      operation,
    })),
  );
}

/** What compares answers with the description. @param {any} document */
function judge(document) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  /** @type {any} */ (addFormats)(ajv);
  ajv.addSchema(document, 'description');
  /** @param {any} value */
  const resolve = (value) =>
    value?.$ref
      ? value.$ref
          .slice(2)
          .split('/')
          .reduce((/** @type {any} */ at, /** @type {string} */ name) => at[name], document)
      : value;
  /** @param {any} schema @param {any} value @param {string} where */
  const valid = (schema, value, where) => {
    const check = ajv.compile(schema.$ref ? { $ref: `description${schema.$ref}` } : schema);
    assert.ok(check(value), `${where}: ${ajv.errorsText(check.errors)} in ${JSON.stringify(value)}`);
  };
  /** @param {Entry} entry @param {Answer} answer @param {number} [expected] */
  return (entry, answer, expected) => {
    const where = `${entry.method} ${entry.path} ${answer.status}`;
    if (expected) assert.equal(answer.status, expected, `${where} ${answer.text}`);
    const declared = resolve(entry.operation.responses[answer.status]);
    assert.ok(declared, `${where} is not declared: ${answer.text}`);
    for (const [name, header] of Object.entries(declared.headers ?? {})) {
      const { required, schema } = resolve(header);
      const value = answer.headers[name.toLowerCase()];
      assert.ok(value !== undefined || !required, `${where} has no ${name}`);
      if (value !== undefined) valid(schema, value, `${where} ${name}`);
    }
    if (!declared.content) return assert.equal(answer.bytes.length, 0, where);
    const type = answer.headers['content-type'];
    const content =
      declared.content[type] ?? declared.content[String(type).split(';')[0]] ?? declared.content['*/*'];
    assert.ok(content, `${where} comes as ${type}`);
    if (content.schema) valid(content.schema, answer.json ?? answer.text, where);
  };
}

/** An address for a path of the description. @param {string} where */
const address = (where) => where.replace('{model}', 'gemini-x').replace('{file}', 'app.js');

/** A body that the proxy takes. @param {string} where @param {{ web: string, token: string }} things */
function bodyFor(where, { web, token }) {
  if (where === '/v1/pair') return { token };
  if (where === '/v1/fetch') return { url: `${web}/page` };
  if (where === '/v1/search') return { query: 'umbra' };
  if (where.includes(':')) return { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] };
  if (where.endsWith('/responses')) return { model: 'm', input: 'hello' };
  return { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'hello' }] };
}

/**
 * A proxy with everything switched on, and its description.
 * @param {import('./support.mjs').Test} t
 * @param {string[]} [more]
 * @param {any} [provider] what answers in the place of the providers
 */
async function startAll(t, more = [], provider) {
  /** @param {(request: any, response: any, bytes: Buffer) => any} handler */
  const start = (handler) =>
    startUpstream(t, (request, response, seen) => (provider ?? handler)(request, response, seen.body));
  const anthropic = await start(providers.anthropic);
  const openai = await start(providers.openai);
  const google = await start(providers.google);
  const web = await startUpstream(t, (request, response) => {
    const found = { results: [{ url: 'https://example.com/', title: 'T', content: 'S' }] };
    const json = request.url?.startsWith('/search');
    response.writeHead(200, { 'content-type': json ? 'application/json' : 'text/plain' });
    response.end(json ? JSON.stringify(found) : 'a page');
  });
  const page = path.join(temporaryFolder(t), 'page');
  mkdirSync(page);
  writeFileSync(path.join(page, 'index.html'), '<!doctype html>');
  writeFileSync(path.join(page, 'app.js'), 'export {};');
  const proxy = await startProxy(
    t,
    ['--anthropic-base-url', anthropic.url, '--openai-base-url', `${openai.url}/v1`]
      .concat(['--google-base-url', google.url, '--upstreams', `near=${openai.url}/v1`, '--page-dir', page])
      .concat(['--search-url', web.url, '--fetch-allow', new URL(web.url).host, '--allow-byo-keys'])
      .concat(['--max-body-bytes', String(LARGE_BODY), '--database-wait-ms', '50', ...more]),
    { env: { ANTHROPIC_API_KEY: KEY, OPENAI_API_KEY: KEY, GEMINI_API_KEY: KEY } },
  );
  const document = await description(proxy);
  return { proxy, document, list: entries(document), check: judge(document), web: web.url };
}

/** @param {string} session */
const bearer = (session) => ({ authorization: `Bearer ${session}`, 'content-type': 'application/json' });

test('the description is valid OpenAPI 3.1, without a session, and has no secret in it', async (t) => {
  const { proxy, document } = await startAll(t);
  const result = await new Validator().validate(structuredClone(document));
  assert.ok(result.valid, JSON.stringify(result.errors));
  assert.match(document.openapi, /^3\.1\./);
  const ids = entries(document).map(({ operation }) => operation.operationId);
  assert.equal(new Set(ids).size, ids.length);
  const text = JSON.stringify(document);
  for (const secret of [KEY, proxy.token, proxy.state, '127.0.0.1', String(proxy.port)])
    assert.ok(!text.includes(secret), secret);
});

test('each operation answers as it is described, with and without a session', async (t) => {
  const { proxy, list, check, web } = await startAll(t);
  const session = await pair(proxy);
  const fresh = () => proxy.token; // used: 401
  for (const entry of list) {
    const target = { method: entry.method, path: address(entry.path) };
    const body = entry.operation.requestBody
      ? JSON.stringify(bodyFor(entry.path, { web, token: fresh() }))
      : undefined;
    const open = entry.operation.security?.length === 0;
    const pairing = entry.path === '/v1/pair';
    const without = await call(proxy, { ...target, body });
    check(entry, without, pairing ? 401 : open ? 200 : 401);
    check(entry, await call(proxy, { ...target, headers: bearer(session), body }), pairing ? 401 : 200);
    check(entry, await call(proxy, { ...target, headers: { origin: 'https://evil.example' }, body }), 403);
    check(entry, await call(proxy, { ...target, headers: { host: 'evil.example' }, body }), 421);
    const large =
      entry.operation.requestBody && entry.operation.tags[0] !== 'proxy' ? LARGE_BODY : SMALL_BODY;
    const headers = { ...bearer(session), 'content-length': String(large + 1) };
    const tooMuch = { ...target, headers, body: 'x'.repeat(large + 1) };
    check(entry, await call(proxy, tooMuch), 413);
    if (body) check(entry, await call(proxy, { ...target, headers: bearer(session), body: '{"' }), 400);
    for (const name of ['x-api-key', 'x-goog-api-key'])
      if (!pairing && !open)
        check(entry, await call(proxy, { ...target, headers: { [name]: session }, body }), 200);
  }
});

test('what is described of the ways to fail is so', async (t) => {
  const { proxy, list, check, web } = await startAll(t, ['--idle-timeout-ms', '100'], () => {}); // silence
  const session = await pair(proxy);
  const of = (/** @type {string} */ where) => {
    const entry = list.find((one) => one.path === where);
    assert.ok(entry, where);
    return entry;
  };
  /** @param {Entry} entry @param {any} [body] */
  const ask = (entry, body) =>
    call(proxy, {
      method: entry.method,
      path: address(entry.path),
      headers: bearer(session),
      body: JSON.stringify(body ?? bodyFor(entry.path, { web, token: '' })),
    });
  const models = list.filter(({ operation }) => operation.tags[0] !== 'proxy');
  for (const entry of models) check(entry, await ask(entry), 504);
  check(of('/v1/fetch'), await ask(of('/v1/fetch'), { url: 'http://127.0.0.1/' }), 403);
  check(of('/v1/search'), await ask(of('/v1/search'), { query: '' }), 400);
  check(of('/{file}'), await call(proxy, { path: '/nothing.js' }), 404);
  const { etag } = (await call(proxy, { path: '/app.js' })).headers;
  check(of('/{file}'), await call(proxy, { path: '/app.js', headers: { 'if-none-match': etag } }), 304);
  for (let i = 0; i < 10; i++) check(of('/v1/pair'), await ask(of('/v1/pair'), { token: 'x' }), 401);
  check(of('/v1/pair'), await ask(of('/v1/pair'), { token: 'x' }), 429);
  const release = await holdDatabase(proxy.state);
  for (const entry of models.filter(({ method }) => method === 'POST')) check(entry, await ask(entry), 503);
  check(of('/v1/fetch'), await ask(of('/v1/fetch')), 503);
  check(of('/healthz'), await call(proxy, { path: '/healthz' }), 503);
  await release();
});

test('limits and budgets answer as described', async (t) => {
  for (const [args, status] of /** @type {[string[], number][]} */ ([
    [['--model-requests', '1', '--fetch-requests', '1'], 429],
    [['--budget-day', '1', '--model-request-cost', '1', '--allow-unpriced'], 402],
  ])) {
    const { proxy, list, check, web } = await startAll(t, args);
    const session = await pair(proxy);
    for (const entry of list.filter(({ operation }) => operation.responses[status])) {
      if (entry.path === '/v1/pair') continue;
      const body = JSON.stringify(bodyFor(entry.path, { web, token: '' }));
      const request = { method: 'POST', path: address(entry.path), headers: bearer(session), body };
      await call(proxy, request);
      check(entry, await call(proxy, request), status);
    }
  }
});

test('what is not described is not there', async (t) => {
  const { proxy, list } = await startAll(t);
  const session = await pair(proxy);
  const headers = bearer(session);
  const own = ['', '/', '/nothing', '/openapi', '/openapi.json/', '/fetch/', '/searches', '/pair/x', '/keys'];
  const theirs = ['anthropic/v1/responses', 'anthropic/v1/messages/count_tokens', 'anthropic', 'anthropic/']
    .concat([
      'openai/v1/messages',
      'openai/v1/files',
      'google/v1beta/models/x:countTokens',
      'nobody/v1/models',
    ])
    .concat(['near/v1/messages', 'near/v1/embeddings', 'openai/v1/chat/completions/']);
  for (const where of [...own.map((p) => `/v1${p}`), ...theirs.map((p) => `/v1/${p}`)])
    for (const method of ['GET', 'POST', 'PUT', 'DELETE'])
      assert.equal((await call(proxy, { method, path: where, headers })).status, 404, `${method} ${where}`);
  for (const where of new Set(list.map((entry) => entry.path)))
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH']) {
      const described = list.some((entry) => entry.path === where && entry.method === method);
      const answer = await call(proxy, { method, path: address(where), headers });
      assert.equal(answer.status === 405, !described, `${method} ${where} ${answer.status}`);
    }
});

test('the routes of the documentation are described', async (t) => {
  const { list } = await startAll(t);
  const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
  const text = readFileSync(path.join(root, 'docs/demo-proxy.md'), 'utf8');
  const table = text.slice(text.indexOf('## Routes'), text.indexOf('A session or an API key'));
  const named = [...table.matchAll(/`(GET|POST) (\/[^\s`]*)`/g)].map(([, method, where]) => ({
    method,
    where,
  }));
  assert.ok(named.length > 10);
  for (const { method, where } of named) {
    const described = where.replace('NAME', 'near').replace('MODEL', '{model}');
    assert.ok(
      list.some((entry) => entry.method === method && entry.path === described),
      `${method} ${described}`,
    );
  }
});
