/**
 * Committing: the chosen changes are written to the real folder, file by file. Immediately before a file is touched
 * it is compared with what was imported; what differs is a conflict and is left alone. The browser writes through a
 * temporary file (createWritable), so a file is never half written.
 */
import { UmbraError, messageOf } from './errors.js';

const PIECE_SIZE = 4 << 20;

/** @typedef {import('../client/umbra.js').Change} Change */

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

  /** @param {string} path @param {'head' | 'base'} side @param {number} offset */
  async #piece(path, side, offset) {
    const { result, blob } = await this.core.request({ op: 'read', path, side, offset, length: PIECE_SIZE });
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
   * Whether the real file has exactly the bytes of one side.
   * @param {File} file
   * @param {string} path
   * @param {'head' | 'base'} side
   */
  async #matches(file, path, side) {
    for (let at = 0; ; at += PIECE_SIZE) {
      const { size, bytes } = await this.#piece(path, side, at);
      if (size !== file.size) return false;
      const real = new Uint8Array(await file.slice(at, at + PIECE_SIZE).arrayBuffer());
      if (!equal(real, bytes)) return false;
      if (at + PIECE_SIZE >= size) return true;
    }
  }

  /** @param {string} path */
  async #write(path) {
    const folder = /** @type {FileSystemDirectoryHandle} */ (await this.#folder(path, true));
    const file = await folder.getFileHandle(/** @type {string} */ (path.split('/').at(-1)), { create: true });
    const stream = await file.createWritable();
    try {
      for (let at = 0; ; at += PIECE_SIZE) {
        const { size, bytes } = await this.#piece(path, 'head', at);
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
    if (!(await this.#matches(real, path, 'base')))
      throw new Conflict('it was changed in the real folder since the import');
  }

  /** @param {Change} change */
  async #apply(change) {
    if (change.type !== 'file') throw new UmbraError('EINVAL', 'the browser cannot write symbolic links');
    if (change.kind === 'deleted') {
      if (!(await this.#real(change.path))) return;
      await this.#checkBase(change.path);
      await this.#remove(change.path);
      return;
    }
    const real = await this.#real(change.path);
    // What was written by a commit that was cut off is as it should be.
    const done = real !== null && (await this.#matches(real, change.path, 'head'));
    if (!done && change.kind === 'modified') await this.#checkBase(change.path);
    if (!done && change.kind !== 'modified' && real)
      throw new Conflict('a file with this name has appeared in the real folder');
    const from =
      change.kind === 'renamed' && change.from && (await this.#real(change.from)) ? change.from : null;
    if (from) await this.#checkBase(from);
    if (!done) await this.#write(change.path);
    if (from) await this.#remove(from);
  }

  /** @param {Change[]} changes */
  async run(changes) {
    /** @type {import('../client/umbra.js').CommitResult} */
    const result = { committed: [], conflicts: [], failed: [] };
    for (const change of changes) {
      try {
        await this.#apply(change);
        await this.core.request({ op: 'accept', paths: [change.path] });
        result.committed.push(change.path);
      } catch (error) {
        const list = error instanceof Conflict ? result.conflicts : result.failed;
        list.push({ path: change.path, reason: messageOf(error) });
      }
    }
    return result;
  }
}
