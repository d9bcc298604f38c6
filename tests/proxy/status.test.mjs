// What those who run the proxy see: health, metrics, log.
import assert from 'node:assert/strict';
import test from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { holdDatabase, sql } from './database.mjs';
import { call, KEY, logLines, messages, pair, post, startProxy, startUpstream, until } from './support.mjs';
import * as providers from './providers.mjs';

/**
 * Reads Prometheus' text format, strictly: every sample belongs to a family that was announced.
 * @param {string} text
 */
function readMetrics(text) {
  /** @type {Map<string, string>} */
  const types = new Map();
  /** @type {Map<string, number>} */
  const samples = new Map();
  assert.ok(text.endsWith('\n'));
  for (const line of text.slice(0, -1).split('\n')) {
    const type = /^# TYPE (\w+) (counter|gauge|histogram)$/.exec(line);
    if (type) {
      assert.ok(!types.has(type[1]), `${type[1]} is announced twice`);
      types.set(type[1], type[2]);
      continue;
    }
    if (line.startsWith('# HELP ')) continue;
    const sample = /^(\w+)(\{(?:\w+="[^"\\\n]*",?)*\})? (\S+)$/.exec(line);
    assert.ok(sample, line);
    const family = types.has(sample[1]) ? sample[1] : sample[1].replace(/_(bucket|sum|count)$/, '');
    assert.ok(types.has(family), line);
    assert.ok(!samples.has(`${sample[1]}${sample[2] ?? ''}`), `${line} stands twice`);
    samples.set(`${sample[1]}${sample[2] ?? ''}`, Number(sample[3]));
  }
  return samples;
}

/** @param {any} proxy @param {string} session */
async function metrics(proxy, session) {
  const answer = await call(proxy, { path: '/metrics', headers: { authorization: `Bearer ${session}` } });
  assert.equal(answer.status, 200);
  assert.match(answer.headers['content-type'], /^text\/plain; version=0\.0\.4/);
  return readMetrics(answer.text);
}

test('metrics: for sessions only; requests, times, tokens of each provider, nothing of a client', async (t) => {
  const upstream = await startUpstream(t, (request, response, seen) =>
    providers.anthropic(request, response, seen.body),
  );
  const proxy = await startProxy(t, ['--anthropic-base-url', upstream.url], {
    env: { ANTHROPIC_API_KEY: KEY },
  });
  assert.equal((await call(proxy, { path: '/metrics' })).status, 401);
  const session = await pair(proxy);
  const client = new Anthropic({ baseURL: `${proxy.origin}/v1/anthropic`, apiKey: session, maxRetries: 0 });
  for (let i = 0; i < 3; i++)
    await client.messages
      .stream({ model: 'claude-x', max_tokens: 9, messages: [{ role: 'user', content: 'canary-prompt' }] })
      .finalMessage();
  await call(proxy, post(proxy, session, { ...messages('canary-prompt'), stream: false }));
  await call(proxy, { path: '/v1/canary-path' });
  const route = '/v1/anthropic/v1/messages';
  const seen = await metrics(proxy, session);
  assert.equal(seen.get(`umbra_proxy_requests_total{route="${route}",status="2xx"}`), 4);
  assert.equal(seen.get('umbra_proxy_requests_total{route="none",status="4xx"}'), 1);
  assert.equal(seen.get(`umbra_proxy_request_seconds_count{route="${route}"}`), 4);
  assert.equal(seen.get(`umbra_proxy_request_seconds_bucket{route="${route}",le="+Inf"}`), 4);
  assert.equal(seen.get('umbra_proxy_first_byte_seconds_count'), 4);
  const { input, cached, output } = providers.USAGE;
  assert.equal(seen.get('umbra_proxy_tokens_total{provider="anthropic",kind="input"}'), 4 * (input - cached));
  assert.equal(seen.get('umbra_proxy_tokens_total{provider="anthropic",kind="cache_read"}'), 4 * cached);
  assert.equal(seen.get('umbra_proxy_tokens_total{provider="anthropic",kind="output"}'), 4 * output);
  assert.equal(seen.get('umbra_proxy_streams'), 0);
  assert.ok(Number(seen.get('umbra_proxy_connections')) >= 1);
  assert.ok(![...seen.keys()].join().includes('canary'));
  const logged = logLines(proxy, 'request').find((line) => line.route === route);
  assert.equal(logged.model, 'claude-x');
  assert.deepEqual(logged.tokens, { input: input - cached, output, cache_read: cached });
  assert.ok(!/canary/.test(proxy.stderr));
});

test('health: 503 while every provider is down, and well again when one answers', async (t) => {
  let fails = true;
  const upstream = await startUpstream(t, (request, response, seen) =>
    fails ? response.destroy() : providers.anthropic(request, response, seen.body),
  );
  const proxy = await startProxy(t, ['--anthropic-base-url', upstream.url], {
    env: { ANTHROPIC_API_KEY: KEY },
  });
  const session = await pair(proxy);
  const health = () => call(proxy, { path: '/healthz' });
  const before = await health();
  assert.equal(before.status, 200);
  assert.deepEqual(before.json.services.providers, { anthropic: 'ok', openai: 'absent', google: 'absent' });
  assert.equal((await call(proxy, post(proxy, session, messages('hello')))).status, 502);
  await until(async () => (await health()).status === 503);
  const down = await health();
  assert.deepEqual([down.json.status, down.json.services.providers.anthropic], ['down', 'down']);
  assert.ok(!down.text.includes(upstream.url));
  assert.equal(
    (await metrics(proxy, session)).get('umbra_proxy_provider_failures_total{provider="anthropic"}'),
    1,
  );
  fails = false;
  assert.equal((await call(proxy, post(proxy, session, messages('hello')))).status, 200);
  await until(async () => (await health()).status === 200);
});

test('a request that names its model twice, or is no JSON, is refused before it costs anything', async (t) => {
  const upstream = await startUpstream(t, (request, response, seen) =>
    providers.anthropic(request, response, seen.body),
  );
  const proxy = await startProxy(t, ['--anthropic-base-url', upstream.url], {
    env: { ANTHROPIC_API_KEY: KEY },
  });
  const session = await pair(proxy);
  for (const body of [
    '{"model":"cheap","messages":[],"mod\\u0065l":"dear"}',
    '{"model":"a","max_tokens":1,"max_tokens":100000}',
    '{"model":["a"],"messages":[]} trailing',
    '{"model":"a"',
    'model=a',
  ]) {
    const answer = await call(proxy, post(proxy, session, body));
    assert.equal(answer.status, 400, body);
    assert.match(answer.json.error.message, /twice|no whole JSON/);
  }
  assert.equal(upstream.seen.length, 0);
});

/**
 * A proxy with little of everything, and a web and search server.
 * @param {import('./support.mjs').Test} t
 * @param {string[]} args
 */
async function startLittle(t, args) {
  const web = await startUpstream(t, (request, response) => {
    const fails = request.url?.includes('fail');
    response.writeHead(fails ? 500 : 200, { 'content-type': 'application/json' });
    response.end('{"results":[]}');
  });
  const allow = new URL(web.url).host;
  const proxy = await startProxy(t, ['--search-url', web.url, '--fetch-allow', allow, ...args]);
  const session = await pair(proxy);
  const headers = { authorization: `Bearer ${session}`, 'content-type': 'application/json' };
  /** @param {string} path @param {any} body */
  const ask = async (path, body) =>
    (await call(proxy, { method: 'POST', path, headers, body: JSON.stringify(body) })).status;
  return { proxy, session, ask, web };
}

test('metrics: what was refused and why, what was limited, fetches and searches by outcome', async (t) => {
  const { proxy, session, ask, web } = await startLittle(t, [
    ...['--model-requests', '2', '--fetch-requests', '5', '--pairing-tries-per-minute', '1'],
  ]);
  assert.equal(await ask('/v1/fetch', { url: web.url }), 200);
  assert.equal(await ask('/v1/fetch', { url: 'http://127.0.0.1:1/' }), 403);
  assert.equal(await ask('/v1/fetch', { url: 'http://localhost/' }), 403);
  assert.equal(await ask('/v1/search', { query: 'x' }), 200);
  assert.equal(await ask('/v1/search', { query: 'fail' }), 502);
  assert.equal(await ask('/v1/search', { query: 'x' }), 429);
  assert.equal(await ask('/v1/fetch', { url: web.url }), 429);
  for (const status of [200, 200, 429])
    assert.equal(await ask('/v1/anthropic/v1/messages', messages('hello')), status);
  assert.equal(await ask('/v1/pair', { token: 'wrong' }), 401);
  assert.equal(await ask('/v1/pair', { token: 'wrong' }), 429);
  assert.equal((await call(proxy, { path: '/v1/providers', headers: { host: 'evil.example' } })).status, 421);
  assert.equal((await call(proxy, { path: '/v1/canary-path' })).status, 404);
  const seen = await metrics(proxy, session);
  /** @param {string} family @param {string} label */
  const of = (family, label) =>
    Object.fromEntries(
      [...seen]
        .filter(([name]) => name.startsWith(`umbra_proxy_${family}{`))
        .map(([name, count]) => [String(new RegExp(`${label}="([^"]*)"`).exec(name)?.[1]), count]),
    );
  assert.deepEqual(of('fetches_total', 'outcome'), { ok: 1, permission_error: 2 });
  assert.deepEqual(of('searches_total', 'outcome'), { ok: 1, api_error: 1 });
  assert.deepEqual(of('rate_limited_total', 'limit'), { fetch: 2, model: 1, pairing: 1 });
  assert.deepEqual(of('refused_total', 'reason'), {
    forbidden: 2,
    unreachable: 1,
    rate: 4,
    session: 1,
    host: 1,
    address: 1,
  });
  assert.equal(seen.get('umbra_proxy_fetches'), 0);
  assert.equal(seen.get('umbra_proxy_searches'), 0);
  assert.ok(![...seen.keys()].join().includes('canary'));
});

test('metrics: the database, the audit log, and what is left of the budget', async (t) => {
  const { proxy, session, ask } = await startLittle(t, [
    ...['--budget-day', '2500000', '--model-request-cost', '1000000', '--database-wait-ms', '20'],
  ]);
  const before = await metrics(proxy, session);
  assert.equal(before.get('umbra_proxy_database_up'), 1);
  assert.equal(before.get('umbra_proxy_audit_records'), sql(proxy.state, 'SELECT count(*) FROM audit')[0][0]);
  assert.equal(before.get('umbra_proxy_budget_left_dollars{budget="day"}'), 2.5);
  assert.equal(await ask('/v1/anthropic/v1/messages', messages('hello')), 200);
  const after = await metrics(proxy, session);
  assert.equal(after.get('umbra_proxy_budget_left_dollars{budget="day"}'), 1.5);
  assert.equal(
    after.get('umbra_proxy_audit_records'),
    Number(before.get('umbra_proxy_audit_records')) + 1,
    'the model request has its record',
  );
  const release = await holdDatabase(proxy.state);
  assert.equal(await ask('/v1/anthropic/v1/messages', messages('hello')), 503);
  assert.equal((await metrics(proxy, session)).get('umbra_proxy_database_up'), 0);
  await release();
  await until(async () => (await metrics(proxy, session)).get('umbra_proxy_database_up') === 1);
  const { proxy: free, session: other } = await startLittle(t, []);
  assert.ok(![...(await metrics(free, other)).keys()].some((name) => name.includes('budget')));
});
