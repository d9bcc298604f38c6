// The providers' official clients, unmodified, pointed at the proxy with a session in the place of the key.
import assert from 'node:assert/strict';
import test from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { KEY, pair, startProxy, startUpstream, until } from './support.mjs';
import * as providers from './providers.mjs';

const LARGE = 'x'.repeat(3_000_000);

/**
 * A proxy with its own key in front of one provider.
 * @param {import('node:test').TestContext} t
 * @param {'anthropic' | 'openai' | 'google'} name
 */
async function setUp(t, name) {
  const upstream = await startUpstream(t, (request, response, seen) =>
    providers[name](request, response, seen.body),
  );
  const [variable, flag, base] = {
    anthropic: ['ANTHROPIC_API_KEY', '--anthropic-base-url', upstream.url],
    openai: ['OPENAI_API_KEY', '--openai-base-url', `${upstream.url}/v1`],
    google: ['GEMINI_API_KEY', '--google-base-url', upstream.url],
  }[name];
  const proxy = await startProxy(t, [flag, base], { env: { [variable]: KEY } });
  return { upstream, proxy, session: await pair(proxy), base: `${proxy.origin}/v1/${name}` };
}

/** The provider saw the proxy's key and nothing of the session. @param {any} upstream @param {string} session */
function keysAreRight(upstream, session) {
  assert.ok(upstream.seen.length > 0);
  for (const { headers, url } of upstream.seen) {
    assert.ok(JSON.stringify(headers).includes(KEY));
    assert.ok(!`${JSON.stringify(headers)}${url}`.includes(session));
  }
}

test('@anthropic-ai/sdk: messages, streams, tools, errors, aborts, large inputs, models', async (t) => {
  const { upstream, session, base } = await setUp(t, 'anthropic');
  const client = new Anthropic({ baseURL: base, apiKey: session, maxRetries: 0 });
  const common = { model: 'claude-x', max_tokens: 1000 };
  /** @param {string} content */
  const ask = (content) => ({ ...common, messages: [{ role: /** @type {const} */ ('user'), content }] });

  const whole = await client.messages.create(ask('hello'));
  assert.match(/** @type {any} */ (whole.content[0]).text, /^\d+ bytes received$/);
  assert.equal(whole.usage.output_tokens, providers.USAGE.output);

  const streamed = await client.messages.stream(ask('hello')).finalMessage();
  assert.match(/** @type {any} */ (streamed.content[0]).text, /^\d+ bytes received$/);
  assert.equal(streamed.stop_reason, 'end_turn');

  const tools = [
    {
      name: 'get_weather',
      input_schema: { type: /** @type {const} */ ('object'), properties: { city: { type: 'string' } } },
    },
  ];
  const call = await client.messages.stream({ ...ask('weather'), tools }).finalMessage();
  assert.equal(call.stop_reason, 'tool_use');
  const use = /** @type {any} */ (call.content[0]);
  assert.deepEqual(use.input, { city: 'Ulm' });
  const answer = await client.messages.create({
    ...common,
    tools,
    messages: [
      ...ask('weather').messages,
      { role: 'assistant', content: call.content },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: use.id, content: '21 degrees' }] },
    ],
  });
  assert.equal(/** @type {any} */ (answer.content[0]).text, 'It is 21 degrees.');

  const large = await client.messages.create(ask(LARGE));
  assert.ok(Number.parseInt(/** @type {any} */ (large.content[0]).text, 10) > LARGE.length);

  await assert.rejects(client.messages.create(ask('fail 429')), (/** @type {any} */ error) => {
    assert.ok(error instanceof Anthropic.RateLimitError);
    assert.equal(error.requestID, 'req_1');
    return true;
  });
  const stranger = new Anthropic({ baseURL: base, apiKey: 'nobody', maxRetries: 0 });
  await assert.rejects(stranger.messages.create(ask('hello')), Anthropic.AuthenticationError);

  const endless = client.messages.stream(ask('forever'));
  let pieces = 0;
  await assert.rejects(async () => {
    for await (const event of endless)
      if (event.type === 'content_block_delta' && ++pieces === 3) endless.abort();
  }, Anthropic.APIUserAbortError);
  await until(() => upstream.seen.at(-1)?.closed, 3000, 'that the provider is told');

  const models = [];
  for await (const model of client.models.list()) models.push(model.id);
  assert.deepEqual(models, ['claude-x']);
  keysAreRight(upstream, session);
});

test('openai: chat completions and responses, streams, tools, errors, aborts, large inputs, models', async (t) => {
  const { upstream, session, base } = await setUp(t, 'openai');
  const client = new OpenAI({ baseURL: `${base}/v1`, apiKey: session, maxRetries: 0 });
  const model = 'gpt-x';
  /** @param {string} content */
  const ask = (content) => ({ model, messages: [{ role: /** @type {const} */ ('user'), content }] });

  const whole = await client.chat.completions.create(ask('hello'));
  assert.match(`${whole.choices[0].message.content}`, /^\d+ bytes received$/);
  const streamed = await client.chat.completions
    .stream({ ...ask('hello'), stream_options: { include_usage: true } })
    .finalChatCompletion();
  assert.match(`${streamed.choices[0].message.content}`, /^\d+ bytes received$/);
  assert.equal(streamed.usage?.completion_tokens, providers.USAGE.output);

  const parameters = { type: 'object', properties: { city: { type: 'string' } } };
  const tools = [{ type: /** @type {const} */ ('function'), function: { name: 'get_weather', parameters } }];
  const call = await client.chat.completions.stream({ ...ask('weather'), tools }).finalChatCompletion();
  const use = /** @type {any} */ (call.choices[0].message.tool_calls)[0];
  assert.deepEqual(JSON.parse(use.function.arguments), { city: 'Ulm' });
  const answer = await client.chat.completions.create({
    model,
    tools,
    messages: [
      ...ask('weather').messages,
      call.choices[0].message,
      { role: 'tool', tool_call_id: use.id, content: '21 degrees' },
    ],
  });
  assert.equal(answer.choices[0].message.content, 'It is 21 degrees.');

  const response = await client.responses.create({ model, input: 'hello' });
  assert.match(response.output_text, /^\d+ bytes received$/);
  const running = client.responses.stream({ model, input: 'hello' });
  let text = '';
  for await (const event of running) if (event.type === 'response.output_text.delta') text += event.delta;
  assert.match(text, /^\d+ bytes received$/);
  assert.equal((await running.finalResponse()).usage?.input_tokens, providers.USAGE.input);
  const called = await client.responses.create({
    model,
    input: 'weather',
    tools: [{ type: 'function', name: 'get_weather', parameters, strict: false }],
  });
  assert.equal(/** @type {any} */ (called.output[0]).name, 'get_weather');

  const large = await client.responses.create({ model, input: LARGE });
  assert.ok(Number.parseInt(large.output_text, 10) > LARGE.length);

  await assert.rejects(client.chat.completions.create(ask('fail 429')), (/** @type {any} */ error) => {
    assert.ok(error instanceof OpenAI.RateLimitError);
    assert.equal(error.requestID, 'req_1');
    assert.equal(error.code, 'rate_limit_exceeded');
    return true;
  });
  const stranger = new OpenAI({ baseURL: `${base}/v1`, apiKey: 'nobody', maxRetries: 0 });
  await assert.rejects(stranger.responses.create({ model, input: 'hello' }), OpenAI.AuthenticationError);
  await assert.rejects(client.embeddings.create({ model, input: 'hello' }), OpenAI.NotFoundError);

  for (const begin of [
    () => client.chat.completions.create({ ...ask('forever'), stream: true }),
    () => client.responses.create({ model, input: 'forever', stream: true }),
  ]) {
    const endless = await begin();
    let pieces = 0;
    for await (const event of endless) if (event && ++pieces === 5) break; // leaving the loop aborts the request
    await until(() => upstream.seen.at(-1)?.closed, 3000, 'that the provider is told');
  }

  const models = [];
  for await (const each of client.models.list()) models.push(each.id);
  assert.deepEqual(models, ['gpt-x']);
  keysAreRight(upstream, session);
});

test('@google/genai: content, streams, tools, errors, aborts, large inputs, models', async (t) => {
  const { upstream, session, base } = await setUp(t, 'google');
  const client = new GoogleGenAI({ apiKey: session, httpOptions: { baseUrl: base } });
  const model = 'gemini-x';

  const whole = await client.models.generateContent({ model, contents: 'hello' });
  assert.match(`${whole.text}`, /^\d+ bytes received$/);
  let text = '';
  let usage;
  for await (const chunk of await client.models.generateContentStream({ model, contents: 'hello' })) {
    text += chunk.text;
    usage = chunk.usageMetadata ?? usage;
  }
  assert.match(text, /^\d+ bytes received$/);
  assert.equal(usage?.promptTokenCount, providers.USAGE.input);

  const tools = [
    {
      functionDeclarations: [
        {
          name: 'get_weather',
          parametersJsonSchema: { type: 'object', properties: { city: { type: 'string' } } },
        },
      ],
    },
  ];
  const contents = [{ role: 'user', parts: [{ text: 'weather' }] }];
  let call;
  for await (const chunk of await client.models.generateContentStream({ model, contents, config: { tools } }))
    call = chunk.functionCalls?.[0];
  assert.deepEqual(call?.args, { city: 'Ulm' });
  const answer = await client.models.generateContent({
    model,
    contents: [
      ...contents,
      { role: 'model', parts: [{ functionCall: call }] },
      {
        role: 'user',
        parts: [{ functionResponse: { name: 'get_weather', response: { output: '21 degrees' } } }],
      },
    ],
    config: { tools },
  });
  assert.equal(answer.text, 'It is 21 degrees.');

  const large = await client.models.generateContent({ model, contents: LARGE });
  assert.ok(Number.parseInt(`${large.text}`, 10) > LARGE.length);

  await assert.rejects(
    client.models.generateContent({ model, contents: 'fail 429' }),
    (/** @type {any} */ error) => {
      assert.equal(error.status, 429);
      assert.match(error.message, /slow down/);
      return true;
    },
  );
  const stranger = new GoogleGenAI({ apiKey: 'nobody', httpOptions: { baseUrl: base } });
  await assert.rejects(
    stranger.models.generateContent({ model, contents: 'hello' }),
    (/** @type {any} */ error) => {
      assert.equal(error.status, 401);
      assert.equal(JSON.parse(error.message).error.status, 'UNAUTHENTICATED');
      return true;
    },
  );

  const aborting = new AbortController();
  const endless = await client.models.generateContentStream({
    model,
    contents: 'forever',
    config: { abortSignal: aborting.signal },
  });
  let pieces = 0;
  await assert.rejects(async () => {
    for await (const chunk of endless) if (chunk && ++pieces === 3) aborting.abort();
  });
  await until(() => upstream.seen.at(-1)?.closed, 3000, 'that the provider is told');

  const models = [];
  for await (const each of await client.models.list()) models.push(each.name);
  assert.deepEqual(models, ['models/gemini-x']);
  keysAreRight(upstream, session);
});
