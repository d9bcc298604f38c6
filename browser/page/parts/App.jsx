import { useEffect } from 'preact/hooks';
import { isGone } from '../logic/gone.js';
import { mayRewind } from '../logic/history.js';
import { toggleTerminal } from '../logic/panel.js';
import { DEFAULT_WORKSPACE } from '../logic/workspaces.js';
import { SessionContext, useSessionState } from './useSession.js';
import { Banners } from './Banners.jsx';
import { Composer } from './Composer.jsx';
import { Confirm } from './Confirm.jsx';
import { Conversation } from './Conversation.jsx';
import { DropZone } from './DropZone.jsx';
import { Gate } from './Gate.jsx';
import { History } from './History.jsx';
import { ImportStatus } from './ImportStatus.jsx';
import { Review } from './Review.jsx';
import { Settings } from './Settings.jsx';
import { Tabs } from './Tabs.jsx';
import { TerminalPanel } from './TerminalPanel.jsx';
import { TopBar } from './TopBar.jsx';
import { Welcome } from './Welcome.jsx';
import { Workspaces } from './Workspaces.jsx';

/** @param {{ session: import('../logic/session.js').Session }} props */
export function App({ session }) {
  const state = useSessionState(session);
  const open = state.phase === 'ready' || isGone(state);
  const { folder, workspace } = state;
  useEffect(() => {
    const name = folder || (workspace === DEFAULT_WORKSPACE ? '' : workspace);
    document.title = name ? `${name} – Umbra` : 'Umbra';
  }, [folder, workspace]);
  useEffect(() => {
    const toggle = (/** @type {KeyboardEvent} */ event) => {
      if (!event.ctrlKey || event.code !== 'Backquote' || !session.state.started) return;
      event.preventDefault();
      toggleTerminal(session);
    };
    // Before the terminal itself, which would type it.
    window.addEventListener('keydown', toggle, { capture: true });
    return () => window.removeEventListener('keydown', toggle, { capture: true });
  }, [session]);
  return (
    <SessionContext.Provider value={session}>
      <TopBar state={state} />
      <Banners state={state} />
      {!open && <Gate state={state} />}
      {open && !state.started && <Welcome state={state} />}
      {open && state.started && (
        <>
          <ImportStatus state={state} />
          <Tabs state={state} />
          <main class="halves" data-tab={state.tab}>
            <section class="half talk" aria-label="Conversation">
              <Conversation talk={state.talk} kept={state.kept} calm={mayRewind(state)} />
              <Composer state={state} />
            </section>
            <Review state={state} />
          </main>
          <TerminalPanel state={state} />
        </>
      )}
      <DropZone enabled={state.phase === 'ready'} />
      {state.settings && <Settings state={state} />}
      {state.history && <History state={state} history={state.history} />}
      {state.workspaces && <Workspaces state={state} list={state.workspaces} />}
      {state.question && <Confirm question={state.question} />}
    </SessionContext.Provider>
  );
}
