/** The terminal of the page: xterm.js on an interactive shell of the workspace. Loaded when it is first opened. */
import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { sentence } from './format.js';
import { setSpanStylesByObject, withStyleSheets } from './terminal_styles.js';

/** Lines above the screen that can be scrolled back to. */
const SCROLLBACK = 5000;
const ENVIRONMENT = { TERM: 'xterm-256color', COLORTERM: 'truecolor' };

/** The sixteen colours, on light and on dark ground. */
const LIGHT = {
  black: '#1b1a22',
  red: '#b3261e',
  green: '#17703c',
  yellow: '#8a5300',
  blue: '#1f5fa8',
  magenta: '#8b2f97',
  cyan: '#0f6b78',
  white: '#63616f',
  brightBlack: '#63616f',
  brightRed: '#c9302a',
  brightGreen: '#1c7f45',
  brightYellow: '#96600a',
  brightBlue: '#2a6dbb',
  brightMagenta: '#9c3fa9',
  brightCyan: '#147785',
  brightWhite: '#1b1a22',
};
const DARK = {
  black: '#41414f',
  red: '#ff8f85',
  green: '#6fd08f',
  yellow: '#f0bd6a',
  blue: '#8fc1ff',
  magenta: '#e0a3ea',
  cyan: '#7bd5de',
  white: '#ecebf2',
  brightBlack: '#a09eae',
  brightRed: '#ffaaa2',
  brightGreen: '#8fe3aa',
  brightYellow: '#ffd28c',
  brightBlue: '#aed2ff',
  brightMagenta: '#eebcf5',
  brightCyan: '#9ee6ed',
  brightWhite: '#ffffff',
};

setSpanStylesByObject();

/** What the page's style sheet says. */
function theme() {
  const style = getComputedStyle(document.documentElement);
  const token = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  const colours = matchMedia('(prefers-color-scheme: dark)').matches ? DARK : LIGHT;
  return {
    ...colours,
    background: token('--surface'),
    foreground: token('--text'),
    cursor: token('--accent'),
    cursorAccent: token('--surface'),
    selectionBackground: token('--line-strong'),
  };
}

/** Keys that are the browser's here: copying what is selected, and pasting. @param {KeyboardEvent} event @param {Terminal} terminal */
function isForBrowser(event, terminal) {
  const { key, ctrlKey, metaKey, shiftKey, altKey } = event;
  if (altKey || !(ctrlKey || metaKey)) return false;
  const letter = key.toLowerCase();
  return letter === 'v' || (letter === 'c' && (shiftKey || metaKey || terminal.hasSelection()));
}

export class TerminalView {
  #client;
  #fit = new FitAddon();
  #dark = matchMedia('(prefers-color-scheme: dark)');
  /** @type {ResizeObserver} */
  #sizes;
  /** @type {import('../../client/umbra.js').Shell | null} */
  #shell = null;
  /** @type {WritableStreamDefaultWriter<Uint8Array | string> | null} */
  #keyboard = null;
  #disposed = false;

  /**
   * @param {import('../../client/umbra.js').Umbra} client
   * @param {HTMLElement} element
   */
  constructor(client, element) {
    this.#client = client;
    const font = getComputedStyle(document.documentElement).getPropertyValue('--mono');
    this.terminal = new Terminal({
      fontFamily: font,
      fontSize: 13,
      lineHeight: 1.2,
      scrollback: SCROLLBACK,
      cursorBlink: true,
      minimumContrastRatio: 4.5,
      screenReaderMode: false,
      theme: theme(),
    });
    this.terminal.loadAddon(this.#fit);
    withStyleSheets(() => this.terminal.open(element));
    this.terminal.attachCustomKeyEventHandler((event) => !isForBrowser(event, this.terminal));
    this.terminal.onData((text) => this.#type(text));
    this.terminal.onBinary((text) => this.#type(Uint8Array.from(text, (char) => char.charCodeAt(0))));
    this.terminal.onResize(({ cols, rows }) => this.#shell?.resize(cols, rows));
    this.#dark.addEventListener('change', this.#restyle);
    this.#sizes = new ResizeObserver(() => this.fit());
    this.#sizes.observe(element);
    this.fit();
    void this.#begin();
  }

  #restyle = () => {
    this.terminal.options.theme = theme();
  };

  /** As large as its place; a hidden one keeps its size. */
  fit() {
    if (!this.terminal.element?.offsetParent) return;
    this.#fit.fit();
  }

  focus() {
    this.terminal.focus();
  }

  async #begin() {
    const { cols: columns, rows } = this.terminal;
    try {
      const shell = await this.#client.openShell({
        args: ['-i'],
        terminal: { columns, rows },
        env: ENVIRONMENT,
      });
      if (this.#disposed) return void shell.kill('KILL');
      this.#shell = shell;
      this.#keyboard = shell.stdin.getWriter();
      if (this.terminal.cols !== columns || this.terminal.rows !== rows)
        shell.resize(this.terminal.cols, this.terminal.rows);
      await this.#show(shell.stdout);
      this.#ended(`The shell has ended (status ${await shell.exited}).`);
    } catch (error) {
      this.#ended(`No shell: ${sentence(error)}`);
    }
  }

  /** No more is read than is shown. @param {ReadableStream<Uint8Array>} output */
  async #show(output) {
    const reader = output.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      await new Promise((resolve) => this.terminal.write(value, () => resolve(null)));
    }
  }

  /** @param {string} why */
  #ended(why) {
    this.#shell = this.#keyboard = null;
    if (this.#disposed) return;
    const fresh = this.terminal.buffer.active.cursorX > 0 ? '\r\n' : '';
    this.terminal.write(`${fresh}\x1b[0;2m${why} Press Enter for a new one.\x1b[0m\r\n`);
  }

  /** @param {string | Uint8Array} data */
  #type(data) {
    if (this.#keyboard)
      this.#keyboard.write(data).catch(() => undefined); // its end is told by #begin
    else if (data === '\r') void this.#begin();
  }

  dispose() {
    this.#disposed = true;
    this.#dark.removeEventListener('change', this.#restyle);
    this.#sizes.disconnect();
    this.#shell?.kill('KILL').catch(() => undefined); // the client may be gone already
    this.terminal.dispose();
  }
}
