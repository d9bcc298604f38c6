// The real demo-proxy binary, started for one test: free port, private state folder, everything it prints kept.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {import('node:test').TestContext} Test
 * @typedef {import('node:child_process').ChildProcessWithoutNullStreams} Child
 * @typedef {{ child: Child, state: string, stdout: string, stderr: string, exit: Promise<any[]>, port: number,
 *   origin: string, token: string, stop: (signal?: NodeJS.Signals) => Promise<number | null> }} Proxy
 * @typedef {{ method?: string, path?: string, headers?: Record<string, string>, body?: any, agent?: http.Agent }} Options
 * @typedef {{ status: number, headers: Record<string, any>, bytes: Buffer, text: string, json: any, torn: boolean }} Answer
 * @typedef {{ method?: string, url?: string, headers: http.IncomingHttpHeaders, body: Buffer, closed: boolean }} Seen
 */

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const binary = path.resolve(root, process.env.UMBRA_PROXY_BIN ?? 'build/native/demo-proxy');
export const KEY = 'sk-canary-4f1d-server-key-never-seen-outside';

/** An environment without anything that would configure the proxy. */
export function cleanEnvironment(extra = /** @type {Record<string, string>} */ ({})) {
  const env = {
    PATH: process.env.PATH,
    HOME: '/nonexistent',
    ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? 'detect_leaks=1',
  };
  return { ...env, ...extra };
}

/** @param {Test} t */
export function temporaryFolder(t, name = 'px-') {
  const folder = mkdtempSync(path.join(tmpdir(), name));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 */
export async function run(args, env = {}) {
  const child = spawn(binary, args, { env: cleanEnvironment(env) });
  const result = { stdout: '', stderr: '' };
  child.stdout.on('data', (d) => (result.stdout += d));
  child.stderr.on('data', (d) => (result.stderr += d));
  const [code] = await once(child, 'close');
  return { ...result, code };
}

/**
 * Starts a proxy and waits for its two lines. It is stopped, and must exit with 0, when the test ends.
 * @param {Test} t
 * @param {string[]} [args]
 * @param {{ env?: Record<string, string>, stateDir?: string, killable?: boolean }} [options] killable: the test may end it
 *   with SIGKILL or SIGABRT
 */
export async function startProxy(t, args = [], { env = {}, stateDir, killable = false } = {}) {
  const state = stateDir ?? path.join(temporaryFolder(t), 'state');
  const child = spawn(binary, ['--port', '0', '--state-dir', state, '--local-ports', 'none', ...args], {
    env: cleanEnvironment(env),
  });
  const exit = once(child, 'close');
  const proxy = /** @type {Proxy} */ ({
    child,
    state,
    stdout: '',
    stderr: '',
    exit,
    port: 0,
    origin: '',
    token: '',
  });
  child.stdout.on('data', (d) => (proxy.stdout += d));
  child.stderr.on('data', (d) => (proxy.stderr += d));
  proxy.stop = async (signal = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    const [code] = await proxy.exit;
    return code;
  };
  t.after(async () => {
    const code = await proxy.stop();
    if (code !== 0 && !(killable && ['SIGKILL', 'SIGABRT'].includes(String(child.signalCode))))
      throw new Error(`demo-proxy exited with ${code} (${child.signalCode})\n${proxy.stderr}`);
  });
  await until(() => proxy.stdout.includes('#pair=') || child.exitCode !== null, 10000);
  const match = /listening on https?:\/\/127\.0\.0\.1:(\d+) /.exec(proxy.stdout);
  if (!match) throw new Error(`demo-proxy did not start:\n${proxy.stdout}${proxy.stderr}`);
  proxy.port = Number(match[1]);
  proxy.origin = `http://127.0.0.1:${proxy.port}`;
  proxy.token = first(/#pair=([A-Za-z0-9_-]+)/, proxy.stdout);
  return proxy;
}

/**
 * What the pattern's group finds in the text.
 * @param {RegExp} pattern
 * @param {string} text
 */
export function first(pattern, text) {
  const found = pattern.exec(text);
  if (!found) throw new Error(`${pattern} is not in: ${text}`);
  return found[1];
}

/** @param {() => any} condition */
export async function until(condition, ms = 3000, what = 'condition') {
  const end = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`${what} did not come true within ${ms} ms`);
    await sleep(5);
  }
}

export const sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * One request over node:http, which sends any header one likes. Resolves at the response's head.
 * @param {{ port: number }} proxy
 * @param {Options} [options]
 * @returns {Promise<http.IncomingMessage>}
 */
export function open(proxy, { method = 'GET', path: target = '/', headers = {}, body, agent } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request({
      host: '127.0.0.1',
      port: proxy.port,
      method,
      path: target,
      headers,
      agent: agent ?? false,
    });
    request.on('response', resolve);
    request.on('error', reject);
    request.end(body);
  });
}

/**
 * @param {{ port: number }} proxy
 * @param {Options} [options]
 * @returns {Promise<Answer>}
 */
export async function call(proxy, options) {
  const response = await open(proxy, options);
  const chunks = [];
  let torn = false;
  try {
    for await (const chunk of response) chunks.push(chunk);
  } catch {
    torn = true;
  }
  const bytes = Buffer.concat(chunks);
  const text = bytes.toString();
  let json;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: response.statusCode ?? 0, headers: response.headers, bytes, text, json, torn };
}

/**
 * Pairs and returns the session, as a client of that origin (none: a native client).
 * @param {Proxy} proxy
 * @param {{ origin?: string, token?: string }} [options]
 * @returns {Promise<string>}
 */
export async function pair(proxy, { origin, token = proxy.token } = {}) {
  /** @type {Record<string, string>} */
  const headers = { 'content-type': 'application/json', ...(origin ? { origin } : {}) };
  const answer = await call(proxy, {
    method: 'POST',
    path: '/v1/pair',
    headers,
    body: JSON.stringify({ token }),
  });
  if (answer.status !== 200) throw new Error(`pairing failed: ${answer.status} ${answer.text}`);
  return answer.json.session;
}

export const MESSAGES = '/v1/anthropic/v1/messages';

/**
 * @param {string} prompt
 * @param {Record<string, any>} [extra]
 * @returns {Record<string, any>}
 */
export function messages(prompt, extra = {}) {
  return {
    model: 'claude-test',
    max_tokens: 1024,
    stream: true,
    messages: [{ role: 'user', content: prompt }],
    ...extra,
  };
}

/**
 * @param {Proxy} proxy
 * @param {string} session
 * @param {any} body
 * @param {Record<string, string>} [headers]
 */
export function post(proxy, session, body, headers = {}) {
  return {
    method: 'POST',
    path: MESSAGES,
    headers: { authorization: `Bearer ${session}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

/**
 * A real HTTP server in the place of the provider.
 * @param {Test} t
 * @param {(request: http.IncomingMessage, response: http.ServerResponse, seen: Seen) => any} handler
 */
export async function startUpstream(t, handler) {
  const seen = /** @type {Seen[]} */ ([]);
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const record = {
      method: request.method,
      url: request.url,
      headers: request.headers,
      body: Buffer.concat(chunks),
      closed: false,
    };
    response.on('close', () => (record.closed = true));
    seen.push(record);
    await handler(request, response, record);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, seen, url: `http://127.0.0.1:${portOf(server)}` };
}

/** @param {import('node:net').Server} server */
export function portOf(server) {
  return /** @type {import('node:net').AddressInfo} */ (server.address()).port;
}

/**
 * Reads server-sent events the way a client does.
 * @param {string} text
 */
export function parseEvents(text) {
  return text
    .split(/\n\n+/)
    .map((frame) => {
      const event = /^event: ?(.*)$/m.exec(frame)?.[1];
      const data = /^data: ?(.*)$/m.exec(frame)?.[1];
      return { event: event ?? '', data: data ?? '' };
    })
    .filter(({ event }) => event);
}

/**
 * Folds a whole event stream into the message that it spells, strictly.
 * @param {string} text
 * @returns {Record<string, any>}
 */
export function foldMessage(text) {
  const events = parseEvents(text).map(({ event, data }) => {
    const json = JSON.parse(data);
    if (json.type !== event) throw new Error(`event ${event} carries ${json.type}`);
    return json;
  });
  const message = events[0].message;
  const blocks = /** @type {any[]} */ ([]);
  const partial = /** @type {string[]} */ ([]);
  let stopped = false;
  for (const event of events.slice(1)) {
    if (event.type === 'content_block_start') blocks[event.index] = event.content_block;
    if (event.type === 'content_block_delta') {
      const { delta } = event;
      if (delta.type === 'text_delta') blocks[event.index].text += delta.text;
      if (delta.type === 'thinking_delta') blocks[event.index].thinking += delta.thinking;
      if (delta.type === 'input_json_delta')
        partial[event.index] = (partial[event.index] ?? '') + delta.partial_json;
    }
    if (event.type === 'content_block_stop' && partial[event.index])
      blocks[event.index].input = JSON.parse(partial[event.index]);
    if (event.type === 'message_delta')
      Object.assign(message, event.delta, { usage: { ...message.usage, ...event.usage } });
    if (event.type === 'message_stop') stopped = true;
  }
  if (!stopped) throw new Error('no message_stop');
  return { ...message, content: blocks, events };
}

/** @param {Proxy} proxy */
export function memoryKilobytes(proxy) {
  return Number(first(/VmRSS:\s+(\d+)/, readFileSync(`/proc/${proxy.child.pid}/status`, 'utf8')));
}
