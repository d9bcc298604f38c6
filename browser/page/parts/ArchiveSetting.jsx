import { useRef } from 'preact/hooks';
import { exportArchive } from '../logic/exporting.js';
import { importArchive } from '../logic/importing.js';
import { Icon } from './Icon.jsx';
import { useSession } from './useSession.js';

/**
 * The shown workspace as one file, out and in.
 * @param {{ state: import('../logic/session.js').State }} props
 */
export function ArchiveSetting({ state }) {
  const session = useSession();
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const busy = state.importing !== null || state.talk.running;
  const chosen = () => {
    const [file] = input.current?.files ?? [];
    if (input.current) input.current.value = '';
    if (!file) return;
    session.set({ workspaces: null });
    void session.run(() => importArchive(session, file));
  };
  return (
    <section class="setting">
      <h3>{state.workspace} as an archive</h3>
      <p class="quiet">All of its files as they are now, with their modes, times and links.</p>
      <div class="setting-row wrapping">
        {
          /** @type {const} */ (['tar', 'zip']).map((format) => (
            <button
              key={format}
              class="button"
              data-testid={`export-${format}`}
              disabled={state.exporting !== '' || state.importing !== null}
              onClick={() => session.run(() => exportArchive(session, format))}
            >
              <Icon name="download" />
              {state.exporting === format ? 'Exporting…' : `Export (${format === 'zip' ? 'ZIP' : format})`}
            </button>
          ))
        }
        <button
          class="button"
          data-testid="import-archive"
          disabled={busy}
          title={busy ? 'Wait until the running work is over' : 'A tar, tar.gz or ZIP becomes the workspace'}
          onClick={() => input.current?.click()}
        >
          <Icon name="plus" />
          Import archive…
        </button>
        <input
          ref={input}
          type="file"
          hidden
          tabIndex={-1}
          accept=".tar,.tgz,.gz,.zip"
          aria-label="Archive to import"
          data-testid="archive-input"
          onChange={chosen}
        />
      </div>
    </section>
  );
}
