/** Umbra's client module; `umbra.d.ts` describes it. Thin: what can live in the core lives there. */
import { UmbraError, messageOf } from '../worker/errors.js';
import { keepFolder, keptFolder } from './folders.js';
import { Link } from './link.js';
import { isFolder, parts } from './source.js';

export { UmbraError };

/**
 * @typedef {import('./umbra.js').OpenOptions} OpenOptions
 * @typedef {import('./umbra.js').UmbraEvent} UmbraEvent
 */

const DEFAULT_EXCLUDE = ['.git', 'node_modules'];
/** Where the providers' routes are below the proxy's origin. */
const ANTHROPIC_ROUTE = '/v1/anthropic';

/** A worker's address as Trusted Types ask for it. @param {string} url @returns {any} */
function trusted(url) {
  const factory = /** @type {any} */ (globalThis).trustedTypes;
  if (!factory) return url;
  trusted.policy ??= factory.createPolicy('umbra', { createScriptURL: (/** @type {string} */ text) => text });
  return trusted.policy.createScriptURL(url);
}
/** @type {any} */
trusted.policy = undefined;

/** Starts the worker; a script of another origin goes through a small one of this origin. @param {string} baseUrl */
function startWorker(baseUrl) {
  const url = new URL('worker.js', baseUrl);
  if (url.origin === location.origin) return new Worker(trusted(url.href), { type: 'module', name: 'umbra' });
  const script = new Blob([`import ${JSON.stringify(url.href)};`], { type: 'text/javascript' });
  const local = URL.createObjectURL(script);
  const worker = new Worker(trusted(local), { type: 'module', name: 'umbra' });
  setTimeout(() => URL.revokeObjectURL(local), 60_000);
  return worker;
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

  /** @param {OpenOptions} options */
  constructor(options) {
    this.#options = {
      ...options,
      workspace: options.workspace ?? 'default',
      storage: options.storage ?? 'opfs',
      proxy: (options.proxy ?? location.origin).replace(/\/+$/, ''),
      baseUrl: options.baseUrl ?? new URL(/* @vite-ignore */ './', import.meta.url).href,
    };
  }

  /** @param {OpenOptions} [options] */
  static async open(options = {}) {
    const umbra = new Umbra(options);
    await umbra.#start(options.pairingToken);
    return umbra;
  }

  /** @param {string} [pairingToken] */
  async #start(pairingToken) {
    const { workspace, storage, proxy, baseUrl, model, core } = this.#options;
    this.#link = new Link(
      startWorker(baseUrl),
      (event) => this.#emit(event),
      (message) => this.#emit({ type: 'crashed', message }),
    );
    try {
      const coreOptions = { ...core, base_url: proxy + ANTHROPIC_ROUTE, ...(model ? { model } : {}) };
      this.info = await this.#link.call('open', { workspace, storage, proxy, core: coreOptions });
    } catch (error) {
      this.#link.end('the workspace could not be opened');
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

  /** An operation of the core. @param {{ op: string, [key: string]: unknown }} request @returns {Promise<any>} */
  async #request(request) {
    return (await this.#link.call('request', request)).result;
  }

  /**
   * @param {import('./umbra.js').ImportSource} source
   * @param {import('./umbra.js').ImportOptions} [options]
   */
  async importFolder(source, options = {}) {
    const { signal, exclude = DEFAULT_EXCLUDE, discardChanges = false } = options;
    signal?.throwIfAborted();
    await this.#link.call('importBegin', { discardChanges });
    const stop = () => void this.#link.call('importStop').catch(() => undefined);
    const silence = options.onProgress ? this.on('import_progress', options.onProgress) : () => undefined;
    signal?.addEventListener('abort', stop);
    try {
      if (isFolder(source)) await this.#link.call('importFolder', { folder: source, exclude });
      else await this.#importItems(source, exclude, signal);
      const result = await this.#link.call('importEnd');
      this.#folder = isFolder(source) ? source : null;
      await keepFolder(this.#options.workspace, this.#folder);
      return result;
    } catch (error) {
      await this.#link.call('importAbort').catch(() => undefined);
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
      silence();
    }
  }

  /**
   * @param {Iterable<any>} items
   * @param {string[]} exclude
   * @param {AbortSignal} [signal]
   */
  async #importItems(items, exclude, signal) {
    /** @type {Promise<unknown>[]} */
    const sent = [];
    for (const part of parts(items)) {
      if (signal?.aborted) throw new UmbraError('ECANCELLED', 'the import was cancelled');
      if ('files' in part) sent.push(this.#link.call('importFiles', { files: part.files, exclude }));
      else sent.push(this.#link.call('importBatch', part.batch, [part.batch.buffer]));
      // Two under way keep the worker busy without piling up memory.
      if (sent.length > 2) await sent.shift();
    }
    await Promise.all(sent);
  }

  /** @param {string} text */
  send(text) {
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

  /** @param {string} name @param {Record<string, unknown>} input */
  tool(name, input) {
    return this.#request({ op: 'tool', name, input });
  }

  tools() {
    return this.#request({ op: 'tools' });
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

  /** @param {import('./umbra.js').Selection[]} [selection] @param {{ target?: FileSystemDirectoryHandle }} [options] */
  async commit(selection, options = {}) {
    const target = options.target ?? this.#folder;
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
    return this.#link.call('commit', { target, selection: selection ?? null });
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

  async reopen() {
    this.#link.end('the workspace is opened again');
    await this.#start();
  }

  async close() {
    await this.#link.call('close');
    this.#link.end('the workspace was closed');
  }
}
