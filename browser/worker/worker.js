/**
 * The worker: joins the core to the browser and answers the client module. Messages in: {id, method, parameters};
 * out: {id, result} or {id, error: {code, message}}, and {event} at any time.
 */
import { takeArchive } from './archive.js';
import { Commit } from './commit.js';
import { Core } from './core.js';
import { UmbraError, describe, takenAway } from './errors.js';
import { Export } from './export.js';
import { Import } from './import.js';
import { Network } from './network.js';
import { IS_NODE, load, onMessage, post } from './platform.js';
import { Shells } from './shells.js';
import { openStorage } from './storage.js';
import { Vault } from './vault.js';
import { checkWorkspace } from './workspaces.js';
import { zipChanges } from './zip.js';

/** Milliseconds that what runs may take to end when another takes the workspace over. */
const END_WAIT = 1000;

// Compiling begins while the client's first message is on its way.
const wasm = load(new URL(/* @vite-ignore */ 'umbra_core.wasm', import.meta.url));
const loading = Core.load(wasm);
loading.catch(() => undefined); // reported by open()

/** @typedef {import('../client/umbra.js').Selection[] | null} Selection null: all changes */

/** @param {object} event @param {Transferable[]} [transfer] */
const emit = (event, transfer) => post({ event }, transfer);

class Session {
  /** @type {Import | null} */
  #import = null;
  /** @type {Export | null} */
  #export = null;

  /**
   * @param {Core} core
   * @param {Network} network
   * @param {Vault} vault
   * @param {Shells} shells
   */
  constructor(core, network, vault, shells) {
    this.core = core;
    this.network = network;
    this.vault = vault;
    this.shells = shells;
  }

  /** @param {{ op: string, [key: string]: unknown }} request */
  async request(request) {
    const { result, blob } = await this.core.request(request);
    return blob ? { result, blob } : { result };
  }

  memoryBytes() {
    return this.core.memoryBytes;
  }

  get #running() {
    if (!this.#import) throw new UmbraError('EINVAL', 'no import is running');
    return this.#import;
  }

  /** @param {Parameters<Import['begin']>[0]} options */
  async importBegin(options) {
    if (this.#import) throw new UmbraError('EBUSY', 'an import is running already');
    const running = new Import(this.core, (progress) => emit({ type: 'import_progress', ...progress }));
    await running.begin(options);
    this.#import = running;
  }

  /** @param {Uint8Array} bytes */
  importBatch(bytes) {
    return this.#running.takeBatch(bytes);
  }

  /** @param {{ folder: FileSystemDirectoryHandle }} source */
  importFolder({ folder }) {
    return this.#running.takeFolder(folder);
  }

  /** @param {{ files: { path: string, file: File }[] }} source */
  importFiles({ files }) {
    return this.#running.takeFiles(files);
  }

  /** @param {{ archive: Blob }} source */
  importArchive({ archive }) {
    return takeArchive(this.#running, archive);
  }

  async importEnd() {
    const result = await this.#running.end();
    this.#import = null;
    return result;
  }

  /** Ends a running import at its next step. */
  importStop() {
    this.#import?.cancel();
  }

  async importAbort() {
    const running = this.#import;
    this.#import = null;
    await running?.abort();
  }

  /** @param {Parameters<Export['run']>[0]} options */
  async exportWorkspace(options) {
    if (this.#export) throw new UmbraError('EBUSY', 'an export is running already');
    this.#export = new Export(this.core);
    try {
      return await this.#export.run(options);
    } finally {
      this.#export = null;
    }
  }

  /** Ends a running export at its next step. */
  exportStop() {
    this.#export?.cancel();
  }

  /** @param {Selection} selection */
  async #choices(selection) {
    /** @type {import('../client/umbra.js').Change[]} */
    const all = (await this.core.request({ op: 'changes' })).result;
    const byPath = new Map(all.map((change) => [change.path, change]));
    return (selection ?? all.map(({ path }) => path)).map((item) => {
      const { path, ...part } = typeof item === 'string' ? { path: item } : item;
      const change = byPath.get(path);
      if (!change) throw new UmbraError('ENOENT', `${path} has not changed`);
      return { change, part };
    });
  }

  /** @param {{ target: FileSystemDirectoryHandle, selection: Selection }} options */
  async commit({ target, selection }) {
    const begin = { op: 'commit_begin', ...(selection ? { paths: selection } : {}) };
    const { done, ...rest } = await new Commit(this.core, target, false).run(begin);
    return { ...rest, committed: done };
  }

  /** @param {{ target: FileSystemDirectoryHandle, commit?: number }} options the last commit without a number */
  async undoCommit({ target, commit }) {
    const begin = { op: 'undo_begin', ...(commit === undefined ? {} : { commit }) };
    const { done, ...rest } = await new Commit(this.core, target, true).run(begin);
    return { ...rest, undone: done };
  }

  /** @param {{ selection: Selection }} options */
  async zip({ selection }) {
    return zipChanges(this.core, await this.#choices(selection));
  }

  /** @param {{ token: string }} options */
  pair({ token }) {
    return this.network.pair(token);
  }

  providers() {
    return this.network.providers();
  }

  /** @param {{ provider: string, key: string }} options */
  setKey({ provider, key }) {
    return this.network.setKey(provider, key);
  }

  /** @param {{ provider: string }} options */
  forgetKey({ provider }) {
    return this.network.forgetKey(provider);
  }

  keys() {
    return this.network.keys();
  }

  /** @param {Parameters<Shells['exec']>[0]} options */
  exec(options) {
    return this.shells.exec(options);
  }

  /** @param {Parameters<Shells['execStop']>[0]} exec */
  execStop(exec) {
    this.shells.execStop(exec);
  }

  /** @param {Parameters<Shells['open']>[0]} options */
  shellOpen(options) {
    return this.shells.open(options);
  }

  /** @param {Parameters<Shells['write']>[0]} input */
  shellWrite(input) {
    return this.shells.write(input);
  }

  /** @param {Parameters<Shells['endInput']>[0]} input */
  shellEndInput(input) {
    this.shells.endInput(input);
  }

  /** @param {Parameters<Shells['acknowledge']>[0]} taken */
  acknowledge(taken) {
    this.shells.acknowledge(taken);
  }

  /** @param {Parameters<Shells['resize']>[0]} size */
  shellResize(size) {
    this.shells.resize(size);
  }

  /** @param {Parameters<Shells['signal']>[0]} what */
  shellSignal(what) {
    return this.shells.signal(what);
  }

  /** Ends what runs, as a user would, before close(). @param {Set<Promise<unknown>>} calls that are under way */
  async end(calls) {
    this.importStop();
    this.exportStop();
    await this.core.request({ op: 'cancel' }).catch(() => undefined);
    await this.shells.endAll();
    const late = new Promise((resolve) => setTimeout(resolve, END_WAIT));
    await Promise.race([Promise.allSettled(calls), late]);
  }

  close() {
    this.core.close();
    this.shells.close();
    this.vault.close();
  }
}

/** @type {Session | null} */
let session = null;
/** Calls that are being answered. @type {Set<Promise<unknown>>} */
const answering = new Set();
/** Why the workspace is no longer this worker's, and when all of it is closed. */
let handedOver = /** @type {{ reason: import('./hold.js').Reason, done: Promise<void> } | null} */ (null);

/**
 * Another has asked for the workspace or taken it: what runs is ended, all is saved and closed, the client is told.
 * @param {import('./storage.js').Storage} storage
 * @param {import('./hold.js').Reason} reason
 */
async function handOver(storage, reason) {
  const ending = session;
  session = null;
  try {
    await ending?.end(answering);
    ending?.close();
  } finally {
    storage.dispose(); // also when the core failed at it
    emit({ type: 'closed', reason });
  }
}

/** @param {Parameters<typeof openStorage>[0] & { proxy: string, core: object }} options */
async function open(options) {
  const started = performance.now();
  /** @type {string[]} */
  const notices = [];
  checkWorkspace(options.workspace);
  const core = await loading.catch((error) => {
    throw new UmbraError(
      'EIO',
      `the WebAssembly core could not be loaded: ${error.message}; reload the page`,
    );
  });
  const [storage, vault] = await Promise.all([openStorage(options, core.constants, notices), Vault.open()]);
  if (vault.kind === 'memory' && !IS_NODE) {
    notices.push(
      'This browser window offers no place for an encrypted vault: keys that you enter are kept in memory and are gone ' +
        'when the page is closed.',
    );
  }
  const network = new Network(options.proxy, vault);
  const shells = new Shells(core, emit);
  core.onEvent = (json) => {
    const event = JSON.parse(json);
    if (!shells.take(event)) emit(event);
  };
  try {
    core.open(storage, network, options.core);
  } catch (error) {
    storage.dispose();
    throw error;
  }
  session = new Session(core, network, vault, shells);
  const { result } = await core.request({ op: 'info' });
  void storage.lost.then((reason) => (handedOver = { reason, done: handOver(storage, reason) }));
  return {
    ...result,
    workspace: options.workspace,
    storage: storage.kind,
    notices,
    vault: vault.kind,
    paired: await network.paired(),
    openMs: performance.now() - started,
  };
}

/** @param {string} method @param {any} parameters */
async function dispatch(method, parameters) {
  if (method === 'ping') return null;
  if (method === 'open') return open(parameters);
  if (handedOver) {
    if (method !== 'close') throw takenAway(handedOver.reason);
    return handedOver.done;
  }
  if (!session) throw new UmbraError('EINVAL', 'the workspace is not open');
  const methods = /** @type {Record<string, (parameters: any) => unknown>} */ (
    /** @type {unknown} */ (session)
  );
  return methods[method](parameters);
}

onMessage(async ({ id, method, parameters }) => {
  const call = dispatch(method, parameters);
  answering.add(call);
  try {
    post({ id, result: await call });
  } catch (error) {
    post({ id, error: describe(error) });
  } finally {
    answering.delete(call);
  }
});
