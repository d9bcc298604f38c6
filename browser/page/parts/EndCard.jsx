import { capital, plural } from '../logic/format.js';
import { Icon } from './Icon.jsx';
import { useSession } from './useSession.js';

/** @type {Record<string, string>} */
const NOTES = {
  cancelled: 'Stopped. What was done so far stays.',
  interrupted: 'This turn was cut off. Everything up to the last completed step is kept.',
  crashed: 'The worker stopped in the middle of this turn. Everything up to the last completed step is kept.',
  max_tokens: 'The answer reached its length limit.',
  refusal: 'The model declined to answer.',
  turn_limit: 'The turn reached its limit of steps.',
};

/**
 * How a turn ended, when it did not simply end.
 * @param {{ end: import('../logic/conversation.js').EndItem, last: boolean }} props
 */
export function EndCard({ end, last }) {
  const session = useSession();
  const { stopReason, error } = end;
  const failed = stopReason === 'error';
  const retry = (
    <button class="button" data-testid="retry" onClick={() => session.run(() => session.retry())}>
      <Icon name="refresh" />
      {failed ? 'Retry' : 'Continue'}
    </button>
  );
  if (!failed) {
    const goesOn = last && stopReason !== 'refusal' && stopReason !== 'cancelled';
    return (
      <div class="turn-note quiet" data-testid="turn-note" data-reason={stopReason}>
        <span>{NOTES[stopReason] ?? `The turn ended: ${stopReason}.`}</span>
        {goesOn && retry}
      </div>
    );
  }
  const { message, code, status, retryAfterMs } = error ?? { message: 'The turn failed.', code: '' };
  return (
    <div class="turn-error" role="alert" data-testid="turn-error" data-code={code}>
      <Icon name="warning" />
      <div class="turn-error-text">
        <p>{capital(message)}</p>
        <p class="quiet">
          {[status ? `HTTP ${status}` : '', code].filter(Boolean).join(' · ')}
          {retryAfterMs ? ` · asked to wait ${plural(Math.ceil(retryAfterMs / 1000), 'second')}` : ''}
        </p>
      </div>
      {last && retry}
    </div>
  );
}
