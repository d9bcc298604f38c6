// Bodies that are kept for debugging: only when it was asked for, only so much, nothing secret, and gone again when they
// are to go. With the real program, and by its file's bytes.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { sql, verifyExport } from './database.mjs';
import {
  call,
  first,
  KEY,
  messages,
  open,
  pair,
  post,
  run,
  startProxy,
  startUpstream,
  until,
} from './support.mjs';

/**
 * @typedef {import('./support.mjs').Test} Test
 * @typedef {import('./support.mjs').Proxy} Proxy
 */

const PROMPT = 'canary-prompt-7c21';
const ANSWER = 'canary-answer-7c22';
const OWN_KEY = 'own-key-canary-of-no-known-shape/7c23';
const BEARER = 'canaryBearerToken7c24';
const PASSWORD = 'canary password 7c25';
const VARIABLE = 'canary-variable-7c26';
const NUMBER = 72727272727;
const PICTURE = Buffer.alloc(5000, 'canary-picture').toString('base64');

/** A provider that says what it heard, its key included: at once, or in events of a few characters. @type {any} */
const parrot = (/** @type {any} */ request, /** @type {any} */ response, /** @type {any} */ seen) => {
  if (request.method === 'GET') return response.end('{"data":[]}');
  const body = JSON.parse(seen.body);
  const text = `${ANSWER} ${request.headers['x-api-key']} ${seen.body}`;
  const how = /how=(\w+)/.exec(String(seen.body))?.[1];
  if (how === 'hangup') return response.destroy();
  if (how === 'binary') {
    response.writeHead(200, { 'content-type': 'application/json' });
    return response.end(Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), Buffer.from(text)]));
  }
  if (!body.stream) {
    response.writeHead(200, { 'content-type': 'application/json' });
    return response.end(JSON.stringify({ type: 'message', content: [{ type: 'text', text }] }));
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const put = (/** @type {string} */ piece) =>
    response.write(
      `event: content_block_delta\ndata: ${JSON.stringify({
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'text_delta', text: piece },
      })}\n\n`,
    );
  for (let at = 0; at < text.length; at += 7) put(text.slice(at, at + 7));
  if (how === 'wait') return undefined;
  return response.end('event: message_stop\ndata: {"type":"message_stop"}\n\n');
};

/**
 * @param {Test} t
 * @param {string[]} args
 * @param {string} [stateDir]
 */
async function start(t, args, stateDir) {
  const upstream = await startUpstream(t, parrot);
  const proxy = await startProxy(t, ['--anthropic-base-url', upstream.url, '--allow-byo-keys', ...args], {
    env: { ANTHROPIC_API_KEY: KEY },
    stateDir,
  });
  return { proxy, upstream };
}

/** @param {Proxy} proxy @param {string[]} words */
async function good(proxy, ...words) {
  const done = await run([...words, '--state-dir', proxy.state]);
  assert.equal(done.code, 0, done.stderr);
  return done.stdout;
}

/** The records of models in the log, with their bodies; the chain and the hashes hold. @param {Proxy} proxy */
async function kept(proxy) {
  assert.match(await good(proxy, 'audit', 'verify'), /is whole/);
  return verifyExport(await good(proxy, 'audit', 'export', '--bodies')).filter((r) => r.kind === 'model');
}

/** The database and its log, as bytes. @param {Proxy} proxy */
const bytesOf = (proxy) =>
  Buffer.concat(
    readdirSync(proxy.state)
      .filter((name) => name.startsWith('proxy.db'))
      .map((name) => readFileSync(path.join(proxy.state, name))),
  );

/** @param {Proxy} proxy */
async function another(proxy) {
  const { stdout } = await run(['pair', '--state-dir', proxy.state]);
  return pair(proxy, { token: first(/#pair=([\w-]+)/, stdout) });
}

/** What the events' texts make together. @param {string} events */
const spoken = (events) =>
  [...events.matchAll(/"text":("(?:[^"\\]|\\.)*")/g)].map(([, piece]) => JSON.parse(piece)).join('');

/** How many records of models there are. @param {Proxy} proxy */
const count = (proxy) => sql(proxy.state, "SELECT count(*) FROM audit WHERE kind = 'model'")[0][0];

test('by default nothing of a body is kept, and nothing says so', async (t) => {
  const { proxy } = await start(t, []);
  const session = await pair(proxy);
  assert.equal((await call(proxy, post(proxy, session, messages(PROMPT)))).status, 200);
  const headers = { authorization: `Bearer ${session}` };
  assert.equal((await call(proxy, { path: '/v1/providers', headers })).json.debug_bodies, false);
  assert.equal((await call(proxy, { path: '/healthz' })).json.debug_bodies, false);
  await proxy.stop();
  const [record] = await kept(proxy);
  assert.equal(record.bodies, null);
  assert.equal(record.detail, null);
  assert.equal(sql(proxy.state, 'SELECT count(*) FROM bodies')[0][0], 0);
  for (const canary of [PROMPT, ANSWER]) assert.ok(!bytesOf(proxy).includes(canary));
  assert.ok(!proxy.stderr.includes('debug bodies'));
});

for (const limit of [16384, 262144])
  test(`prompts and answers are kept and no secret is, and everybody is told (${limit} bytes)`, async (t) => {
    const more = limit === 16384 ? [] : ['--debug-body-bytes', String(limit)];
    const { proxy, upstream } = await start(t, ['--debug-bodies', ...more]);
    const session = await pair(proxy);
    const apiKey = (await good(proxy, 'keys', 'create', 'ci')).trim();
    const headers = { authorization: `Bearer ${session}` };
    assert.equal((await call(proxy, { path: '/v1/providers', headers })).json.debug_bodies, true);
    assert.equal((await call(proxy, { path: '/healthz' })).json.debug_bodies, true);
    const warning = `"level":"warning","event":"debug bodies","message":"--debug-bodies: [^"]* ${limit} bytes each and for 7 days`;
    assert.match(proxy.stderr, new RegExp(warning));
    const said = [
      `${PROMPT}: my key is ${KEY}, my session ${session}, another ${apiKey}.`,
      `curl -H "Authorization: Bearer ${BEARER}" https://x:${VARIABLE}@example.com/`,
      `export DB_PASSWORD=${VARIABLE}`,
      JSON.stringify({ nested: JSON.stringify({ 'x-api-key': PASSWORD, text: 'plain words' }) }),
      `![](data:image/png;base64,${PICTURE})`,
    ].join('\n');
    for (const stream of [false, true]) {
      const body = messages(said, {
        stream,
        metadata: { password: PASSWORD, token: NUMBER, Authorization: { of: [PASSWORD] }, tokens: 5 },
        system: [{ type: 'image', source: { type: 'base64', data: PICTURE } }],
      });
      for (const [token, more] of /** @type {[string, Record<string, string>][]} */ ([
        [session, {}],
        [session, { 'x-api-key-anthropic': OWN_KEY }],
        [apiKey, {}],
      ])) {
        /* A key that nobody knows by its shape is known while a request brings it. */
        const whole = { ...body, user: more['x-api-key-anthropic'] };
        const answer = await call(proxy, post(proxy, token, whole, more));
        assert.equal(answer.status, 200);
        assert.ok(answer.text.length > 500);
      }
    }
    await until(() => count(proxy) === 6);
    const received = upstream.seen.map((seen) => String(seen.body)).join();
    for (const one of [PROMPT, OWN_KEY, BEARER, VARIABLE, PICTURE]) assert.ok(received.includes(one), one);
    await proxy.stop();
    const records = await kept(proxy);
    assert.equal(records.length, 6);
    for (const { bodies, bytes_in: size, bytes_out: sent } of records) {
      assert.deepEqual([bodies.request_bytes, bodies.answer_bytes], [size, sent]);
      assert.equal(bodies.request_cut, false);
      const request = JSON.parse(bodies.request);
      assert.match(
        request.messages[0].content,
        new RegExp(`^${PROMPT}: my key is \\[redacted\\], my session`),
      );
      assert.match(request.messages[0].content, /plain words/);
      assert.match(request.messages[0].content, /!\[\]\(\[data, \d+ bytes\]\)/);
      assert.deepEqual(request.metadata, {
        password: '[redacted]',
        token: '[redacted]',
        Authorization: '[redacted]',
        tokens: 5,
      });
      assert.equal(request.system[0].source.data, `[base64, ${PICTURE.length} bytes]`);
      if (bodies.answer.startsWith('event')) {
        const text = spoken(bodies.answer);
        assert.ok(text.startsWith(`${ANSWER} [redacted]`), text.slice(0, 200));
        assert.ok(text.includes(PROMPT));
      } else {
        assert.ok(JSON.parse(bodies.answer).content[0].text.includes(PROMPT));
      }
    }
    /* However the pieces are put together. */
    const everything = [
      bytesOf(proxy).toString('latin1'),
      ...records.map(({ bodies }) => spoken(bodies.answer)),
    ];
    const secrets = [KEY, session, apiKey, OWN_KEY, BEARER, PASSWORD, VARIABLE, String(NUMBER)];
    for (const secret of [...secrets, PICTURE.slice(0, 300)])
      for (const text of everything) assert.ok(!text.includes(secret), `${secret} in ${text.slice(0, 3000)}`);
    const all = verifyExport(await good(proxy, 'audit', 'export'));
    assert.ok(all.every((r) => r.bodies === undefined));
    assert.deepEqual(JSON.parse(all.find((r) => r.kind === 'configuration').detail), {
      debug_bodies: true,
      debug_body_bytes: limit,
      debug_body_days: 7,
    });
  });

test('no more than --debug-body-bytes of each is kept, and all of it passes', async (t) => {
  const { proxy } = await start(t, ['--debug-bodies', '--debug-body-bytes', '1000']);
  const session = await pair(proxy);
  const long = 'ä long prompt; '.repeat(20000);
  for (const stream of [false, true]) {
    const answer = await call(proxy, post(proxy, session, messages(long, { stream })));
    const text = stream ? spoken(answer.text) : answer.json.content[0].text;
    assert.ok(text.includes(long), 'the client has it whole');
  }
  /* What stands behind a picture has room all the same. */
  await call(proxy, post(proxy, session, messages(`${PICTURE} ${PROMPT}`, { stream: false })));
  await until(() => count(proxy) === 3);
  await proxy.stop();
  const [plain, streamed, picture] = await kept(proxy);
  for (const { bodies } of [plain, streamed]) {
    assert.ok(bodies.request_cut && bodies.answer_cut);
    assert.ok(bodies.request_bytes > 300000 && bodies.answer_bytes > 300000);
    for (const text of [bodies.request, bodies.answer]) {
      const size = Buffer.byteLength(text);
      assert.ok(size <= 1000 && size > 990, String(size));
      assert.ok(!text.includes('\ufffd'));
    }
  }
  assert.ok(picture.bodies.request.includes(`[base64, ${PICTURE.length} bytes] ${PROMPT}`));
  assert.equal(picture.bodies.request_cut, false);
});

test('an event reaches the client before the next is there; what passed is kept when the client leaves', async (t) => {
  const { proxy } = await start(t, ['--debug-bodies']);
  const session = await pair(proxy);
  const response = await open(proxy, post(proxy, session, messages(`${PROMPT} how=wait`)));
  let text = '';
  response.on('error', () => {});
  response.on('data', (data) => (text += data));
  /* The provider holds its answer open: all that it has sent must come, to the last byte. */
  await until(
    () => text.endsWith('"}}\n\n') && /how=/.test(text.replace(/[^]*?"text":"([^"]*)[^]*?\n\n/g, '$1')),
  );
  response.destroy();
  await until(() => count(proxy) === 1);
  /* And one whose provider says nothing: what the proxy says itself. */
  const failed = await call(proxy, post(proxy, session, messages(`${PROMPT} how=hangup`)));
  assert.equal(failed.status, 502);
  const binary = await call(proxy, post(proxy, session, messages(`${PROMPT} how=binary`)));
  assert.equal(binary.status, 200);
  await until(() => count(proxy) === 3);
  await proxy.stop();
  const [left, refused, unread] = await kept(proxy);
  assert.equal(JSON.parse(left.detail).ended, 'client left');
  assert.equal(left.bodies.answer_bytes, Buffer.byteLength(text));
  assert.ok(left.bodies.answer.includes('"text":"canary-"'));
  assert.deepEqual(JSON.parse(refused.bodies.answer), failed.json);
  assert.equal(unread.bodies.answer, '[no text]');
  assert.equal(unread.bodies.answer_cut, true);
});

test('what is refused before a model is asked, and lists of models, leave nothing', async (t) => {
  const { proxy } = await start(t, ['--debug-bodies']);
  const session = await pair(proxy);
  await call(proxy, post(proxy, session, `{"${PROMPT}`));
  await call(proxy, post(proxy, `${session}x`, messages(PROMPT)));
  await call(proxy, post(proxy, session, messages(PROMPT), { 'x-api-key-anthropic': 'with a blank' }));
  await call(proxy, {
    path: '/v1/anthropic/v1/models',
    headers: { authorization: `Bearer ${session}` },
    body: messages(PROMPT).toString(),
  });
  await proxy.stop();
  assert.equal(sql(proxy.state, 'SELECT count(*) FROM bodies')[0][0], 0);
  assert.ok(!bytesOf(proxy).includes(PROMPT));
  await good(proxy, 'audit', 'verify');
});

test("forget removes a session's bodies and leaves those of others; the chain still verifies", async (t) => {
  const { proxy } = await start(t, ['--debug-bodies']);
  const session = await pair(proxy);
  const other = await another(proxy);
  for (let i = 0; i < 3; i++) await call(proxy, post(proxy, session, messages(`${PROMPT} mine`)));
  await call(proxy, post(proxy, other, messages('canary-of-the-other')));
  await until(() => count(proxy) === 4);
  assert.ok(bytesOf(proxy).includes(PROMPT));
  await good(proxy, 'audit', 'forget', session);
  const after = await kept(proxy);
  assert.deepEqual(
    after.map((r) => [r.bodies === null, r.detail === null]),
    [
      [true, true],
      [true, true],
      [true, true],
      [false, false],
    ],
  );
  assert.ok(after[3].bodies.request.includes('canary-of-the-other'));
  await proxy.stop();
  assert.ok(!bytesOf(proxy).includes(PROMPT), 'not in the bytes of the file either');
});

test('old bodies are removed, also when no more are kept, and their records stay', async (t) => {
  const { proxy } = await start(t, ['--debug-bodies']);
  const session = await pair(proxy);
  for (let i = 0; i < 3; i++) await call(proxy, post(proxy, session, messages(`${PROMPT} ${i}`)));
  await until(() => count(proxy) === 3);
  await proxy.stop();
  const before = await kept(proxy);
  const trigger = sql(proxy.state, "SELECT sql FROM sqlite_master WHERE name = 'bodies_no_change'")[0][0];
  const ago = (/** @type {number} */ days) => Date.now() - days * 86400000;
  sql(
    proxy.state,
    'DROP TRIGGER bodies_no_change',
    `UPDATE bodies SET time = ${ago(7.1)} WHERE seq <= ${before[1].seq}`,
    `UPDATE bodies SET time = ${ago(6.9)} WHERE seq > ${before[1].seq}`,
    trigger,
  );
  const { proxy: next } = await start(t, [], proxy.state);
  await until(() => sql(next.state, 'SELECT count(*) FROM bodies')[0][0] === 1);
  await next.stop();
  const after = await kept(next);
  assert.deepEqual(
    after.map((r) => r.bodies === null),
    [true, true, false],
  );
  assert.deepEqual(
    after.map((r) => r.detail),
    before.map((r) => r.detail),
  );
  const { proxy: last } = await start(t, ['--debug-body-days', '1'], proxy.state);
  await until(() => sql(last.state, 'SELECT count(*) FROM bodies')[0][0] === 0);
  await last.stop();
  await good(last, 'audit', 'verify');
});

test('bodies that were changed or put in later are found', async (t) => {
  const { proxy } = await start(t, ['--debug-bodies']);
  const session = await pair(proxy);
  await call(proxy, post(proxy, session, messages(PROMPT)));
  await until(() => count(proxy) === 1);
  await proxy.stop();
  const [{ seq }] = await kept(proxy);
  const change = `UPDATE bodies SET request = request || ' '`;
  assert.throws(() => sql(proxy.state, change), /never changed/);
  sql(proxy.state, 'DROP TRIGGER bodies_no_change', change);
  const wrong = await run(['audit', 'verify', '--state-dir', proxy.state]);
  assert.equal(wrong.code, 1);
  assert.match(
    wrong.stderr,
    new RegExp(`the bodies of record ${seq} of the audit log are wrong: they were changed`),
  );
  const text = await good(proxy, 'audit', 'export', '--bodies');
  assert.throws(() => verifyExport(text), new RegExp(`bodies of ${seq}`));
  sql(proxy.state, 'DELETE FROM bodies');
  await good(proxy, 'audit', 'verify');
  sql(proxy.state, "INSERT INTO bodies VALUES (999, 1, 'x', 'y', 1, 1, 0, 0, zeroblob(16))");
  const added = await run(['audit', 'verify', '--state-dir', proxy.state]);
  assert.match(added.stderr, /the bodies of record 999 .* there is no record/);
});
