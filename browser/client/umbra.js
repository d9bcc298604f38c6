/** Umbra's client module; `umbra.d.ts` describes it. Thin: what can live in the core lives there. */
import { UmbraError, messageOf, takenAway } from '../worker/errors.js';
import { deleteWorkspace, listWorkspaces } from '../worker/workspaces.js';
import { keepFolder, keptFolder } from './folders.js';
import { Link } from './link.js';
import { askPersistence, estimate, isPersisted } from './persistence.js';
import { Shell, shellOptions } from './shell.js';
import { isFolder, parts } from './source.js';
import { DEFAULTS, checkStorage, startWorker } from './start_worker.js';

export { UmbraError };

/**
 * @typedef {import('./umbra.js').OpenOptions} OpenOptions
 * @typedef {import('./umbra.js').UmbraEvent} UmbraEvent
 */

/** Where the providers' routes are below the proxy's origin. */
const ANTHROPIC_ROUTE = '/v1/anthropic';

/** The browser is asked once a visit, whatever it says: a question in a loop would be none. */
let askedToPersist = false;

/** After a reload the browser may want to ask again. @param {any} folder */
async function allowReading(folder) {
  // Firefox has no permissions on handles: what it hands out may be read.
  if (typeof folder.queryPermission !== 'function') return;
  if ((await folder.queryPermission({ mode: 'read' })) === 'granted') return;
  if ((await folder.requestPermission({ mode: 'read' })) === 'granted') return;
  throw new UmbraError('EACCES', `reading "${folder.name}" was not allowed; nothing was changed`);
}

export class Umbra {
  /** @type {Map<string, Set<(event: any) => void>>} */
  #listeners = new Map();
  /** @type {Link} */
  #link;
  /** @type {FileSystemDirectoryHandle | null} */
  #folder = null;
  /** @type {Required<Pick<OpenOptions, 'workspace' | 'storage' | 'proxy' | 'baseUrl'>> & OpenOptions} */
  #options;
  /** @type {import('./umbra.js').Info} */
  info;
  /** Another has taken the workspace. */
  #taken = false;
  /** Those that are open, by number. @type {Map<number, Shell>} */
  #shells = new Map();
  #nextExec = 1;

  /** @param {OpenOptions} options */
  constructor(options) {
    this.#options = {
      ...options,
      workspace: options.workspace ?? 'default',
      storage: options.storage ?? DEFAULTS.storage,
      proxy: (options.proxy ?? DEFAULTS.proxy).replace(/\/+$/, ''),
      baseUrl: options.baseUrl ?? new URL(/* @vite-ignore */ './', import.meta.url).href,
    };
  }

  /** @param {OpenOptions} [options] */
  static async open(options = {}) {
    if (options.storage) checkStorage(options.storage);
    const umbra = new Umbra(options);
    await umbra.#start(options.takeOver ?? false, options.pairingToken);
    return umbra;
  }

  static workspaces() {
    return listWorkspaces();
  }

  /** @param {string} name @param {import('./umbra.js').DeleteOptions} [options] */
  static deleteWorkspace(name, options = {}) {
    return deleteWorkspace(name, options);
  }

  /** @param {boolean} takeOver @param {string} [pairingToken] */
  async #start(takeOver, pairingToken) {
    const { workspace, storage, proxy, baseUrl, model, lockWaitMs, core } = this.#options;
    this.#taken = false;
    const link = new Link(
      startWorker(baseUrl),
      (event) => this.#receive(event),
      (message) => {
        this.#failShells(message);
        this.#emit({ type: 'crashed', message });
      },
    );
    this.#link = link;
    try {
      const coreOptions = { ...core, base_url: proxy + ANTHROPIC_ROUTE, ...(model ? { model } : {}) };
      const options = { workspace, storage, proxy, takeOver, lockWaitMs, core: coreOptions };
      this.info = await link.call('open', options);
      this.info.persisted = this.info.storage === 'opfs' && (await isPersisted());
    } catch (error) {
      link.end('the workspace could not be opened'); // not that of a reopen() meanwhile
      throw error;
    }
    if (pairingToken) await this.#pairAtStart(pairingToken);
    this.#folder ??= await keptFolder(workspace);
  }

  /** A token that no longer counts must not keep the workspace shut. @param {string} token */
  async #pairAtStart(token) {
    try {
      await this.pair(token);
    } catch (error) {
      if (!this.info.paired) this.info.notices.push(`Pairing with the proxy failed: ${messageOf(error)}`);
    }
  }

  get worker() {
    return this.#link.worker;
  }

  /** @param {string} type @param {(event: any) => void} listener */
  on(type, listener) {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** @param {any} event */
  #receive(event) {
    if (event.type === 'shell_output') {
      for (const shell of this.#shells.values()) if (shell.take(event.stream, event.bytes)) return;
      return;
    }
    if (event.type === 'shell_end') {
      this.#shells.get(event.shell)?.end(event.status);
      this.#shells.delete(event.shell);
      this.#link.use(this.#shells.size > 0);
      return;
    }
    if (event.type === 'closed') {
      this.#taken = true;
      const error = takenAway(event.reason);
      this.#endLink(error.message, error);
    }
    this.#emit(event);
  }

  /** @param {any} event */
  #emit(event) {
    for (const type of [event.type, '*']) {
      for (const listener of this.#listeners.get(type) ?? []) {
        try {
          listener(event);
        } catch (error) {
          reportError(error);
        }
      }
    }
  }

  /** Ends the worker and all that depends on it. @param {string} reason @param {UmbraError} [after] */
  #endLink(reason, after) {
    this.#link.end(reason, after);
    this.#failShells(reason);
  }

  /** @param {string} reason */
  #failShells(reason) {
    for (const shell of this.#shells.values()) shell.fail(new UmbraError('EIO', reason));
    this.#shells.clear();
  }

  /** An operation of the core. @param {{ op: string, [key: string]: unknown }} request @returns {Promise<any>} */
  async #request(request) {
    return (await this.#link.call('request', request)).result;
  }

  /**
   * @param {import('./umbra.js').ImportSource} source
   * @param {import('./umbra.js').ImportOptions} [options]
   */
  async importFolder(source, options = {}) {
    const { signal, exclude, gitignore, discardChanges = false } = options;
    const folder = isFolder(source) ? source : null;
    signal?.throwIfAborted();
    if (folder) await allowReading(folder);
    const again = options.refresh ?? (folder !== null && (await this.#isImported(folder)));
    const refresh = again && !discardChanges;
    const result = await this.#import({ discardChanges, refresh, exclude, gitignore }, options, () =>
      folder
        ? this.#link.call('importFolder', { folder })
        : this.#importItems(/** @type {Iterable<any>} */ (source), refresh, signal),
    );
    await this.#imported(folder || !refresh ? folder : this.#folder);
    return result;
  }

  /**
   * @param {Blob} archive
   * @param {import('./umbra.js').ArchiveOptions} [options]
   */
  async importArchive(archive, options = {}) {
    const { signal, exclude, discardChanges = false, asChanges = false } = options;
    signal?.throwIfAborted();
    const begin = { archive: true, discardChanges, exclude, asChanges };
    const result = await this.#import(begin, options, () => this.#link.call('importArchive', { archive }));
    await this.#imported(asChanges ? this.#folder : null);
    return result;
  }

  /**
   * All of an import, or nothing.
   * @param {object} begin
   * @param {Pick<import('./umbra.js').ImportOptions, 'signal' | 'onProgress'>} options
   * @param {() => Promise<unknown>} work
   */
  async #import(begin, options, work) {
    const { signal } = options;
    await this.#link.call('importBegin', begin);
    const stop = () => void this.#link.call('importStop').catch(() => undefined);
    const silence = options.onProgress ? this.on('import_progress', options.onProgress) : () => undefined;
    signal?.addEventListener('abort', stop);
    try {
      signal?.throwIfAborted();
      await work();
      return await this.#link.call('importEnd');
    } catch (error) {
      await this.#link.call('importAbort').catch(() => undefined);
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
      silence();
    }
  }

  /** @param {FileSystemDirectoryHandle | null} folder that the workspace is of now */
  async #imported(folder) {
    this.#folder = folder;
    await keepFolder(this.#options.workspace, folder);
    this.#persistOnce();
    const { files, bytes } = await this.#request({ op: 'info' });
    Object.assign(this.info, { files, bytes });
  }

  get folder() {
    return this.#folder;
  }

  /** @param {import('./umbra.js').ExportOptions} [options] @returns {Promise<Blob>} */
  async exportWorkspace({ format = 'tar', tree, signal } = {}) {
    if (format !== 'tar' && format !== 'zip') throw new UmbraError('EINVAL', 'the format is "tar" or "zip"');
    signal?.throwIfAborted();
    const stop = () => void this.#link.call('exportStop').catch(() => undefined);
    signal?.addEventListener('abort', stop);
    try {
      return await this.#link.call('exportWorkspace', { format, tree });
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  /** @param {FileSystemDirectoryHandle} folder */
  async #isImported(folder) {
    return (await this.#folder?.isSameEntry(folder)) ?? false;
  }

  /**
   * @param {Iterable<any>} items
   * @param {boolean} refresh
   * @param {AbortSignal} [signal]
   */
  async #importItems(items, refresh, signal) {
    /** @type {Promise<unknown>[]} */
    const sent = [];
    let data = false;
    for (const part of parts(items)) {
      if (signal?.aborted) throw new UmbraError('ECANCELLED', 'the import was cancelled');
      // A listing of the files would say that the data are gone.
      if (refresh && data && 'files' in part)
        throw new UmbraError('EINVAL', 'a refresh takes files or plain data, not both');
      data ||= 'batch' in part;
      if ('files' in part) sent.push(this.#link.call('importFiles', { files: part.files }));
      else sent.push(this.#link.call('importBatch', part.batch, [part.batch.buffer]));
      // Two under way keep the worker busy without piling up memory.
      if (sent.length > 2) await sent.shift();
    }
    await Promise.all(sent);
  }

  /** @param {string} text */
  send(text) {
    this.#persistOnce();
    return this.#request({ op: 'send', text });
  }

  async cancel() {
    await this.#request({ op: 'cancel' });
  }

  /** @param {string} id @param {import('./umbra.js').Decision} decision @param {string} [reason] */
  async decide(id, decision, reason) {
    await this.#request({ op: 'decide', id, decision, ...(reason ? { reason } : {}) });
  }

  /** @returns {Promise<UmbraEvent[]>} */
  history() {
    return this.#request({ op: 'history' });
  }

  async newSession() {
    await this.#request({ op: 'new_session' });
  }

  /** @param {string} name @param {Record<string, unknown>} input @param {{ id?: string }} [options] */
  tool(name, input, { id } = {}) {
    return this.#request({ op: 'tool', name, input, id });
  }

  tools() {
    return this.#request({ op: 'tools' });
  }

  /**
   * @param {string} command
   * @param {import('./umbra.js').ExecOptions} [options]
   * @returns {Promise<any>}
   */
  async exec(command, options = {}) {
    const { stdin, signal, maxOutput, timeoutMs, encoding = 'utf-8', args = [], ...rest } = options;
    const shell = shellOptions({ ...rest, args: ['-c', command, 'bash', ...args] });
    signal?.throwIfAborted();
    const id = this.#nextExec++;
    const stop = () => this.#link.tell('execStop', { id });
    signal?.addEventListener('abort', stop);
    try {
      const bytes = typeof stdin === 'string' ? new TextEncoder().encode(stdin) : stdin;
      const answer = await this.#link.call('exec', { id, stdin: bytes, maxOutput, timeoutMs, ...shell });
      if (encoding === 'bytes') return answer;
      const decoder = new TextDecoder(encoding, { ignoreBOM: true });
      return { ...answer, stdout: decoder.decode(answer.stdout), stderr: decoder.decode(answer.stderr) };
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  /** @param {import('./umbra.js').OpenShellOptions} [options] @returns {Promise<Shell>} */
  async openShell({ terminal, ...options } = {}) {
    const opened = await this.#link.call('shellOpen', { ...shellOptions(options), terminal });
    const shell = new Shell(this.#link, opened);
    this.#shells.set(shell.number, shell);
    this.#link.use(true);
    return shell;
  }

  /** @param {import('./umbra.js').Between} [between] */
  changes(between = {}) {
    return this.#request({ op: 'changes', ...between });
  }

  /** @param {string} path @param {import('./umbra.js').Between} [between] */
  diff(path, between = {}) {
    return this.#request({ op: 'diff', path, ...between });
  }

  /** @param {string[]} [paths] @param {import('./umbra.js').Between} [between] */
  async patch(paths, between = {}) {
    const { blob } = await this.#link.call('request', {
      op: 'patch',
      ...(paths ? { paths } : {}),
      ...between,
    });
    return blob ?? new Uint8Array();
  }

  /** @param {string} path @param {import('./umbra.js').Tree | { hunks: number[], id: string }} [version] */
  async readFile(path, version = 'head') {
    const which = typeof version === 'object' ? version : { side: version };
    /** @type {Uint8Array[]} */
    const pieces = [];
    for (let offset = 0, size = 1; offset < size;) {
      const answer = await this.#link.call('request', { op: 'read', path, ...which, offset });
      size = answer.result.size;
      if (!answer.blob) break;
      pieces.push(answer.blob);
      offset += answer.blob.length;
    }
    return new Uint8Array(await new Blob(/** @type {BlobPart[]} */ (pieces)).arrayBuffer());
  }

  async canCommit() {
    return (
      this.#folder !== null &&
      typeof FileSystemFileHandle !== 'undefined' &&
      'createWritable' in FileSystemFileHandle.prototype
    );
  }

  /** The folder to be written, when the browser allows it. @param {FileSystemDirectoryHandle} [given] */
  async #writable(given) {
    const target = given ?? this.#folder;
    if (!target) {
      throw new UmbraError(
        'EACCES',
        'the imported folder is not at hand: import it again, or take the changes as a ZIP',
      );
    }
    // Firefox has no permissions on handles: what it hands out may be written.
    if (typeof target.requestPermission === 'function') {
      const state = await target.requestPermission({ mode: 'readwrite' });
      if (state !== 'granted') {
        throw new UmbraError('EACCES', `writing to "${target.name}" was not allowed; nothing was changed`);
      }
    }
    return target;
  }

  /** @param {import('./umbra.js').Selection[]} [selection] @param {{ target?: FileSystemDirectoryHandle }} [options] */
  async commit(selection, options = {}) {
    const target = await this.#writable(options.target);
    return this.#link.call('commit', { target, selection: selection ?? null });
  }

  /** @param {number} [commit] */
  async commits(commit) {
    return this.#request({ op: 'commits', ...(commit === undefined ? {} : { commit }) });
  }

  /** @param {number} [commit] @param {{ target?: FileSystemDirectoryHandle }} [options] */
  async undoCommit(commit, options = {}) {
    const target = await this.#writable(options.target);
    return this.#link.call('undoCommit', { target, commit });
  }

  /** @returns {Promise<import('./umbra.js').Checkpoint[]>} */
  checkpoints() {
    return this.#request({ op: 'checkpoints' });
  }

  /** @param {string} name @returns {Promise<number>} */
  async checkpoint(name) {
    return (await this.#request({ op: 'checkpoint', name })).checkpoint;
  }

  /** @param {number} checkpoint @returns {Promise<{ undo: number }>} */
  rewind(checkpoint) {
    return this.#request({ op: 'rewind', checkpoint });
  }

  /** @param {number} checkpoint */
  async dropCheckpoint(checkpoint) {
    await this.#request({ op: 'drop_checkpoint', checkpoint });
  }

  /** @returns {Promise<import('./umbra.js').CheckResult>} */
  check() {
    return this.#request({ op: 'check' });
  }

  /** @param {import('./umbra.js').Selection[]} [selection] @returns {Promise<Blob>} */
  zip(selection) {
    return this.#link.call('zip', { selection: selection ?? null });
  }

  /** @param {import('./umbra.js').Selection[]} [selection] */
  async discard(selection) {
    await this.#request(selection ? { op: 'discard', paths: selection } : { op: 'discard' });
  }

  /** @param {string} token */
  async pair(token) {
    await this.#link.call('pair', { token });
    this.info.paired = true;
  }

  providers() {
    return this.#link.call('providers');
  }

  /** @param {'anthropic'} provider @param {string} key */
  async setKey(provider, key) {
    await this.#link.call('setKey', { provider, key });
  }

  /** @param {'anthropic'} provider */
  async forgetKey(provider) {
    await this.#link.call('forgetKey', { provider });
  }

  keys() {
    return this.#link.call('keys');
  }

  /** There is data now that is worth keeping. The answer may take a person's time: nothing waits for it. */
  #persistOnce() {
    if (askedToPersist || this.#options.persist === false || this.info.storage !== 'opfs') return;
    askedToPersist = true;
    if (!this.info.persisted) this.persist().catch(() => undefined); // storage() says how it stands
  }

  async persist() {
    this.info.persisted = this.info.storage === 'opfs' && (await askPersistence());
    this.#emit({ type: 'persisted', persisted: this.info.persisted });
    return this.info.persisted;
  }

  async storage() {
    const [{ usage, quota }, persisted, { files, bytes, imageBytes }, memoryBytes] = await Promise.all([
      estimate(),
      isPersisted(),
      this.#request({ op: 'info' }),
      this.#link.call('memoryBytes'),
    ]);
    this.info.persisted = this.info.storage === 'opfs' && persisted;
    return { usage, quota, persisted: this.info.persisted, files, bytes, imageBytes, memoryBytes };
  }

  /** @param {{ takeOver?: boolean }} [options] */
  async reopen({ takeOver = false } = {}) {
    this.#endLink('the workspace is opened again');
    await this.#start(takeOver);
  }

  async close() {
    if (this.#taken) return;
    await this.#link.call('close');
    this.#endLink('the workspace was closed');
  }
}
