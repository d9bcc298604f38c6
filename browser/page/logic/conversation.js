/**
 * The conversation as a pure function of the runtime's events: no DOM, no clock, no client.
 * `reduce(state, event)` never changes its arguments. Live events and `history()` take the same path; an event that
 * comes twice or out of its place leaves a consistent view (a tool card is found by its id, wherever it stands).
 */

/** @typedef {import('../../client/umbra.js').UmbraEvent} UmbraEvent */
/** @typedef {import('../../client/umbra.js').Decision} Decision */
/** @typedef {NonNullable<import('../../client/umbra.js').TurnResult['error']>} TurnError */

/**
 * The life of a tool call: `writing` (the model streams its input), `queued`, `waiting` (for the user's permission),
 * `running`, and one of the ends `done`, `error`, `denied`, `interrupted`.
 * @typedef {'writing' | 'queued' | 'waiting' | 'running' | 'done' | 'error' | 'denied' | 'interrupted'} ToolState
 */

/**
 * @typedef {{ kind: 'user', key: string, text: string, time: number }} UserItem
 * @typedef {{ kind: 'text', key: string, text: string, draft: boolean, partial: boolean }} TextItem
 * @typedef {{
 *   kind: 'tool', key: string, id: string, name: string, draft: boolean, state: ToolState, bytes: number,
 *   input: Record<string, unknown> | null, summary: string, decision: Decision | null, reason: string,
 *   output: string, result: string | null, checkpoint: number | null,
 * }} ToolItem
 * @typedef {{ kind: 'end', key: string, stopReason: string, error: TurnError | null }} EndItem
 * @typedef {UserItem | TextItem | ToolItem | EndItem} Item
 */

/**
 * @typedef {object} Conversation
 * @property {readonly Item[]} items what is shown, in order
 * @property {boolean} running a turn is under way
 * @property {boolean} answered a whole assistant message came since the last prompt
 * @property {string} lastPrompt
 * @property {number} messages messages that ended, whole or cut off; names the items of the next one
 * @property {number} inputTokens
 * @property {number} outputTokens
 */

/** @type {Conversation} */
export const EMPTY = Object.freeze({
  items: Object.freeze([]),
  running: false,
  answered: false,
  lastPrompt: '',
  messages: 0,
  inputTokens: 0,
  outputTokens: 0,
});

/** Ends of a message that was cut off and kept as far as it came. */
const CUT = new Set(['error', 'cancelled', 'interrupted']);

/** @type {ReadonlySet<ToolState>} */
const OVER = new Set(/** @type {ToolState[]} */ (['done', 'error', 'denied', 'interrupted']));

/**
 * The view after one more event. Events that are not part of the conversation return the same state.
 * @param {Conversation} state
 * @param {UmbraEvent} event
 * @returns {Conversation}
 */
export function reduce(state, event) {
  switch (event.type) {
    case 'user':
      return onUser(state, event);
    case 'text_delta':
      return onTextDelta(state, event);
    case 'tool_input':
      return withTool(state, event.id, event.name, (tool) =>
        OVER.has(tool.state) ? tool : { ...tool, bytes: event.bytes },
      );
    case 'assistant':
      return onAssistant(state, event);
    case 'permission_request':
      return withTool(state, event.id, event.tool, (tool) => ({
        ...tool,
        state: 'waiting',
        input: event.input,
        summary: event.summary,
      }));
    case 'permission':
      return withTool(state, event.id, event.tool, (tool) => ({
        ...tool,
        state: event.decision === 'deny' ? 'denied' : tool.state === 'waiting' ? 'queued' : tool.state,
        decision: event.decision,
        reason: event.reason ?? '',
      }));
    case 'tool_start':
      return withTool(state, event.id, event.name, (tool) =>
        OVER.has(tool.state) ? tool : { ...tool, state: 'running' },
      );
    case 'tool_output':
      return withTool(state, event.id, 'Bash', (tool) =>
        OVER.has(tool.state) ? tool : { ...tool, output: joinOutput(tool.output, event) },
      );
    case 'tool_result':
      return withTool(state, event.id, event.name, (tool) => ({
        ...tool,
        state: tool.decision === 'deny' ? 'denied' : event.is_error ? 'error' : 'done',
        output: '',
        result: event.content,
        checkpoint: event.checkpoint ?? null,
      }));
    case 'turn_end':
      return settle(state, event.stop_reason, event.error ?? null);
    case 'crashed':
      return state.running ? settle(state, 'crashed', null) : state;
    default:
      return state;
  }
}

/**
 * The view of a kept conversation. A last turn without an end was cut off (a reload, a crash) and is shown so.
 * @param {Iterable<UmbraEvent>} events
 * @returns {Conversation}
 */
export function restore(events) {
  let state = EMPTY;
  for (const event of events) state = reduce(state, event);
  return state.running ? settle(state, 'interrupted', null) : state;
}

/**
 * Ends the turn: what was still open is marked, and an end that a person should know of becomes an item.
 * @param {Conversation} state
 * @param {string} stopReason
 * @param {TurnError | null} error
 * @returns {Conversation}
 */
export function settle(state, stopReason, error) {
  const items = state.items.map((item) => {
    if (item.kind === 'text' && item.draft) return { ...item, draft: false, partial: true };
    if (item.kind !== 'tool' || (OVER.has(item.state) && !item.draft)) return item;
    return {
      ...item,
      draft: false,
      state: OVER.has(item.state) ? item.state : /** @type {const} */ ('interrupted'),
    };
  });
  const last = items.at(-1);
  const repeated = last?.kind === 'end' && !state.running;
  if (stopReason !== 'end_turn' && !repeated) {
    items.push({ kind: 'end', key: `end-${items.length}`, stopReason, error });
  }
  return { ...state, items, running: false, messages: state.messages + 1 };
}

/**
 * What "Retry" sends: the last prompt again when nothing was answered, else a plain "continue".
 * @param {Conversation} state
 */
export function retryText(state) {
  return state.answered || state.lastPrompt === '' ? 'continue' : state.lastPrompt;
}

/**
 * The tool calls that wait for the user, oldest first.
 * @param {Conversation} state
 * @returns {ToolItem[]}
 */
export function waitingTools(state) {
  return state.items.filter((item) => item.kind === 'tool').filter((tool) => tool.state === 'waiting');
}

/**
 * @param {Conversation} state
 * @param {Extract<UmbraEvent, { type: 'user' }>} event
 * @returns {Conversation}
 */
function onUser(state, event) {
  /** @type {UserItem} */
  const item = { kind: 'user', key: `user-${event.seq}`, text: event.text, time: event.time };
  if (state.items.some((other) => other.key === item.key)) return state;
  const before = state.running ? settle(state, 'interrupted', null) : state;
  return {
    ...before,
    items: [...before.items, item],
    running: true,
    answered: false,
    lastPrompt: event.text,
  };
}

/**
 * @param {Conversation} state
 * @param {Extract<UmbraEvent, { type: 'text_delta' }>} event
 * @returns {Conversation}
 */
function onTextDelta(state, event) {
  const key = `text-${state.messages}-${event.index}`;
  const at = state.items.findLastIndex((item) => item.key === key);
  const items = [...state.items];
  if (at < 0) {
    items.push({ kind: 'text', key, text: event.text, draft: true, partial: false });
  } else {
    const item = /** @type {TextItem} */ (items[at]);
    items[at] = { ...item, text: item.text + event.text };
  }
  return { ...state, items, running: true };
}

/**
 * A whole message takes the place of its drafts; tool cards keep what is known of them.
 * @param {Conversation} state
 * @param {Extract<UmbraEvent, { type: 'assistant' }>} event
 * @returns {Conversation}
 */
function onAssistant(state, event) {
  const ids = new Set(event.content.map((block) => (block.type === 'tool_use' ? block.id : '')));
  /** @param {Item} item */
  const replaced = (item) =>
    (item.kind === 'text' && item.draft) || (item.kind === 'tool' && (item.draft || ids.has(item.id)));
  const first = state.items.findIndex(replaced);
  const kept = state.items.filter((item) => !replaced(item));
  const partial = CUT.has(event.stop_reason);
  /** @type {Item[]} */
  const whole = [];
  for (const [index, block] of event.content.entries()) {
    if (block.type === 'tool_use') {
      const known = findTool(state, block.id) ?? newTool(block.id, block.name);
      const next = known.state === 'writing' ? 'queued' : known.state;
      whole.push({ ...known, name: block.name, draft: false, state: next, input: block.input });
    } else if (block.text !== '') {
      const key = `text-${state.messages}-${index}`;
      whole.push({ kind: 'text', key, text: block.text, draft: false, partial });
    }
  }
  const at = first < 0 ? kept.length : first;
  return {
    ...state,
    items: [...kept.slice(0, at), ...whole, ...kept.slice(at)],
    running: true,
    answered: true,
    messages: state.messages + 1,
    inputTokens: state.inputTokens + (event.usage?.input_tokens ?? 0),
    outputTokens: state.outputTokens + (event.usage?.output_tokens ?? 0),
  };
}

/**
 * @param {Conversation} state
 * @param {string} id
 * @returns {ToolItem | undefined}
 */
function findTool(state, id) {
  return /** @type {ToolItem | undefined} */ (
    state.items.findLast((item) => item.kind === 'tool' && item.id === id)
  );
}

/**
 * @param {string} id
 * @param {string} name
 * @returns {ToolItem}
 */
function newTool(id, name) {
  return {
    kind: 'tool',
    key: `tool-${id}`,
    id,
    name,
    draft: true,
    state: 'writing',
    bytes: 0,
    input: null,
    summary: '',
    decision: null,
    reason: '',
    output: '',
    result: null,
    checkpoint: null,
  };
}

/** Characters of a running command's output that are kept for showing; the result has it all. */
const OUTPUT_KEPT = 16384;

/**
 * @param {string} output
 * @param {Extract<UmbraEvent, { type: 'tool_output' }>} event
 */
function joinOutput(output, { text, skipped }) {
  return (skipped ? `…\n${text}` : output + text).slice(-OUTPUT_KEPT);
}

/**
 * Applies a change to the card of a tool call; makes the card when the call was not heard of before.
 * @param {Conversation} state
 * @param {string} id
 * @param {string} name
 * @param {(tool: ToolItem) => ToolItem} change
 * @returns {Conversation}
 */
function withTool(state, id, name, change) {
  const at = state.items.findLastIndex((item) => item.kind === 'tool' && item.id === id);
  const items = [...state.items];
  if (at < 0) items.push(change(newTool(id, name)));
  else items[at] = change(/** @type {ToolItem} */ (items[at]));
  return { ...state, items, running: true };
}
