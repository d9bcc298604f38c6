// Small real servers that speak the providers' wire formats, for tests with their official clients. What they answer
// depends on the last words of the user:
//   "weather"    a call of the tool get_weather; when its result comes back, a sentence with the result in it
//   "forever"    a stream that goes on until the client leaves
//   "fail N"     the error N in the provider's own shape
//   else         "N bytes received" with the size of the request's body, in pieces
import { once } from 'node:events';
import { sleep } from './support.mjs';

/** @typedef {import('node:http').IncomingMessage} Request */
/** @typedef {import('node:http').ServerResponse} Response */

export const USAGE = { input: 1234, output: 56, cached: 1000 };

/** @param {Response} response @param {number} status @param {any} body @param {Record<string, string>} [headers] */
function json(response, status, body, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** @param {Response} response */
function stream(response) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  /** @param {any} data @param {string} [event] */
  return (data, event) =>
    response.write(
      `${event ? `event: ${event}\n` : ''}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`,
    );
}

/** Sends pieces until the client has gone. @param {Response} response @param {(piece: string) => any} send */
async function forever(response, send) {
  let gone = false;
  response.on('close', () => (gone = true));
  for (let i = 0; !gone; i++) {
    if (!send(`piece ${i} `)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    await sleep(5);
  }
}

/** @param {string} text */
const pieces = (text) => text.match(/.{1,5}/gs) ?? [];

/** The user's last words, or the result of a tool. @param {any} body @param {Buffer} bytes */
function plan(body, bytes) {
  const last =
    body.messages?.at(-1) ??
    body.contents?.at(-1) ??
    (Array.isArray(body.input) ? body.input.at(-1) : body.input);
  const text = JSON.stringify(last);
  const result = /(\d+) degrees/.exec(text);
  if (result) return { text: `It is ${result[1]} degrees.` };
  if (/weather"/.test(text)) return { tool: { name: 'get_weather', input: { city: 'Ulm' } } };
  if (/forever"/.test(text)) return { forever: true };
  const failure = /fail (\d+)"/.exec(text);
  if (failure) return { failure: Number(failure[1]) };
  return { text: `${bytes.length} bytes received` };
}

/** Anthropic's Messages. @param {Request} request @param {Response} response @param {Buffer} bytes */
export async function anthropic(request, response, bytes) {
  if (request.headers['x-api-key'] === 'wrong')
    return json(response, 401, {
      type: 'error',
      error: { type: 'authentication_error', message: 'invalid x-api-key' },
    });
  if (request.method === 'GET')
    return json(response, 200, {
      data: [{ type: 'model', id: 'claude-x', display_name: 'X', created_at: '2026-01-01T00:00:00Z' }],
      has_more: false,
      first_id: 'claude-x',
      last_id: 'claude-x',
    });
  const body = JSON.parse(bytes.toString());
  const { text, tool, failure, forever: endless } = plan(body, bytes);
  if (failure)
    return json(
      response,
      failure,
      { type: 'error', error: { type: 'rate_limit_error', message: 'slow down' } },
      { 'retry-after': '0', 'request-id': 'req_1' },
    );
  const block = tool ? { type: 'tool_use', id: 'toolu_1', ...tool } : { type: 'text', text };
  const usage = {
    input_tokens: USAGE.input - USAGE.cached,
    cache_read_input_tokens: USAGE.cached,
    cache_creation_input_tokens: 0,
  };
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: body.model,
    content: /** @type {any[]} */ ([]),
    stop_reason: /** @type {string | null} */ (null),
    stop_sequence: null,
    usage: { ...usage, output_tokens: 1 },
  };
  const end = { stop_reason: tool ? 'tool_use' : 'end_turn', stop_sequence: null };
  if (!body.stream)
    return json(response, 200, {
      ...message,
      ...end,
      content: [block],
      usage: { ...usage, output_tokens: USAGE.output },
    });
  const send = stream(response);
  /** @param {any} event */
  const put = (event) => send(event, event.type);
  put({ type: 'message_start', message });
  put({
    type: 'content_block_start',
    index: 0,
    content_block: tool ? { ...block, input: {} } : { type: 'text', text: '' },
  });
  /** @param {string} piece */
  const delta = (piece) =>
    put({
      type: 'content_block_delta',
      index: 0,
      delta: tool ? { type: 'input_json_delta', partial_json: piece } : { type: 'text_delta', text: piece },
    });
  if (endless) return forever(response, delta);
  for (const piece of pieces(tool ? JSON.stringify(tool.input) : `${text}`)) delta(piece);
  put({ type: 'content_block_stop', index: 0 });
  put({ type: 'message_delta', delta: end, usage: { output_tokens: USAGE.output } });
  put({ type: 'message_stop' });
  response.end();
}

const openaiUsage = {
  prompt_tokens: USAGE.input,
  completion_tokens: USAGE.output,
  total_tokens: USAGE.input + USAGE.output,
  prompt_tokens_details: { cached_tokens: USAGE.cached },
};

/** OpenAI's Chat Completions. @param {Response} response @param {any} body @param {ReturnType<typeof plan>} planned */
async function chat(response, body, { text, tool, forever: endless }) {
  const call = tool && {
    id: 'call_1',
    type: 'function',
    function: { name: tool.name, arguments: JSON.stringify(tool.input) },
  };
  const common = { id: 'chatcmpl-1', created: 1, model: body.model };
  const finish = tool ? 'tool_calls' : 'stop';
  if (!body.stream)
    return json(response, 200, {
      ...common,
      object: 'chat.completion',
      choices: [
        {
          index: 0,
          finish_reason: finish,
          message: { role: 'assistant', content: text ?? null, ...(call && { tool_calls: [call] }) },
        },
      ],
      usage: openaiUsage,
    });
  const send = stream(response);
  /** @param {any} delta @param {string | null} [reason] */
  const put = (delta, reason = null) =>
    send({
      ...common,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, finish_reason: reason }],
    });
  put({ role: 'assistant', content: tool ? null : '' });
  if (endless) return forever(response, (content) => put({ content }));
  if (call) {
    put({ tool_calls: [{ index: 0, ...call, function: { name: tool.name, arguments: '' } }] });
    for (const piece of pieces(call.function.arguments))
      put({ tool_calls: [{ index: 0, function: { arguments: piece } }] });
  } else for (const content of pieces(`${text}`)) put({ content });
  put({}, finish);
  send({ ...common, object: 'chat.completion.chunk', choices: [], usage: openaiUsage });
  send('[DONE]');
  response.end();
}

/** OpenAI's Responses. @param {Response} response @param {any} body @param {ReturnType<typeof plan>} planned */
async function responses(response, body, { text, tool, forever: endless }) {
  const item = tool
    ? {
        type: 'function_call',
        id: 'fc_1',
        call_id: 'call_1',
        name: tool.name,
        arguments: JSON.stringify(tool.input),
        status: 'completed',
      }
    : {
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text, annotations: [] }],
      };
  const usage = {
    input_tokens: USAGE.input,
    input_tokens_details: { cached_tokens: USAGE.cached },
    output_tokens: USAGE.output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: USAGE.input + USAGE.output,
  };
  const begun = {
    id: 'resp_1',
    object: 'response',
    created_at: 1,
    model: body.model,
    status: 'in_progress',
    output: [],
  };
  const done = { ...begun, status: 'completed', output: [item], usage };
  if (!body.stream) return json(response, 200, done);
  const send = stream(response);
  let sequence = 0;
  /** @param {any} event */
  const put = (event) => send({ sequence_number: sequence++, ...event }, event.type);
  put({ type: 'response.created', response: begun });
  put({
    type: 'response.output_item.added',
    output_index: 0,
    item: { ...item, status: 'in_progress', ...(tool ? { arguments: '' } : { content: [] }) },
  });
  const at = { item_id: item.id, output_index: 0 };
  if (tool) {
    for (const delta of pieces(`${item.arguments}`))
      put({ type: 'response.function_call_arguments.delta', ...at, delta });
    put({ type: 'response.function_call_arguments.done', ...at, name: tool.name, arguments: item.arguments });
  } else {
    const part = { ...at, content_index: 0 };
    put({
      type: 'response.content_part.added',
      ...part,
      part: { type: 'output_text', text: '', annotations: [] },
    });
    if (endless)
      return forever(response, (delta) =>
        put({ type: 'response.output_text.delta', ...part, delta, logprobs: [] }),
      );
    for (const delta of pieces(`${text}`))
      put({ type: 'response.output_text.delta', ...part, delta, logprobs: [] });
    put({ type: 'response.output_text.done', ...part, text, logprobs: [] });
    put({
      type: 'response.content_part.done',
      ...part,
      part: { type: 'output_text', text, annotations: [] },
    });
  }
  put({ type: 'response.output_item.done', output_index: 0, item });
  put({ type: 'response.completed', response: done });
  response.end();
}

/** @param {Request} request @param {Response} response @param {Buffer} bytes */
export async function openai(request, response, bytes) {
  if (request.headers.authorization === 'Bearer wrong')
    return json(response, 401, {
      error: {
        message: 'Incorrect API key provided',
        type: 'invalid_request_error',
        code: 'invalid_api_key',
      },
    });
  if (request.method === 'GET')
    return json(response, 200, {
      object: 'list',
      data: [{ id: 'gpt-x', object: 'model', created: 1, owned_by: 'x' }],
    });
  const body = JSON.parse(bytes.toString());
  const planned = plan(body, bytes);
  if (planned.failure)
    return json(
      response,
      planned.failure,
      { error: { message: 'slow down', type: 'requests', param: null, code: 'rate_limit_exceeded' } },
      { 'retry-after': '0', 'x-request-id': 'req_1' },
    );
  return (request.url ?? '').endsWith('/responses')
    ? responses(response, body, planned)
    : chat(response, body, planned);
}

/** Google's generateContent. @param {Request} request @param {Response} response @param {Buffer} bytes */
export async function google(request, response, bytes) {
  const url = request.url ?? '';
  if (request.headers['x-goog-api-key'] === 'wrong')
    return json(response, 400, {
      error: { code: 400, message: 'API key not valid.', status: 'INVALID_ARGUMENT' },
    });
  if (request.method === 'GET')
    return json(response, 200, {
      models: [
        { name: 'models/gemini-x', displayName: 'X', supportedGenerationMethods: ['generateContent'] },
      ],
    });
  const { text, tool, failure, forever: endless } = plan(JSON.parse(bytes.toString()), bytes);
  if (failure)
    return json(response, failure, {
      error: { code: failure, message: 'slow down', status: 'RESOURCE_EXHAUSTED' },
    });
  /** @param {any[]} parts @param {boolean} last */
  const chunk = (parts, last) => ({
    candidates: [{ index: 0, content: { role: 'model', parts }, ...(last && { finishReason: 'STOP' }) }],
    modelVersion: 'gemini-x',
    ...(last && {
      usageMetadata: {
        promptTokenCount: USAGE.input,
        cachedContentTokenCount: USAGE.cached,
        candidatesTokenCount: USAGE.output - 6,
        thoughtsTokenCount: 6,
        totalTokenCount: USAGE.input + USAGE.output,
      },
    }),
  });
  const parts = tool
    ? [[{ functionCall: { name: tool.name, args: tool.input } }]]
    : pieces(`${text}`).map((piece) => [{ text: piece }]);
  if (url.includes(':generateContent')) return json(response, 200, chunk(parts.flat(), true));
  const send = stream(response);
  if (endless) return forever(response, (piece) => send(chunk([{ text: piece }], false)));
  parts.forEach((each, i) => send(chunk(each, i === parts.length - 1)));
  response.end();
}
