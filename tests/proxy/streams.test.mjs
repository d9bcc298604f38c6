// How many answers one client may have at a time: the ninth is refused, others are served, and each way in which a stream
// ends makes room again.
import assert from 'node:assert/strict';
import http from 'node:http';
import test from 'node:test';
import { sql, verifyExport } from './database.mjs';
import {
  call,
  first,
  KEY,
  messages,
  open,
  pair,
  post,
  run,
  startProxy,
  startUpstream,
  until,
} from './support.mjs';

/**
 * @typedef {import('./support.mjs').Test} Test
 * @typedef {import('./support.mjs').Proxy} Proxy
 */

/**
 * A provider that begins each answer and ends it when it is told to. What the prompt says, it does at once.
 * @param {Test} t
 * @param {string[]} [args]
 */
async function start(t, args = []) {
  /** @type {http.ServerResponse[]} */
  const held = [];
  const upstream = await startUpstream(t, (request, response, seen) => {
    const how = /how=(\w+)/.exec(String(seen.body))?.[1];
    if (how === 'refuse') return response.writeHead(400, { 'content-type': 'application/json' }).end('{}');
    if (how === 'hangup') return response.destroy();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('event: ping\ndata: {"type":"ping"}\n\n');
    if (how === 'break') return setTimeout(() => response.destroy(), 10);
    return held.push(response);
  });
  const proxy = await startProxy(t, ['--anthropic-base-url', upstream.url, ...args], {
    env: { ANTHROPIC_API_KEY: KEY },
  });
  return { proxy, upstream, held };
}

/**
 * A stream whose first bytes are there.
 * @param {Proxy} proxy
 * @param {string} session
 */
async function begin(proxy, session) {
  const response = await open(proxy, post(proxy, session, messages('how=wait')));
  assert.equal(response.statusCode, 200);
  response.on('error', () => {}); // some are broken off
  response.resume();
  return response;
}

/** @param {Proxy} proxy @param {string} session */
const ask = (proxy, session, how = 'refuse') => call(proxy, post(proxy, session, messages(`how=${how}`)));

/** @param {Proxy} proxy */
async function another(proxy) {
  const { stdout } = await run(['pair', '--state-dir', proxy.state]);
  return pair(proxy, { token: first(/#pair=([\w-]+)/, stdout) });
}

/** @param {Proxy} proxy @param {string} session */
const metrics = async (proxy, session) =>
  (await call(proxy, { path: '/metrics', headers: { authorization: `Bearer ${session}` } })).text;

/** Waits until the session is served again. @param {Proxy} proxy @param {string} session */
const served = (proxy, session) => until(async () => (await ask(proxy, session)).status === 400);

test('eight answers at a time for a session, a ninth is refused, another session is served', async (t) => {
  const { proxy, upstream, held } = await start(t);
  const session = await pair(proxy);
  for (let i = 0; i < 8; i++) await begin(proxy, session);
  const refused = await ask(proxy, session);
  assert.equal(refused.status, 429);
  assert.match(refused.headers['retry-after'], /^\d+$/);
  assert.equal(refused.json.type, 'error');
  assert.equal(refused.json.error.type, 'rate_limit_error');
  assert.match(refused.json.error.message, /^8 answers .*--max-streams-per-session/);
  assert.equal(upstream.seen.length, 8, 'it never went out');
  assert.equal((await ask(proxy, await another(proxy))).status, 400);
  const created = await run(['keys', 'create', 'ci', '--state-dir', proxy.state]);
  assert.equal((await ask(proxy, created.stdout.trim())).status, 400);
  /* A list of models is no stream. */
  const list = {
    path: '/v1/anthropic/v1/models?how=refuse',
    headers: { authorization: `Bearer ${session}` },
  };
  const listed = await open(proxy, list);
  assert.equal(listed.statusCode, 200);
  listed.destroy();
  const text = await metrics(proxy, session);
  assert.match(text, /umbra_proxy_refused_total\{reason="rate"\} 1\n/);
  assert.match(text, /umbra_proxy_rate_limited_total\{limit="streams"\} 1\n/);
  held[0].end();
  await served(proxy, session);
  for (const response of held) response.end();
  await proxy.stop();
  const records = verifyExport((await run(['audit', 'export', '--state-dir', proxy.state])).stdout);
  const found = records.filter((r) => r.kind === 'refused' && r.status === 429);
  assert.ok(found.length >= 1);
  assert.match(found[0].actor, /^session-/);
  assert.equal(JSON.parse(found[0].detail).refusal, 'rate_limit_error');
  assert.equal(found[0].actor, records.find((r) => r.kind === 'pairing').actor);
});

test("the refusal has the shape of the route's provider", async (t) => {
  const upstream = await startUpstream(t, (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: {}\n\n');
  });
  const proxy = await startProxy(
    t,
    ['--openai-base-url', `${upstream.url}/v1`, '--max-streams-per-session', '1'],
    { env: { OPENAI_API_KEY: KEY } },
  );
  const session = await pair(proxy);
  const request = {
    ...post(proxy, session, { model: 'm', messages: [{ role: 'user', content: 'x' }] }),
    path: '/v1/openai/v1/chat/completions',
  };
  const one = await open(proxy, request);
  const refused = await call(proxy, request);
  assert.equal(refused.status, 429);
  assert.deepEqual(Object.keys(refused.json), ['error']);
  assert.match(refused.json.error.message, /--max-streams-per-session/);
  one.destroy();
});

test('each way in which an answer ends makes room for the next', async (t) => {
  const { proxy, held } = await start(t, ['--max-streams-per-session', '1', '--model-requests', '0']);
  const session = await pair(proxy);
  for (let round = 0; round < 3; round++) {
    for (const how of ['refuse', 'hangup', 'break']) {
      const answer = await ask(proxy, session, how);
      assert.notEqual(answer.status, 429, how);
      await served(proxy, session);
    }
    const left = await begin(proxy, session);
    assert.equal((await ask(proxy, session)).status, 429);
    left.destroy();
    await served(proxy, session);
    const whole = await begin(proxy, session);
    assert.equal((await ask(proxy, session)).status, 429);
    held.pop()?.end();
    await new Promise((resolve) => whole.on('end', resolve));
    await served(proxy, session);
    /* Refused for what it says, before anything went out. */
    assert.equal((await call(proxy, post(proxy, session, '{"'))).status, 400);
    await served(proxy, session);
  }
  assert.match(await metrics(proxy, session), /umbra_proxy_streams 0\n/);
});

test('a request over budget gives back its place; a kept connection counts each request by itself', async (t) => {
  const { proxy } = await start(t, [
    ...['--max-streams-per-session', '1', '--budget-session', '1', '--model-request-cost', '2'],
    '--allow-unpriced',
  ]);
  const session = await pair(proxy);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  for (let i = 0; i < 4; i++)
    assert.equal((await call(proxy, { ...post(proxy, session, messages('how=refuse')), agent })).status, 402);
});

test('the proxy stops with streams under way; 0 is no limit', async (t) => {
  const { proxy, held } = await start(t, [
    ...['--max-streams-per-session', '0', '--shutdown-grace-ms', '50'],
  ]);
  const session = await pair(proxy);
  for (let i = 0; i < 12; i++) await begin(proxy, session);
  assert.equal(held.length, 12);
  assert.equal(await proxy.stop(), 0);
  assert.equal(sql(proxy.state, "SELECT count(*) FROM audit WHERE kind = 'model'")[0][0], 12);
});
