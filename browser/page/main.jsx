/** The page's beginning: takes the pairing token out of the address, opens the workspace, shows the page. */
import { render } from 'preact';
import { sentence } from './logic/format.js';
import { importSource } from './logic/importing.js';
import { takePairingToken } from './logic/pairing.js';
import { Session } from './logic/session.js';
import { followAddress } from './logic/workspaces.js';
import { App } from './parts/App.jsx';

const session = new Session(takePairingToken(window.location, window.history));

// Nothing that fails may vanish: what no code caught becomes a notice.
window.addEventListener('error', (event) => session.notify(event.message, 'error'));
window.addEventListener('unhandledrejection', (event) => session.notify(sentence(event.reason), 'error'));
window.addEventListener('popstate', () => session.run(() => followAddress(session)));

/**
 * For tests and for pages that embed this one: the page without a folder picker, and its client (`umbra.d.ts`).
 * `importFolder(source)` takes what `Umbra.importFolder` takes and shows the same questions and progress as a click.
 */
Object.defineProperty(window, 'umbraPage', {
  value: Object.freeze({
    /** @param {import('../client/umbra.js').ImportSource} source */
    importFolder: (source) => importSource(session, source),
    get client() {
      return session.client;
    },
  }),
});

render(<App session={session} />, /** @type {HTMLElement} */ (document.getElementById('root')));
void session.run(() => session.open());
