/**
 * A model that is none: over real HTTP it answers from the state of the conversation that it is sent, by a table of
 * prompts, and notes every request that breaks the rules of Anthropic's Messages API.
 */
import { sendStream, startProvider, streamOf } from './servers.mjs';

/**
 * @typedef {import('node:http').ServerResponse} Response
 * @typedef {{ type: 'text', text: string } | { type: 'tool_use', id: string, name: string, input: any }} Block
 * @typedef {(response: Response, body: any) => void | Promise<void>} Answer
 * @typedef {Record<string, (Block[] | Answer)[]>} Script answers by prompt: one for each step of the turn
 */

export const KEY = 'sk-ant-test-of-the-proxy';

/** @param {string} words @returns {Block} */
export const say = (words) => ({ type: 'text', text: words });

let calls = 0;
/** @param {string} name @param {any} input an object, or the text that is streamed as its JSON @returns {Block} */
export const use = (name, input) => ({ type: 'tool_use', id: `toolu_${++calls}`, name, input });

/** The last prompt of the user, and how many answers it has already. @param {any[]} messages */
function stateOf(messages) {
  const last = messages.findLastIndex(
    (message) =>
      message.role === 'user' && message.content.some((/** @type {any} */ block) => block.type === 'text'),
  );
  const texts = messages[last].content.filter((/** @type {any} */ block) => block.type === 'text');
  const answers = messages.slice(last + 1).filter((message) => message.role === 'assistant');
  return { prompt: texts.at(-1).text, step: answers.length };
}

/** What is wrong with the messages. @param {any[]} messages */
function* wrongMessages(messages) {
  if (messages[0]?.role !== 'user') yield 'the first message is not the user’s';
  for (const [index, { role, content }] of messages.entries()) {
    if (role !== (index % 2 ? 'assistant' : 'user')) yield `message ${index} has role ${role}`;
    if (!Array.isArray(content) || content.length === 0) yield `message ${index} has no content`;
    const after = index + 1 < messages.length ? messages[index + 1].content : [];
    const wanted = content
      .filter((/** @type {any} */ block) => block.type === 'tool_use')
      .map((/** @type {any} */ block) => block.id);
    const got = after.filter((/** @type {any} */ block) => block.type === 'tool_result');
    const ids = got.map((/** @type {any} */ block) => block.tool_use_id);
    if (role === 'assistant' && JSON.stringify(ids) !== JSON.stringify(wanted)) {
      yield `tool calls ${wanted} of message ${index} have the results ${ids}`;
    }
    if (after.slice(0, got.length).some((/** @type {any} */ block) => block.type !== 'tool_result')) {
      yield `results do not come first in message ${index + 1}`;
    }
    for (const block of content) {
      if (block.type === 'text' && !block.text) yield `an empty text in message ${index}`;
      if (block.type === 'tool_use' && (role !== 'assistant' || typeof block.input !== 'object'))
        yield 'a bad tool_use';
      if (block.type === 'tool_result' && (role !== 'user' || typeof block.content !== 'string'))
        yield 'a bad result';
      if (!['text', 'tool_use', 'tool_result'].includes(block.type)) yield `a block of type ${block.type}`;
    }
  }
}

/** What is wrong with a request. @param {import('node:http').IncomingMessage} request @param {any} body @param {string} key */
function* wrong(request, body, key) {
  const { headers } = request;
  if (request.method !== 'POST' || request.url !== '/v1/messages') yield `${request.method} ${request.url}`;
  if (headers['x-api-key'] !== key) yield `x-api-key is ${headers['x-api-key']}`;
  if (headers['anthropic-version'] !== '2023-06-01') yield `version ${headers['anthropic-version']}`;
  if (headers['content-type'] !== 'application/json') yield `content-type ${headers['content-type']}`;
  for (const name of ['authorization', 'origin', 'cookie', 'referer', 'x-api-key-anthropic']) {
    if (headers[name]) yield `header ${name} was passed on`;
  }
  if (body.stream !== true || !(body.max_tokens > 0)) yield 'not streaming, or without max_tokens';
  if (typeof body.model !== 'string' || typeof body.system !== 'string') yield 'model or system is no string';
  const names = (body.tools ?? []).map((/** @type {any} */ tool) => tool.name).sort();
  if (names.join() !== 'Bash,BashOutput,Edit,Glob,Grep,KillShell,ListDir,Read,Write') yield `tools ${names}`;
  if (
    (body.tools ?? []).some(
      (/** @type {any} */ tool) => !tool.description || tool.input_schema?.type !== 'object',
    )
  ) {
    yield 'a tool without description or schema';
  }
  yield* wrongMessages(body.messages ?? []);
}

/**
 * @param {Script} script
 * @param {{ key?: () => string }} [options] the key that must come
 */
export async function startModel(script, options = {}) {
  /** @type {string[]} */
  const problems = [];
  const provider = await startProvider(async (body, response, request) => {
    problems.push(...wrong(request, body, options.key?.() ?? KEY));
    const { prompt, step } = stateOf(body.messages);
    const answer = script[prompt]?.[step];
    if (!answer) problems.push(`no answer to step ${step} of "${prompt}"`);
    if (typeof answer === 'function') await answer(response, body);
    else sendStream(response, answer ?? [say('There is no more to say.')]);
  });
  return { ...provider, problems };
}

/** The results that the last message of a request brings. @param {any} body @returns {[isError: boolean, content: string][]} */
export const resultsOf = (body) =>
  body.messages
    .at(-1)
    .content.filter((/** @type {any} */ block) => block.type === 'tool_result')
    .map((/** @type {any} */ block) => [block.is_error, block.content]);

/**
 * An answer that stops in mid-stream: it sends the beginning, then pings as Anthropic does, until it is released or
 * the client goes away.
 * @param {Block[]} content
 * @param {number} events how many of its events go out first
 */
export function held(content, events) {
  const released = signal();
  const closed = signal();
  /** @type {Answer} */
  const answer = async (response) => {
    const parts = streamOf(content);
    response.on('close', () => closed.give());
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const part of parts.slice(0, events)) response.write(part);
    const pings = setInterval(() => response.write('event: ping\ndata: {"type":"ping"}\n\n'), 100);
    await Promise.race([released.promise, closed.promise]);
    clearInterval(pings);
    for (const part of parts.slice(events)) response.write(part);
    response.end();
  };
  return { answer, release: released.give, closed: closed.promise };
}

/** A promise and what fulfils it. */
function signal() {
  /** @type {() => void} */
  let give = () => undefined;
  const promise = new Promise((resolve) => (give = () => resolve(undefined)));
  return { promise, give };
}
