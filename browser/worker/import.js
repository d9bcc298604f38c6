/**
 * Importing a folder: lists it, reads its files several at a time, and hands them to the core in batches (their
 * layout is in core/include/umbra.h). The core takes the import in as one transaction, or not at all.
 */
import { UmbraError, messageOf } from './errors.js';

/** Batches are handed over when they have so many bytes; larger files go in pieces of this size. */
const BATCH_SIZE = 1 << 20;
const PIECE_SIZE = 4 << 20;
/** Files that are read at the same time. */
const READERS = 32;
/** UMBRA_ENTRY_HEADER and UMBRA_ENTRY_APPEND of core/include/umbra.h; batches are made before the core is there. */
const HEADER_SIZE = 24;
const APPEND = 1;
/** Milliseconds between two progress events. */
const PROGRESS_EVERY = 50;

/** Files as the core's batches, in one growing buffer. */
export class Batch {
  #bytes = new Uint8Array(BATCH_SIZE + (64 << 10));
  size = 0;

  /**
   * @param {Uint8Array} path
   * @param {Uint8Array} data
   * @param {{ mode?: number, mtime?: number, append?: boolean }} about
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
    view.setUint32(8, about.mode ?? 0o644, true);
    view.setUint32(12, about.append ? APPEND : 0, true);
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
 * @typedef {{ path: string, file?: File, handle?: FileSystemFileHandle }} Entry
 * @typedef {{ path: string, reason: string }} Skipped
 */

/**
 * All files below a folder handle.
 * @param {FileSystemDirectoryHandle} folder
 * @param {string} prefix
 * @param {Set<string>} exclude
 * @param {Skipped[]} skipped
 * @returns {AsyncGenerator<Entry>}
 */
async function* list(folder, prefix, exclude, skipped) {
  try {
    for await (const [name, handle] of folder.entries()) {
      const path = prefix + name;
      if (exclude.has(name)) skipped.push({ path, reason: 'left out by name' });
      else if (handle.kind === 'directory') yield* list(handle, `${path}/`, exclude, skipped);
      else yield { path, handle };
    }
  } catch (error) {
    if (prefix === '') throw new UmbraError('EACCES', `the folder cannot be read: ${messageOf(error)}`);
    skipped.push({ path: prefix, reason: `cannot be listed: ${messageOf(error)}` });
  }
}

export class Import {
  /** @type {Skipped[]} */
  #skipped = [];
  #batch = new Batch();
  #progress = { files: 0, bytes: 0, totalFiles: 0, path: '' };
  #reported = 0;
  #cancelled = false;

  /**
   * @param {import('./core.js').Core} core
   * @param {(progress: { files: number, bytes: number, totalFiles: number, path: string }) => void} onProgress
   */
  constructor(core, onProgress) {
    this.core = core;
    this.onProgress = onProgress;
  }

  cancel() {
    this.#cancelled = true;
  }

  /** @param {boolean} discardChanges */
  async begin(discardChanges) {
    await this.core.request({ op: 'import_begin', discardChanges });
  }

  /** Takes a batch that was made elsewhere (by the client, of plain data). @param {Uint8Array} bytes */
  async takeBatch(bytes) {
    if (this.#cancelled) throw new UmbraError('ECANCELLED', 'the import was cancelled');
    const { result } = await this.core.request({ op: 'import_batch' }, bytes);
    this.#skipped.push(...result.skipped);
    this.#progress.files = result.files;
    this.#progress.bytes = result.bytes;
    this.#report();
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

  /**
   * @param {FileSystemDirectoryHandle} folder
   * @param {string[]} exclude
   */
  async takeFolder(folder, exclude) {
    /** @type {Entry[]} */
    const entries = [];
    for await (const entry of list(folder, '', new Set(exclude), this.#skipped)) {
      if (this.#cancelled) break;
      entries.push(entry);
    }
    await this.#takeEntries(entries);
  }

  /**
   * @param {{ path: string, file: File }[]} files
   * @param {string[]} exclude
   */
  async takeFiles(files, exclude) {
    const names = new Set(exclude);
    const wanted = files.filter(({ path }) => {
      const left = path.split('/').some((part) => names.has(part));
      if (left) this.#skipped.push({ path, reason: 'left out by name' });
      return !left;
    });
    await this.#takeEntries(wanted);
  }

  /** @param {Entry[]} entries */
  async #takeEntries(entries) {
    this.#progress.totalFiles = entries.length;
    this.#report(true);
    let next = 0;
    let turn = Promise.resolve();
    const reader = async () => {
      while (next < entries.length && !this.#cancelled) {
        const entry = entries[next++];
        const file = await this.#openFile(entry);
        if (!file) continue;
        const whole = file.size <= BATCH_SIZE ? await this.#read(entry.path, file) : null;
        if (file.size <= BATCH_SIZE && !whole) continue;
        // Adding is one at a time: a batch is sent when it is full, a large file keeps its pieces together.
        turn = turn.then(() =>
          whole ? this.#add(entry.path, file, whole) : this.#addPieces(entry.path, file),
        );
        await turn;
      }
    };
    await Promise.all(Array.from({ length: READERS }, reader));
    if (this.#cancelled) throw new UmbraError('ECANCELLED', 'the import was cancelled');
    await this.#flush();
  }

  /** @param {Entry} entry */
  async #openFile(entry) {
    try {
      return entry.file ?? (await /** @type {FileSystemFileHandle} */ (entry.handle).getFile());
    } catch (error) {
      this.#skip(entry.path, error);
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
    return { ...result, skipped: this.#skipped };
  }

  async abort() {
    await this.core.request({ op: 'import_cancel' });
  }
}
