/** The real proxy binary, a provider that replays Anthropic's format over HTTP, and a plain file server. */
import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
export const proxyBinary = process.env.UMBRA_PROXY_BIN ?? path.join(root, 'build/native/demo-proxy');

/** The built page, client and worker. */
export const dist = process.env.UMBRA_DIST ?? path.join(root, 'dist');

/**
 * Starts the demo-proxy on a free port with a state folder of its own.
 * @param {{ args?: string[], env?: Record<string, string>, port?: number, stateDir?: string }} [options]
 */
export async function startProxy(options = {}) {
  const stateDir = options.stateDir ?? (await mkdtemp(path.join(os.tmpdir(), 'umbra-proxy-')));
  const { ANTHROPIC_API_KEY: _key, ANTHROPIC_BASE_URL: _url, ...clean } = process.env;
  const child = spawn(
    proxyBinary,
    [
      '--port',
      String(options.port ?? 0),
      '--state-dir',
      stateDir,
      '--page-dir',
      dist,
      '--offline-delay-ms',
      '1',
      ...(options.args ?? []),
    ],
    { env: { ...clean, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  let log = '';
  child.stderr.on('data', (data) => (log += data));
  const lines = await new Promise((resolve, reject) => {
    child.stdout.on('data', (data) => {
      output += data;
      if (/#pair=\S+/.test(output)) resolve(output);
    });
    child.on('exit', (code) => reject(new Error(`the proxy ended with ${code}: ${output}${log}`)));
  });
  const origin = /** @type {RegExpExecArray} */ (/http:\/\/[\d.]+:\d+/.exec(lines))[0];
  const address = /** @type {RegExpExecArray} */ (/http:\S+#pair=\S+/.exec(lines))[0];
  const ended = new Promise((resolve) => child.on('exit', resolve));
  return {
    origin,
    address,
    token: address.split('#pair=')[1],
    stateDir,
    log: () => log,
    kill: (/** @type {NodeJS.Signals} */ signal) => child.kill(signal),
    ended,
    stop: async (keepState = false) => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended;
      if (!keepState) await rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** Blocks of an answer as the events of Anthropic's stream. @param {any[]} content @param {string} [stopReason] */
export function streamOf(content, stopReason) {
  /** @type {string[]} */
  const out = [];
  const event = (/** @type {any} */ data) =>
    out.push(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
  event({
    type: 'message_start',
    message: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'test',
      content: [],
      stop_reason: null,
      usage: { input_tokens: 10, output_tokens: 1 },
    },
  });
  event({ type: 'ping' });
  content.forEach((block, index) => {
    if (block.type === 'text') {
      event({ type: 'content_block_start', index, content_block: { type: 'text', text: '' } });
      for (const piece of block.text.match(/[\s\S]{1,12}/gu) ?? []) {
        event({ type: 'content_block_delta', index, delta: { type: 'text_delta', text: piece } });
      }
    } else {
      event({
        type: 'content_block_start',
        index,
        content_block: { type: 'tool_use', id: block.id, name: block.name, input: {} },
      });
      const input = typeof block.input === 'string' ? block.input : JSON.stringify(block.input);
      for (const piece of input.match(/[\s\S]{1,20}/gu) ?? []) {
        event({
          type: 'content_block_delta',
          index,
          delta: { type: 'input_json_delta', partial_json: piece },
        });
      }
    }
    event({ type: 'content_block_stop', index });
  });
  const reason = stopReason ?? (content.some((block) => block.type === 'tool_use') ? 'tool_use' : 'end_turn');
  event({
    type: 'message_delta',
    delta: { stop_reason: reason, stop_sequence: null },
    usage: { output_tokens: 20 },
  });
  event({ type: 'message_stop' });
  return out;
}

/**
 * A provider over real HTTP. `answer` gets the request's body and writes the response.
 * @param {(body: any, response: http.ServerResponse, request: http.IncomingMessage) => void | Promise<void>} answer
 */
export async function startProvider(answer) {
  /** @type {any[]} */
  const requests = [];
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString());
    requests.push({ headers: request.headers, url: request.url, body });
    await answer(body, response, request);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

/** Sends blocks as a whole stream. @param {http.ServerResponse} response @param {any[]} content */
export function sendStream(response, content) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const part of streamOf(content)) response.write(part);
  response.end();
}

const TYPES = /** @type {Record<string, string>} */ ({
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.css': 'text/css',
});

/** Serves a folder, as any site would. @param {string} folder @param {Record<string, string>} [headers] */
export async function startFiles(folder, headers = {}) {
  const server = http.createServer(async (request, response) => {
    const file = path.join(
      folder,
      path.normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname)),
    );
    const found = await stat(file).catch(() => null);
    if (!found?.isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream',
      ...headers,
    });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    origin: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}
