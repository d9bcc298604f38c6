import { useState } from 'preact/hooks';
import { checkProxy, pair } from '../logic/proxy.js';
import { Icon } from './Icon.jsx';
import { useSession } from './useSession.js';

/**
 * Not paired, or no proxy: what happened, what to do, and what works all the same.
 * @param {{ proxy: import('../logic/proxy.js').Proxy }} props
 */
export function PairBanner({ proxy }) {
  const session = useSession();
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const unreachable = proxy.state === 'unreachable';
  /** @param {() => Promise<void>} action */
  const during = async (action) => {
    setBusy(true);
    await session.run(action);
    setBusy(false);
  };
  /** @param {SubmitEvent} event */
  const submit = (event) => {
    event.preventDefault();
    void during(() => pair(session, text));
  };
  return (
    <div
      class="banner pair"
      data-level="info"
      role="status"
      data-testid="pair-banner"
      data-state={proxy.state}
    >
      <Icon name="plug" />
      <div class="banner-text">
        <strong>
          {unreachable ? 'The proxy cannot be reached.' : 'This browser is not paired with the proxy.'}
        </strong>{' '}
        {unreachable ? (
          <>
            Run <code>npm start</code> and try again, or paste the address it prints.
          </>
        ) : (
          <>
            <code>npm start</code> prints an address with a one-time token: open it, or paste it here.
          </>
        )}{' '}
        <span class="quiet">Importing, reviewing and committing work without it.</span>
        {proxy.message && <span class="pair-message">{proxy.message}</span>}
      </div>
      <form class="pair-form" onSubmit={submit}>
        <input
          class="field mono"
          type="text"
          autocomplete="off"
          spellcheck={false}
          aria-label="Pairing token or address"
          placeholder="Token or address"
          data-testid="pair-input"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button
          class="button primary"
          type="submit"
          data-testid="pair-submit"
          disabled={busy || text.trim() === ''}
        >
          Pair
        </button>
        <button
          class="button"
          type="button"
          data-testid="proxy-retry"
          disabled={busy}
          onClick={() => during(() => checkProxy(session))}
        >
          Retry
        </button>
      </form>
    </div>
  );
}
