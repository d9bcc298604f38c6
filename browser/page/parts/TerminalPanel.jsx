import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { sentence } from '../logic/format.js';
import { setTerminalHeight, showTerminal, TERMINAL_HEIGHT } from '../logic/panel.js';
import { Icon } from './Icon.jsx';
import { useSession } from './useSession.js';

/** Share of the window's height that an arrow key moves the edge. */
const STEP = 0.05;

/**
 * The terminal below the two halves. It stays, hidden, with its shell when it is closed.
 * @param {{ state: import('../logic/session.js').State }} props
 */
export function TerminalPanel({ state }) {
  const session = useSession();
  const place = useRef(/** @type {HTMLDivElement | null} */ (null));
  const view = useRef(/** @type {import('../logic/terminal.js').TerminalView | null} */ (null));
  const [failure, setFailure] = useState('');
  const { client } = session;
  const { terminal, phase } = state;
  const wanted = terminal.opened && phase === 'ready' && client !== null;

  useEffect(() => {
    if (!wanted || !client) return;
    let left = false;
    import('../logic/terminal.js')
      .then(({ TerminalView }) => {
        if (left || !place.current) return;
        view.current = new TerminalView(client, place.current);
        view.current.focus();
      })
      .catch((error) => setFailure(sentence(error)));
    return () => {
      left = true;
      view.current?.dispose();
      view.current = null;
    };
  }, [wanted, client]);

  // At once: a key that is pressed next is for it.
  useLayoutEffect(() => {
    if (!terminal.shown) return;
    view.current?.fit();
    view.current?.focus();
  }, [terminal.shown, terminal.asked, state.tab]);

  if (!terminal.opened) return null;
  return (
    <section
      class="terminal-panel"
      aria-label="Terminal"
      data-testid="terminal-panel"
      hidden={!terminal.shown}
      data-tab={state.tab}
      style={{ '--terminal-height': `${terminal.height * 100}vh` }}
    >
      <Edge height={terminal.height} onMove={(height) => setTerminalHeight(session, height)} />
      <div class="terminal-bar">
        <Icon name="terminal" />
        <span class="terminal-title">Terminal</span>
        <span class="quiet wide-only">bash on the shadow workspace; your real files are not touched</span>
        <span class="spread" />
        <button
          class="button ghost square"
          aria-label="Hide the terminal"
          title="Hide the terminal; what runs in it goes on (Ctrl+`)"
          data-testid="terminal-hide"
          onClick={() => showTerminal(session, false)}
        >
          <Icon name="close" />
        </button>
      </div>
      {failure && <p class="terminal-failure">The terminal could not be loaded: {failure}</p>}
      <div class="terminal-place" ref={place} />
    </section>
  );
}

/** The upper edge, to be dragged or moved by arrow keys. @param {{ height: number, onMove: (height: number) => void }} props */
function Edge({ height, onMove }) {
  const drag = (/** @type {PointerEvent} */ event) => {
    const edge = /** @type {HTMLElement} */ (event.currentTarget);
    edge.setPointerCapture(event.pointerId);
    const move = (/** @type {PointerEvent} */ moved) => onMove(1 - moved.clientY / window.innerHeight);
    edge.addEventListener('pointermove', move);
    edge.addEventListener('lostpointercapture', () => edge.removeEventListener('pointermove', move), {
      once: true,
    });
  };
  const key = (/** @type {KeyboardEvent} */ event) => {
    const by = { ArrowUp: STEP, ArrowDown: -STEP }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    onMove(height + by);
  };
  return (
    <div
      class="terminal-edge"
      role="separator"
      aria-orientation="horizontal"
      aria-label="Height of the terminal"
      aria-valuenow={Math.round(height * 100)}
      aria-valuemin={TERMINAL_HEIGHT.least * 100}
      aria-valuemax={TERMINAL_HEIGHT.most * 100}
      tabIndex={0}
      onPointerDown={drag}
      onKeyDown={key}
    />
  );
}
