/** umbra run: an agent's turn against a provider over real HTTP, and through the real proxy. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { sendStream, startProvider, startProxy, streamOf } from '../e2e/support/servers.mjs';
import { project, snapshot } from './support.mjs';

/** Answers the requests of one conversation in turn. @param {any[][]} answers */
async function provider(answers) {
  let next = 0;
  return startProvider((_body, response) =>
    sendStream(response, answers[next++] ?? [{ type: 'text', text: 'Done.' }]),
  );
}

const KEY = { ANTHROPIC_API_KEY: 'sk-ant-canary-0123456789' };

test('a turn with several tool calls changes the shadow, and errors go back to the model', async (context) => {
  const { folder, umbra } = await project(context, { 'a.txt': 'one\n' });
  const before = await snapshot(folder);
  const model = await provider([
    [
      { type: 'text', text: 'I look — für dich.' },
      { type: 'tool_use', id: 't1', name: 'Read', input: { file_path: 'a.txt' } },
      { type: 'tool_use', id: 't2', name: 'Read', input: { file_path: 'missing.txt' } },
      { type: 'tool_use', id: 't3', name: 'Write', input: { file_path: 'b.txt', content: 'two\n' } },
      { type: 'tool_use', id: 't4', name: 'Write', input: '{"file_path": "c.txt", "conte' },
    ],
  ]);
  context.after(() => model.stop());
  const result = await umbra(['--base-url', model.url, '--yes', 'run', 'do it'], KEY);
  assert.equal(result.status, 0, result.stderr);
  assert.equal(result.stdout, 'I look — für dich.\nDone.\n');
  assert.equal(model.requests.length, 2);
  const [first, second] = model.requests;
  assert.equal(first.url, '/v1/messages');
  assert.equal(first.headers['x-api-key'], KEY.ANTHROPIC_API_KEY);
  assert.equal(first.headers['anthropic-version'], '2023-06-01');
  assert.equal(first.body.stream, true);
  assert.deepEqual(first.body.messages, [{ role: 'user', content: [{ type: 'text', text: 'do it' }] }]);
  const results = second.body.messages[2].content;
  assert.deepEqual(
    results.map((/** @type {any} */ one) => [one.tool_use_id, one.is_error]),
    [
      ['t1', false],
      ['t2', true],
      ['t3', false],
      ['t4', true],
    ],
  );
  assert.match(results[1].content, /missing\.txt: no such file/);
  assert.match(results[3].content, /JSON/);
  assert.equal((await umbra(['status'])).stdout, 'A b.txt\n');
  assert.deepEqual(await snapshot(folder), before);
});

test('a model runs command lines in a shell that stays', async (context) => {
  const { folder, umbra } = await project(context, { 'src/a.txt': 'one\n' });
  const before = await snapshot(folder);
  const model = await provider([
    [{ type: 'tool_use', id: 't1', name: 'Bash', input: { command: 'cd src; n=2; sed -i s/one/1/ a.txt' } }],
    [
      {
        type: 'tool_use',
        id: 't2',
        name: 'Bash',
        input: { command: 'printf "\\e[31mred\n"; sleep 0.3; false' },
      },
      { type: 'tool_use', id: 't3', name: 'Bash', input: { command: 'cat a.txt; echo $n > b.txt' } },
    ],
    [
      {
        type: 'tool_use',
        id: 't4',
        name: 'Bash',
        input: { command: 'sleep 0.1; echo later', run_in_background: true },
      },
    ],
    [{ type: 'tool_use', id: 't5', name: 'Bash', input: { command: 'sleep 0.5' } }],
    [{ type: 'tool_use', id: 't6', name: 'BashOutput', input: { bash_id: 'bash_1' } }],
  ]);
  context.after(() => model.stop());
  const result = await umbra(['--base-url', model.url, '--yes', 'run', 'do it'], KEY);
  assert.equal(result.status, 0, result.stderr);
  assert.ok(result.stderr.includes('  │ [31mred\n  ✗ Bash: '), result.stderr);
  const { messages, tools } = model.requests.at(-1).body;
  assert.deepEqual(tools.map((/** @type {any} */ one) => one.name).slice(6), [
    'Bash',
    'BashOutput',
    'KillShell',
  ]);
  const results = messages.flatMap((/** @type {any} */ one) =>
    one.content.filter((/** @type {any} */ block) => block.type === 'tool_result'),
  );
  assert.deepEqual(
    results.map((/** @type {any} */ one) => [one.tool_use_id, one.content, one.is_error]),
    [
      ['t1', '[the working directory is /workspace/src now]', false],
      ['t2', '\u001b[31mred\nexit status 1', true],
      ['t3', '1\n', false],
      [
        't4',
        'It runs in the background as bash_1. BashOutput gives what it has printed, KillShell ends it.',
        false,
      ],
      ['t5', '(no output)', false],
      ['t6', '[bash_1 has ended with exit status 0]\nlater\n', false],
    ],
  );
  assert.equal((await umbra(['status'])).stdout, 'M src/a.txt\nA src/b.txt\n');
  assert.match((await umbra(['log'])).stdout, /before Bash cd src; n=2; sed.*\n.*before Bash cat a\.txt/);
  assert.deepEqual(await snapshot(folder), before);
});

test('without a terminal a command line is denied', async (context) => {
  const { umbra } = await project(context, {});
  const model = await provider([
    [{ type: 'tool_use', id: 't1', name: 'Bash', input: { command: 'echo a > b\necho c' } }],
  ]);
  context.after(() => model.stop());
  const result = await umbra(['--base-url', model.url, 'run', 'do it'], KEY);
  assert.match(result.stderr, /denied: Bash echo a > b …/);
  assert.equal((await umbra(['status'])).stdout, '');
});

test('without a terminal writing is denied, and the model hears it', async (context) => {
  const { umbra } = await project(context, {});
  const model = await provider([
    [{ type: 'tool_use', id: 't1', name: 'Write', input: { file_path: 'b', content: '' } }],
  ]);
  context.after(() => model.stop());
  const result = await umbra(['--base-url', model.url, 'run', 'do it'], KEY);
  assert.match(result.stderr, /denied: Write b/);
  assert.match(model.requests[1].body.messages[2].content[0].content, /denied/);
  assert.equal((await umbra(['status'])).stdout, '');
});

test('flags and environment alike', async (context) => {
  const { umbra } = await project(context, {});
  const model = await provider([
    [{ type: 'tool_use', id: 't1', name: 'Write', input: { file_path: 'b', content: '' } }],
  ]);
  context.after(() => model.stop());
  const env = { ...KEY, ANTHROPIC_BASE_URL: model.url, UMBRA_YES: '1', UMBRA_MODEL: 'some-model' };
  assert.equal((await umbra(['run', 'do it'], env)).status, 0);
  assert.equal(model.requests[0].body.model, 'some-model');
  assert.equal((await umbra(['status'])).stdout, 'A b\n');
  assert.equal((await umbra(['--model=other', 'run', 'again'], { ...env, UMBRA_CONTINUE: '1' })).status, 0);
  assert.equal(model.requests[2].body.model, 'other');
  assert.equal(model.requests[2].body.messages.length, 5);
});

test('a conversation goes on only with --continue', async (context) => {
  const { umbra } = await project(context, {});
  const model = await provider([]);
  context.after(() => model.stop());
  for (const parameters of [
    ['run', 'first'],
    ['--continue', 'run', 'second'],
    ['run', 'third'],
  ]) {
    assert.equal((await umbra(['--base-url', model.url, ...parameters], KEY)).status, 0);
  }
  assert.deepEqual(
    model.requests.map(({ body }) => body.messages.length),
    [1, 3, 1],
  );
});

for (const [status, sentence] of /** @type {[number, RegExp][]} */ ([
  [401, /status 401: no key.*check the key/],
  [429, /status 429: slow down.*wait/],
  [500, /status 500: oops.*provider's side/],
])) {
  test(`a provider's ${status} is said and nothing is lost`, async (context) => {
    const { umbra } = await project(context, {});
    const messages = { 401: 'no key', 429: 'slow down', 500: 'oops' };
    const model = await startProvider((_body, response) => {
      response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '7' });
      response.end(
        JSON.stringify({
          type: 'error',
          error: { type: 'x', message: messages[/** @type {401} */ (status)] },
        }),
      );
    });
    context.after(() => model.stop());
    const result = await umbra(['--base-url', model.url, 'run', 'hello'], KEY);
    assert.equal(result.status, 1);
    assert.match(result.stderr, sentence);
    const again = await umbra(['--base-url', model.url, '--continue', 'run', 'again'], KEY);
    assert.equal(again.status, 1);
    assert.deepEqual(
      model.requests[1].body.messages[0].content.map((/** @type {any} */ block) => block.text),
      ['hello', 'again'],
    );
  });
}

for (const [what, spoil] of /** @type {[string, (stream: Buffer) => Buffer][]} */ ([
  ['in the middle of an event', (stream) => stream.subarray(0, stream.length - 40)],
  ['in the middle of a character', (stream) => stream.subarray(0, stream.lastIndexOf(Buffer.from('ü')) + 1)],
  [
    'with malformed JSON',
    (stream) => Buffer.from(stream.toString().replace('{"type":"message_delta"', '{"type":message_delta')),
  ],
])) {
  test(`a stream that breaks off ${what} keeps the text that came`, async (context) => {
    const { umbra } = await project(context, {});
    const whole = Buffer.from(streamOf([{ type: 'text', text: 'The text so far, größer, grün' }]).join(''));
    const model = await startProvider((_body, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(spoil(whole), () => response.socket?.end());
    });
    context.after(() => model.stop());
    const result = await umbra(['--base-url', model.url, 'run', 'hello'], KEY);
    assert.equal(result.status, 1);
    assert.match(result.stdout, /^The text/);
    assert.ok(result.stderr.length > 20);
    await umbra(['--base-url', model.url, '--continue', 'run', 'go on'], KEY);
    const kept = model.requests[1].body.messages[1];
    assert.equal(kept.role, 'assistant');
    assert.match(kept.content[0].text, /^The text/);
  });
}

test('killed in mid-turn, the conversation and the workspace are whole', async (context) => {
  const { start, umbra } = await project(context, { 'a.txt': 'a\n' });
  let requests = 0;
  /** @type {(value?: unknown) => void} */
  let reached = () => undefined;
  const held = new Promise((resolve) => (reached = resolve));
  const model = await startProvider((_body, response) => {
    requests++;
    if (requests === 1) {
      sendStream(response, [
        { type: 'tool_use', id: 't1', name: 'Write', input: { file_path: 'b.txt', content: 'b\n' } },
      ]);
    } else if (requests === 2) {
      reached(); // and never answer
    } else {
      sendStream(response, [{ type: 'text', text: 'Going on.' }]);
    }
  });
  context.after(() => model.stop());
  const child = start(['--base-url', model.url, '--yes', 'run', 'write'], KEY);
  const ended = new Promise((resolve) => child.on('exit', resolve));
  await held;
  child.kill('SIGKILL');
  await ended;
  assert.equal((await umbra(['status'])).stdout, 'A b.txt\n');
  const result = await umbra(['--base-url', model.url, '--continue', 'run', 'go on'], KEY);
  assert.equal(result.status, 0, result.stderr);
  assert.deepEqual(
    model.requests[2].body.messages.map((/** @type {any} */ message) => message.role),
    ['user', 'assistant', 'user'],
  );
});

test('through the proxy: paired once, the session is kept', async (context) => {
  const { umbra } = await project(context, { 'a.txt': 'colour\n' });
  const proxy = await startProxy();
  context.after(() => proxy.stop());
  const first = await umbra(['--proxy', proxy.address, '--yes', 'run', 'rename colour to color']);
  assert.equal(first.status, 0, first.stderr);
  assert.equal((await umbra(['status'])).stdout, 'M a.txt\n');
  assert.equal((await umbra(['--proxy', proxy.origin, 'run', 'list the files'])).status, 0);
  const { umbra: stranger } = await project(context, {});
  const refused = await stranger(['--proxy', proxy.address, 'run', 'list']);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /did not accept the token/);
});

test('without a model, or with one that is not to be spoken to in the clear', async (context) => {
  const { umbra } = await project(context, {});
  assert.match((await umbra(['run', 'hello'])).stderr, /no model is configured: set ANTHROPIC_API_KEY/);
  assert.match(
    (await umbra(['--base-url', 'http://192.0.2.1', 'run', 'hello'], KEY)).stderr,
    /not encrypted/,
  );
  assert.match(
    (await umbra(['--base-url', 'http://127.0.0.1:9', 'run', 'hello'], KEY)).stderr,
    /connection to http:\/\/127\.0\.0\.1:9 failed/,
  );
});
