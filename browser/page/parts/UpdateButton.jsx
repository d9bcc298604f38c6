import { updateFromFolder } from '../logic/importing.js';
import { Icon } from './Icon.jsx';
import { useSession } from './useSession.js';

/**
 * Brings the workspace up to date with its folder; there while the folder is at hand.
 * @param {{ state: import('../logic/session.js').State }} props
 */
export function UpdateButton({ state }) {
  const session = useSession();
  if (!state.updatable) return null;
  const busy = state.importing !== null || state.talk.running || state.phase !== 'ready';
  const why = state.talk.running
    ? 'Wait until the turn is over, or stop it'
    : `Take in what has changed in ${state.folder || 'the folder'}; your changes here are kept`;
  return (
    <button
      class="button ghost"
      data-testid="update"
      disabled={busy}
      title={why}
      aria-label="Update from folder"
      onClick={() => void session.run(() => updateFromFolder(session))}
    >
      <Icon name="refresh" />
      <span class="wide-only">Update</span>
    </button>
  );
}
