/**
 * The demo-proxy beside nginx (proxy_pass, one worker) and a bare connection to the same server, in turns in one run. The
 * server and the load stand on one core, proxy and nginx on the other.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../scripts/lib/run.mjs';

const ROUNDS = 5;
const STREAMS = 2000;
const STREAM_ROUNDS = 3;
const EVENTS = 60;
const tool = path.join(root, 'build/native/proxy_bench');
const binary = path.join(root, 'build/native/demo-proxy');

/** @typedef {{ name: string, port: number, path: string }} Way */

/** On which core: the last is the load's, the one before it the proxy's. @param {number} core @param {string[]} command */
const on = (core, command) => (os.cpus().length > 1 ? ['taskset', '-c', String(core), ...command] : command);
const coreOfLoad = Math.min(1, os.cpus().length - 1);

/**
 * Starts a program and waits for a line of its output. What it logs goes into a file: this process, if it read a pipe,
 * would share the program's core with it.
 * @param {string[]} command
 * @param {RegExp} pattern
 * @param {string} log
 * @param {Record<string, string>} [env]
 */
async function start(command, pattern, log, env = {}) {
  const began = performance.now();
  const errors = openSync(log, 'w');
  const child = spawn(command[0], command.slice(1), {
    env: { PATH: process.env.PATH, HOME: '/nonexistent', ...env },
    stdio: ['ignore', 'pipe', errors],
  });
  closeSync(errors);
  const output = /** @type {import('node:stream').Readable} */ (child.stdout);
  let text = '';
  const found = new Promise((resolve, reject) => {
    output.on('data', (piece) => {
      text += piece;
      const match = pattern.exec(text);
      if (match) resolve(match);
    });
    child.on('exit', () => {
      const last = readFileSync(log, 'utf8').slice(-2000);
      reject(new Error(`${command.join(' ')} ended: ${text}${last}`));
    });
  });
  const match = /** @type {RegExpExecArray} */ (await found);
  return { child, match, ms: performance.now() - began };
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

/** @param {number} port */
async function reachable(port) {
  for (let i = 0; i < 200; i++) {
    const socket = net.connect(port, '127.0.0.1');
    const good = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]);
    socket.destroy();
    if (good) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`nothing listens on port ${port}`);
}

/** @param {string} folder @param {number} port @param {number} upstream */
const nginxConfiguration = (folder, port, upstream) => `
worker_processes 1; daemon off; pid ${folder}/pid; error_log ${folder}/error.log; worker_rlimit_nofile 20000;
events { worker_connections 10000; }
http {
  access_log ${folder}/access.log;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
  keepalive_requests 100000000;
  upstream provider { server 127.0.0.1:${upstream}; keepalive 64; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port};
    location /v1/anthropic/ {
      proxy_pass http://provider/; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off;
    }
  }
}
`;

/** @param {number | undefined} pid @param {string} field of /proc/PID/smaps_rollup, in MB */
function memory(pid, field) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text)?.[1]) / 1024;
}

/** @param {number} port @param {string} token */
async function pair(port, token) {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/pair`, {
    method: 'POST',
    body: JSON.stringify({ token }),
  });
  return /** @type {any} */ (await answer.json()).session;
}

/** @param {string} command @param {Way} way @param {string} session @param {string[]} more @returns {Promise<any>} */
async function load(command, way, session, more) {
  const [file, ...parameters] = on(coreOfLoad, [tool, command, String(way.port), way.path, session, ...more]);
  const { stdout } = await promisify(execFile)(file, parameters);
  return JSON.parse(stdout);
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Starts everything, calls `use`, and ends everything. @param {(ways: Way[], session: string, pid: number | undefined) => Promise<any>} use */
async function withAll(use) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'umbra-bench-proxy-'));
  const children = /** @type {import('node:child_process').ChildProcess[]} */ ([]);
  try {
    const upstream = await start(
      on(coreOfLoad, [tool, 'upstream', String(EVENTS), '50000']),
      /^(\d+)\n/,
      path.join(folder, 'upstream.log'),
    );
    children.push(upstream.child);
    const port = Number(upstream.match[1]);
    const nginxPort = await freePort();
    writeFileSync(path.join(folder, 'nginx.conf'), nginxConfiguration(folder, nginxPort, port));
    const [nginx, ...parameters] = on(0, ['nginx', '-c', path.join(folder, 'nginx.conf')]);
    children.push(spawn(nginx, parameters, { stdio: 'ignore' }));
    const many = [
      '--max-streams',
      String(STREAMS + 50),
      '--max-streams-per-session',
      '0',
      '--max-connections',
      String(STREAMS + 200),
      '--model-requests',
      '0',
    ];
    const command = [
      binary,
      '--port',
      '0',
      '--state-dir',
      path.join(folder, 'state'),
      '--local-ports',
      'none',
      ...many,
    ];
    const proxy = await start(
      on(0, [...command, '--anthropic-base-url', `http://127.0.0.1:${port}`]),
      /127\.0\.0\.1:(\d+) [^]*#pair=(\S+)/,
      path.join(folder, 'proxy.log'),
      { ANTHROPIC_API_KEY: 'benchmark' },
    );
    children.push(proxy.child);
    await reachable(nginxPort);
    const session = await pair(Number(proxy.match[1]), proxy.match[2]);
    const through = '/v1/anthropic/v1/messages';
    return await use(
      [
        { name: 'direct', port, path: '/v1/messages' },
        { name: 'nginx', port: nginxPort, path: through },
        { name: 'proxy', port: Number(proxy.match[1]), path: through },
      ],
      session,
      proxy.child.pid,
    );
  } finally {
    for (const child of children.reverse()) {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns {Promise<{ coldStartMs: number, idlePssMB: number, idleRssMB: number }>} */
async function benchStart() {
  const starts = [];
  let idle = { idlePssMB: 0, idleRssMB: 0 };
  for (let i = 0; i < 2 * ROUNDS; i++) {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'umbra-bench-proxy-'));
    const { child, ms } = await start(
      [binary, '--port', '0', '--state-dir', path.join(folder, 'state'), '--local-ports', 'none'],
      /listening on/,
      path.join(folder, 'proxy.log'),
    );
    starts.push(ms);
    idle = { idlePssMB: memory(child.pid, 'Pss'), idleRssMB: memory(child.pid, 'Rss') };
    child.kill();
    await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
  return { coldStartMs: median(starts), ...idle };
}

export async function benchProxy() {
  const startFigures = await benchStart();
  return withAll(async (ways, session, pid) => {
    /** @type {Record<string, any[]>} */
    const posts = { direct: [], nginx: [], proxy: [] };
    /** @type {Record<string, any[]>} */
    const calm = { direct: [], nginx: [], proxy: [] };
    /** @type {Record<string, any[]>} */
    const streams = { direct: [], nginx: [], proxy: [] };
    for (let i = 0; i < ROUNDS; i++)
      for (const way of ways) {
        posts[way.name].push(await load('posts', way, session, ['16', '2', '0']));
        calm[way.name].push(await load('posts', way, session, ['16', '2', '2000']));
      }
    let streamsPssMB = 0;
    let streamsRssMB = 0;
    for (const way of Array.from({ length: STREAM_ROUNDS }, () => ways).flat()) {
      const running = load('streams', way, session, [String(STREAMS)]);
      const timer = setInterval(() => {
        if (way.name !== 'proxy') return;
        streamsPssMB = Math.max(streamsPssMB, memory(pid, 'Pss'));
        streamsRssMB = Math.max(streamsRssMB, memory(pid, 'Rss'));
      }, 200);
      streams[way.name].push(await running);
      clearInterval(timer);
    }
    return { ...startFigures, posts, calm, streams, streamsPssMB, streamsRssMB };
  });
}

/** @param {any[]} runs @param {string} field */
export const middle = (runs, field) => median(runs.map((run) => run[field]));
