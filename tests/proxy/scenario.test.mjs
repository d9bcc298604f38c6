// The scenario upstream: files checked at start, turns replayed as written.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import {
  call,
  foldMessage,
  messages,
  open,
  pair,
  parseEvents,
  post,
  run,
  sleep,
  startProxy,
  temporaryFolder,
  until,
} from './support.mjs';

/**
 * @param {import('./support.mjs').Test} t
 * @param {any[]} turns
 */
async function start(t, turns) {
  const file = path.join(temporaryFolder(t), 'scenario.json');
  writeFileSync(file, JSON.stringify({ turns }));
  const proxy = await startProxy(t, ['--scenario', file]);
  return { proxy, session: await pair(proxy), file };
}

test('content becomes a stream or a message', async (t) => {
  const content = [
    { type: 'thinking', thinking: 'hm' },
    { type: 'text', text: 'Grüße \u{1F30D}, a text that is longer than one piece of the stream' },
    { type: 'tool_use', name: 'Read', input: { file_path: 'a "b".txt', n: 1.5, deep: [{ x: null }] } },
  ];
  const { proxy, session } = await start(t, [
    { content },
    { content },
    { content: [{ type: 'text', text: 'x' }], stop_reason: 'refusal' },
  ]);
  const message = foldMessage((await call(proxy, post(proxy, session, messages('x')))).text);
  assert.equal(message.stop_reason, 'tool_use');
  assert.equal(message.content[0].thinking, 'hm');
  assert.equal(message.content[1].text, content[1].text);
  assert.deepEqual(message.content[2].input, content[2].input);
  const whole = await call(proxy, post(proxy, session, messages('x', { stream: false })));
  assert.equal(whole.headers['content-type'], 'application/json');
  assert.deepEqual(whole.json.content[2].input, content[2].input);
  assert.equal(
    foldMessage((await call(proxy, post(proxy, session, messages('x')))).text).stop_reason,
    'refusal',
  );
  const over = await call(proxy, post(proxy, session, messages('x')));
  assert.equal(over.status, 500);
  assert.match(over.json.error.message, /no turn left for request 4/);
});

test('raw chunks, base64, pauses, status, headers and body', async (t) => {
  const { proxy, session } = await start(t, [
    { chunks: ['event: pi', 'ng\ndata: {}\n\n'], chunk_delay_ms: 60 },
    { chunks_base64: [Buffer.from([0xff, 0xfe, 0]).toString('base64'), 'IQ=='] },
    {
      status: 429,
      headers: { 'retry-after': '3' },
      body: { type: 'error', error: { type: 'rate_limit_error', message: 'm' } },
      delay_ms: 50,
    },
    { events: [{ type: 'ping' }, { type: 'error', error: { type: 'overloaded_error', message: 'm' } }] },
    { body: '{not json', headers: { 'content-type': 'application/json' } },
  ]);
  const response = await open(proxy, post(proxy, session, messages('x')));
  const pieces = /** @type {string[]} */ ([]);
  for await (const chunk of response) pieces.push(chunk.toString());
  assert.deepEqual(pieces, ['event: pi', 'ng\ndata: {}\n\n']);
  assert.deepEqual(
    [...(await call(proxy, post(proxy, session, messages('x')))).bytes],
    [0xff, 0xfe, 0, 0x21],
  );
  const limited = await call(proxy, post(proxy, session, messages('x')));
  assert.equal(limited.status, 429);
  assert.equal(limited.headers['retry-after'], '3');
  assert.equal(limited.json.error.type, 'rate_limit_error');
  assert.deepEqual(
    parseEvents((await call(proxy, post(proxy, session, messages('x')))).text).map((e) => e.event),
    ['ping', 'error'],
  );
  assert.equal((await call(proxy, post(proxy, session, messages('x')))).text, '{not json');
});

test('a turn waits for its match and repeats where it says so', async (t) => {
  const text = (/** @type {string} */ s) => [{ type: 'text', text: s }];
  const { proxy, session } = await start(t, [
    { match: 'first words', content: text('A') },
    { match: 'from the tool', content: text('B') },
    { content: text('C'), repeat: true },
  ]);
  const ask = async (/** @type {any[]} */ list) =>
    foldMessage((await call(proxy, post(proxy, session, { ...messages(''), messages: list }))).text)
      .content[0].text;
  const user = (/** @type {any} */ content) => ({ role: 'user', content });
  assert.equal(await ask([user('something else')]), 'C');
  assert.equal(
    await ask([
      user('the first words'),
      { role: 'assistant', content: 'x' },
      user([
        { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 'it came from the tool' }] },
      ]),
    ]),
    'B',
  );
  assert.equal(await ask([user('the first words')]), 'A');
  assert.equal(await ask([user('the first words')]), 'C');
});

test('cuts and silence', async (t) => {
  const chunks = ['event: ping\ndata: {}\n\n', 'event: content_block_delta\ndata: {"a":"é"}\n\n'];
  const { proxy, session } = await start(t, [
    { chunks, cut_after_bytes: 30 },
    { chunks, cut_after_bytes: 63, cut: 'upstream' },
    { chunks: chunks.slice(0, 1), hang: true },
    { hang: true, chunks: [] },
  ]);
  const torn = await call(proxy, post(proxy, session, messages('x')));
  assert.ok(torn.torn);
  assert.equal(torn.bytes.length, 30);
  const failed = await call(proxy, post(proxy, session, messages('x')));
  assert.ok(!failed.torn);
  assert.equal(parseEvents(failed.text).at(-1)?.event, 'error');
  const hanging = await open(proxy, post(proxy, session, messages('x')));
  let text = '';
  hanging.on('data', (d) => (text += d));
  hanging.on('error', () => {});
  await until(() => text.includes('ping'));
  await sleep(100);
  assert.ok(!hanging.complete);
  hanging.destroy();
  await until(() => proxy.stderr.includes('"ended":"client left"'));
});

test('malformed requests are refused as the API would', async (t) => {
  const { proxy, session } = await start(t, [{ content: [{ type: 'text', text: 'x' }], repeat: true }]);
  for (const body of [
    '{',
    '[]',
    '{}',
    'null',
    JSON.stringify(messages('x')) + '!',
    JSON.stringify({ ...messages('x'), messages: [] }),
    JSON.stringify({ ...messages('x'), max_tokens: 0 }),
    JSON.stringify({ ...messages('x'), messages: [{ role: 'robot', content: 'x' }] }),
    JSON.stringify({ ...messages('x'), messages: [{ role: 'user', content: 7 }] }),
  ]) {
    const answer = await call(proxy, post(proxy, session, body));
    assert.equal(answer.status, 400, body);
    assert.equal(answer.json.error.type, 'invalid_request_error');
  }
  assert.equal((await call(proxy, post(proxy, session, ''))).status, 400);
});

test('a faulty file is refused at start, with the turn that is wrong', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'bad.json');
  for (const [text, words] of /** @type {[string, RegExp][]} */ ([
    ['{', /not valid JSON/],
    ['{"turns":[]}', /at least one turn/],
    ['{"turns":[{"content":[]},{"contents":[]}]}', /turn 2 has an unknown member "contents"/],
    ['{"turns":[{}]}', /turn 1: one of chunks/],
    ['{"turns":[{"status":"200","hang":true}]}', /status must be a number/],
    ['{"turns":[{"status":700,"hang":true}]}', /200 to 599/],
    ['{"turns":[{"chunks":[1]}]}', /chunks must be an array of strings/],
    ['{"turns":[{"chunks_base64":["%"]}]}', /not base64/],
    ['{"turns":[{"content":[{"type":"image"}]}]}', /content: a block/],
    ['{"turns":[{"events":[{}]}]}', /an event must have a type/],
    ['{"turns":[{"chunks":[],"events":[]}]}', /only one of/],
    ['{"turns":[{"hang":true,"headers":{"a":"b\\r\\nc: d"}}]}', /one-line/],
    ['{"turns":[{"hang":true,"cut":"sometimes"}]}', /cut must be/],
  ])) {
    writeFileSync(file, text);
    const result = await run(['--port', '0', '--state-dir', path.join(folder, 's'), '--scenario', file]);
    assert.equal(result.code, 2, text);
    assert.match(result.stderr, words);
  }
});
