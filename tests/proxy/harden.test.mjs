// What the proxy gives up at its start, seen from outside: from /proc, from its log, and by what no longer works.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, readFileSync, readdirSync, renameSync, statSync } from 'node:fs';
import { symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { lookup } from 'node:dns/promises';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import {
  KEY,
  VALGRIND,
  afterwards,
  binary,
  call,
  cleanEnvironment,
  first,
  listen,
  messages,
  pair,
  post,
  run,
  startProxy,
  startUpstream,
  temporaryFolder,
  until,
} from './support.mjs';
import { makeCertificate } from './certificate.mjs';

/** @typedef {import('./support.mjs').Proxy} Proxy */

/** The line about the sandbox. @param {Proxy} proxy */
async function sandboxLine(proxy) {
  await until(() => /"event":"sandbox".*\n/.test(proxy.stderr));
  return JSON.parse(first(/^(\{.*"event":"sandbox".*\})$/m, proxy.stderr));
}

/** @param {Proxy} proxy @param {string} name */
const status = (proxy, name) =>
  first(new RegExp(`^${name}:\\s+(\\S+)`, 'm'), readFileSync(`/proc/${proxy.child.pid}/status`, 'utf8'));

/** The soft and hard limit. @param {Proxy} proxy @param {string} name */
function limit(proxy, name) {
  const line = first(
    new RegExp(`^${name} +(.*)$`, 'm'),
    readFileSync(`/proc/${proxy.child.pid}/limits`, 'utf8'),
  );
  return line.split(/\s+/).slice(0, 2).map(Number);
}

const NO_SANDBOX = VALGRIND && 'the sandbox is off under valgrind';
const OWN_LIMITS = VALGRIND && 'valgrind keeps descriptors for itself and tells of limits of its own';

test('what is in force stands in the log and in /proc', { skip: OWN_LIMITS }, async (t) => {
  const proxy = await startProxy(t, [
    '--max-connections',
    '300',
    '--max-streams',
    '10',
    '--max-fetches',
    '2',
  ]);
  const line = await sandboxLine(proxy);
  assert.equal(status(proxy, 'NoNewPrivs'), '1');
  assert.deepEqual(limit(proxy, 'Max core file size'), [0, 0]);
  assert.deepEqual(limit(proxy, 'Max open files'), [line.descriptors, line.descriptors]);
  assert.equal(line.descriptors, 300 + Math.ceil(300 / 128) + 4 * 10 + 8 * 2 + 96);
  assert.equal(status(proxy, 'Seccomp'), line.system_calls ? '2' : '0');
  assert.equal(line.level, 'info');
  assert.equal(line.no_new_privs, true);
  if (!line.system_calls) assert.match(line.message, /sanitizer/);
});

test('--no-sandbox leaves files and system calls alone, and the log warns', async (t) => {
  const proxy = await startProxy(t, ['--no-sandbox']);
  const line = await sandboxLine(proxy);
  assert.equal(line.level, 'warning');
  assert.match(line.message, /--no-sandbox/);
  assert.deepEqual([line.system_calls, line.files], [false, false]);
  assert.equal(status(proxy, 'Seccomp'), '0');
  assert.equal(status(proxy, 'NoNewPrivs'), '1');
});

test('its memory is closed to its own user, and no core is left', { skip: NO_SANDBOX }, async (t) => {
  const folder = temporaryFolder(t);
  const state = path.join(folder, 'state');
  const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  mkdirSync(state, { mode: 0o700 });
  if (user.uid) for (const place of [folder, state]) chownSync(place, user.uid, user.gid);
  const child = spawn(binary, ['--port', '0', '--state-dir', state, '--local-ports', 'none'], {
    env: cleanEnvironment(),
    cwd: folder,
    ...user,
  });
  afterwards(t, () => child.kill('SIGKILL'));
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (d) => (stdout += d));
  child.stderr.on('data', (d) => (stderr += d));
  await until(() => stdout.includes('#pair=') || child.exitCode !== null, 10000);
  assert.equal(child.exitCode, null, stderr);
  await until(() => stderr.includes('"event":"sandbox"'));
  const line = JSON.parse(first(/^(\{.*"event":"sandbox".*\})$/m, stderr));
  // Files of a process that cannot be looked into belong to root (proc(5)).
  if (!line.dumpable) assert.equal(statSync(`/proc/${child.pid}/mem`).uid, 0);
  assert.equal(line.dumpable, !line.system_calls);
  child.kill('SIGQUIT');
  const [, signal] = await once(child, 'exit');
  assert.equal(signal, 'SIGQUIT');
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('core')),
    [],
  );
});

test(
  'too few descriptors for the settings are a refusal that names them',
  { skip: OWN_LIMITS },
  async (t) => {
    const state = path.join(temporaryFolder(t), 'state');
    const few = ['sh', '-c', 'ulimit -n 500; exec "$0" "$@"'];
    const { code, stderr } = await run(['--port', '0', '--state-dir', state], {}, few);
    assert.equal(code, 2);
    assert.match(stderr, /need 738 open files and the system allows 500; lower --max-connections \(256\)/);
    const fits = await startProxy(t, ['--max-connections', '19'], { through: few });
    assert.equal(await fits.stop(), 0);
  },
);

test('a key is rotated in its folder, and not read from where the proxy has no business', async (t) => {
  const [keys, elsewhere] = [temporaryFolder(t), temporaryFolder(t)];
  const file = path.join(keys, 'anthropic');
  const foreign = path.join(elsewhere, 'anthropic');
  writeFileSync(file, `${KEY}-one\n`, { mode: 0o600 });
  const upstream = await startUpstream(t, (request, response) => response.end('{}'));
  const proxy = await startProxy(t, ['--anthropic-base-url', upstream.url, '--anthropic-api-key-file', file]);
  const { files } = await sandboxLine(proxy);
  const session = await pair(proxy);
  writeFileSync(`${file}.new`, `${KEY}-two\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  proxy.child.kill('SIGHUP');
  await until(() => proxy.stderr.includes('key rotated'));
  await call(proxy, post(proxy, session, messages('x')));
  assert.equal(upstream.seen[0].headers['x-api-key'], `${KEY}-two`);
  writeFileSync(foreign, `${KEY}-three\n`, { mode: 0o600 });
  unlinkSync(file);
  symlinkSync(foreign, file);
  proxy.child.kill('SIGHUP');
  await until(() => /key kept|key rotated[^]*key rotated/.test(proxy.stderr));
  await call(proxy, post(proxy, session, messages('x')));
  assert.equal(upstream.seen[1].headers['x-api-key'], `${KEY}-${files ? 'two' : 'three'}`);
});

test('names are still looked up, in threads, and certificates still read', async (t) => {
  const { cert, key } = makeCertificate(t);
  const { port } = await listen(t, https.createServer({ cert, key }), '');
  const names = `here=https://${os.hostname()}:${port},gone=https://nowhere.invalid`;
  const proxy = await startProxy(t, ['--upstreams', names]);
  const session = await pair(proxy);
  /** @param {string} id */
  const ask = (id) =>
    call(proxy, { ...post(proxy, session, messages('x')), path: `/v1/${id}/v1/chat/completions` });
  const gone = await ask('gone');
  assert.match(gone.json.error.message, /nowhere\.invalid (cannot be resolved|did not answer in time)/);
  // Where the machine's own name leads nowhere there is nothing to look up.
  if (!(await lookup(os.hostname()).catch(() => null))) return;
  const here = await ask('here'); // it was found, and its certificate judged by the system's
  assert.equal(here.status, 502);
  assert.match(here.json.error.message, /no trustworthy TLS connection.*certificate/);
});

test('the commands beside serving are not shut in', async (t) => {
  const state = path.join(temporaryFolder(t), 'state');
  await startProxy(t, [], { stateDir: state });
  const copy = path.join(temporaryFolder(t), 'copy.db');
  assert.equal((await run(['backup', copy, '--state-dir', state])).code, 0);
  assert.ok(statSync(copy).size > 0);
});
