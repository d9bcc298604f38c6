import { moment } from '../logic/format.js';
import { showWorkspaces } from '../logic/workspaces.js';
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
  const open = (/** @type {{ takeOver?: boolean }} */ options) => session.run(() => session.reopen(options));
  const other = () => session.run(() => showWorkspaces(session));
  return (
    <main class="gate">
      <div class="panel" role="alert" data-testid="gate" data-phase={state.phase}>
        <Mark />
        <h2>{held ? 'This workspace is open in another tab' : 'The workspace could not be opened'}</h2>
        <p>
          {held
            ? 'Only one tab at a time can hold it, so that nothing is written twice. If you take it over, the other ' +
              'tab stops what it does, saves everything and closes it.'
            : 'Nothing was changed. The reason that was given:'}
        </p>
        {held && state.heldSince > 0 && (
          <p class="quiet reason">
            “{state.workspace}” has been open there since {moment(state.heldSince)}.
          </p>
        )}
        {!(held && state.heldSince) && state.failure && <p class="quiet reason">{state.failure}</p>}
        <div class="panel-actions">
          {held && (
            <button class="button primary" data-testid="take-over" onClick={() => open({ takeOver: true })}>
              Take over
            </button>
          )}
          <button
            class={held ? 'button' : 'button primary'}
            data-testid="open-retry"
            onClick={() => open({})}
          >
            <Icon name="refresh" />
            Try again
          </button>
          <button class="button" data-testid="other-workspace" onClick={other}>
            Open another workspace
          </button>
        </div>
      </div>
    </main>
  );
}
