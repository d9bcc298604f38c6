import { waitingTools } from '../logic/conversation.js';
import { showTerminal } from '../logic/panel.js';
import { useSession } from './useSession.js';

/**
 * The two halves and the terminal as tabs, on narrow screens only (CSS hides them elsewhere).
 * @param {{ state: import('../logic/session.js').State }} props
 */
export function Tabs({ state }) {
  const session = useSession();
  const { tab, review, talk } = state;
  const waiting = waitingTools(talk).length > 0;
  const changes = review.changes.length;
  return (
    <nav class="tabs" aria-label="View">
      <button
        class="tab"
        data-testid="tab-talk"
        aria-pressed={tab === 'talk'}
        onClick={() => session.set({ tab: 'talk' })}
      >
        Conversation {waiting && <span class="pill">needs you</span>}
      </button>
      <button
        class="tab"
        data-testid="tab-review"
        aria-pressed={tab === 'review'}
        onClick={() => session.set({ tab: 'review' })}
      >
        Changes {changes > 0 && <span class="pill">{changes}</span>}
      </button>
      <button
        class="tab"
        data-testid="tab-terminal"
        aria-pressed={tab === 'terminal'}
        onClick={() => showTerminal(session, true)}
      >
        Terminal
      </button>
    </nav>
  );
}
