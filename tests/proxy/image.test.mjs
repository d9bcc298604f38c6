// The container of demo-proxy/examples/Dockerfile, run as its first lines say. UMBRA_DOCKER_IMAGE=umbra-proxy names an image
// that was built of it; without one there is nothing to test.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { NAME, exampleOf } from './examples.mjs';
import {
  KEY,
  MESSAGES,
  afterwards,
  call,
  first,
  foldMessage,
  messages,
  pair,
  postTo,
  temporaryFolder,
  until,
} from './support.mjs';

const IMAGE = process.env.UMBRA_DOCKER_IMAGE;
const skip = IMAGE ? false : 'UMBRA_DOCKER_IMAGE names no image';
/** Of the user in the Dockerfile. */
const USER = 65532;

/** @param {string[]} args */
function docker(...args) {
  const { status, stdout, stderr } = spawnSync('docker', args, { encoding: 'utf8' });
  return { status, stdout, text: stdout + stderr };
}

/** @param {string[]} args */
function done(...args) {
  const { status, stdout, text } = docker(...args);
  assert.equal(status, 0, `docker ${args[0]}: ${text}`);
  return stdout.trim();
}

/** The options of `docker run` in the Dockerfile, with a volume, keys and a port of the test's own. @param {string} volume @param {string} keys */
function usualOptions(volume, keys) {
  const words = first(/^# +docker run ((?:.*\\\n)*.*)$/m, exampleOf('Dockerfile')).replace(/\\\n#/g, ' ');
  const change = { 'umbra-state:/state': `${volume}:/state`, '"$PWD/keys:/keys:ro"': `${keys}:/keys:ro` };
  const all = {
    ...change,
    '127.0.0.1:8787:8787': '127.0.0.1::8787',
    'umbra-proxy': IMAGE,
    'umbra.example': NAME,
  };
  for (const word of Object.keys(all)) assert.ok(words.split(/\s+/).includes(word), `${word}: ${words}`);
  return words
    .trim()
    .split(/\s+/)
    .map((word) => String(all[/** @type {keyof typeof all} */ (word)] ?? word));
}

/**
 * A container, gone after the test.
 * @param {import('./support.mjs').Test} t
 * @param {string} volume
 * @param {string} keys
 */
async function startContainer(t, volume, keys) {
  const id = done('run', '--detach', '--health-interval', '1s', ...usualOptions(volume, keys));
  afterwards(t, () => [docker('rm', '--force', id), docker('volume', 'rm', '--force', volume)]);
  await until(() => docker('logs', id).text.includes('#pair='), 10000, 'that the proxy has started');
  const about = (/** @type {string} */ what) => done('inspect', '--format', `{{${what}}}`, id);
  const logs = () => docker('logs', id).text;
  return { id, about, logs, front: () => ({ port: Number(done('port', id, '8787/tcp').split(':').at(-1)) }) };
}

test(
  'the container serves without root, on a root that it cannot write, and keeps its state',
  { skip },
  async (t) => {
    const { id, about, logs, front } = await startContainer(t, `px-test-${process.pid}`, temporaryFolder(t));
    const host = NAME;
    const session = await pair(front(), { token: first(/#pair=(\S+)/, logs()), headers: { host } });
    const request = postTo(MESSAGES, session, messages('what can you do?'), { host });
    assert.equal(foldMessage((await call(front(), request)).text).stop_reason, 'end_turn');

    const status = readFileSync(`/proc/${about('.State.Pid')}/status`, 'utf8');
    for (const line of [
      `Uid:\t${USER}\t${USER}\t${USER}\t${USER}`,
      `Gid:\t${USER}\t${USER}\t${USER}\t${USER}`,
      ...['CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((name) => `${name}:\t0000000000000000`),
      'NoNewPrivs:\t1',
      'Seccomp:\t2',
    ])
      assert.ok(status.includes(`${line}\n`), `${line} is not in ${status}`);
    assert.match(logs(), /"event":"sandbox","system_calls":true/);
    assert.match(docker('exec', id, 'touch', '/usr/local/bin/x').text, /Read-only file system/);
    assert.equal(docker('exec', id, 'touch', '/state/x').status, 0);
    assert.match(done('exec', id, 'demo-proxy', 'pair'), /#pair=\S+$/);
    await until(() => about('.State.Health.Status') === 'healthy', 10000, 'that it is healthy');

    done('stop', id);
    assert.equal(about('.State.ExitCode'), '0');
    done('start', id);
    const again = async () => (await call(front(), request).catch(() => undefined))?.status === 200;
    await until(again, 10000, 'that the session is good after a new start');
    assert.ok(!logs().includes(session));
  },
);

const isRoot = process.getuid?.() === 0;
test(
  'a key in the folder of keys is used, and is nowhere to be seen',
  { skip: skip || (!isRoot && 'needs root') },
  async (t) => {
    const keys = path.join(temporaryFolder(t), 'keys');
    mkdirSync(keys);
    const file = path.join(keys, 'anthropic-api-key');
    writeFileSync(file, `${KEY}\n`, { mode: 0o400 });
    chownSync(file, USER, USER);
    const { id, logs, front } = await startContainer(t, `px-keys-${process.pid}`, keys);
    assert.match(logs(), /model: api\.anthropic\.com\)/);
    assert.equal(
      (await call(front(), { path: '/healthz', headers: { host: NAME } })).json.services.model,
      'key',
    );
    assert.ok(!logs().includes(KEY));
    assert.ok(!done('inspect', id).includes(KEY));
  },
);
