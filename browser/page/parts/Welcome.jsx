import { ImportButton } from './ImportButton.jsx';
import { ImportStatus } from './ImportStatus.jsx';
import { Mark } from './Icon.jsx';
import { useSession } from './useSession.js';

/** @param {{ state: import('../logic/session.js').State }} props */
export function Welcome({ state }) {
  const session = useSession();
  return (
    <main class="welcome">
      <div class="welcome-inner">
        <Mark />
        <h2>An agent that works on a shadow of your project</h2>
        <p class="lead">
          Umbra copies a project folder into private storage of this tab and lets an agent work on the copy.
          You review every change as a diff. <strong>Your real files stay untouched until you commit.</strong>
        </p>
        {state.importing ? (
          <ImportStatus state={state} />
        ) : (
          <>
            <div class="welcome-actions">
              <ImportButton state={state} />
              <button
                class="button large"
                data-testid="start-empty"
                onClick={() => session.set({ started: true })}
              >
                Start with an empty workspace
              </button>
            </div>
            <p class="quiet drop-hint">or drop a folder, a tar or a ZIP anywhere on this page</p>
            <ImportStatus state={state} />
          </>
        )}
        <ol class="steps">
          <li>
            <strong>Import</strong>
            <span>A folder is read into the shadow workspace; what git ignores stays out.</span>
          </li>
          <li>
            <strong>Ask</strong>
            <span>The agent reads and edits there. Writing asks you first.</span>
          </li>
          <li>
            <strong>Review and commit</strong>
            <span>Accept file by file; only that reaches the folder.</span>
          </li>
        </ol>
      </div>
    </main>
  );
}
