import { useState } from 'preact/hooks';
import { count, plural } from '../logic/format.js';
import { acceptAll, acceptedPaths, discardAccepted } from '../logic/review.js';
import { ChangeRow } from './ChangeRow.jsx';
import { CommitBar } from './CommitBar.jsx';
import { Icon } from './Icon.jsx';
import { Outcome } from './Outcome.jsx';
import { useSession } from './useSession.js';

/** Rows drawn at first, and more with each click. */
const ROWS = 300;

/** @param {{ state: import('../logic/session.js').State }} props */
export function Review({ state }) {
  const session = useSession();
  const [limit, setLimit] = useState(ROWS);
  const { review } = state;
  const { changes, left, stats, outcome } = review;
  const accepted = acceptedPaths(review);
  const inPart = accepted.filter((path) => review.parts.has(path)).length;
  const all = accepted.length === changes.length && inPart === 0;
  return (
    <section class="half review" aria-label="Changeset" data-testid="review">
      <div class="review-head">
        <h2>Changes</h2>
        {changes.length > 0 && <Totals stats={stats} files={changes.length} />}
        <span class="spread" />
        {changes.length > 0 && (
          <button
            class="button ghost"
            data-testid="discard"
            disabled={review.busy !== '' || accepted.length === 0}
            title="Put the selected changes back to what was imported"
            onClick={() => session.run(() => discardAccepted(session))}
          >
            <Icon name="undo" />
            Discard{all ? ' all' : ` ${count(accepted.length)}`}
          </button>
        )}
      </div>
      {outcome && <Outcome outcome={outcome} />}
      {changes.length === 0 ? (
        <NoChanges />
      ) : (
        <>
          <div class="review-list" tabIndex={-1}>
            <label class="review-all">
              <input
                type="checkbox"
                checked={all}
                indeterminate={!all && accepted.length > 0}
                data-testid="accept-all"
                onChange={(event) => acceptAll(session, event.currentTarget.checked)}
              />
              <span class="quiet">
                {count(accepted.length)} of {count(changes.length)} accepted
                {inPart > 0 && `, ${count(inPart)} in part`}
              </span>
            </label>
            <ul class="changes">
              {changes.slice(0, limit).map((change) => (
                <ChangeRow
                  key={change.path}
                  change={change}
                  accepted={!left.has(change.path)}
                  inPart={review.parts.has(change.path)}
                  stat={stats.get(change.path)}
                  revision={review.revision}
                  busy={review.busy !== ''}
                />
              ))}
            </ul>
            {changes.length > limit && (
              <button class="button ghost more" onClick={() => setLimit(limit + 1000)}>
                Show more ({count(changes.length - limit)} hidden)
              </button>
            )}
          </div>
          <CommitBar state={state} accepted={accepted.length} />
        </>
      )}
    </section>
  );
}

/** @param {{ stats: Map<string, import('../logic/review.js').Stat>, files: number }} props */
function Totals({ stats, files }) {
  let added = 0;
  let removed = 0;
  for (const stat of stats.values()) {
    added += stat.added;
    removed += stat.removed;
  }
  return (
    <span class="quiet totals">
      {plural(files, 'file')} {added > 0 && <span class="plus">+{count(added)}</span>}{' '}
      {removed > 0 && <span class="minus">−{count(removed)}</span>}
    </span>
  );
}

function NoChanges() {
  return (
    <div class="review-empty quiet" data-testid="no-changes">
      <Icon name="diff" />
      <p>No changes. The shadow workspace is what was imported.</p>
    </div>
  );
}
