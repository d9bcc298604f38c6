// The service of demo-proxy/examples/umbra-proxy.service under a systemd of its own, in a container of systemd-nspawn whose
// files are those of UMBRA_SYSTEMD_ROOT: a Debian with systemd and the proxy's libraries, which stays as it is. The unit is
// used as it stands, and so the port is 8787; CONTRIBUTING.md says how to run this.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { NAME, exampleOf } from './examples.mjs';
import {
  KEY,
  MESSAGES,
  afterwards,
  binary,
  call,
  first,
  messages,
  open,
  pair,
  parseEvents,
  postTo,
  startUpstream,
  temporaryFolder,
  textOf,
  until,
} from './support.mjs';

const ROOT = process.env.UMBRA_SYSTEMD_ROOT;
const UNIT = 'umbra-proxy.service';
const proxy = { port: 8787 };
const host = NAME;

/**
 * Boots the container. Returns what runs a command in it.
 * @param {import('./support.mjs').Test} t
 * @param {Record<string, string>} files what else is in it: a path there, and one here
 */
async function boot(t, files) {
  const bound = Object.entries(files).map(([there, here]) => `--bind-ro=${here}:${there}`);
  // As much as systemd has on a machine of its own; what it takes from the service is the test's subject.
  const container = spawn('systemd-nspawn', [
    ...[
      '--boot',
      '--volatile=overlay',
      `--directory=${ROOT}`,
      '--register=no',
      '--keep-unit',
      '--console=pipe',
    ],
    ...['--capability=all', '--system-call-filter=@known', ...bound],
  ]);
  let output = '';
  container.stdout.on('data', (d) => (output += d));
  container.stderr.on('data', (d) => (output += d));
  const exit = once(container, 'close');
  afterwards(t, async () => {
    container.kill('SIGTERM');
    await exit;
  });
  const leader = () => {
    if (container.exitCode !== null) throw new Error(`systemd-nspawn ended: ${output}`);
    return readFileSync(`/proc/${container.pid}/task/${container.pid}/children`, 'utf8').trim();
  };
  /** @param {string[]} words */
  const inside = (...words) => {
    const place = ['-t', leader(), '-p', '-m', '-u', '-i', '-C', '-r', '-w'];
    return spawnSync('nsenter', [...place, ...words], { encoding: 'utf8' });
  };
  let told = '';
  const started = () => {
    const done = leader() && inside('systemctl', 'enable', '--now', UNIT);
    told = done ? done.stderr + inside('journalctl', '-b', '-u', UNIT, '--no-pager').stdout : output;
    return done && done.status === 0;
  };
  await until(started, 15000).catch(() => assert.fail(told));
  return inside;
}

test(
  'the service serves with next to no rights, is started anew when it dies, and stops',
  { skip: !ROOT },
  async (t) => {
    const folder = temporaryFolder(t);
    const held = /** @type {(() => void)[]} */ ([]);
    const upstream = await startUpstream(t, async (request, response, seen) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('event: ping\ndata: {}\n\n');
      if (seen.body.includes('hold')) await new Promise((resolve) => held.push(() => resolve(null)));
      response.end('event: message_stop\ndata: {}\n\n');
    });
    /** @param {string} name @param {string} text @param {number} [mode] */
    const file = (name, text, mode = 0o644) => {
      writeFileSync(path.join(folder, name), text, { mode });
      return path.join(folder, name);
    };
    file('index.html', '<!doctype html><p>the page</p>');
    const inside = await boot(t, {
      '/usr/local/bin/demo-proxy': binary,
      '/usr/local/share/umbra/index.html': path.join(folder, 'index.html'),
      '/etc/umbra/anthropic-api-key': file('key', `${KEY}\n`, 0o600),
      [`/etc/systemd/system/${UNIT}`]: file('unit', exampleOf(UNIT)),
      [`/etc/systemd/system/${UNIT}.d/test.conf`]: file(
        'conf',
        `[Service]\nEnvironment=ANTHROPIC_BASE_URL=${upstream.url}\n`,
      ),
    });
    const about = (/** @type {string} */ what) =>
      inside('systemctl', 'show', UNIT, '--value', '-p', what).stdout.trim();
    const journal = () => inside('journalctl', '-b', '-u', UNIT, '-o', 'cat', '--no-pager').stdout;
    /** The file in /proc of the service's process. @param {string} name */
    const processFile = (name) => inside('cat', `/proc/${about('MainPID')}/${name}`).stdout;

    await until(() => journal().includes('"event":"sandbox"'), 10000, 'that the proxy has said all');
    assert.match(journal(), /listening on http:\/\/127\.0\.0\.1:8787 \(model: 127\.0\.0\.1\)/); // so the key is there
    assert.match(journal(), /"system_calls":true/);
    const status = processFile('status');
    assert.ok(Number(first(/^Uid:\t(\d+)/m, status)) >= 61184, 'a user that exists for the service only');
    for (const line of [
      ...['CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((name) => `${name}:\t0000000000000000`),
      'NoNewPrivs:\t1',
      'Seccomp:\t2',
    ])
      assert.ok(status.includes(`${line}\n`), `${line} is not in ${status}`);
    assert.match(processFile('limits'), /^Max core file size +0 +0 /m);
    assert.match(processFile('mountinfo'), /^\S+ \S+ \S+ \S+ \/ ro/m); // the root, in the service's eyes
    const state = inside('stat', '-c', '%a', '/var/lib/private/umbra').stdout.trim();
    assert.equal(state, '700');

    assert.match((await call(proxy, { headers: { host } })).text, /the page/);
    const session = await pair(proxy, { token: first(/#pair=(\S+)/, journal()), headers: { host } });
    /** @param {string} prompt */
    const asking = (prompt) => postTo(MESSAGES, session, messages(prompt), { host });
    assert.equal(parseEvents((await call(proxy, asking('x'))).text).at(-1)?.event, 'message_stop');
    assert.equal(upstream.seen[0].headers['x-api-key'], KEY);

    const before = about('MainPID');
    if (inside('test', '-x', '/bin/kill').status === 0)
      assert.equal(inside('systemctl', 'reload', UNIT).status, 0);
    assert.equal((await call(proxy, asking('x'))).status, 200);
    assert.equal(about('MainPID'), before);

    inside('systemctl', 'kill', '--signal=KILL', UNIT);
    const isBack = () => about('ActiveState') === 'active' && about('MainPID') !== before;
    await until(isBack, 10000, 'that the service is back');
    const isGood = async () => (await call(proxy, asking('x')).catch(() => undefined))?.status === 200;
    await until(isGood, 10000, 'that the session of before is good');

    // A stream that runs while the service is stopped gets its last event.
    const running = await open(proxy, asking('hold'));
    await once(running, 'data');
    const stopping = inside('systemctl', 'stop', '--no-block', UNIT);
    assert.equal(stopping.status, 0);
    await until(() => journal().includes('"event":"stopping"'), 5000, 'that it is told to stop');
    held[0]();
    assert.match(await textOf(running), /message_stop/);
    await until(() => about('ActiveState') === 'inactive', 15000, 'that the service has stopped');
    assert.equal(about('Result'), 'success');
    for (const secret of [KEY, session]) assert.ok(!journal().includes(secret));
  },
);
