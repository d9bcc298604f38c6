/** Whether the terminal is shown, and how high it is. */

/** Shares of the window's height. */
export const TERMINAL_HEIGHT = { least: 0.15, usual: 0.4, most: 0.8 };

/**
 * @typedef {object} TerminalPlace
 * @property {boolean} opened once: it stays, hidden or not
 * @property {boolean} shown
 * @property {number} asked how often it was asked for: it has the keyboard then
 * @property {number} height share of the window's height
 */

/** @returns {TerminalPlace} */
export const closedTerminal = () => ({
  opened: false,
  shown: false,
  asked: 0,
  height: TERMINAL_HEIGHT.usual,
});

/** @param {import('./session.js').Session} session @param {boolean} shown */
export function showTerminal(session, shown) {
  const { terminal, tab } = session.state;
  const place = { ...terminal, shown, asked: terminal.asked + 1, opened: terminal.opened || shown };
  session.set({ terminal: place, tab: shown ? 'terminal' : tab === 'terminal' ? 'talk' : tab });
}

/** @param {import('./session.js').Session} session */
export function toggleTerminal(session) {
  showTerminal(session, !session.state.terminal.shown);
}

/** @param {import('./session.js').Session} session @param {number} height */
export function setTerminalHeight(session, height) {
  const { least, most } = TERMINAL_HEIGHT;
  const { terminal } = session.state;
  session.set({ terminal: { ...terminal, height: Math.min(most, Math.max(least, height)) } });
}
