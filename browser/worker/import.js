/**
 * Importing a folder: lists it, asks the core what is to be read (core/runtime/import_list.c decides), reads that
 * several files at a time, and hands it over in batches (the layouts are in core/include/umbra.h). The core takes the
 * import in as one transaction, or not at all.
 */
import { UmbraError, messageOf } from './errors.js';

/** Batches are handed over when they have so many bytes; larger files go in pieces of this size. */
const BATCH_SIZE = 1 << 20;
const PIECE_SIZE = 4 << 20;
/** Files that are read, and folders that are listed, at the same time. */
const READERS = 32;
const LISTERS = 8;
/** UMBRA_ENTRY_..., UMBRA_LIST_... and so on of core/include/umbra.h; batches are made before the core is there. */
const HEADER_SIZE = 24;
const APPEND = 1;
const LINK = 2;
const DIRECTORY = 4;
const MODE_UNKNOWN = 0xffffffff;
const LIST_HEADER_SIZE = 8;
const LISTED_HEADER_SIZE = 28;
const KIND_FILE = 1;
const KIND_DIRECTORY = 2;
const SIZE_UNKNOWN = 0xffffffffffffffffn;
/** Milliseconds between two progress events. */
const PROGRESS_EVERY = 50;

/** Files as the core's batches, in one growing buffer. */
export class Batch {
  #bytes = new Uint8Array(BATCH_SIZE + (64 << 10));
  size = 0;

  /**
   * @param {Uint8Array} path
   * @param {Uint8Array} data
   * @param {{ mode?: number, mtime?: number, append?: boolean, link?: boolean, directory?: boolean }} about
   */
  add(path, data, about) {
    const need = this.size + HEADER_SIZE + path.length + data.length;
    if (need > this.#bytes.length) {
      const grown = new Uint8Array(need + BATCH_SIZE);
      grown.set(this.#bytes.subarray(0, this.size));
      this.#bytes = grown;
    }
    const view = new DataView(this.#bytes.buffer, this.size);
    view.setUint32(0, path.length, true);
    view.setUint32(4, data.length, true);
    view.setUint32(8, about.mode ?? MODE_UNKNOWN, true);
    const flags = (about.append ? APPEND : 0) | (about.link ? LINK : 0) | (about.directory ? DIRECTORY : 0);
    view.setUint32(12, flags, true);
    view.setBigInt64(16, BigInt(Math.round(about.mtime ?? 0)), true);
    this.#bytes.set(path, this.size + HEADER_SIZE);
    this.#bytes.set(data, this.size + HEADER_SIZE + path.length);
    this.size = need;
  }

  get full() {
    return this.size >= BATCH_SIZE;
  }

  /** The bytes so far; the batch is empty after the next add. */
  take() {
    const bytes = this.#bytes.subarray(0, this.size);
    this.size = 0;
    return bytes;
  }
}

/**
 * Something in a folder: a file that can be opened, or has been, or a folder that can be listed.
 * @typedef {{ name: string, list?: () => AsyncIterable<Entry>, open?: () => Promise<File>, file?: File }} Entry
 * @typedef {{ path: string, list: () => AsyncIterable<Entry> }} Folder
 * @typedef {{ path: string, entry: Entry }} Wanted
 * @typedef {{ path: string, reason: string }} Skipped
 * @typedef {Omit<Extract<import('../client/umbra.js').UmbraEvent, { type: 'import_progress' }>, 'type'>} Progress
 */

/** @param {FileSystemDirectoryHandle} folder @returns {AsyncGenerator<Entry>} */
async function* ofHandle(folder) {
  for await (const [name, handle] of folder.entries()) {
    if (handle.kind === 'directory') {
      yield { name, list: () => ofHandle(/** @type {FileSystemDirectoryHandle} */ (handle)) };
    } else {
      yield { name, open: () => /** @type {FileSystemFileHandle} */ (handle).getFile() };
    }
  }
}

/** @typedef {Map<string, File | Tree>} Tree */

/** @param {Tree} tree @returns {AsyncGenerator<Entry>} */
async function* ofTree(tree) {
  for (const [name, item] of tree) {
    yield item instanceof Map ? { name, list: () => ofTree(item) } : { name, file: item };
  }
}

/**
 * A flat list as the folders that it was made of.
 * @param {{ path: string, file: File }[]} files
 * @param {(path: string, reason: string) => void} skip
 */
function treeOf(files, skip) {
  /** @type {Tree} */
  const top = new Map();
  for (const { path, file } of files) {
    const parts = path.split('/');
    const name = /** @type {string} */ (parts.pop());
    /** @type {Tree | null} */
    let folder = top;
    for (const part of parts) {
      /** @type {File | Tree} */
      const next = folder.get(part) ?? new Map();
      if (!(next instanceof Map)) {
        folder = null;
        break;
      }
      folder.set(part, next);
      folder = next;
    }
    if (!folder) skip(path, 'a part of the path is a file, too');
    else if (folder.has(name)) skip(path, 'it is there twice');
    else folder.set(name, file);
  }
  return top;
}

/**
 * The listing of one folder, for the core.
 * @param {string} path
 * @param {Uint8Array} rules the text of its .gitignore
 * @param {Entry[]} entries
 */
function listingOf(path, rules, entries) {
  const encoder = new TextEncoder();
  const place = encoder.encode(path);
  const names = entries.map(({ name }) => encoder.encode(name));
  const size = names.reduce((sum, name) => sum + LISTED_HEADER_SIZE + name.length, 0);
  const bytes = new Uint8Array(LIST_HEADER_SIZE + place.length + rules.length + size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, place.length, true);
  view.setUint32(4, rules.length, true);
  bytes.set(place, LIST_HEADER_SIZE);
  bytes.set(rules, LIST_HEADER_SIZE + place.length);
  let at = bytes.length - size;
  entries.forEach(({ list, file }, index) => {
    view.setUint32(at, names[index].length, true);
    view.setUint32(at + 4, list ? KIND_DIRECTORY : KIND_FILE, true);
    view.setUint32(at + 8, MODE_UNKNOWN, true);
    view.setBigUint64(at + 12, file ? BigInt(file.size) : SIZE_UNKNOWN, true);
    view.setBigInt64(at + 20, BigInt(Math.round(file?.lastModified ?? 0)), true);
    bytes.set(names[index], at + LISTED_HEADER_SIZE);
    at += LISTED_HEADER_SIZE + names[index].length;
  });
  return bytes;
}

/**
 * @template Item, Result
 * @param {Item[]} items
 * @param {number} limit how many are worked on at the same time
 * @param {(item: Item) => Promise<Result>} action
 * @returns {Promise<Result[]>}
 */
async function mapLimited(items, limit, action) {
  /** @type {Result[]} */
  const results = [];
  let next = 0;
  const work = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await action(items[index]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work));
  return results;
}

export class Import {
  /** @type {Skipped[]} */
  #skipped = [];
  #batch = new Batch();
  /** @type {Progress} */
  #progress = { files: 0, bytes: 0, totalFiles: 0, scanned: 0, unchanged: 0, path: '', read: 0, size: 0 };
  #reported = 0;
  #cancelled = false;
  /** @type {Wanted[]} */
  #wanted = [];

  /**
   * @param {import('./core.js').Core} core
   * @param {(progress: Progress) => void} onProgress
   */
  constructor(core, onProgress) {
    this.core = core;
    this.onProgress = onProgress;
  }

  cancel() {
    this.#cancelled = true;
  }

  #throwIfCancelled() {
    if (this.#cancelled) throw new UmbraError('ECANCELLED', 'the import was cancelled');
  }

  /**
   * @typedef {{ discardChanges?: boolean, exclude?: string[] }} BeginOptions
   * @param {BeginOptions & ({ refresh?: boolean, gitignore?: boolean } | { archive: true, asChanges?: boolean })} options
   */
  async begin(options) {
    await this.core.request({ op: 'import_begin', ...options });
  }

  /** Takes a batch that was made elsewhere (by the client, of plain data). @param {Uint8Array} bytes */
  async takeBatch(bytes) {
    this.#throwIfCancelled();
    const { result } = await this.core.request({ op: 'import_batch' }, bytes);
    Object.assign(this.#progress, result);
    this.#report();
  }

  /** The next bytes of a tar archive. @param {Uint8Array} bytes */
  async takeTar(bytes) {
    this.#throwIfCancelled();
    const { result } = await this.core.request({ op: 'import_tar' }, bytes);
    Object.assign(this.#progress, result);
    this.#report();
  }

  /** How far it is, where the core cannot know. @param {Partial<Progress>} progress */
  note(progress) {
    Object.assign(this.#progress, progress);
    this.#report();
  }

  /** @param {string} path @param {string} reason */
  skip(path, reason) {
    this.#skipped.push({ path, reason });
  }

  #report(force = false) {
    const now = performance.now();
    if (!force && now - this.#reported < PROGRESS_EVERY) return;
    this.#reported = now;
    this.onProgress({ ...this.#progress });
  }

  async #flush() {
    if (this.#batch.size) await this.takeBatch(this.#batch.take());
  }

  /** @param {FileSystemDirectoryHandle} folder */
  takeFolder(folder) {
    return this.#take(() => ofHandle(folder));
  }

  /** @param {{ path: string, file: File }[]} files */
  takeFiles(files) {
    const tree = treeOf(files, (path, reason) => this.#skipped.push({ path, reason }));
    return this.#take(() => ofTree(tree));
  }

  /** @param {Folder['list']} list of the top */
  async #take(list) {
    this.#report(true);
    // Level by level: the core has the rules of a folder before it sees what is below.
    for (let folders = [{ path: '', list }]; folders.length;) {
      folders = (await mapLimited(folders, LISTERS, (folder) => this.#walk(folder))).flat();
    }
    await this.#readWanted();
  }

  /**
   * Lists one folder; what is to be read is noted, what is to be listed next is the answer.
   * @param {Folder} folder
   * @returns {Promise<Folder[]>}
   */
  async #walk({ path, list }) {
    this.#throwIfCancelled();
    const entries = await this.#entries(path, list);
    if (!entries) return [];
    const prefix = path ? `${path}/` : '';
    const { look, enter } = await this.#ask(path, entries, await this.#rules(prefix, entries));
    /** @type {Entry[]} */
    const looked = [];
    await mapLimited(look, READERS, async (/** @type {Entry} */ entry) => {
      const file = await this.#openFile({ path: prefix + entry.name, entry });
      if (file) looked.push({ name: entry.name, file });
    });
    if (looked.length) await this.#ask(path, looked, new Uint8Array(), true);
    return enter.map((entry) => ({
      path: prefix + entry.name,
      list: /** @type {Folder['list']} */ (entry.list),
    }));
  }

  /** @param {string} path @param {Folder['list']} list */
  async #entries(path, list) {
    try {
      /** @type {Entry[]} */
      const entries = [];
      for await (const entry of list()) entries.push(entry);
      return entries;
    } catch (error) {
      if (path === '') throw new UmbraError('EACCES', `the folder cannot be read: ${messageOf(error)}`);
      this.#skipped.push({ path, reason: `cannot be listed: ${messageOf(error)}` });
      return null;
    }
  }

  /** The text of a folder's own .gitignore. @param {string} prefix @param {Entry[]} entries */
  async #rules(prefix, entries) {
    const entry = entries.find(({ name, list }) => name === '.gitignore' && !list);
    const path = `${prefix}.gitignore`;
    const file = entry && (await this.#openFile({ path, entry }));
    return (file && (await this.#read(path, file))) || new Uint8Array();
  }

  /**
   * Asks the core about entries. The files that are to be read are noted.
   * @param {string} path
   * @param {Entry[]} entries
   * @param {Uint8Array} rules
   * @param {boolean} [again] they were looked at, as the core wanted
   */
  async #ask(path, entries, rules, again = false) {
    this.#throwIfCancelled();
    const { result } = await this.core.request({ op: 'import_list', again }, listingOf(path, rules, entries));
    const of = (/** @type {number[]} */ indexes) => indexes.map((index) => entries[index]);
    for (const entry of of(result.read)) {
      this.#wanted.push({ path: path ? `${path}/${entry.name}` : entry.name, entry });
    }
    this.#progress.scanned = result.scanned;
    this.#progress.unchanged = result.unchanged;
    this.#report();
    return { look: of(result.look), enter: of(result.enter) };
  }

  async #readWanted() {
    this.#progress.totalFiles = this.#wanted.length;
    this.#report(true);
    let turn = Promise.resolve();
    await mapLimited(this.#wanted, READERS, async (wanted) => {
      if (this.#cancelled) return;
      const file = await this.#openFile(wanted);
      if (!file) return;
      const small = file.size <= BATCH_SIZE;
      const whole = small ? await this.#read(wanted.path, file) : null;
      if (small && !whole) return;
      // Adding is one at a time: a batch is sent when it is full, a large file keeps its pieces together.
      turn = turn.then(() =>
        whole ? this.#add(wanted.path, file, whole) : this.#addPieces(wanted.path, file),
      );
      await turn;
    });
    this.#throwIfCancelled();
    await this.#flush();
  }

  /** @param {Wanted} wanted */
  async #openFile({ path, entry }) {
    try {
      return entry.file ?? (await /** @type {() => Promise<File>} */ (entry.open)());
    } catch (error) {
      this.#skip(path, error);
      return null;
    }
  }

  /** @param {string} path @param {Blob} part */
  async #read(path, part) {
    try {
      return new Uint8Array(await part.arrayBuffer());
    } catch (error) {
      this.#skip(path, error);
      return null;
    }
  }

  /** @param {string} path @param {unknown} error */
  #skip(path, error) {
    this.#skipped.push({ path, reason: `cannot be read: ${messageOf(error)}` });
  }

  /** @param {string} path @param {File} file @param {Uint8Array} data */
  async #add(path, file, data) {
    this.#progress.path = path;
    this.#batch.add(new TextEncoder().encode(path), data, { mtime: file.lastModified });
    if (this.#batch.full) await this.#flush();
  }

  /** @param {string} path @param {File} file */
  async #addPieces(path, file) {
    for (let at = 0; at < file.size && !this.#cancelled; at += PIECE_SIZE) {
      const data = await this.#read(path, file.slice(at, at + PIECE_SIZE));
      if (!data) throw new UmbraError('EIO', `${path} could not be read to its end; the import was undone`);
      this.#progress.path = path;
      this.#batch.add(new TextEncoder().encode(path), data, { mtime: file.lastModified, append: at > 0 });
      await this.#flush();
    }
  }

  async end() {
    const { result } = await this.core.request({ op: 'import_end' });
    this.#report(true);
    return { ...result, skipped: [...result.skipped, ...this.#skipped] };
  }

  async abort() {
    this.cancel(); // for what is still under way
    await this.core.request({ op: 'import_cancel' });
  }
}
