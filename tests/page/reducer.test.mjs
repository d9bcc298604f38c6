/** The conversation reducer: events in, what the page shows out. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  EMPTY,
  reduce,
  restore,
  retryText,
  settle,
  waitingTools,
} from '../../browser/page/logic/conversation.js';

/** @typedef {import('../../browser/client/umbra.js').UmbraEvent} UmbraEvent */
/** @typedef {import('../../browser/page/logic/conversation.js').ToolItem} ToolItem */

let seq = 0;
/** @param {string} text @returns {UmbraEvent} */
const user = (text) => ({ type: 'user', seq: ++seq, time: 0, text });
/** @param {string} text @returns {UmbraEvent} */
const delta = (text, index = 0) => ({ type: 'text_delta', index, text });
/** @param {unknown[]} content @returns {UmbraEvent} */
const assistant = (...content) => ({
  type: 'assistant',
  seq: ++seq,
  time: 0,
  content: /** @type {Extract<UmbraEvent, { type: 'assistant' }>['content']} */ (content),
  stop_reason: 'end_turn',
  usage: { input_tokens: 10, output_tokens: 2 },
});
/** @param {string} text */
const said = (text) => ({ type: 'text', text });
/** @param {string} id */
const call = (id, name = 'Edit', input = { path: 'a.txt' }) => ({ type: 'tool_use', id, name, input });
/** @param {string} id @returns {UmbraEvent} */
const result = (id, content = 'ok', is_error = false) => ({
  type: 'tool_result',
  seq: ++seq,
  time: 0,
  id,
  name: 'Edit',
  content,
  is_error,
});
/** @param {string} id @returns {UmbraEvent} */
const request = (id) => ({
  type: 'permission_request',
  id,
  tool: 'Edit',
  input: { path: 'a.txt' },
  summary: 'Edit a.txt',
});
/** @param {string} id @param {'allow' | 'allow_session' | 'deny'} decision @returns {UmbraEvent} */
const decided = (id, decision, reason = '') => ({
  type: 'permission',
  seq: ++seq,
  id,
  tool: 'Edit',
  decision,
  reason,
});
/** @param {string} stop_reason @returns {UmbraEvent} */
const end = (stop_reason = 'end_turn', error = undefined) => ({
  type: 'turn_end',
  seq: ++seq,
  time: 0,
  stop_reason,
  error,
});
/** @param {string} id @returns {UmbraEvent} */
const start = (id) => ({ type: 'tool_start', id, name: 'Edit' });

/** @param {UmbraEvent[]} events */
const run = (...events) => events.reduce(reduce, EMPTY);
/** @param {import('../../browser/page/logic/conversation.js').Conversation} state */
const shape = (state) =>
  state.items.map((item) => {
    if (item.kind === 'tool') return `tool:${item.id}:${item.state}`;
    if (item.kind === 'end') return `end:${item.stopReason}`;
    return `${item.kind}:${item.text}`;
  });
/** @param {import('../../browser/page/logic/conversation.js').Conversation} state @returns {ToolItem} */
const tool = (state, id = 't') =>
  /** @type {ToolItem} */ (state.items.find((item) => item.kind === 'tool' && item.id === id));

describe('text', () => {
  test('deltas of one block join, of two blocks do not', () => {
    const state = run(user('hi'), delta('He'), delta('llo'), delta('World', 1));
    assert.deepEqual(shape(state), ['user:hi', 'text:Hello', 'text:World']);
    assert.ok(state.running);
    assert.ok(!state.answered);
  });

  test('the whole message replaces its deltas and keeps their key', () => {
    const before = run(user('hi'), delta('Hel'));
    const after = reduce(before, assistant(said('Hello.')));
    assert.deepEqual(shape(after), ['user:hi', 'text:Hello.']);
    assert.equal(after.items[1].key, before.items[1].key);
    assert.ok(after.answered);
  });

  test('deltas of the next message begin a new item', () => {
    const state = run(user('hi'), delta('one'), assistant(said('one')), delta('two'));
    assert.deepEqual(shape(state), ['user:hi', 'text:one', 'text:two']);
  });

  test('an empty block leaves no item', () => {
    assert.deepEqual(shape(run(user('hi'), assistant(said(''), call('t')))), ['user:hi', 'tool:t:queued']);
  });

  test('a stream that ends in the middle leaves its text, marked', () => {
    const error = { code: 'ENET', message: 'cut' };
    const state = run(user('hi'), delta('Hel'), /** @type {UmbraEvent} */ ({ ...end('error'), error }));
    assert.deepEqual(shape(state), ['user:hi', 'text:Hel', 'end:error']);
    const [, text, last] = state.items;
    assert.ok(text.kind === 'text' && text.partial && !text.draft);
    assert.ok(last.kind === 'end');
    assert.deepEqual(last.error, error);
  });
});

test('a cut message that the runtime kept is marked, and is not there twice', () => {
  const kept = /** @type {UmbraEvent} */ ({ ...assistant(said('Hel')), stop_reason: 'cancelled' });
  const state = run(user('a'), delta('Hel'), kept, end('cancelled'));
  assert.deepEqual(shape(state), ['user:a', 'text:Hel', 'end:cancelled']);
  assert.ok(state.items[1].kind === 'text' && state.items[1].partial);
  assert.deepEqual(shape(restore([user('a'), kept, end('interrupted')])), [
    'user:a',
    'text:Hel',
    'end:interrupted',
  ]);
});

test('text after a cut message is its own item', () => {
  const state = run(
    user('a'),
    delta('Hel'),
    end('cancelled'),
    user('b'),
    delta('New'),
    assistant(said('New')),
  );
  assert.deepEqual(shape(state), ['user:a', 'text:Hel', 'end:cancelled', 'user:b', 'text:New']);
  assert.equal(new Set(state.items.map(({ key }) => key)).size, state.items.length);
});

describe('tool calls', () => {
  test('the whole life: writing, queued, waiting, queued, running, done', () => {
    const events = [
      user('hi'),
      /** @type {UmbraEvent} */ ({ type: 'tool_input', index: 0, id: 't', name: 'Edit', bytes: 7 }),
      assistant(call('t')),
      request('t'),
      decided('t', 'allow'),
      start('t'),
      result('t', 'changed'),
    ];
    let state = EMPTY;
    const states = [];
    for (const event of events) {
      state = reduce(state, event);
      if (tool(state)) states.push(tool(state).state);
    }
    assert.deepEqual(states, ['writing', 'queued', 'waiting', 'queued', 'running', 'done']);
    assert.equal(tool(state).bytes, 7);
    assert.equal(tool(state).result, 'changed');
    assert.equal(tool(state).decision, 'allow');
    assert.equal(state.items.length, 2);
  });

  test('a denied call stays denied when its result comes', () => {
    const state = run(
      user('x'),
      assistant(call('t')),
      request('t'),
      decided('t', 'deny', 'no'),
      result('t', 'denied', true),
    );
    assert.equal(tool(state).state, 'denied');
    assert.equal(tool(state).reason, 'no');
    assert.equal(tool(state).result, 'denied');
  });

  test('an error result', () => {
    assert.equal(
      tool(run(user('x'), assistant(call('t')), start('t'), result('t', 'E', true))).state,
      'error',
    );
  });

  test('events that overtake the message keep what they said', () => {
    const state = run(user('x'), request('t'), assistant(said('I will'), call('t')));
    assert.deepEqual(shape(state), ['user:x', 'text:I will', 'tool:t:waiting']);
    assert.equal(tool(state).summary, 'Edit a.txt');
  });

  test('several calls of one message keep their order and their own states', () => {
    const state = run(user('x'), assistant(call('a'), call('b'), call('c')), result('b'), start('c'));
    assert.deepEqual(shape(state), ['user:x', 'tool:a:queued', 'tool:b:done', 'tool:c:running']);
  });

  test('a call whose input was cut off with the stream is interrupted', () => {
    const state = run(
      user('x'),
      /** @type {UmbraEvent} */ ({ type: 'tool_input', index: 0, id: 't', name: 'Edit', bytes: 3 }),
      end('cancelled'),
    );
    assert.deepEqual(shape(state), ['user:x', 'tool:t:interrupted', 'end:cancelled']);
  });

  test('waitingTools lists the calls that wait for the user', () => {
    const state = run(
      user('x'),
      assistant(call('a'), call('b')),
      request('a'),
      request('b'),
      decided('a', 'allow'),
    );
    assert.deepEqual(
      waitingTools(state).map(({ id }) => id),
      ['b'],
    );
  });
});

describe('ends of turns', () => {
  test('a plain end leaves nothing', () => {
    const state = run(user('x'), assistant(said('y')), end());
    assert.deepEqual(shape(state), ['user:x', 'text:y']);
    assert.ok(!state.running);
  });

  test('usage is summed', () => {
    const state = run(user('x'), assistant(call('t')), result('t'), assistant(said('y')), end());
    assert.deepEqual([state.inputTokens, state.outputTokens], [20, 4]);
  });

  test('retry repeats an unanswered prompt and continues an answered one', () => {
    assert.equal(retryText(run(user('do it'), delta('I'), end('error'))), 'do it');
    assert.equal(retryText(run(user('do it'), assistant(call('t')), end('error'))), 'continue');
    assert.equal(retryText(run(user('one'), assistant(said('a')), end(), user('two'), end('error'))), 'two');
    assert.equal(retryText(EMPTY), 'continue');
  });

  test('a crash ends the running turn once', () => {
    const crash = /** @type {UmbraEvent} */ ({ type: 'crashed', message: 'gone' });
    const state = run(user('x'), assistant(call('t')), start('t'), crash, crash);
    assert.deepEqual(shape(state), ['user:x', 'tool:t:interrupted', 'end:crashed']);
    assert.equal(settle(state, 'error', null).items.length, 3);
    assert.equal(run(crash), EMPTY);
  });
});

describe('history', () => {
  test('gives the same view as the live events', () => {
    const kept = [
      user('x'),
      assistant(said('I look'), call('t')),
      decided('t', 'allow'),
      result('t'),
      assistant(said('y')),
      end(),
    ];
    const live = run(
      kept[0],
      delta('I lo'),
      delta('ok'),
      kept[1],
      request('t'),
      kept[2],
      start('t'),
      kept[3],
      delta('y'),
      kept[4],
      kept[5],
    );
    assert.deepEqual(shape(restore(kept)), shape(live));
  });

  test('a turn without an end was interrupted', () => {
    const state = restore([user('x'), assistant(call('t'))]);
    assert.deepEqual(shape(state), ['user:x', 'tool:t:interrupted', 'end:interrupted']);
    assert.ok(!state.running);
  });

  test('a prompt after a cut turn closes that turn first', () => {
    const state = restore([user('x'), assistant(call('t')), user('again'), assistant(said('y')), end()]);
    assert.deepEqual(shape(state), [
      'user:x',
      'tool:t:interrupted',
      'end:interrupted',
      'user:again',
      'text:y',
    ]);
  });

  test('a permission request after a reload brings the card back to life', () => {
    const state = reduce(restore([user('x'), assistant(call('t'))]), request('t'));
    assert.equal(tool(state).state, 'waiting');
    assert.ok(state.running);
  });
});

test('other events return the same state', () => {
  const state = run(user('x'));
  assert.equal(reduce(state, { type: 'changes', count: 3 }), state);
  assert.equal(reduce(state, { type: 'notice', level: 'info', message: 'm' }), state);
});

test('the same prompt event twice is one item', () => {
  const event = user('x');
  assert.equal(run(event, event).items.length, 1);
});

test('arguments are never changed', () => {
  const before = run(user('x'), delta('a'), assistant(call('t')), request('t'));
  const copy = structuredClone(before);
  for (const event of [
    delta('b'),
    assistant(said('c')),
    decided('t', 'deny'),
    result('t'),
    end('error'),
    user('z'),
  ]) {
    reduce(before, event);
  }
  assert.deepEqual(before, copy);
});

describe('the output of a command that runs', () => {
  /** @param {string} text @param {number} [skipped] @returns {UmbraEvent} */
  const output = (text, skipped) => ({ type: 'tool_output', id: 't', text, skipped });

  test('is joined, kept short, and gives way to the result', () => {
    const running = [user('hi'), assistant(call('t', 'Bash', { path: 'x' })), start('t')];
    const state = run(...running, output('one\n'), output('two\n'));
    assert.equal(tool(state).output, 'one\ntwo\n');
    assert.equal(tool(state).state, 'running');
    assert.equal(tool(reduce(state, output('late\n', 99))).output, '…\nlate\n');
    assert.equal(tool(reduce(state, output('x'.repeat(20000)))).output, 'x'.repeat(16384));
    const over = reduce(state, result('t', 'one\ntwo\n'));
    assert.deepEqual([tool(over).output, tool(over).result], ['', 'one\ntwo\n']);
    assert.equal(tool(reduce(over, output('after'))).output, '');
  });
});
