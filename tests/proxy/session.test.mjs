// Sessions that are renewed: by the proxy's route, and by the browser worker's own code against the real proxy.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Network } from '../../browser/worker/network.js';
import { call, logLines, pair, startProxy, until } from './support.mjs';

/** Seconds since 1970 as the proxy counts them. */
const now = () => Math.floor(Date.now() / 1000);

/** @param {import('./support.mjs').Proxy} proxy @param {string} session */
const renew = (proxy, session) =>
  call(proxy, { method: 'POST', path: '/v1/session', headers: { authorization: `Bearer ${session}` } });

/** @param {import('./support.mjs').Proxy} proxy @param {string} session */
const status = async (proxy, session) =>
  (await call(proxy, { path: '/v1/providers', headers: { authorization: `Bearer ${session}` } })).status;

test('a session that is over can be renewed, until its pairing is too old', async (t) => {
  const proxy = await startProxy(t, ['--session-seconds', '1', '--session-renew-seconds', '4']);
  const session = await pair(proxy);
  const paired = now();
  await until(async () => (await status(proxy, session)) === 401);
  const renewed = await renew(proxy, session);
  assert.equal(renewed.status, 200);
  assert.ok(renewed.json.renewable_until <= paired + 4);
  assert.equal(await status(proxy, renewed.json.session), 200);
  await until(async () => (await renew(proxy, renewed.json.session)).status === 401, 8000);
  assert.ok(now() >= renewed.json.renewable_until);
  const late = await renew(proxy, session);
  assert.match(late.json.error.message, /paired too long ago/);
  assert.equal((await renew(proxy, `${session.slice(0, -1)}_`)).status, 401);
});

/** What the worker keeps its secrets in, without the encryption that needs a browser. */
class Vault {
  /** @type {Map<string, string>} */
  #kept = new Map();
  /** @param {string} name @param {string} _endpoint */
  async get(name, _endpoint) {
    return this.#kept.get(name) ?? null;
  }
  /** @param {string} name @param {string} _endpoint @param {string} value */
  async put(name, _endpoint, value) {
    this.#kept.set(name, value);
  }
  async session() {
    return JSON.parse(this.#kept.get('proxy-session') ?? 'null');
  }
}

/** @param {import('./support.mjs').Proxy} proxy */
function worker(proxy) {
  const vault = new Vault();
  return { vault, network: new Network(proxy.origin, /** @type {any} */ (vault)) };
}

test('the worker renews at half of the life, once for several requests', async (t) => {
  const proxy = await startProxy(t, ['--session-seconds', '4']);
  const { vault, network } = worker(proxy);
  await network.pair(proxy.token);
  const before = await vault.session();
  await network.providers();
  assert.equal((await vault.session()).session, before.session, 'not before it is time');
  await until(() => Date.now() > (before.granted + before.expires * 1000) / 2);
  await Promise.all(Array.from({ length: 5 }, () => network.providers()));
  const after = await vault.session();
  assert.ok(after.expires > before.expires);
  assert.equal(after.renewable_until, before.renewable_until);
  await proxy.stop();
  const renewals = logLines(proxy, 'request').filter(({ route }) => route === '/v1/session');
  assert.equal(renewals.length, 1);
});

test('after a sleep longer than the session the worker goes on without pairing', async (t) => {
  const proxy = await startProxy(t, ['--session-seconds', '1']);
  const { vault, network } = worker(proxy);
  await network.pair(proxy.token);
  const { session } = await vault.session();
  await until(async () => (await status(proxy, session)) === 401);
  assert.equal(await network.paired(), true);
  await network.providers();
  assert.notEqual((await vault.session()).session, session);
});

test('a pairing that is too old is over for the worker as well', async (t) => {
  const proxy = await startProxy(t, ['--session-seconds', '1', '--session-renew-seconds', '1']);
  const { vault, network } = worker(proxy);
  assert.equal(await network.paired(), false);
  await network.pair(proxy.token);
  assert.equal(await network.paired(), true);
  const { session } = await vault.session();
  await until(async () => (await status(proxy, session)) === 401);
  await until(async () => !(await network.paired()));
  await assert.rejects(network.providers(), /carries no session/);
});
