import { plural } from '../logic/format.js';
import { undoCommit } from '../logic/review.js';
import { Icon } from './Icon.jsx';
import { useSession } from './useSession.js';

/**
 * What came of a commit or a download.
 * @param {{ outcome: import('../logic/review.js').Outcome }} props
 */
export function Outcome({ outcome }) {
  const session = useSession();
  const good = outcome.kind === 'zip' || (outcome.kind !== 'problem' && whole(outcome.result));
  return (
    <div
      class="outcome"
      data-testid="commit-result"
      data-kind={outcome.kind}
      data-ok={good}
      role={good ? 'status' : 'alert'}
    >
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
        {outcome.kind === 'undo' && <Undone result={outcome.result} />}
      </div>
      {outcome.kind === 'commit' && outcome.result.committed.length > 0 && (
        <button
          class="button"
          data-testid="commit-undo"
          title="Put the files in the folder back; the changes stay here"
          onClick={() => session.run(() => undoCommit(session, outcome.result.commit))}
        >
          <Icon name="undo" />
          Undo
        </button>
      )}
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

/** @param {{ conflicts: object[], failed: object[] }} result */
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

/** @param {{ result: import('../../client/umbra.js').UndoResult }} props */
function Undone({ result }) {
  const { undone, conflicts, failed } = result;
  return (
    <>
      <p>
        {undone.length > 0
          ? `The commit is undone: ${plural(undone.length, 'file')} in the folder ${undone.length === 1 ? 'is' : 'are'} as before. ` +
            'The workspace stays as it is.'
          : 'No file in the folder was put back.'}
      </p>
      <Left
        title="changed on disk since the commit and was left alone"
        many="changed on disk since the commit and were left alone"
        list={conflicts}
      />
      <Left
        title="could not be put back and was left alone"
        many="could not be put back and were left alone"
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
