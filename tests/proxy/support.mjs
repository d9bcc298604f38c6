// The real demo-proxy binary, started for one test: free port, private state folder, everything it prints kept.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {import('node:test').TestContext} Test
 * @typedef {import('node:child_process').ChildProcessWithoutNullStreams} Child
 * @typedef {{ child: Child, state: string, stdout: string, stderr: string, exit: Promise<any[]>, port: number,
 *   origin: string, token: string, stop: (signal?: NodeJS.Signals) => Promise<number | null> }} Proxy
 * @typedef {{ method?: string, path?: string, headers?: Record<string, string>, body?: any, agent?: http.Agent,
 *   tls?: import('node:tls').ConnectionOptions }} Options tls: the connection is by TLS, with these settings
 * @typedef {{ status: number, headers: Record<string, any>, bytes: Buffer, text: string, json: any, torn: boolean }} Answer
 * @typedef {{ method?: string, url?: string, headers: http.IncomingHttpHeaders, body: Buffer, closed: boolean }} Seen
 */

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const binary = path.resolve(root, process.env.UMBRA_PROXY_BIN ?? 'build/native/demo-proxy');
export const KEY = 'sk-canary-4f1d-server-key-never-seen-outside';
/** What root must say where another user need not. */
export const ROOT = process.getuid?.() === 0 ? ['--allow-root'] : [];

/** An environment without anything that would configure the proxy. */
export function cleanEnvironment(extra = /** @type {Record<string, string>} */ ({})) {
  const env = {
    PATH: process.env.PATH,
    HOME: '/nonexistent',
    ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? 'detect_leaks=1',
  };
  return { ...env, ...extra };
}

const cleanings = /** @type {WeakMap<Test, (() => any)[]>} */ (new WeakMap());

/**
 * Does this when the test ends, whatever becomes of the rest: of the hooks of node:test none runs behind one that fails,
 * and then a proxy or a server would stay and keep the tests from ending. The first failure is the test's.
 * @param {Test} t
 * @param {() => any} what
 */
export function afterwards(t, what) {
  const all = cleanings.get(t) ?? [];
  all.push(what);
  if (cleanings.has(t)) return;
  cleanings.set(t, all);
  t.after(async () => {
    const failures = [];
    for (const each of all)
      try {
        await each();
      } catch (error) {
        failures.push(error);
      }
    if (failures.length) throw failures[0];
  });
}

/** @param {Test} t */
export function temporaryFolder(t, name = 'px-') {
  const folder = mkdtempSync(path.join(tmpdir(), name));
  afterwards(t, () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 * @param {string[]} [through] a command that takes its own place by the proxy
 */
export async function run(args, env = {}, through = []) {
  const [command, ...words] = [...through, binary, ...args];
  const child = spawn(command, words, { env: cleanEnvironment(env) });
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
 * @param {{ env?: Record<string, string>, stateDir?: string, killable?: boolean, through?: string[] }} [options] killable:
 *   the test may end it with SIGKILL or SIGABRT; through: a command that takes its own place by the proxy
 */
export async function startProxy(t, args = [], { env = {}, stateDir, killable = false, through = [] } = {}) {
  const state = stateDir ?? path.join(temporaryFolder(t), 'state');
  const usual = ['--port', '0', '--state-dir', state, '--local-ports', 'none'];
  const [command, ...words] = [...through, binary, ...usual, ...args];
  const child = spawn(command, words, { env: cleanEnvironment(env) });
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
  afterwards(t, async () => {
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

/**
 * How many times longer than usual everything may take: for a proxy that runs in a slow way (under valgrind).
 * What a limit of the proxy's own makes of time is not stretched by it.
 */
export const PATIENCE = Number(process.env.UMBRA_PATIENCE ?? 1);
/** The proxy runs under valgrind, which is between it and the system (scripts/proxy-valgrind.mjs). */
export const VALGRIND = Boolean(process.env.UMBRA_VALGRIND);

/** @param {() => any} condition */
export async function until(condition, ms = 3000, what = 'condition') {
  const end = Date.now() + ms * PATIENCE;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`${what} did not come true within ${ms * PATIENCE} ms`);
    await sleep(5);
  }
}

export const sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * The objects of a text that has one in each line.
 * @param {string} text
 * @returns {any[]}
 */
export function jsonLines(text) {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/**
 * The log's lines of this event, those that have come whole.
 * @param {{ stderr: string }} proxy
 * @param {string} event
 * @returns {any[]}
 */
export function logLines({ stderr }, event) {
  const lines = stderr.slice(0, stderr.lastIndexOf('\n') + 1).split('\n');
  return jsonLines(lines.filter((line) => line.includes(`"event":"${event}"`)).join('\n'));
}

/**
 * Sends one request over node:http, which takes any header one likes.
 * @param {{ port: number }} proxy
 * @param {Options} [options]
 */
function begin(proxy, { method = 'GET', path: target = '/', headers = {}, body, agent, tls } = {}) {
  const options = {
    host: '127.0.0.1',
    port: proxy.port,
    method,
    path: target,
    headers,
    agent: agent ?? false,
  };
  const request = tls ? https.request({ ...options, ...tls }) : http.request(options);
  request.end(body);
  return request;
}

/**
 * One request. Resolves at the response's head.
 * @param {{ port: number }} proxy
 * @param {Options} [options]
 * @returns {Promise<http.IncomingMessage>}
 */
export function open(proxy, options) {
  return new Promise((resolve, reject) => begin(proxy, options).on('response', resolve).on('error', reject));
}

/**
 * Sends a request and leaves when it is time to, without having read an answer.
 * @param {{ port: number }} proxy
 * @param {Options} options
 * @param {() => any} isTime
 */
export async function abandon(proxy, options, isTime) {
  const request = begin(proxy, options).on('error', () => {});
  await until(isTime);
  request.destroy();
}

/** The rest of a response. @param {http.IncomingMessage} response */
export async function textOf(response) {
  let text = '';
  for await (const piece of response.setEncoding('utf8')) text += piece;
  return text;
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
 * @param {{ port: number, token?: string }} proxy
 * @param {Options & { origin?: string, token?: string }} [options]
 * @returns {Promise<string>}
 */
export async function pair(proxy, { origin, token = proxy.token, headers = {}, ...rest } = {}) {
  const own = { 'content-type': 'application/json', ...(origin ? { origin } : {}), ...headers };
  const body = JSON.stringify({ token });
  const answer = await call(proxy, { method: 'POST', path: '/v1/pair', headers: own, body, ...rest });
  if (answer.status !== 200) throw new Error(`pairing failed: ${answer.status} ${answer.text}`);
  return answer.json.session;
}

/** A further pairing token. @param {Proxy} proxy */
export async function newToken(proxy) {
  const { stdout } = await run(['pair', '--state-dir', proxy.state]);
  return first(/#pair=(\S+)/, stdout);
}

/**
 * A POST with a session.
 * @param {string} target
 * @param {string} session
 * @param {any} what text, or what is to be JSON
 * @param {Record<string, string>} [headers]
 */
export function postTo(target, session, what, headers = {}) {
  return {
    method: 'POST',
    path: target,
    headers: { authorization: `Bearer ${session}`, 'content-type': 'application/json', ...headers },
    body: typeof what === 'string' ? what : JSON.stringify(what),
  };
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
  return postTo(MESSAGES, session, body, headers);
}

/**
 * Lets the server listen on a free port of that address ('': of all). Its connections end with the test.
 * @param {Test} t
 * @param {net.Server} server
 */
export async function listen(t, server, host = '127.0.0.1') {
  const sockets = /** @type {Set<net.Socket>} */ (new Set());
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, host);
  await once(server, 'listening');
  afterwards(t, () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { sockets, port: portOf(server) };
}

/** A port of the loopback address where nobody listens. */
export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
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
  const { port } = await listen(t, server);
  return { server, seen, url: `http://127.0.0.1:${port}` };
}

/** @param {net.Server} server */
export function portOf(server) {
  return /** @type {net.AddressInfo} */ (server.address()).port;
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
