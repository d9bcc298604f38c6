import { Icon } from './Icon.jsx';
import { PairBanner } from './PairBanner.jsx';
import { useSession } from './useSession.js';

/** @param {{ state: import('../logic/session.js').State }} props */
export function Banners({ state }) {
  const session = useSession();
  const cut = state.proxy.state === 'unpaired' || state.proxy.state === 'unreachable';
  return (
    <div class="banners">
      {state.phase === 'crashed' && (
        <div class="banner" data-level="error" role="alert" data-testid="crashed">
          <Icon name="warning" />
          <p class="banner-text">
            <strong>The worker stopped; everything up to the last completed step is safe.</strong>{' '}
            <span class="quiet">{state.failure}</span>
          </p>
          <button class="button" data-testid="reopen" onClick={() => session.run(() => session.reopen())}>
            Reopen
          </button>
        </div>
      )}
      {state.phase === 'ready' && cut && <PairBanner proxy={state.proxy} />}
      {state.notices.map(({ message, level }) => (
        <div
          key={message}
          class="banner"
          data-level={level}
          data-testid="notice"
          role={level === 'error' ? 'alert' : 'status'}
        >
          <Icon name={level === 'info' ? 'info' : 'warning'} />
          <p class="banner-text">{message}</p>
          <button class="button ghost square" aria-label="Dismiss" onClick={() => session.dismiss(message)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
