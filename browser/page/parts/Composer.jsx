import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { waitingTools } from '../logic/conversation.js';
import { count } from '../logic/format.js';
import { modelNote } from '../logic/proxy.js';
import { Icon } from './Icon.jsx';
import { useSession } from './useSession.js';

/** @typedef {import('../logic/session.js').State} State */

/** @param {{ state: State }} props */
export function Composer({ state }) {
  const session = useSession();
  const area = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const { draft, talk } = state;
  const busy = talk.running || state.sending;
  const can = state.phase === 'ready' && !busy;
  const note = modelNote(state);

  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${Math.min(element.scrollHeight, window.innerHeight * 0.35)}px`;
  }, [draft]);
  useEffect(() => {
    if (window.matchMedia('(min-width: 900px)').matches) area.current?.focus({ preventScroll: true });
  }, []);

  const send = () => session.run(() => session.sendDraft());
  /** @param {KeyboardEvent} event */
  const key = (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (can) void send();
  };

  return (
    <div class="composer">
      {note && (
        <p class="model-note" data-testid="model-note">
          <Icon name="info" />
          <span>{note}</span>
        </p>
      )}
      <div class="composer-box" data-busy={busy}>
        <textarea
          ref={area}
          rows={1}
          class="composer-input"
          aria-label="Message to the agent"
          aria-describedby="composer-hint"
          placeholder="Ask for a change…"
          data-testid="prompt"
          value={draft}
          onInput={(event) => session.set({ draft: event.currentTarget.value })}
          onKeyDown={key}
        />
        {busy ? (
          <button
            class="button stop"
            data-testid="stop"
            title="Stop the turn"
            onClick={() => session.run(() => session.cancel())}
          >
            <span class="stop-mark" />
            Stop
          </button>
        ) : (
          <button
            class="button primary square send"
            aria-label="Send"
            title="Send (Enter)"
            data-testid="send"
            disabled={!can || draft.trim() === ''}
            onClick={send}
          >
            <Icon name="arrowUp" />
          </button>
        )}
      </div>
      <div class="composer-foot quiet">
        <span id="composer-hint" data-testid="composer-hint">
          <Hint state={state} />
        </span>
        <span class="spread" />
        <Usage talk={talk} />
        <button
          class="button ghost small"
          data-testid="new-conversation"
          disabled={!can || talk.items.length === 0}
          onClick={() => session.run(() => session.newConversation())}
        >
          <Icon name="chat" />
          New conversation
        </button>
      </div>
    </div>
  );
}

/** @param {{ state: State }} props */
function Hint({ state }) {
  const waiting = waitingTools(state.talk).length;
  if (state.phase === 'crashed') return <>Reopen the workspace to go on.</>;
  if (state.phase === 'taken') return <>Take the workspace back to go on.</>;
  if (waiting > 0) {
    return (
      <button class="link" data-testid="show-permission" onClick={showPermission}>
        Waiting for your permission
      </button>
    );
  }
  if (state.talk.running || state.sending) return <>Working. You can write the next message meanwhile.</>;
  if (state.proxy.state === 'unpaired') return <>Pair with the proxy to send messages.</>;
  if (state.proxy.state === 'unreachable') return <>The proxy cannot be reached; sending tries again.</>;
  return (
    <span class="wide-only">
      <kbd>Enter</kbd> sends, <kbd>Shift</kbd>+<kbd>Enter</kbd> for a new line
    </span>
  );
}

function showPermission() {
  const element = document.querySelector('[data-testid="permission"]');
  if (!(element instanceof HTMLElement)) return;
  element.scrollIntoView({ block: 'nearest' });
  element.focus();
}

/** @param {{ talk: State['talk'] }} props */
function Usage({ talk }) {
  if (talk.inputTokens + talk.outputTokens === 0) return null;
  return (
    <span class="usage wide-only" title="Tokens in and out, this conversation">
      {count(talk.inputTokens)} in · {count(talk.outputTokens)} out
    </span>
  );
}
