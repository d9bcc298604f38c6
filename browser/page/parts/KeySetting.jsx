import { useState } from 'preact/hooks';
import { sentence } from '../logic/format.js';
import { checkProxy } from '../logic/proxy.js';
import { useSession } from './useSession.js';

const PROVIDER = 'anthropic';

/**
 * A key that the user brings. It is written here and read nowhere: the client only says that there is one.
 * @param {{ state: import('../logic/session.js').State }} props
 */
export function KeySetting({ state }) {
  const session = useSession();
  const [key, setKey] = useState('');
  const [problem, setProblem] = useState('');
  const kept = state.keys.includes(PROVIDER);
  const { provider } = state.proxy;
  const inVault = state.info?.vault === 'indexeddb';

  /** @param {() => Promise<void>} change */
  const apply = async (change) => {
    setProblem('');
    try {
      await change();
      setKey('');
      await session.loadKeys();
      await checkProxy(session);
    } catch (error) {
      setProblem(sentence(error));
    }
  };

  return (
    <section class="setting">
      <h3>Your own Anthropic key</h3>
      <p class="quiet">
        Not needed when the proxy has one. The key is{' '}
        {inVault
          ? 'kept in this browser, encrypted under a key that no script can read out'
          : 'kept in memory only and forgotten when this tab closes'}
        . It is sent to the proxy alone, with each request to the model; the proxy must allow that.
      </p>
      {provider && !provider.byo && <p class="setting-warning">This proxy does not take keys from users.</p>}
      {kept ? (
        <div class="setting-row">
          <span class="kept" data-testid="key-kept">
            A key is kept.
          </span>
          <button
            class="button"
            data-testid="key-forget"
            onClick={() => apply(() => session.ready.forgetKey(PROVIDER))}
          >
            Forget it
          </button>
        </div>
      ) : (
        <form
          class="setting-row"
          onSubmit={(event) => {
            event.preventDefault();
            void apply(() => session.ready.setKey(PROVIDER, key.trim()));
          }}
        >
          <input
            class="field mono"
            type="password"
            aria-label="Anthropic API key"
            placeholder="sk-ant-…"
            autocomplete="off"
            data-testid="key"
            value={key}
            onInput={(event) => setKey(event.currentTarget.value)}
          />
          <button class="button" type="submit" data-testid="key-save" disabled={key.trim() === ''}>
            Keep
          </button>
        </form>
      )}
      {problem && (
        <p class="setting-warning" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}
