import { useRef } from 'preact/hooks';
import { hasPicker, importFiles, pickFolder } from '../logic/importing.js';
import { Icon } from './Icon.jsx';
import { useSession } from './useSession.js';

/**
 * The folder picker where there is one, else a file input for folders.
 * @param {{ state: import('../logic/session.js').State, small?: boolean }} props
 */
export function ImportButton({ state, small = false }) {
  const session = useSession();
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const busy = state.importing !== null || state.talk.running || state.phase !== 'ready';
  const choose = () => {
    if (hasPicker()) void session.run(() => pickFolder(session));
    else input.current?.click();
  };
  const chosen = () => {
    const files = [...(input.current?.files ?? [])];
    if (input.current) input.current.value = '';
    void session.run(() => importFiles(session, files));
  };
  const why = state.talk.running ? 'Wait until the turn is over, or stop it' : 'Import another folder';
  return (
    <>
      <button
        class={small ? 'button ghost' : 'button primary large'}
        data-testid="import"
        disabled={busy}
        title={small ? why : undefined}
        aria-label={small ? 'Import a folder' : undefined}
        onClick={choose}
      >
        <Icon name={small ? 'plus' : 'folder'} />
        {small ? <span class="wide-only">Import</span> : 'Choose a folder'}
      </button>
      <input
        ref={input}
        type="file"
        hidden
        multiple
        tabIndex={-1}
        aria-label="Folder to import"
        data-testid="import-input"
        {...{ webkitdirectory: true }}
        onChange={chosen}
      />
    </>
  );
}
