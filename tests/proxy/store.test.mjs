// What outlives the proxy, with the real program: API keys, limits, audit log, budgets, backups, a database that fails.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  readdirSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { chain, fileOf, holdDatabase, sql, verifyExport } from './database.mjs';
import {
  MESSAGES,
  PATIENCE,
  call,
  jsonLines,
  messages,
  pair,
  post,
  run,
  startProxy,
  startUpstream,
  temporaryFolder,
  until,
} from './support.mjs';

/**
 * @param {string} state
 * @param {...string} words
 */
const command = (state, ...words) => run([...words, '--state-dir', state]);

/**
 * @param {string} state
 * @param {...string} words
 */
async function good(state, ...words) {
  const done = await command(state, ...words);
  assert.equal(done.code, 0, done.stderr);
  return done.stdout;
}

/**
 * @param {string} state
 * @param {...string} words
 * @returns {Promise<any[]>}
 */
async function lines(state, ...words) {
  return jsonLines(await good(state, ...words));
}

/**
 * @param {import('./support.mjs').Proxy} proxy
 * @param {Record<string, string>} headers
 */
const providers = (proxy, headers) => call(proxy, { path: '/v1/providers', headers });

/**
 * A provider that answers every request with the same small message.
 * @param {import('./support.mjs').Test} t
 * @param {number} [status]
 */
const smallUpstream = (t, status = 200) =>
  startUpstream(t, (request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(
      status === 200 ? '{"type":"message"}' : '{"type":"error","error":{"type":"x","message":"y"}}',
    );
  });

const keyed = (/** @type {string} */ url) => ({
  env: { ANTHROPIC_API_KEY: 'sk-canary-server', ANTHROPIC_BASE_URL: url },
});

test('API keys are made, used, rotated and revoked while the proxy runs', async (t) => {
  const proxy = await startProxy(t);
  const key = (await good(proxy.state, 'keys', 'create', 'ci', '--days', '7')).trim();
  assert.match(key, /^umk_[A-Za-z0-9_-]{43}$/);
  for (const headers of /** @type {Record<string, string>[]} */ ([
    { authorization: `Bearer ${key}` },
    { 'x-api-key': key },
    { 'x-goog-api-key': key },
  ]))
    assert.equal((await providers(proxy, headers)).status, 200);
  assert.equal((await call(proxy, post(proxy, key, messages('hello')))).status, 200);
  for (const headers of /** @type {Record<string, string>[]} */ ([
    { origin: proxy.origin },
    { 'sec-fetch-site': 'same-origin' },
  ])) {
    const page = await providers(proxy, { authorization: `Bearer ${key}`, ...headers });
    assert.equal(page.status, 403);
    assert.match(page.json.error.message, /API keys are for programs/);
  }
  const renewal = { method: 'POST', path: '/v1/session', headers: { authorization: `Bearer ${key}` } };
  assert.equal((await call(proxy, renewal)).status, 403);
  assert.equal((await providers(proxy, { 'x-api-key': `${key.slice(0, -1)}_` })).status, 401);

  assert.match((await command(proxy.state, 'keys', 'create', 'ci')).stderr, /there is a key called ci/);
  const second = (await good(proxy.state, 'keys', 'rotate', 'ci')).trim();
  assert.equal((await providers(proxy, { 'x-api-key': key })).status, 200, 'the old one overlaps');
  assert.equal((await providers(proxy, { 'x-api-key': second })).status, 200);
  const third = (await good(proxy.state, 'keys', 'rotate', 'ci', '--key-overlap-seconds', '0')).trim();
  assert.equal((await providers(proxy, { 'x-api-key': second })).status, 401);
  assert.equal((await providers(proxy, { 'x-api-key': third })).status, 200);
  const list = await good(proxy.state, 'keys', 'list');
  assert.equal(list.trim().split('\n').length, 4);
  for (const secret of [key, second, third]) assert.ok(!list.includes(secret.slice(4, 20)));
  await good(proxy.state, 'keys', 'revoke', 'ci');
  const revoked = await providers(proxy, { 'x-api-key': third });
  assert.equal(revoked.status, 401);
  assert.match(revoked.json.error.message, /revoked/);
  assert.equal((await command(proxy.state, 'keys', 'revoke', 'ci')).code, 1);

  const scoped = (await good(proxy.state, 'keys', 'create', 'other', '--providers', 'openai')).trim();
  const outside = await call(proxy, post(proxy, scoped, messages('hello')));
  assert.equal(outside.status, 403);
  assert.match(outside.json.error.message, /not for the provider anthropic/);
  await proxy.stop();
  const file = readFileSync(fileOf(proxy.state));
  for (const secret of [key, second, third, scoped]) {
    assert.ok(!file.includes(secret.slice(4)));
    assert.ok(!proxy.stderr.includes(secret.slice(4)));
  }
});

test('commands say how they are used', async (t) => {
  const state = path.join(temporaryFolder(t), 'state');
  for (const [words, pattern] of /** @type {[string[], RegExp][]} */ ([
    [['keys'], /keys create NAME/],
    [['keys', 'make', 'x'], /keys rotate NAME/],
    [['keys', 'create'], /use `demo-proxy keys create NAME`/],
    [['keys', 'create', 'a b'], /cannot be the name of a key/],
    [['keys', 'list', 'x'], /use `demo-proxy keys list`/],
    [['keys', 'create', 'x', '--since', '2026-01-01'], /belongs to `demo-proxy audit` only/],
    [['audit', 'export', '--since', 'yesterday'], /write a day like/],
    [['usage', '--by', 'colour'], /use day, key or model/],
    [['usage', '--day', '2026-13-01'], /write a day like/],
    [['backup'], /use `demo-proxy backup FILE`/],
    [['backup', 'a', 'b'], /use `demo-proxy backup FILE`/],
  ])) {
    const done = await command(state, ...words);
    assert.equal(done.code, 2, `${words}: ${done.stderr}`);
    assert.match(done.stderr, pattern);
    assert.equal(done.stdout, '');
  }
});

test('model requests are limited for session and address, and a restart changes nothing', async (t) => {
  const limits = ['--model-requests', '3', '--rate-window-seconds', '900'];
  const proxy = await startProxy(t, limits, { killable: true });
  const session = await pair(proxy);
  for (let left = 2; left >= 0; left--) {
    const answer = await call(proxy, post(proxy, session, messages('hello')));
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['ratelimit-limit'], '3');
    assert.equal(answer.headers['ratelimit-remaining'], String(left));
    assert.equal(answer.headers['retry-after'], undefined);
    const reset = Number(answer.headers['ratelimit-reset']);
    assert.ok(reset > 300 * (2 - left) && reset <= 300 * (3 - left) + 1, String(reset));
  }
  const limited = async (/** @type {import('./support.mjs').Proxy} */ on, /** @type {string} */ as) => {
    const answer = await call(on, post(on, as, messages('hello')));
    assert.equal(answer.status, 429);
    assert.equal(answer.json.error.type, 'rate_limit_error');
    assert.match(answer.json.error.message, /more than 3 model requests in 900 seconds/);
    assert.equal(answer.headers['ratelimit-remaining'], '0');
    assert.equal(answer.headers['ratelimit-limit'], '3');
    const wait = Number(answer.headers['retry-after']);
    assert.ok(wait > 250 && wait <= 301, String(wait));
    assert.ok(Number(answer.headers['ratelimit-reset']) >= wait);
  };
  await limited(proxy, session);
  assert.equal((await providers(proxy, { 'x-api-key': session })).headers['ratelimit-limit'], undefined);
  // A second session from the same address is no way around it.
  const other = (await good(proxy.state, 'pair')).match(/#pair=(\S+)/)?.[1];
  await limited(proxy, await pair(proxy, { token: other }));
  // Neither is breaking the proxy off, once a second has passed.
  await until(() => sql(proxy.state, 'SELECT count(*) FROM buckets')[0][0] >= 2);
  await proxy.stop('SIGKILL');
  const again = await startProxy(t, limits, { stateDir: proxy.state });
  await limited(again, session);
  await again.stop();
  const free = await startProxy(t, ['--model-requests', '0'], { stateDir: proxy.state });
  const answer = await call(free, post(free, session, messages('hello')));
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['ratelimit-limit'], undefined);
});

test('the audit log: what is recorded, verified by the program and by its document', async (t) => {
  const proxy = await startProxy(t, ['--audit-refused-per-minute', '2']);
  const session = await pair(proxy);
  await call(proxy, post(proxy, session, messages('canary-prompt')));
  for (let i = 0; i < 4; i++) await call(proxy, post(proxy, 'wrong', messages('canary-prompt')));
  await call(proxy, post(proxy, session, messages('hello again')));
  await good(proxy.state, 'keys', 'create', 'ci');
  await proxy.stop();
  const text = await good(proxy.state, 'audit', 'export');
  const records = verifyExport(text);
  assert.deepEqual(
    records.map((r) => r.kind),
    ['start', 'pairing', 'model', 'refused', 'refused', 'model', 'key', 'stop'],
  );
  const [, pairing, model, refused, , last, key] = records;
  assert.match(model.actor, /^session-[0-9a-f]{32}$/);
  assert.equal(pairing.actor, model.actor);
  assert.equal(model.route, MESSAGES);
  assert.equal(model.provider, 'anthropic');
  assert.equal(model.status, 200);
  assert.ok(model.bytes_in > 10 && model.bytes_out > 10 && model.duration_ms >= 0);
  assert.ok(Math.abs(model.time - Date.now()) < 60000);
  assert.equal(refused.actor, null);
  assert.equal(refused.status, 401);
  assert.equal(JSON.parse(refused.detail).refusal, 'authentication_error');
  assert.equal(JSON.parse(last.detail).refusals_left_out, 2);
  assert.deepEqual(JSON.parse(key.detail), { what: 'create', name: 'ci' });
  assert.match(key.actor, /^key-[0-9a-f]{32}$/);
  assert.ok((await good(proxy.state, 'keys', 'list')).includes(key.actor));
  for (const secret of ['canary-prompt', session, proxy.token]) assert.ok(!text.includes(secret));
  const whole = await good(proxy.state, 'audit', 'verify');
  assert.match(whole, new RegExp(`records 1 to 8, the last with the hash ${records[7].hash}\n$`));
  const tomorrow = new Date(Date.now() + 86400000).toISOString().slice(0, 10);
  assert.equal(await good(proxy.state, 'audit', 'export', '--since', tomorrow), '');
  const today = new Date().toISOString().slice(0, 10);
  assert.equal((await lines(proxy.state, 'audit', 'export', '--since', today)).length, 8);
});

test('refused and malformed requests of a stranger cannot fill the disk', async (t) => {
  const proxy = await startProxy(t, ['--audit-refused-per-minute', '3']);
  const hostile = { origin: 'https://evil.example' };
  for (let i = 0; i < 10; i++) {
    await call(proxy, { method: 'POST', path: '/v1/pair', body: 'no json' });
    await call(proxy, { path: '/healthz', headers: hostile });
    await call(proxy, { path: '/v1/nothing' });
  }
  await proxy.stop();
  const records = await lines(proxy.state, 'audit', 'export');
  assert.deepEqual(
    records.map((r) => [r.kind, r.status]),
    [
      ['start', null],
      ['refused', 400],
      ['refused', 403],
      ['refused', 400],
      ['stop', null],
    ],
  );
});

test('tampering with the file is found and named', async (t) => {
  const proxy = await startProxy(t);
  const session = await pair(proxy);
  for (let i = 0; i < 3; i++) await call(proxy, post(proxy, session, messages('hello')));
  await proxy.stop();
  assert.throws(() => sql(proxy.state, 'UPDATE audit SET status = 500 WHERE seq = 3'), /never changed/);
  assert.throws(() => sql(proxy.state, 'DELETE FROM audit WHERE seq = 3'), /only removed when it is too old/);
  const before = sql(proxy.state, 'SELECT duration_ms FROM audit WHERE seq = 4')[0][0];
  sql(
    proxy.state,
    'DROP TRIGGER audit_no_change',
    `UPDATE audit SET duration_ms = ${before + 1} WHERE seq = 4`,
  );
  const wrong = await command(proxy.state, 'audit', 'verify');
  assert.equal(wrong.code, 1);
  assert.equal(wrong.stdout, '');
  assert.match(wrong.stderr, /record 4 of the audit log is wrong: it was changed/);
  const text = await good(proxy.state, 'audit', 'export');
  assert.throws(() => verifyExport(text), /record 4 was changed/);
  sql(proxy.state, `UPDATE audit SET duration_ms = ${before} WHERE seq = 4`);
  await good(proxy.state, 'audit', 'verify');
});

test("a session's details can be removed and the chain still verifies", async (t) => {
  const proxy = await startProxy(t);
  const session = await pair(proxy);
  for (let i = 0; i < 3; i++) await call(proxy, post(proxy, session, 'no json'));
  await call(proxy, post(proxy, session, messages('x'), { 'x-api-key-anthropic': 'sk-x' }));
  const before = await lines(proxy.state, 'audit', 'export');
  const details = before.filter((r) => r.actor && r.detail).length;
  assert.ok(details > 0);
  const said = await good(proxy.state, 'audit', 'forget', session);
  assert.match(said, new RegExp(`^the details of ${details} records of ${before[1].actor} are removed\n$`));
  const after = verifyExport(await good(proxy.state, 'audit', 'export'));
  assert.equal(after.filter((r) => r.actor && r.detail).length, 0);
  assert.equal(after.filter((r) => r.actor && r.detail_hash).length, details);
  assert.equal(after.at(-1).kind, 'deletion');
  await good(proxy.state, 'audit', 'verify');
});

test('old records are removed at start, and the chain begins where a record says', async (t) => {
  const proxy = await startProxy(t);
  const session = await pair(proxy);
  for (let i = 0; i < 3; i++) await call(proxy, post(proxy, session, messages('hello')));
  await proxy.stop();
  // Some days pass: the chain is made anew as it would look by then, all but its last two records.
  const records = await lines(proxy.state, 'audit', 'export');
  const names = ['audit_no_change', 'audit_head_forward'];
  const triggers = names.map(
    (name) => sql(proxy.state, `SELECT sql FROM sqlite_master WHERE name = '${name}'`)[0][0],
  );
  for (const r of records.slice(0, -2)) r.time -= 10 * 86400000;
  const updates = chain(records).map(
    (r) =>
      `UPDATE audit SET time = ${r.time}, previous = x'${r.previous}', hash = x'${r.hash}' WHERE seq = ${r.seq}`,
  );
  const head = `UPDATE audit_head SET hash = x'${records[records.length - 1].hash}'`;
  sql(proxy.state, ...names.map((name) => `DROP TRIGGER ${name}`), ...updates, head, ...triggers);
  await good(proxy.state, 'audit', 'verify');

  const next = await startProxy(t, ['--audit-days', '5'], { stateDir: proxy.state });
  const cut = records.length - 2;
  await until(() => sql(proxy.state, 'SELECT min(seq) FROM audit')[0][0] === cut + 1);
  await next.stop();
  const anchor = records[cut - 1].hash;
  const kept = verifyExport(await good(proxy.state, 'audit', 'export'), anchor);
  const retention = kept.find((r) => r.kind === 'retention');
  assert.deepEqual(JSON.parse(retention.detail), { through: cut, hash: anchor, records: cut });
  assert.equal(kept[0].seq, cut + 1);
  const configuration = kept.find((r) => r.kind === 'configuration');
  assert.deepEqual(JSON.parse(configuration.detail).changed, ['--audit-days']);
  await good(proxy.state, 'audit', 'verify');
});

test('budgets hold, and usage tells what was spent', async (t) => {
  const upstream = await smallUpstream(t);
  const budget = ['--model-request-cost', '1000', '--allow-unpriced', '--budget-session', '2500'];
  const proxy = await startProxy(t, budget, keyed(upstream.url));
  const session = await pair(proxy);
  for (let i = 0; i < 2; i++)
    assert.equal((await call(proxy, post(proxy, session, messages('hello')))).status, 200);
  const over = await call(proxy, post(proxy, session, messages('hello')));
  assert.equal(over.status, 402);
  assert.equal(over.json.error.type, 'billing_error');
  assert.match(over.json.error.message, /budget of this session.*\$0\.000500 are left/);
  assert.equal(upstream.seen.length, 2, 'what is over budget never goes out');
  const key = (await good(proxy.state, 'keys', 'create', 'ci')).trim();
  assert.equal((await call(proxy, post(proxy, key, messages('hello')))).status, 200);
  await until(async () => (await lines(proxy.state, 'usage', '--json'))[0]?.requests === 3);
  const day = new Date().toISOString().slice(0, 10);
  const [total] = await lines(proxy.state, 'usage', '--json');
  assert.equal(total.micro_dollars, 3000);
  const byKey = await lines(proxy.state, 'usage', '--json', '--by', 'key', '--day', total.day);
  assert.deepEqual(
    byKey.map((r) => [r.name, r.requests, r.micro_dollars]),
    [
      ['ci', 1, 1000],
      [null, 2, 2000],
    ],
  );
  assert.equal((await lines(proxy.state, 'usage', '--json', '--by', 'model'))[0].provider, 'anthropic');
  assert.match(await good(proxy.state, 'usage'), /US dollars\n.*0\.003000\n$/);
  assert.ok(Math.abs(Date.parse(total.day) - Date.parse(day)) <= 86400000);
  await proxy.stop();

  const next = await startProxy(
    t,
    ['--model-request-cost', '1000', '--allow-unpriced', '--budget-day', '3000'],
    {
      ...keyed(upstream.url),
      stateDir: proxy.state,
    },
  );
  if (new Date().toISOString().slice(0, 10) === total.day) {
    const full = await call(next, post(next, key, messages('hello')));
    assert.equal(full.status, 402);
    assert.match(full.json.error.message, /budget of this day/);
  }
});

test('a provider that refuses costs nothing', async (t) => {
  const upstream = await smallUpstream(t, 400);
  const proxy = await startProxy(t, ['--model-request-cost', '1000'], keyed(upstream.url));
  const session = await pair(proxy);
  assert.equal((await call(proxy, post(proxy, session, messages('hello')))).status, 400);
  await proxy.stop();
  const [total] = await lines(proxy.state, 'usage', '--json');
  assert.deepEqual([total.requests, total.micro_dollars], [1, 0]);
});

test('a backup of a running proxy is whole, private and can be served from', async (t) => {
  const proxy = await startProxy(t, ['--model-requests', '0']);
  const session = await pair(proxy);
  const key = (await good(proxy.state, 'keys', 'create', 'ci')).trim();
  const copy = path.join(temporaryFolder(t), 'copy.db');
  let stop = false;
  const load = Promise.all(
    Array.from({ length: 4 }, async () => {
      while (!stop) await call(proxy, post(proxy, session, messages('hello')));
    }),
  );
  assert.match(await good(proxy.state, 'backup', copy), /the copy is whole/);
  stop = true;
  await load;
  assert.equal(statSync(copy).mode & 0o777, 0o600);
  const taken = await command(proxy.state, 'backup', copy);
  assert.equal(taken.code, 1);
  assert.match(taken.stderr, /choose a name that is not taken/);
  await proxy.stop();

  const state = path.join(temporaryFolder(t), 'state');
  mkdirSync(state, { mode: 0o700 });
  copyFileSync(copy, fileOf(state));
  copyFileSync(path.join(proxy.state, 'session-secret'), path.join(state, 'session-secret'));
  const restored = await startProxy(t, [], { stateDir: state });
  assert.equal((await providers(restored, { 'x-api-key': key })).status, 200);
  await good(state, 'audit', 'verify');
});

test('a database that others can read, a newer one, a damaged one and a second server are refused', async (t) => {
  const proxy = await startProxy(t);
  const second = await run(['--port', '0', '--state-dir', proxy.state]);
  assert.equal(second.code, 1);
  assert.match(second.stderr, /another demo-proxy serves from the same state folder/);
  await proxy.stop();
  const file = fileOf(proxy.state);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  chmodSync(file, 0o640);
  const wide = await run(['--port', '0', '--state-dir', proxy.state]);
  assert.equal(wide.code, 1);
  assert.match(wide.stderr, /proxy\.db in the state folder has permissions 0640.*chmod 600/);
  chmodSync(file, 0o600);
  sql(proxy.state, 'PRAGMA user_version = 77');
  const newer = await run(['--port', '0', '--state-dir', proxy.state]);
  assert.equal(newer.code, 1);
  assert.match(newer.stderr, /is of version 77.*use the newer demo-proxy/);
  writeFileSync(file, Buffer.alloc(20000, 'x'));
  for (const words of [
    ['--port', '0'],
    ['audit', 'verify'],
    ['keys', 'list'],
  ]) {
    const damaged = await command(proxy.state, ...words);
    assert.equal(damaged.code, 1);
    assert.match(damaged.stderr, /is damaged.*backup/);
  }
});

/** @param {import('./support.mjs').Proxy} proxy @param {string} size */
function limitFiles(proxy, size) {
  const done = spawnSync('prlimit', ['--pid', String(proxy.child.pid), `--fsize=${size}:unlimited`], {
    encoding: 'utf8',
  });
  assert.equal(done.status, 0, done.stderr);
}

test('disk full: model requests stop and nothing else, until it takes more', async (t) => {
  const upstream = await smallUpstream(t);
  const proxy = await startProxy(t, ['--model-request-cost', '5'], keyed(upstream.url));
  const session = await pair(proxy);
  assert.equal((await call(proxy, post(proxy, session, messages('hello')))).status, 200);
  const settled = async () => (await lines(proxy.state, 'usage', '--json'))[0]?.micro_dollars === 5;
  await until(settled, 3000, 'that the cost of the first is written down');
  limitFiles(proxy, '4096');
  for (let i = 0; i < 3; i++) {
    const refused = await call(proxy, post(proxy, session, messages('hello')));
    assert.equal(refused.status, 503);
    assert.match(refused.json.error.message, /database proxy\.db/);
  }
  assert.equal(upstream.seen.length, 1, 'nothing goes out that cannot be written down');
  const health = await call(proxy, { path: '/healthz' });
  assert.equal(health.status, 503);
  assert.equal(health.json.status, 'degraded');
  assert.equal(health.json.services.database, 'failing');
  assert.equal((await providers(proxy, { 'x-api-key': session })).status, 200);
  assert.equal((await call(proxy, { method: 'POST', path: '/v1/pair', body: '{"token":"x"}' })).status, 503);
  limitFiles(proxy, 'unlimited');
  await until(async () => (await call(proxy, { path: '/healthz' })).status === 200, 5000);
  assert.equal((await call(proxy, post(proxy, session, messages('hello')))).status, 200);
  await proxy.stop();
  assert.match(proxy.stderr, /"event":"database"/);
  assert.match(proxy.stderr, /can be written again/);
  const records = verifyExport(await good(proxy.state, 'audit', 'export'));
  assert.ok(records.some((r) => /lost_before/.test(r.detail ?? '')));
  assert.equal((await lines(proxy.state, 'usage', '--json'))[0].micro_dollars, 10);
});

test('database locked: the other program is named, and waited for no longer than asked', async (t) => {
  const proxy = await startProxy(t, ['--database-wait-ms', '100']);
  const session = await pair(proxy);
  const release = await holdDatabase(proxy.state);
  const began = Date.now();
  const refused = await call(proxy, post(proxy, session, messages('hello')));
  assert.equal(refused.status, 503);
  assert.match(refused.json.error.message, /held by another program for more than 100 ms/);
  assert.ok(Date.now() - began < 2000 * PATIENCE);
  assert.equal((await providers(proxy, { 'x-api-key': session })).status, 200);
  await release();
  await until(async () => (await call(proxy, { path: '/healthz' })).status === 200, 5000);
  assert.equal((await call(proxy, post(proxy, session, messages('hello')))).status, 200);
});

test('what is written ahead is brought into the file while the proxy runs, beside its event loop', async (t) => {
  const upstream = await smallUpstream(t);
  const proxy = await startProxy(t, ['--model-requests', '0'], keyed(upstream.url));
  const session = await pair(proxy);
  const size = (/** @type {string} */ name) => statSync(path.join(proxy.state, name)).size;
  const before = size('proxy.db');
  let asked = 0;
  const ask = async () => {
    while (size('proxy.db') === before && asked < 5000) {
      asked++;
      assert.equal((await call(proxy, post(proxy, session, messages('hello')))).status, 200);
    }
  };
  await Promise.all([ask(), ask(), ask(), ask()]);
  assert.ok(size('proxy.db') > before, `after ${asked} requests`);
  assert.ok(size('proxy.db-wal') < 16 << 20);
  assert.ok(readdirSync(`/proc/${proxy.child.pid}/task`).length >= 2);
  await good(proxy.state, 'audit', 'verify');
});
