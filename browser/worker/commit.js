/**
 * Committing: the chosen changes are written to the real folder, file by file. Immediately before a file is touched
 * it is compared with what was imported; what differs is a conflict and is left alone. The browser writes through a
 * temporary file (createWritable), so a file is never half written.
 */
import { UmbraError, messageOf } from './errors.js';

const PIECE_SIZE = 4 << 20;

/**
 * @typedef {import('../client/umbra.js').Change} Change
 * @typedef {{ hunks?: number[], id?: string }} Part some hunks of a change; without hunks all of it
 * @typedef {{ path: string, side: 'head' | 'base' } | { path: string, hunks: number[], id?: string }} Version
 */

class Conflict extends Error {}

/** @param {Uint8Array} a @param {Uint8Array} b */
function equal(a, b) {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

export class Commit {
  /**
   * @param {import('./core.js').Core} core
   * @param {FileSystemDirectoryHandle} target
   */
  constructor(core, target) {
    this.core = core;
    this.target = target;
  }

  /** @param {Version} version @param {number} offset */
  async #piece(version, offset) {
    const { result, blob } = await this.core.request({ op: 'read', ...version, offset, length: PIECE_SIZE });
    return { size: /** @type {number} */ (result.size), bytes: blob ?? new Uint8Array() };
  }

  /**
   * The folder of a path, null when it is not there and not to be made.
   * @param {string} path
   * @param {boolean} create
   */
  async #folder(path, create) {
    let folder = this.target;
    for (const name of path.split('/').slice(0, -1)) {
      try {
        folder = await folder.getDirectoryHandle(name, { create });
      } catch (error) {
        if (!create && error instanceof DOMException && error.name === 'NotFoundError') return null;
        throw error;
      }
    }
    return folder;
  }

  /** The real file, null when there is none. @param {string} path @returns {Promise<File | null>} */
  async #real(path) {
    const folder = await this.#folder(path, false);
    try {
      return folder
        ? await (await folder.getFileHandle(/** @type {string} */ (path.split('/').at(-1)))).getFile()
        : null;
    } catch (error) {
      if (error instanceof DOMException && error.name === 'NotFoundError') return null;
      if (error instanceof DOMException && error.name === 'TypeMismatchError') {
        throw new Conflict('a folder has this name in the real folder');
      }
      throw error;
    }
  }

  /**
   * Whether the real file has exactly the bytes of a version.
   * @param {File} file
   * @param {Version} version
   */
  async #matches(file, version) {
    for (let at = 0; ; at += PIECE_SIZE) {
      const { size, bytes } = await this.#piece(version, at);
      if (size !== file.size) return false;
      const real = new Uint8Array(await file.slice(at, at + PIECE_SIZE).arrayBuffer());
      if (!equal(real, bytes)) return false;
      if (at + PIECE_SIZE >= size) return true;
    }
  }

  /** @param {Version} version */
  async #write(version) {
    const { path } = version;
    const folder = /** @type {FileSystemDirectoryHandle} */ (await this.#folder(path, true));
    const file = await folder.getFileHandle(/** @type {string} */ (path.split('/').at(-1)), { create: true });
    const stream = await file.createWritable();
    try {
      for (let at = 0; ; at += PIECE_SIZE) {
        const { size, bytes } = await this.#piece(version, at);
        await stream.write(/** @type {Uint8Array<ArrayBuffer>} */ (bytes));
        if (at + PIECE_SIZE >= size) break;
      }
      await stream.close();
    } catch (error) {
      await stream.abort().catch(() => undefined);
      throw error;
    }
  }

  /** Removes a file and the folders that this leaves empty. @param {string} path */
  async #remove(path) {
    const parts = path.split('/');
    for (let depth = parts.length; depth > 0; depth--) {
      const folder = await this.#folder(parts.slice(0, depth).join('/'), false);
      if (!folder) continue;
      if (depth < parts.length) {
        const child = await folder.getDirectoryHandle(parts[depth - 1]);
        for await (const _ of child.keys()) return;
      }
      await folder.removeEntry(parts[depth - 1]);
    }
  }

  /** The old place of a changed file, as it must still be. @param {string} path */
  async #checkBase(path) {
    const real = await this.#real(path);
    if (!real) throw new Conflict('it is gone from the real folder');
    if (!(await this.#matches(real, { path, side: 'base' })))
      throw new Conflict('it was changed in the real folder since the import');
  }

  /** What the browser cannot write. @param {Change} change */
  #checkKind({ kind, type, oldType }) {
    if (type !== 'file' || oldType) throw new UmbraError('EINVAL', 'the browser cannot write symbolic links');
    if (kind === 'mode') throw new UmbraError('EINVAL', 'the browser cannot set the permissions of files');
  }

  /** @param {Change} change @param {Part} part */
  async #apply(change, { hunks, id }) {
    const { path, kind } = change;
    this.#checkKind(change);
    /** @type {Version} */
    const version = hunks ? { path, hunks, id } : { path, side: 'head' };
    if (hunks) await this.#piece(version, 0); // hunks that cannot be had are refused before anything is written
    if (kind === 'deleted') {
      if (!(await this.#real(path))) return;
      await this.#checkBase(path);
      await this.#remove(path);
      return;
    }
    const from = kind === 'renamed' && change.from && (await this.#real(change.from)) ? change.from : null;
    // A folder gives way to a file of its own, or the reverse; the workspace has the bytes meanwhile.
    const first = from !== null && (from.startsWith(`${path}/`) || path.startsWith(`${from}/`));
    if (from) await this.#checkBase(from);
    if (from && first) await this.#remove(from);
    const real = await this.#real(path);
    // What was written by a commit that was cut off is as it should be.
    const done = real !== null && (await this.#matches(real, version));
    if (!done && kind === 'modified') await this.#checkBase(path);
    if (!done && kind !== 'modified' && real)
      throw new Conflict('a file with this name has appeared in the real folder');
    if (!done) await this.#write(version);
    if (from && !first) await this.#remove(from);
  }

  /** @param {{ change: Change, part: Part }[]} choices */
  async run(choices) {
    /** @type {import('../client/umbra.js').CommitResult} */
    const result = { committed: [], conflicts: [], failed: [] };
    // What is deleted goes first: a file may come where a folder was.
    const deleted = (/** @type {{ change: Change }} */ { change }) => Number(change.kind === 'deleted');
    for (const { change, part } of [...choices].sort((a, b) => deleted(b) - deleted(a))) {
      const { path } = change;
      try {
        await this.#apply(change, part);
        await this.core.request({ op: 'accept', paths: [{ path, ...part }] });
        result.committed.push(path);
      } catch (error) {
        const conflict =
          error instanceof Conflict || (error instanceof UmbraError && error.code === 'ECONFLICT');
        (conflict ? result.conflicts : result.failed).push({ path, reason: messageOf(error) });
      }
    }
    return result;
  }
}
