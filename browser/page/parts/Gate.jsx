import { Icon, Mark } from './Icon.jsx';
import { useSession } from './useSession.js';

/**
 * What stands in the page's place while the workspace is not open.
 * @param {{ state: import('../logic/session.js').State }} props
 */
export function Gate({ state }) {
  const session = useSession();
  if (state.phase === 'opening') {
    return (
      <main class="gate" aria-busy="true">
        <p class="gate-opening quiet">Opening the workspace…</p>
      </main>
    );
  }
  const held = state.phase === 'held';
  return (
    <main class="gate">
      <div class="panel" role="alert" data-testid="gate" data-phase={state.phase}>
        <Mark />
        <h2>{held ? 'This workspace is open in another tab' : 'The workspace could not be opened'}</h2>
        <p>
          {held
            ? 'Only one tab at a time can hold it, so that nothing is written twice. Close the other tab, then try again.'
            : 'Nothing was changed. The reason that was given:'}
        </p>
        {state.failure && <p class="quiet reason">{state.failure}</p>}
        <button
          class="button primary"
          data-testid="open-retry"
          onClick={() => session.run(() => session.open())}
        >
          <Icon name="refresh" />
          Try again
        </button>
      </div>
    </main>
  );
}
