// The examples in demo-proxy/examples as the real programs run them: nginx and Caddy before a proxy, with their own port,
// folders and certificate.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeCertificate } from './certificate.mjs';
import { afterwards, temporaryFolder, until } from './support.mjs';

/**
 * @typedef {import('./support.mjs').Test} Test
 * @typedef {{ port: number, ca: Buffer, log: () => string, hangUp: () => Promise<void> }} Front log: all that it has
 *   written down
 */

const examples = fileURLToPath(new URL('../../demo-proxy/examples/', import.meta.url));
/** For which the examples are written. */
export const NAME = 'umbra.example';

/** @param {string} name @param {string} [question] */
export const has = (name, question = '--version') => {
  const { error, status } = spawnSync(name, [question], { stdio: 'ignore' });
  return !error && status === 0;
};

/** @param {string} name */
export const exampleOf = (name) => readFileSync(path.join(examples, name), 'utf8');

/**
 * The example with other words for some of its own, each of which must be there.
 * @param {string} name
 * @param {Record<string, string>} words
 */
export function adapted(name, words) {
  let text = exampleOf(name);
  for (const [from, to] of Object.entries(words)) {
    assert.ok(text.includes(from), `${name} has no ${from}`);
    text = text.replaceAll(from, to);
  }
  return text;
}

/**
 * Runs a program until the test ends, and waits until it listens.
 * @param {Test} t
 * @param {number} port
 * @param {string} name
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 */
async function startProgram(t, port, name, args, env = {}) {
  const child = spawn(name, args, { env: { PATH: process.env.PATH, ...env } });
  const program = { stderr: '', hangUp: async () => {} };
  child.stderr.on('data', (d) => (program.stderr += d));
  const exit = once(child, 'close');
  program.hangUp = async () => {
    child.kill('SIGTERM');
    await exit;
  };
  afterwards(t, program.hangUp);
  const isUp = () =>
    new Promise((resolve, reject) => {
      if (child.exitCode !== null) reject(new Error(`${name} ended: ${program.stderr}`));
      const socket = net.connect(port, '127.0.0.1');
      socket.on('connect', () => resolve(socket.destroy()));
      socket.on('error', () => resolve(null));
    });
  await until(isUp, 5000, `that ${name} listens`);
  return program;
}

/**
 * @param {Test} t
 * @param {number} port
 * @param {number} proxyPort
 * @returns {Promise<Front>}
 */
export async function startNginx(t, port, proxyPort) {
  const folder = temporaryFolder(t);
  const { files, cert } = makeCertificate(t, NAME);
  const [log, lib] = [path.join(folder, 'log'), path.join(folder, 'lib')];
  mkdirSync(log);
  mkdirSync(lib);
  const config = path.join(folder, 'nginx.conf');
  const text = adapted('nginx.conf', {
    '/run/nginx.pid': path.join(folder, 'pid'),
    '/var/log/nginx': log,
    '/var/lib/nginx': lib,
    'listen 443 ssl': `listen 127.0.0.1:${port} ssl`,
    '/etc/umbra/chain.pem': files.cert,
    '/etc/umbra/key.pem': files.key,
    'server 127.0.0.1:8787': `server 127.0.0.1:${proxyPort}`,
  });
  writeFileSync(config, text);
  const foreground = 'daemon off; master_process off;';
  const start = path.join(log, 'start');
  const program = await startProgram(t, port, 'nginx', [
    '-p',
    folder,
    '-c',
    config,
    '-e',
    start,
    '-g',
    foreground,
  ]);
  const read = (/** @type {string} */ name) => readFileSync(path.join(log, name), 'utf8');
  return {
    port,
    ca: cert,
    log: () => program.stderr + ['start', 'error.log', 'umbra.log'].map(read).join(''),
    hangUp: program.hangUp,
  };
}

/**
 * @param {Test} t
 * @param {number} port
 * @param {number} proxyPort
 * @returns {Promise<Front>}
 */
export async function startCaddy(t, port, proxyPort) {
  const folder = temporaryFolder(t);
  const { files, cert } = makeCertificate(t, NAME);
  const config = path.join(folder, 'Caddyfile');
  const text = adapted('Caddyfile', {
    '\n{\n': '\n{\n\tadmin off\n\tauto_https disable_redirects\n',
    [`\n${NAME} {\n`]: `\n${NAME}:${port} {\n\tbind 127.0.0.1\n\ttls ${files.cert} ${files.key}\n`,
    '127.0.0.1:8787': `127.0.0.1:${proxyPort}`,
  });
  writeFileSync(config, text);
  const home = { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  const args = ['run', '--config', config, '--adapter', 'caddyfile'];
  const program = await startProgram(t, port, 'caddy', args, home);
  return { port, ca: cert, log: () => program.stderr, hangUp: program.hangUp };
}
