import { plural } from '../logic/format.js';
import { commit, zip } from '../logic/review.js';
import { Icon } from './Icon.jsx';
import { useSession } from './useSession.js';

/** @param {{ state: import('../logic/session.js').State, accepted: number }} props */
export function CommitBar({ state, accepted }) {
  const session = useSession();
  const { review, talk } = state;
  const { canCommit, busy } = review;
  const blocked = busy !== '' || accepted === 0 || state.phase !== 'ready';
  const hint = canCommit
    ? 'Files that changed on disk since the import are never overwritten.'
    : 'This browser cannot write the folder. The ZIP holds the accepted files; unpack it over your folder.';
  return (
    <div class="commit-bar">
      <p class="quiet commit-hint">
        {talk.running ? 'The agent is still working. ' : ''}
        {hint}
      </p>
      <div class="commit-actions">
        <button
          class={canCommit ? 'button ghost' : 'button primary'}
          data-testid="zip"
          disabled={blocked}
          onClick={() => session.run(() => zip(session))}
        >
          <Icon name="download" />
          {canCommit ? 'ZIP' : 'Download ZIP'}
        </button>
        {canCommit && (
          <button
            class="button primary"
            data-testid="commit"
            disabled={blocked}
            onClick={() => session.run(() => commit(session))}
          >
            {busy === 'commit'
              ? 'Committing…'
              : busy === 'undo'
                ? 'Undoing…'
                : `Commit ${plural(accepted, 'file')}`}
          </button>
        )}
      </div>
    </div>
  );
}
