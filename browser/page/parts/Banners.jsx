import { showWorkspaces } from '../logic/workspaces.js';
import { Icon } from './Icon.jsx';
import { PairBanner } from './PairBanner.jsx';
import { useSession } from './useSession.js';

/** @param {{ state: import('../logic/session.js').State }} props */
export function Banners({ state }) {
  const session = useSession();
  const cut = state.proxy.state === 'unpaired' || state.proxy.state === 'unreachable';
  return (
    <div class="banners">
      {state.phase === 'crashed' && (
        <div class="banner" data-level="error" role="alert" data-testid="crashed">
          <Icon name="warning" />
          <p class="banner-text">
            <strong>The worker stopped; everything up to the last completed step is safe.</strong>{' '}
            <span class="quiet">{state.failure}</span>
          </p>
          <button class="button" data-testid="reopen" onClick={() => session.run(() => session.reopen())}>
            Reopen
          </button>
        </div>
      )}
      {state.phase === 'taken' && <TakenBanner deleted={state.takenFor === 'deleted'} />}
      {state.phase === 'ready' && cut && <PairBanner proxy={state.proxy} />}
      {state.notices.map(({ message, level, action }) => (
        <div
          key={message}
          class="banner"
          data-level={level}
          data-testid="notice"
          role={level === 'error' ? 'alert' : 'status'}
        >
          <Icon name={level === 'info' ? 'info' : 'warning'} />
          <p class="banner-text">{message}</p>
          {action && (
            <button
              class="button"
              data-testid={action.testid}
              disabled={state.phase !== 'ready' || state.talk.running}
              onClick={() => {
                session.dismiss(message);
                void session.run(action.run);
              }}
            >
              {action.label}
            </button>
          )}
          <button class="button ghost square" aria-label="Dismiss" onClick={() => session.dismiss(message)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}

/**
 * Another tab has the workspace now; what is shown is as it was then.
 * @param {{ deleted: boolean }} props
 */
function TakenBanner({ deleted }) {
  const session = useSession();
  const takeBack = () => session.run(() => session.reopen({ takeOver: true }));
  return (
    <div class="banner taken" data-level="warning" role="alert" data-testid="taken">
      <Icon name="warning" />
      <p class="banner-text">
        <strong>
          {deleted
            ? 'This workspace was deleted in another tab.'
            : 'Another tab has taken this workspace over. Everything is saved.'}
        </strong>{' '}
        <span class="quiet">
          {deleted
            ? 'You still see what it was. What stands in the message box is kept.'
            : 'What ran here was stopped. What stands in the message box is kept.'}
        </span>
      </p>
      <button class="button" data-testid="take-back" onClick={takeBack}>
        {deleted ? 'Begin an empty one' : 'Take back'}
      </button>
      <button
        class="button"
        data-testid="other-workspace"
        onClick={() => session.run(() => showWorkspaces(session))}
      >
        Open another workspace
      </button>
    </div>
  );
}
