/**
 * The page's state and everything that changes it. One Session holds one client; components read `session.state`
 * (replaced, never changed) through `useSession` and call the functions in this file and its neighbours
 * (`proxy.js`, `importing.js`, `review.js`).
 */
import { Umbra } from '../../client/umbra.js';
import { EMPTY, reduce, restore, retryText, settle } from './conversation.js';
import { capital, codeOf, sentence } from './format.js';
import { isGone } from './gone.js';
import { refreshKept } from './history.js';
import { parseFilter } from './importing.js';
import { closedTerminal } from './panel.js';
import { checkProxy, proxyAfterTurn } from './proxy.js';
import { refreshChanges, scheduleChanges } from './review.js';
import { refreshStorage } from './storage.js';
import { workspaceIn } from './workspaces.js';

/** @typedef {import('../../client/umbra.js').UmbraEvent} UmbraEvent */

/**
 * @typedef {object} Notice
 * @property {string} message
 * @property {'info' | 'warning' | 'error'} level
 * @property {{ label: string, testid: string, run: () => unknown }} [action] a button beside it
 */

/**
 * The checkpoints that were there when they were last listed, and the newest of them.
 * @typedef {{ numbers: Set<number>, last: number }} Kept
 */

/**
 * @typedef {object} Question
 * @property {string} title
 * @property {string} text
 * @property {string} action the label of the button that goes on
 * @property {boolean} [danger]
 * @property {(yes: boolean) => void} answer
 */

/**
 * @typedef {object} State
 * @property {'opening' | 'ready' | 'held' | 'failed' | 'crashed' | 'taken'} phase `held`: another tab has the
 *   workspace; `taken`: another tab has taken or deleted it
 * @property {string} failure why it failed or crashed
 * @property {number} heldSince when the other tab opened it, in ms since 1970; 0 when it did not say
 * @property {'taken_over' | 'deleted'} takenFor
 * @property {string} workspace
 * @property {import('../../client/umbra.js').Workspace[] | null} workspaces the list, while it is shown
 * @property {import('../../client/umbra.js').StorageUse | null} space
 * @property {import('../../client/umbra.js').Info | null} info
 * @property {number} files
 * @property {number} bytes
 * @property {string} folder the name of the imported folder
 * @property {boolean} updatable the imported folder is at hand
 * @property {import('./importing.js').Filter} filter
 * @property {boolean} started past the first-visit screen
 * @property {string} model
 * @property {import('./proxy.js').Proxy} proxy
 * @property {string[]} keys providers for which a key is kept
 * @property {import('./conversation.js').Conversation} talk
 * @property {boolean} sending
 * @property {string} draft what stands in the composer
 * @property {import('./review.js').Review} review
 * @property {import('./importing.js').Importing | null} importing
 * @property {'' | 'tar' | 'zip'} exporting
 * @property {import('./importing.js').Imported | null} imported
 * @property {Notice[]} notices
 * @property {Question | null} question
 * @property {import('./history.js').History | null} history while it is shown
 * @property {Kept} kept
 * @property {boolean} settings
 * @property {'talk' | 'review' | 'terminal'} tab what is visible on a narrow screen
 * @property {import('./panel.js').TerminalPlace} terminal
 */

const MODEL_KEY = 'umbra.model';
const FILTER_KEY = 'umbra.filter';
const folderKey = (/** @type {string} */ workspace) => `umbra.folder.${workspace}`;
/** How long events may wait for an animation frame; a hidden page has none. */
const FLUSH_MS = 150;

export class Session {
  /** @param {string} [pairingToken] */
  constructor(pairingToken) {
    /** @type {Umbra | null} */
    this.client = null;
    this.pairingToken = pairingToken;
    /** `pair()` succeeded since the workspace was opened. */
    this.paired = false;
    /** @type {Set<() => void>} */
    this.listeners = new Set();
    /** @type {UmbraEvent[]} */
    this.waiting = [];
    /** @type {(() => void) | null} */
    this.cancelFlush = null;
    /** Counts openings: one that the user did not wait for is closed again. */
    this.openings = 0;
    /** What stands in the composers of workspaces that are not shown. @type {Map<string, string>} */
    this.drafts = new Map();
    /** @type {State} */
    this.state = {
      ...fresh(workspaceIn(window.location)),
      filter: parseFilter(remembered(FILTER_KEY)),
      model: remembered(MODEL_KEY),
      proxy: { state: 'checking', message: '', provider: null },
      keys: [],
      notices: [],
      question: null,
      settings: false,
      workspaces: null,
    };
  }

  /** @param {Partial<State>} patch */
  set(patch) {
    this.state = { ...this.state, ...patch };
    for (const listener of this.listeners) listener();
  }

  /** @param {Partial<State['review']>} patch */
  setReview(patch) {
    this.set({ review: { ...this.state.review, ...patch } });
  }

  /** @param {() => void} listener */
  subscribe(listener) {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** The client, for actions that the page only offers while there is one. */
  get ready() {
    if (!this.client) throw new Error('The workspace is not open.');
    return this.client;
  }

  /** @param {{ takeOver?: boolean }} [options] */
  async open(options = {}) {
    const opening = ++this.openings;
    this.set({ phase: 'opening', failure: '' });
    let client;
    try {
      client = await this.openClient(options);
    } catch (error) {
      if (opening === this.openings) this.notOpened(error, 'failed');
      return;
    }
    if (opening !== this.openings) return client.close();
    this.client = client;
    this.pairingToken = undefined;
    this.client.on('*', (event) => this.take(event));
    await this.load();
    await Promise.all([this.loadKeys(), checkProxy(this)]);
  }

  /** @param {unknown} error @param {'failed' | 'crashed'} otherwise */
  notOpened(error, otherwise) {
    const held = codeOf(error) === 'EBUSY';
    const { holder } = /** @type {{ holder?: { since: number } }} */ (error);
    this.set({
      phase: held ? 'held' : otherwise,
      failure: sentence(error),
      heldSince: holder?.since ?? 0,
      importing: null,
    });
  }

  /** Ends what runs and closes the workspace. */
  async leave() {
    const { client } = this;
    const { talk, sending, phase, importing } = this.state;
    if (client && phase === 'ready') {
      importing?.abort.abort();
      await this.until(() => !this.state.importing);
      if (talk.running || sending) await client.cancel();
    }
    this.client = null;
    this.set({ phase: 'opening' });
    if (phase === 'ready') await client?.close();
  }

  /** @param {() => boolean} holds @returns {Promise<void>} */
  until(holds) {
    if (holds()) return Promise.resolve();
    return new Promise((resolve) => {
      const stop = this.subscribe(() => {
        if (!holds()) return;
        stop();
        resolve();
      });
    });
  }

  /** Shows another workspace; what was typed stays with the one that it was typed in. @param {string} workspace */
  async openWorkspace(workspace) {
    this.drafts.set(this.state.workspace, this.state.draft);
    this.openings++;
    await this.leave();
    this.flush();
    const next = fresh(workspace);
    const review = { ...next.review, revision: this.state.review.revision + 1 };
    this.set({ ...next, review, draft: this.drafts.get(workspace) ?? '' });
    await this.open();
  }

  /**
   * A pairing that fails must not keep the workspace shut.
   * @param {{ takeOver?: boolean }} more
   */
  async openClient(more) {
    const options = { workspace: this.state.workspace, model: this.state.model || undefined, ...more };
    if (!this.pairingToken) return Umbra.open(options);
    try {
      return await Umbra.open({ ...options, pairingToken: this.pairingToken });
    } catch (error) {
      if (codeOf(error) === 'EBUSY') throw error;
      const client = await Umbra.open(options);
      this.notify(`Pairing failed: ${sentence(error)}`, 'warning');
      return client;
    }
  }

  /** Reads all that the page shows from the client. */
  async load() {
    const client = this.ready;
    const { info } = client;
    this.set({ info, files: info.files, bytes: info.bytes, updatable: client.folder !== null });
    for (const message of info.notices) this.notify(capital(message), 'warning');
    try {
      const [events] = await Promise.all([client.history(), refreshChanges(this)]);
      if (client !== this.client) return;
      const talk = restore(events);
      const started = info.files > 0 || talk.items.length > 0 || this.state.review.changes.length > 0;
      this.set({ talk, started: this.state.started || started, phase: 'ready', failure: '' });
    } catch (error) {
      if (client === this.client) this.notOpened(error, 'failed');
      return;
    }
    void this.run(() => refreshStorage(this));
    void this.run(() => refreshKept(this));
  }

  /**
   * A fresh worker on the last durable state, after a crash or when another tab had taken the workspace.
   * @param {{ takeOver?: boolean }} [options]
   */
  async reopen(options = {}) {
    if (!this.client) return this.open(options);
    this.set({ phase: 'opening', sending: false });
    try {
      await this.client.reopen(options);
    } catch (error) {
      this.notOpened(error, 'crashed');
      return;
    }
    await this.load();
    await Promise.all([this.loadKeys(), checkProxy(this)]);
  }

  /** Closes the workspace and opens it with the model of the settings. */
  async restart() {
    await this.client?.close();
    this.client = null;
    await this.open();
  }

  /** @param {string} model */
  async setModel(model) {
    if (model === this.state.model) return;
    remember(MODEL_KEY, model);
    this.set({ model });
    if (this.client) await this.restart();
  }

  /** Of the imports from now on. @param {import('./importing.js').Filter} filter */
  setFilter(filter) {
    remember(FILTER_KEY, JSON.stringify(filter));
    this.set({ filter });
  }

  /** @param {string} folder */
  setFolder(folder) {
    remember(folderKey(this.state.workspace), folder);
    this.set({ folder });
  }

  /** @param {string} workspace */
  forgetFolder(workspace) {
    remember(folderKey(workspace), '');
  }

  /**
   * Collects events; the state moves at most once per frame.
   * @param {UmbraEvent} event
   */
  take(event) {
    this.waiting.push(event);
    if (event.type === 'closed') return this.flush(); // before the calls that fail for it
    if (this.cancelFlush) return;
    const flush = () => this.flush();
    const frame = requestAnimationFrame(flush);
    const timer = setTimeout(flush, FLUSH_MS);
    this.cancelFlush = () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }

  flush() {
    this.cancelFlush?.();
    this.cancelFlush = null;
    const events = this.waiting;
    this.waiting = [];
    if (events.length === 0) return;
    let { talk } = this.state;
    for (const event of joinDeltas(events)) {
      talk = reduce(talk, event);
      if (event.type === 'changes') scheduleChanges(this);
      else if (event.type === 'notice') this.notify(capital(event.message), event.level);
      else if (event.type === 'crashed') this.crashed(event.message);
      else if (event.type === 'closed') this.taken(event.reason);
      else if (event.type === 'turn_end') proxyAfterTurn(this, event);
      if (event.type === 'turn_end' || event.type === 'persisted') void this.run(() => refreshStorage(this));
      if (event.type === 'turn_end') void this.run(() => refreshKept(this));
    }
    if (talk !== this.state.talk) this.set({ talk });
  }

  /** @param {string} message */
  crashed(message) {
    this.set({ phase: 'crashed', failure: capital(message), sending: false, importing: null, history: null });
    this.setReview({ busy: '' });
  }

  /** Another tab has the workspace now. @param {State['takenFor']} takenFor */
  taken(takenFor) {
    const { talk } = this.state;
    this.set({ phase: 'taken', takenFor, sending: false, importing: null, history: null });
    if (talk.running) this.set({ talk: settle(talk, 'cancelled', null) });
    this.setReview({ busy: '' });
  }

  /** Sends what stands in the composer. */
  async sendDraft() {
    const text = this.state.draft.trim();
    const { workspace } = this.state;
    if (text === '' || !this.canSend()) return;
    this.set({ draft: '' });
    if (await this.send(text)) return;
    const here = workspace === this.state.workspace;
    const draft = here ? this.state.draft : (this.drafts.get(workspace) ?? ''); // what was typed meanwhile stays, too
    const both = draft === '' ? text : `${text}\n\n${draft}`;
    if (here) this.set({ draft: both });
    else this.drafts.set(workspace, both);
  }

  async retry() {
    if (this.canSend()) await this.send(retryText(this.state.talk));
    else this.notify('Not now: the workspace has to be open and no turn running.', 'warning');
  }

  canSend() {
    return this.state.phase === 'ready' && !this.state.sending && !this.state.talk.running;
  }

  /**
   * @param {string} text
   * @returns {Promise<boolean>} false when the prompt did not reach the conversation
   */
  async send(text) {
    const { client } = this;
    this.set({ sending: true });
    if (this.state.proxy.state !== 'ok') await checkProxy(this);
    if (client !== this.client) return false; // another workspace is shown by now
    if (this.state.proxy.state === 'unpaired') {
      this.set({ sending: false });
      return false;
    }
    const before = this.state.talk.items.length;
    try {
      await this.ready.send(text);
      this.flush();
    } catch (error) {
      this.flush();
      if (client !== this.client) return false;
      if (!isGone(this.state)) this.sendFailed(error, before);
      return this.state.talk.items.length > before;
    } finally {
      if (client === this.client) this.set({ sending: false });
    }
    return true;
  }

  /**
   * @param {unknown} error
   * @param {number} before items before the prompt was sent
   */
  sendFailed(error, before) {
    const { talk } = this.state;
    if (talk.items.length === before) this.notify(sentence(error), 'error');
    else if (talk.running) {
      this.set({ talk: settle(talk, 'error', { code: codeOf(error), message: sentence(error) }) });
    }
  }

  /** Stops the running turn. */
  async cancel() {
    await this.ready.cancel();
  }

  /**
   * @param {string} id
   * @param {import('../../client/umbra.js').Decision} decision
   * @param {string} [reason]
   */
  async decide(id, decision, reason) {
    await this.ready.decide(id, decision, reason);
  }

  async newConversation() {
    if (this.state.talk.items.length === 0) return;
    await this.ready.newSession();
    this.set({ talk: EMPTY });
  }

  async loadKeys() {
    this.set({ keys: await this.ready.keys() });
  }

  /**
   * @param {string} message
   * @param {Notice['level']} [level]
   * @param {Notice['action']} [action]
   */
  notify(message, level = 'info', action = undefined) {
    const notices = this.state.notices.filter((notice) => notice.message !== message);
    this.set({ notices: [...notices, { message, level, action }].slice(-20) });
  }

  /** @param {string} message */
  dismiss(message) {
    this.set({ notices: this.state.notices.filter((notice) => notice.message !== message) });
  }

  /**
   * Asks in the page; resolves to true when the user goes on.
   * @param {Omit<Question, 'answer'>} question
   * @returns {Promise<boolean>}
   */
  ask(question) {
    this.state.question?.answer(false);
    return new Promise((resolve) => {
      /** @param {boolean} yes */
      const answer = (yes) => {
        this.set({ question: null });
        resolve(yes);
      };
      this.set({ question: { ...question, answer } });
    });
  }

  /**
   * Runs an action of a button; a failure becomes a notice.
   * @param {() => unknown} action
   */
  async run(action) {
    try {
      await action();
    } catch (error) {
      if (this.state.phase === 'taken' && codeOf(error) === 'EBUSY') return; // the banner says it
      this.notify(sentence(error), 'error');
    }
  }
}

/**
 * The part of the state that belongs to a workspace, before it is open.
 * @param {string} workspace
 */
function fresh(workspace) {
  return {
    workspace,
    phase: /** @type {const} */ ('opening'),
    failure: '',
    heldSince: 0,
    takenFor: /** @type {const} */ ('taken_over'),
    info: null,
    space: null,
    files: 0,
    bytes: 0,
    folder: remembered(folderKey(workspace)),
    started: false,
    talk: EMPTY,
    sending: false,
    draft: '',
    review: {
      changes: [],
      revision: 0,
      loaded: false,
      canCommit: false,
      left: new Set(),
      parts: new Map(),
      stats: new Map(),
      busy: /** @type {const} */ (''),
      outcome: null,
    },
    updatable: false,
    importing: null,
    exporting: /** @type {const} */ (''),
    imported: null,
    history: null,
    kept: { numbers: new Set(), last: 0 },
    tab: /** @type {const} */ ('talk'),
    terminal: closedTerminal(),
  };
}

/**
 * Neighbouring pieces of one text become one event.
 * @param {UmbraEvent[]} events
 */
function joinDeltas(events) {
  /** @type {UmbraEvent[]} */
  const joined = [];
  for (const event of events) {
    const last = joined.at(-1);
    if (event.type === 'text_delta' && last?.type === 'text_delta' && last.index === event.index) {
      joined[joined.length - 1] = { ...last, text: last.text + event.text };
    } else {
      joined.push(event);
    }
  }
  return joined;
}

/** @param {string} key */
function remembered(key) {
  try {
    return localStorage.getItem(key) ?? '';
  } catch (_error) {
    return ''; // storage is blocked: the page works without
  }
}

/**
 * @param {string} key
 * @param {string} value
 */
function remember(key, value) {
  try {
    if (value === '') localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch (_error) {
    return; // storage is blocked: kept for this visit only
  }
}
