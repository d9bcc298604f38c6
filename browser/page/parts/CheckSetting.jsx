import { useState } from 'preact/hooks';
import { bytes, plural } from '../logic/format.js';
import { useSession } from './useSession.js';

/** Problems named; the number says how many there are. */
const NAMED = 20;

/**
 * Looks over all that is stored, and says what came of it.
 * @param {{ state: import('../logic/session.js').State }} props
 */
export function CheckSetting({ state }) {
  const session = useSession();
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState(
    /** @type {import('../../client/umbra.js').CheckResult | null} */ (null),
  );
  const idle = state.phase === 'ready' && !state.talk.running && !state.importing && state.review.busy === '';
  const check = async () => {
    setBusy(true);
    setResult(null);
    try {
      setResult(await session.ready.check());
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="setting">
      <h3>Check the workspace</h3>
      <p class="quiet">Reads everything that is stored and checks it. Nothing is changed.</p>
      <div class="setting-row">
        <button
          class="button"
          data-testid="check"
          disabled={busy || !idle}
          onClick={() => session.run(check)}
        >
          {busy ? 'Checking…' : 'Check now'}
        </button>
      </div>
      <div role="status">{result && <CheckOutcome result={result} />}</div>
    </section>
  );
}

/** @param {{ result: import('../../client/umbra.js').CheckResult }} props */
function CheckOutcome({ result }) {
  const { problems, count, liveBytes, checkpoints } = result;
  if (count === 0) {
    return (
      <p class="check-outcome good" data-testid="check-result" data-ok={true}>
        Everything is whole: {bytes(liveBytes)} of content and {plural(checkpoints, 'kept state')} were
        checked.
      </p>
    );
  }
  return (
    <div class="check-outcome" data-testid="check-result" data-ok={false}>
      <p class="setting-warning">
        {plural(count, 'problem was', 'problems were')} found. Take what you need of the changes as a ZIP,
        then delete this workspace and import the folder anew.
      </p>
      <ul class="facts-notices">
        {problems.slice(0, NAMED).map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
      </ul>
    </div>
  );
}
