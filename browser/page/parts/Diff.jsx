import { useEffect, useState } from 'preact/hooks';
import { bytes, count, sentence } from '../logic/format.js';
import { acceptHunk, discardHunk, hasHunks, isHunkAccepted, noteDiff } from '../logic/review.js';
import { Hunk } from './Hunk.jsx';
import { useSession } from './useSession.js';

/** @typedef {import('../../client/umbra.js').Change} Change */
/** @typedef {import('../../client/umbra.js').FileDiff} FileDiff */

/** Lines drawn at first; each click draws so many more times as many. */
const LINES = 400;
const GROWTH = 5;

/**
 * The diff of one change, read when it is opened and again when the changeset moves; the old one stays till then.
 * @param {{ change: Change, revision: number }} props
 */
export function Diff({ change, revision }) {
  const session = useSession();
  const [diff, setDiff] = useState(/** @type {FileDiff | null} */ (null));
  const [problem, setProblem] = useState('');
  const { path } = change;
  useEffect(() => {
    let current = true;
    session.ready.diff(path).then(
      (found) => {
        if (!current) return;
        noteDiff(session, found);
        setDiff(found);
        setProblem('');
      },
      (error) => current && setProblem(sentence(error)),
    );
    return () => {
      current = false;
    };
  }, [session, path, revision]);
  return (
    <div class="diff" data-testid="diff" data-path={path}>
      {change.from && (
        <p class="diff-note quiet">
          Renamed from <span class="mono">{change.from}</span>
        </p>
      )}
      {problem && <p class="diff-note bad">The diff could not be read: {problem}</p>}
      {!diff && !problem && <p class="diff-note quiet">Reading…</p>}
      {diff && <Content diff={diff} change={change} />}
    </div>
  );
}

/** What the user can do with a hunk, null when hunks cannot be taken alone. @param {FileDiff} diff @param {Change} change */
function useChoices(diff, change) {
  const session = useSession();
  const { review } = session.state;
  if (!hasHunks(change, diff)) return null;
  return (/** @type {number} */ index) => ({
    of: diff.hunks.length,
    path: diff.path,
    busy: review.busy !== '',
    accepted: isHunkAccepted(review, diff.path, index),
    accept: (/** @type {boolean} */ accepted) => acceptHunk(session, diff, index, accepted),
    discard: () => session.run(() => discardHunk(session, diff, index)),
  });
}

/** @param {{ diff: FileDiff, change: Change }} props */
function Content({ diff, change }) {
  const choices = useChoices(diff, change);
  const [limit, setLimit] = useState(LINES);
  const sizes = [change.oldSize, change.newSize].filter((size) => size !== undefined).map(bytes);
  if (diff.binary) return <p class="diff-note quiet">A binary file, {sizes.join(' → ')}.</p>;
  if (diff.tooLarge) return <p class="diff-note quiet">Too large for a line diff, {sizes.join(' → ')}.</p>;
  if (diff.hunks.length === 0) {
    return <p class="diff-note quiet">{change.from ? 'The content is the same.' : 'No line differs.'}</p>;
  }
  let rest = limit;
  const total = diff.hunks.reduce((sum, hunk) => sum + hunk.lines.length, 0);
  return (
    <>
      <div class="diff-scroll" tabIndex={0} role="region" aria-label={`Diff of ${diff.path}`}>
        <table class="diff-table">
          {diff.hunks.map((hunk) => {
            const lines = hunk.lines.slice(0, Math.max(0, rest));
            rest -= hunk.lines.length;
            return (
              lines.length > 0 && (
                <Hunk
                  key={`${hunk.oldStart}:${hunk.newStart}`}
                  hunk={hunk}
                  lines={lines}
                  choice={choices && choices(hunk.index)}
                />
              )
            );
          })}
        </table>
      </div>
      {total > limit && (
        <button class="button ghost more" data-testid="diff-more" onClick={() => setLimit(limit * GROWTH)}>
          Show more ({count(total - limit)} lines hidden)
        </button>
      )}
    </>
  );
}
