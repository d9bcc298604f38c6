import { bytes, count, plural } from '../logic/format.js';
import { showHistory } from '../logic/history.js';
import { toggleTerminal } from '../logic/panel.js';
import { modelBadge } from '../logic/proxy.js';
import { showWorkspaces } from '../logic/workspaces.js';
import { Icon, Mark } from './Icon.jsx';
import { ImportButton } from './ImportButton.jsx';
import { UpdateButton } from './UpdateButton.jsx';
import { useSession } from './useSession.js';

/** @param {{ state: import('../logic/session.js').State }} props */
export function TopBar({ state }) {
  const session = useSession();
  const { info, folder, files, started, workspace } = state;
  const badge = modelBadge(state);
  const name = folder || (started ? 'Untitled workspace' : '');
  return (
    <header class="top">
      <h1 class="brand">
        <Mark />
        <span>Umbra</span>
      </h1>
      {name && (
        <div
          class="top-folder"
          title={info ? `${name} · ${plural(files, 'file')}, ${bytes(state.bytes)}` : name}
        >
          <Icon name="folder" />
          <span class="top-folder-name">{name}</span>
          {info && <span class="top-files quiet">{count(files)}&nbsp;files</span>}
        </div>
      )}
      <button
        class="button ghost workspace-button"
        aria-label={`Workspaces; this one is ${workspace}`}
        title="Workspaces"
        data-testid="workspaces"
        onClick={() => session.run(() => showWorkspaces(session))}
      >
        <Icon name="layers" />
        <span class="workspace-name wide-only">{workspace}</span>
      </button>
      {started && state.phase === 'ready' && (
        <>
          <UpdateButton state={state} />
          <ImportButton state={state} small />
          <button
            class="button ghost square"
            aria-label="History"
            title="History: go back to an earlier state, undo a commit"
            data-testid="history"
            onClick={() => session.run(() => showHistory(session))}
          >
            <Icon name="clock" />
          </button>
          <button
            class="button ghost square terminal-button"
            aria-label="Terminal"
            aria-pressed={state.terminal.shown}
            title="Terminal: a shell on the workspace (Ctrl+`)"
            data-testid="terminal"
            onClick={() => toggleTerminal(session)}
          >
            <Icon name="terminal" />
          </button>
        </>
      )}
      <span class="spread" />
      {info && <StorageBadge storage={info.storage} />}
      <span
        class="badge"
        data-tone={badge.tone}
        title={state.proxy.provider?.note || state.proxy.message}
        role="status"
      >
        <span class="dot" />
        <span class="badge-text">{badge.text}</span>
      </span>
      <button
        class="button ghost square"
        aria-label="Settings"
        title="Settings"
        data-testid="settings"
        onClick={() => session.set({ settings: true })}
      >
        <Icon name="gear" />
      </button>
    </header>
  );
}

/** @param {{ storage: 'opfs' | 'memory' }} props */
function StorageBadge({ storage }) {
  const kept = storage === 'opfs';
  const title = kept
    ? 'The shadow workspace is kept in this browser’s private storage (OPFS)'
    : 'The shadow workspace is in memory only: it is gone when this tab closes';
  return (
    <span class="badge storage" data-tone={kept ? 'calm' : 'warn'} title={title} data-testid="storage">
      <Icon name="database" />
      <span class="badge-text">{kept ? 'OPFS' : 'In memory'}</span>
    </span>
  );
}
