import { useState } from 'preact/hooks';
import { bytes, moment } from '../logic/format.js';
import { removeWorkspace, switchTo } from '../logic/workspaces.js';
import { ArchiveSetting } from './ArchiveSetting.jsx';
import { Dialog } from './Dialog.jsx';
import { Icon } from './Icon.jsx';
import { useSession } from './useSession.js';

/** @typedef {import('../../client/umbra.js').Workspace} Workspace */
/** @typedef {import('../logic/session.js').State} State */

/**
 * The workspaces of this browser: open one, begin one, delete one.
 * @param {{ state: State, list: Workspace[] }} props
 */
export function Workspaces({ state, list }) {
  const session = useSession();
  const close = () => session.set({ workspaces: null });
  return (
    <Dialog label="Workspaces" class="settings" onClose={close}>
      <div class="dialog-head">
        <h2>Workspaces</h2>
        <button class="button ghost square" aria-label="Close" data-testid="workspaces-close" onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      {state.info?.storage === 'memory' && (
        <p class="quiet">This browser window keeps no workspace: this one is in memory only.</p>
      )}
      <ul class="workspaces">
        {list.map((workspace) => (
          <Row key={workspace.name} workspace={workspace} state={state} />
        ))}
      </ul>
      {state.phase === 'ready' && <ArchiveSetting state={state} />}
      <NewWorkspace />
    </Dialog>
  );
}

/** @param {{ workspace: Workspace, state: State }} props */
function Row({ workspace, state }) {
  const session = useSession();
  const { name, lastUsed, open } = workspace;
  const current = name === state.workspace;
  const here = current && state.phase === 'ready';
  const where = here ? 'shown here' : open ? 'open in another tab' : '';
  const facts = [bytes(workspace.bytes), lastUsed ? `last written ${moment(lastUsed)}` : '', where];
  return (
    <li class="workspace" aria-current={current} data-testid="workspace-row" data-name={name}>
      <div class="workspace-text">
        <strong class="workspace-title">{name}</strong>
        <span class="quiet">{facts.filter(Boolean).join(' · ')}</span>
      </div>
      {!here && (
        <button
          class="button"
          aria-label={`Open ${name}`}
          data-testid="workspace-open"
          onClick={() => session.run(() => switchTo(session, name))}
        >
          Open
        </button>
      )}
      <button
        class="button ghost square"
        aria-label={`Delete ${name}`}
        title="Delete"
        data-testid="workspace-delete"
        onClick={() => session.run(() => removeWorkspace(session, workspace))}
      >
        <Icon name="trash" />
      </button>
    </li>
  );
}

function NewWorkspace() {
  const session = useSession();
  const [name, setName] = useState('');
  return (
    <form
      class="setting"
      onSubmit={(event) => {
        event.preventDefault();
        void session.run(() => switchTo(session, name.trim()));
      }}
    >
      <h3>New workspace</h3>
      <p class="quiet">Each has its own files, changes and conversation.</p>
      <div class="setting-row">
        <input
          class="field"
          type="text"
          required
          pattern="\s*[A-Za-z0-9_\-][A-Za-z0-9._\-]{0,63}\s*"
          title="Up to 64 letters, digits, dots, underscores or hyphens"
          aria-label="Name of the new workspace"
          placeholder="Letters, digits, . _ -"
          autocomplete="off"
          spellcheck={false}
          data-testid="workspace-new"
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <button class="button" type="submit" data-testid="workspace-create" disabled={name.trim() === ''}>
          Create
        </button>
      </div>
    </form>
  );
}
