// Prices, budgets and usage, over the real wire formats.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import {
  call,
  jsonLines,
  KEY,
  open,
  pair,
  run,
  startProxy,
  startUpstream,
  temporaryFolder,
  until,
} from './support.mjs';
import * as providers from './providers.mjs';

const PRICES = {
  models: {
    'claude-*': { input: 3, output: 15, cache_read: 0.3, cache_write: 3.75 },
    'gpt-x': { input: 1, output: 10, cache_read: 0.1 },
    'gemini-x': { input: 2, output: 20, cache_read: 0.5 },
  },
};
const { input, cached, output } = providers.USAGE;
/** What one answer costs, in millionths of a dollar. */
const COSTS = {
  anthropic: Math.ceil((input - cached) * 3 + cached * 0.3 + output * 15),
  openai: Math.ceil((input - cached) * 1 + cached * 0.1 + output * 10),
  google: Math.ceil((input - cached) * 2 + cached * 0.5 + output * 20),
};

/** @param {import('node:test').TestContext} t @param {string[]} args */
async function setUp(t, args) {
  const urls = [];
  for (const name of /** @type {const} */ (['anthropic', 'openai', 'google'])) {
    const upstream = await startUpstream(t, (request, response, seen) =>
      providers[name](request, response, seen.body),
    );
    urls.push(`--${name}-base-url`, upstream.url);
  }
  const file = path.join(temporaryFolder(t), 'prices.json');
  writeFileSync(file, JSON.stringify(PRICES));
  const proxy = await startProxy(t, [...urls, '--prices', file, ...args], {
    env: { ANTHROPIC_API_KEY: KEY, OPENAI_API_KEY: KEY, GEMINI_API_KEY: KEY },
  });
  const session = await pair(proxy);
  /** @param {string} target @param {any} body @param {Record<string, string>} [headers] */
  const ask = (target, body, headers = {}) => ({
    method: 'POST',
    path: target,
    headers: { authorization: `Bearer ${session}`, ...headers },
    body: JSON.stringify(body),
  });
  return { proxy, ask };
}

/** @param {any} proxy @param {string} by @returns {Promise<any[]>} */
async function usage(proxy, by) {
  const { stdout, code, stderr } = await run(['usage', '--json', '--by', by, '--state-dir', proxy.state]);
  assert.equal(code, 0, stderr);
  return jsonLines(stdout);
}

const question = [{ role: /** @type {const} */ ('user'), content: 'hello' }];
const MESSAGES = '/v1/anthropic/v1/messages';

test('each provider’s answers are priced by their own word: streamed, whole, in every interface', async (t) => {
  const { proxy, ask } = await setUp(t, []);
  const contents = [{ role: 'user', parts: [{ text: 'hello' }] }];
  const requests = [
    ask(MESSAGES, { model: 'claude-x', max_tokens: 9, messages: question }),
    ask(MESSAGES, { model: 'claude-x', max_tokens: 9, stream: true, messages: question }),
    ask('/v1/openai/v1/chat/completions', { model: 'gpt-x', messages: question }),
    ask('/v1/openai/v1/chat/completions', { model: 'gpt-x', stream: true, messages: question }),
    ask('/v1/openai/v1/responses', { model: 'gpt-x', input: 'hello' }),
    ask('/v1/openai/v1/responses', { model: 'gpt-x', input: 'hello', stream: true }),
    ask('/v1/google/v1beta/models/gemini-x:generateContent', { contents }),
    ask('/v1/google/v1beta/models/gemini-x:streamGenerateContent?alt=sse', { contents }),
  ];
  for (const request of requests) assert.equal((await call(proxy, request)).status, 200);
  const rows = async () => Object.fromEntries((await usage(proxy, 'model')).map((row) => [row.model, row]));
  await until(async () => ((await rows())['gemini-x']?.requests ?? 0) === 2);
  const seen = await rows();
  assert.equal(seen['claude-x'].micro_dollars, 2 * COSTS.anthropic);
  assert.equal(seen['gpt-x'].micro_dollars, 4 * COSTS.openai);
  assert.equal(seen['gemini-x'].micro_dollars, 2 * COSTS.google);
  for (const [model, count] of Object.entries({ 'claude-x': 2, 'gpt-x': 4, 'gemini-x': 2 })) {
    assert.equal(seen[model].input_tokens, count * (input - cached));
    assert.equal(seen[model].cache_read_tokens, count * cached);
    assert.equal(seen[model].output_tokens, count * output);
  }
});

test('models without a price are refused, in whichever way they are named; unless they are allowed', async (t) => {
  const { proxy, ask } = await setUp(t, []);
  const contents = [{ role: 'user', parts: [{ text: 'hello' }] }];
  for (const request of [
    ask(MESSAGES, { model: 'other', max_tokens: 9, messages: question }),
    ask(MESSAGES, { max_tokens: 9, messages: question }),
    ask('/v1/openai/v1/responses', { model: 'gpt-x-pro', input: 'hello' }),
    ask('/v1/openai/v1/responses', { input: 'hello' }),
    ask('/v1/google/v1beta/models/gemini-y:generateContent', { contents, model: 'gemini-x' }),
  ]) {
    const answer = await call(proxy, request);
    assert.equal(answer.status, 403, answer.text);
    assert.match(answer.json.error.message, /the price of the model/);
  }
  const allowed = await setUp(t, ['--allow-unpriced', '--model-request-cost', '77']);
  const answer = await call(allowed.proxy, allowed.ask(MESSAGES, { model: 'other', messages: question }));
  assert.equal(answer.status, 200);
  await until(async () => (await usage(allowed.proxy, 'model'))[0]?.micro_dollars === 77);
});

test('a budget holds against what requests may cost, and lets through what is left of it', async (t) => {
  const small = { model: 'claude-x', max_tokens: 10, messages: question };
  const { proxy, ask } = await setUp(t, ['--budget-day', '20000']);
  const large = await call(proxy, ask(MESSAGES, { ...small, max_tokens: 2000 }));
  assert.equal(large.status, 402);
  assert.match(large.json.error.message, /budget of this day/);
  const unlimited = await call(proxy, ask('/v1/openai/v1/responses', { model: 'gpt-x', input: 'hello' }));
  assert.equal(unlimited.status, 402, 'a request without a limit may answer 32,768 tokens');
  const many = await call(
    proxy,
    ask('/v1/openai/v1/chat/completions', { model: 'gpt-x', n: 100, max_tokens: 100, messages: question }),
  );
  assert.equal(many.status, 402, 'a hundred answers cost a hundred times as much');
  let answered = 0;
  while ((await call(proxy, ask(MESSAGES, small))).status === 200) answered++;
  // Each is taken to cost 2,000 tokens more than it has bytes, until it is known what it did cost.
  const spent = (await usage(proxy, 'day'))[0].micro_dollars;
  assert.equal(spent, answered * COSTS.anthropic);
  assert.ok(answered >= 5 && spent <= 20000, `${answered} requests for ${spent}`);
});

test('a client that leaves pays for what it got; an error of the provider costs nothing; own keys are not ours', async (t) => {
  const { proxy, ask } = await setUp(t, ['--allow-byo-keys', '--budget-day', '1000000']);
  const failing = { model: 'claude-x', max_tokens: 9, messages: [{ role: 'user', content: 'fail 500' }] };
  assert.equal((await call(proxy, ask(MESSAGES, failing))).status, 500);
  const own = await call(
    proxy,
    ask(
      MESSAGES,
      { model: 'unpriced', max_tokens: 1e9, messages: question },
      { 'x-api-key-anthropic': 'own-key' },
    ),
  );
  assert.equal(own.status, 200);
  const endless = {
    model: 'claude-x',
    max_tokens: 5000,
    stream: true,
    messages: [{ role: 'user', content: 'forever' }],
  };
  const response = await open(proxy, ask(MESSAGES, endless));
  let bytes = 0;
  await new Promise((resolve) => {
    response.on('error', () => undefined);
    response.on('data', (piece) => {
      bytes += piece.length;
      if (bytes > 4000) resolve(response.destroy());
    });
  });
  await until(async () => (await usage(proxy, 'key')).length === 2);
  const rows = await usage(proxy, 'key');
  const foreign = rows.find(({ actor }) => actor.startsWith('own-'));
  const ours = rows.find(({ actor }) => actor.startsWith('session-'));
  assert.deepEqual([foreign.requests, foreign.micro_dollars], [1, 0]);
  assert.equal(foreign.output_tokens, output);
  assert.ok(!JSON.stringify(rows).includes('own-key'));
  await until(
    async () => (await usage(proxy, 'key')).find(({ actor }) => actor === ours.actor)?.requests === 2,
  );
  const { micro_dollars: paid } = (await usage(proxy, 'key')).find(({ actor }) => actor === ours.actor);
  const least = (input - cached) * 3 + cached * 0.3;
  assert.ok(paid > least && paid < 5000 * 15, `${paid}`);
});

test('faulty files of prices are refused with the entry that is wrong', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'prices.json');
  writeFileSync(file, '{"models":{"claude-x":{"input":3}}}');
  const result = await run(['--port', '0', '--state-dir', path.join(folder, 'state'), '--prices', file]);
  assert.equal(result.code, 2);
  assert.match(result.stderr, /claude-x has a wrong or missing "output"/);
  const missing = await run([
    '--port',
    '0',
    '--state-dir',
    path.join(folder, 'state'),
    '--prices',
    '/nonexistent',
  ]);
  assert.equal(missing.code, 1);
});
