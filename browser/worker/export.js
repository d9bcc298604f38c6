/**
 * A tree of the workspace as an archive: a tar as the core makes it, or a ZIP of the entries that the core gives (the
 * layout is in core/include/umbra.h). What is ready goes into Blobs, out of the script's memory, piece by piece.
 */
import { Zip, ZipDeflate, ZipPassThrough } from 'fflate';
import { UmbraError } from './errors.js';

/** Bytes that are put into a Blob at once. */
const PIECE_SIZE = 4 << 20;
/** UMBRA_ENTRY_... of core/include/umbra.h. */
const HEADER_SIZE = 24;
const APPEND = 1;
const LINK = 2;
const DIRECTORY = 4;
const MORE = 8;
/** What a ZIP without ZIP64 can hold (PKWARE, "APPNOTE.TXT" 6.3.10, section 4.4). */
const ENTRIES_MAX = 0xffff;
const OFFSET_MAX = 0xffffffff;
/** Types in a Unix mode, and MS-DOS' mark for a directory, in the external attributes. */
const TYPE_FILE = 0o100000;
const TYPE_DIRECTORY = 0o040000;
const TYPE_LINK = 0o120000;
const DOS_DIRECTORY = 0x10;
const UNIX = 3;
/** Info-ZIP's extra field of times ("extrafld.txt" of Zip 3.0, "Extended Timestamp Extra Field"). */
const TIMES = 0x5455;
const HAS_MTIME = 1;
/** The years that MS-DOS' dates know, as far as fflate goes. */
const DATE_FIRST = new Date(1980, 0, 1).getTime();
const DATE_LAST = new Date(2099, 11, 31, 23, 59, 58).getTime();

/** Lets messages in: an answer of the core alone does not. */
const pause = () => new Promise((resolve) => setTimeout(resolve));

/**
 * Frees what an answer of the core took, at once: it may be long until the collector does. Older browsers wait for it.
 * @param {Uint8Array} bytes
 */
const release = (bytes) => void (/** @type {any} */ (bytes.buffer).transfer?.(0));

/** Bytes as one Blob. */
class Pieces {
  /** @type {Blob[]} */
  #blobs = [];
  /** @type {BlobPart[]} */
  #waiting = [];
  #size = 0;
  total = 0;

  /** @param {Uint8Array} bytes */
  add(bytes) {
    this.#waiting.push(/** @type {Uint8Array<ArrayBuffer>} */ (bytes));
    this.#size += bytes.length;
    this.total += bytes.length;
    if (this.#size >= PIECE_SIZE) this.flush();
  }

  /** What was added is in a Blob, and its bytes may go. */
  flush() {
    if (this.#size === 0) return;
    this.#blobs.push(new Blob(this.#waiting));
    this.#waiting = [];
    this.#size = 0;
  }

  /** @param {string} type */
  blob(type) {
    this.flush();
    return new Blob(this.#blobs, { type });
  }
}

/**
 * @typedef {{ path: Uint8Array, data: Uint8Array, mode: number, flags: number, mtime: number }} Entry
 * @param {Uint8Array} bytes
 * @returns {Generator<Entry>}
 */
function* entriesOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length;) {
    const path = at + HEADER_SIZE;
    const data = path + view.getUint32(at, true);
    const end = data + view.getUint32(at + 4, true);
    yield {
      path: bytes.subarray(path, data),
      data: bytes.subarray(data, end),
      mode: view.getUint32(at + 8, true),
      flags: view.getUint32(at + 12, true),
      mtime: Number(view.getBigInt64(at + 16, true)),
    };
    at = end;
  }
}

/** A ZIP in the making. */
class ZipMaker {
  #pieces = new Pieces();
  /** @type {Error | null} */
  #failure = null;
  #zip = new Zip((error, chunk) => {
    if (error) this.#failure = error;
    else this.#pieces.add(chunk);
  });
  /** The file that is being written. @type {ZipPassThrough | ZipDeflate | null} */
  #file = null;
  #name = '';

  /** @param {Entry} entry */
  add(entry) {
    if (!(entry.flags & APPEND)) this.#begin(entry);
    const file = /** @type {ZipPassThrough | ZipDeflate} */ (this.#file);
    file.push(entry.data, !(entry.flags & MORE));
    if (this.#failure) throw this.#failure;
    if (file.size > OFFSET_MAX || this.#pieces.total > OFFSET_MAX) throw tooMuch('4 GiB', this.#name);
  }

  /** @param {Entry} entry */
  #begin({ path, data, mode, flags, mtime }) {
    const kind = flags & DIRECTORY ? TYPE_DIRECTORY : flags & LINK ? TYPE_LINK : TYPE_FILE;
    const name = textOf(path);
    this.#name = name;
    const whole = kind === TYPE_DIRECTORY ? `${name}/` : name;
    const file = kind === TYPE_FILE && data.length ? new ZipDeflate(whole) : new ZipPassThrough(whole);
    file.os = UNIX;
    file.attrs = (((kind | mode) << 16) | (kind === TYPE_DIRECTORY ? DOS_DIRECTORY : 0)) >>> 0;
    file.mtime = Math.min(Math.max(mtime, DATE_FIRST), DATE_LAST);
    file.extra = timesOf(mtime);
    this.#zip.add(file);
    this.#file = file;
  }

  flush() {
    this.#pieces.flush();
  }

  blob() {
    this.#zip.end();
    if (this.#failure) throw this.#failure;
    if (this.#pieces.total > OFFSET_MAX) throw tooMuch('4 GiB', this.#name);
    return this.#pieces.blob('application/zip');
  }
}

/** @param {string} what @param {string} where */
const tooMuch = (what, where) =>
  new UmbraError(
    'ELIMIT',
    `a ZIP made here holds at most ${what}${where && `, and ${where} goes beyond`}; export a tar`,
  );

/** @param {Uint8Array} bytes */
function textOf(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const text = new TextDecoder().decode(bytes);
    throw new UmbraError('EINVAL', `${text}: a name that is no UTF-8 cannot be in a ZIP; export a tar`);
  }
}

/** Seconds since 1970, where 32 bits can have them; else the date of MS-DOS has to do. @param {number} mtime */
function timesOf(mtime) {
  const seconds = Math.floor(mtime / 1000);
  if (seconds !== (seconds | 0)) return undefined;
  const bytes = new Uint8Array(5);
  bytes[0] = HAS_MTIME;
  new DataView(bytes.buffer).setInt32(1, seconds, true);
  return { [TIMES]: bytes };
}

export class Export {
  #cancelled = false;

  /** @param {import('./core.js').Core} core */
  constructor(core) {
    this.core = core;
  }

  cancel() {
    this.#cancelled = true;
  }

  /**
   * @param {{ format: 'tar' | 'zip', tree?: import('../client/umbra.js').Tree }} options
   * @returns {Promise<Blob>}
   */
  async run({ format, tree }) {
    const request = {
      op: 'export_begin',
      format: format === 'zip' ? 'entries' : 'tar',
      ...(tree !== undefined && { tree }),
    };
    const { result } = await this.core.request(request);
    try {
      return await (format === 'zip' ? this.#zip(result) : this.#tar());
    } finally {
      await this.core.request({ op: 'export_end' }).catch(() => undefined);
    }
  }

  async *#pieces() {
    for (let done = false; !done;) {
      await pause();
      if (this.#cancelled) throw new UmbraError('ECANCELLED', 'the export was cancelled');
      const { result, blob } = await this.core.request({ op: 'export_next' });
      if (blob) yield blob;
      ({ done } = result);
    }
  }

  async #tar() {
    const pieces = new Pieces();
    for await (const bytes of this.#pieces()) pieces.add(bytes);
    return pieces.blob('application/x-tar');
  }

  /** @param {{ files: number, directories: number }} totals */
  async #zip({ files, directories }) {
    if (files + directories > ENTRIES_MAX) throw tooMuch('65,535 files and folders', '');
    const zip = new ZipMaker();
    for await (const bytes of this.#pieces()) {
      for (const entry of entriesOf(bytes)) zip.add(entry);
      zip.flush(); // what is not compressed is a part of the answer
      release(bytes);
    }
    return zip.blob();
  }
}
