import { plural } from '../logic/format.js';
import { Icon } from './Icon.jsx';
import { useSession } from './useSession.js';

/**
 * What came of a commit or a download.
 * @param {{ outcome: import('../logic/review.js').Outcome }} props
 */
export function Outcome({ outcome }) {
  const session = useSession();
  const good = outcome.kind === 'zip' || (outcome.kind === 'commit' && whole(outcome.result));
  return (
    <div class="outcome" data-testid="commit-result" data-ok={good} role={good ? 'status' : 'alert'}>
      <Icon name={good ? 'check' : 'warning'} class={good ? 'good' : 'warn'} />
      <div class="outcome-text">
        {outcome.kind === 'problem' && <p>That did not work: {outcome.message}</p>}
        {outcome.kind === 'zip' && (
          <p>
            The ZIP with {plural(outcome.files, 'change')} was handed to the browser. The changes stay here
            until you discard them.
          </p>
        )}
        {outcome.kind === 'commit' && <Committed result={outcome.result} />}
      </div>
      <button
        class="button ghost square"
        aria-label="Dismiss"
        onClick={() => session.setReview({ outcome: null })}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}

/** @param {import('../../client/umbra.js').CommitResult} result */
function whole({ conflicts, failed }) {
  return conflicts.length === 0 && failed.length === 0;
}

/** @param {{ result: import('../../client/umbra.js').CommitResult }} props */
function Committed({ result }) {
  const { committed, conflicts, failed } = result;
  return (
    <>
      <p>
        {committed.length > 0
          ? `Committed ${plural(committed.length, 'file')} to the folder.`
          : 'No file was written.'}
      </p>
      <Left
        title="changed on disk since the import and was left alone"
        many="changed on disk since the import and were left alone"
        list={conflicts}
      />
      <Left
        title="could not be written and was left alone"
        many="could not be written and were left alone"
        list={failed}
      />
    </>
  );
}

/** @param {{ title: string, many: string, list: { path: string, reason: string }[] }} props */
function Left({ title, many, list }) {
  if (list.length === 0) return null;
  return (
    <>
      <p class="outcome-left">
        {plural(list.length, 'file')} {list.length === 1 ? title : many}:
      </p>
      <ul class="outcome-list">
        {list.map(({ path, reason }) => (
          <li key={path}>
            <span class="mono">{path}</span> <span class="quiet">{reason}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
