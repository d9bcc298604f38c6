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

/** @param {import('../logic/importing.js').Importing} importing */
function figures({ refresh, files, totalFiles, scanned, bytes: size }) {
  if (totalFiles > 0) return `${count(files)} of ${plural(totalFiles, 'file')}, ${bytes(size)}`;
  return refresh ? `${plural(scanned, 'file')} looked at` : `${plural(files, 'file')}, ${bytes(size)}`;
}

/** @param {{ importing: import('../logic/importing.js').Importing }} props */
function Progress({ importing }) {
  const { folder, refresh, files, totalFiles, path, read, size, abort } = importing;
  const [most, done] = size > 0 ? [size, read] : [totalFiles, files];
  const known = most > 0;
  const stopping = abort.signal.aborted;
  const doing = refresh ? 'Updating from' : 'Importing';
  return (
    <div class="import" data-testid="import-progress">
      <div class="import-line">
        <strong class="import-title">{stopping ? 'Stopping…' : `${doing} ${folder || 'files'}`}</strong>
        <span class="quiet import-figures">{figures(importing)}</span>
        <span class="spread" />
        <button class="button" data-testid="import-cancel" disabled={stopping} onClick={() => abort.abort()}>
          Cancel
        </button>
      </div>
      <progress
        max={known ? most : undefined}
        value={known ? done : undefined}
        aria-label={`${doing} ${folder}`}
      />
      <div class="import-path mono quiet">{path || '\u00a0'}</div>
    </div>
  );
}

/**
 * What came of an import, in a sentence.
 * @param {{ folder: string, result: import('../logic/importing.js').ImportResult }} props
 */
function Result({ folder, result }) {
  const { files, removed, unchanged, skipped } = result;
  const from = folder && (
    <>
      {' '}
      from <strong>{folder}</strong>
    </>
  );
  if (!result.refreshed) {
    return (
      <span>
        Imported {plural(files, 'file')}, {bytes(result.bytes)}
        {from}
        {skipped.length === 0 && '. Nothing was left out.'}
      </span>
    );
  }
  const parts = [
    ...(files ? [`${plural(files, 'file')} new or changed`] : []),
    ...(removed ? [`${count(removed)} removed`] : []),
    `${count(unchanged)} unchanged`,
  ];
  return (
    <span>
      Updated{from}: {parts.join(', ')}.
    </span>
  );
}

/**
 * A list behind its number.
 * @param {{ summary: string, items: { path: string, reason: string }[], hook?: string }} props
 */
function Details({ summary, items, hook }) {
  if (items.length === 0) return null;
  return (
    <details class="skipped" data-testid={hook}>
      <summary>{summary}</summary>
      <ul>
        {items.slice(0, 500).map(({ path, reason }) => (
          <li key={path}>
            <span class="mono">{path}</span> <span class="quiet">{reason}</span>
          </li>
        ))}
        {items.length > 500 && <li class="quiet">and {count(items.length - 500)} more</li>}
      </ul>
    </details>
  );
}

/** @param {{ imported: import('../logic/importing.js').Imported }} props */
function Ended({ imported }) {
  const session = useSession();
  const { folder, result, problem } = imported;
  const skipped = result?.skipped ?? [];
  const conflicts = result?.conflicts ?? [];
  const good = result !== null && conflicts.length === 0;
  return (
    <div
      class="import"
      data-testid="import-result"
      data-ok={result !== null}
      role={result ? 'status' : 'alert'}
    >
      <div class="import-line">
        <Icon name={good ? 'check' : 'warning'} class={good ? 'good' : 'warn'} />
        {result ? <Result folder={folder} result={result} /> : <span>{problem}</span>}
        <Details
          summary={`${plural(conflicts.length, 'conflict')}: yours ${conflicts.length === 1 ? 'was' : 'were'} kept`}
          items={conflicts}
          hook="import-conflicts"
        />
        <Details
          summary={`${plural(skipped.length, 'entry was', 'entries were')} left out`}
          items={skipped}
        />
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
