import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';

/** @typedef {import('../logic/session.js').Session} Session */

export const SessionContext = createContext(/** @type {Session | null} */ (null));

/** The session of the page; components that show its state are drawn anew by `App` when it moves. */
export function useSession() {
  const session = useContext(SessionContext);
  if (!session) throw new Error('No session around this component.');
  return session;
}

/**
 * The session's state; draws the calling component anew when it is replaced.
 * @param {Session} session
 */
export function useSessionState(session) {
  const [state, setState] = useState(session.state);
  useEffect(() => {
    const update = () => setState(session.state);
    update();
    return session.subscribe(update);
  }, [session]);
  return state;
}
