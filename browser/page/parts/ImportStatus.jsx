import { bytes, count, plural } from '../logic/format.js';
import { Icon } from './Icon.jsx';
import { useSession } from './useSession.js';

/**
 * The running import, or how the last one ended.
 * @param {{ state: import('../logic/session.js').State }} props
 */
export function ImportStatus({ state }) {
  if (state.importing) return <Progress importing={state.importing} />;
  if (state.imported) return <Ended imported={state.imported} />;
  return null;
}

/** @param {{ importing: import('../logic/importing.js').Importing }} props */
function Progress({ importing }) {
  const { folder, files, totalFiles, path, abort } = importing;
  const known = totalFiles > 0;
  const stopping = abort.signal.aborted;
  return (
    <div class="import" data-testid="import-progress">
      <div class="import-line">
        <strong class="import-title">{stopping ? 'Stopping…' : `Importing ${folder || 'files'}`}</strong>
        <span class="quiet import-figures">
          {known ? `${count(files)} of ${plural(totalFiles, 'file')}` : plural(files, 'file')},{' '}
          {bytes(importing.bytes)}
        </span>
        <span class="spread" />
        <button class="button" data-testid="import-cancel" disabled={stopping} onClick={() => abort.abort()}>
          Cancel
        </button>
      </div>
      <progress
        max={known ? totalFiles : undefined}
        value={known ? files : undefined}
        aria-label={`Importing ${folder}`}
      />
      <div class="import-path mono quiet">{path || '\u00a0'}</div>
    </div>
  );
}

/** @param {{ imported: import('../logic/importing.js').Imported }} props */
function Ended({ imported }) {
  const session = useSession();
  const { folder, result, problem } = imported;
  const skipped = result?.skipped ?? [];
  return (
    <div
      class="import"
      data-testid="import-result"
      data-ok={result !== null}
      role={result ? 'status' : 'alert'}
    >
      <div class="import-line">
        <Icon name={result ? 'check' : 'warning'} class={result ? 'good' : 'warn'} />
        {result ? (
          <span>
            Imported {plural(result.files, 'file')}, {bytes(result.bytes)}
            {folder && (
              <>
                {' '}
                from <strong>{folder}</strong>
              </>
            )}
            {skipped.length === 0 && '. Nothing was left out.'}
          </span>
        ) : (
          <span>{problem}</span>
        )}
        {skipped.length > 0 && (
          <details class="skipped">
            <summary>{plural(skipped.length, 'entry was', 'entries were')} left out</summary>
            <ul>
              {skipped.slice(0, 500).map(({ path, reason }) => (
                <li key={path}>
                  <span class="mono">{path}</span> <span class="quiet">{reason}</span>
                </li>
              ))}
              {skipped.length > 500 && <li class="quiet">and {count(skipped.length - 500)} more</li>}
            </ul>
          </details>
        )}
        <span class="spread" />
        <button
          class="button ghost square"
          aria-label="Dismiss"
          onClick={() => session.set({ imported: null })}
        >
          <Icon name="close" />
        </button>
      </div>
    </div>
  );
}
