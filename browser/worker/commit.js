/**
 * Committing and undoing a commit: the core gives the steps, and the real folder is written file by file. Immediately
 * before a file is touched it is compared with what must be there; what differs is a conflict and is left alone. The
 * browser writes through a temporary file (createWritable), so a file is never half written. Each step is noted as soon
 * as it is done; what a killed worker wrote and did not note is found by whoever goes on.
 */
import { messageOf } from './errors.js';

const PIECE_SIZE = 4 << 20;

/**
 * @typedef {import('../client/umbra.js').Change & { step: number, unknown: boolean }} Step unknown: of an undoing, that a
 *   commit which was cut off may have done it, or not
 * @typedef {{ step: number, side: 'old' | 'new' }} Version what must be there, or what is to be there
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
   * @param {boolean} undo
   */
  constructor(core, target, undo) {
    this.core = core;
    this.target = target;
    this.undo = undo;
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
        const reason = error instanceof DOMException ? error.name : '';
        if (!create && (reason === 'NotFoundError' || reason === 'TypeMismatchError')) return null;
        if (reason === 'TypeMismatchError')
          throw new Conflict(`a file has the name of its folder, ${name}, in the real folder`);
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
        throw new Conflict('a folder has this name in the real folder, and it is not empty');
      }
      throw error;
    }
  }

  /** An empty folder gives way to a file. @param {string} path */
  async #removeEmptyFolder(path) {
    const folder = await this.#folder(path, false);
    const name = /** @type {string} */ (path.split('/').at(-1));
    try {
      const empty = await folder?.getDirectoryHandle(name);
      if (!folder || !empty) return;
      for await (const _ of empty.keys()) return;
      await folder.removeEntry(name);
    } catch (error) {
      // There is no such folder, a file is there, or it has just been filled: what writes next will see.
      if (!(error instanceof DOMException)) throw error;
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

  /** @param {string} path @param {Version} version */
  async #write(path, version) {
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
    const folder = await this.#folder(path, false);
    await folder?.removeEntry(/** @type {string} */ (path.split('/').at(-1))).catch(unlessGone);
    await this.#removeEmptyFolders(path);
  }

  /** From the innermost on; a run that was cut off may have removed some of them. @param {string} path */
  async #removeEmptyFolders(path) {
    const parts = path.split('/');
    for (let depth = parts.length - 1; depth > 0; depth--) {
      try {
        const inner = await this.#folder(parts.slice(0, depth + 1).join('/'), false);
        if (!inner) continue;
        for await (const _ of inner.keys()) return;
        const outer = await this.#folder(parts.slice(0, depth).join('/'), false);
        await outer?.removeEntry(parts[depth - 1]);
      } catch (error) {
        unlessGone(error);
      }
    }
  }

  /** The old place of a changed file, as it must still be. @param {string} path @param {number} step */
  async #checkOld(path, step) {
    const real = await this.#real(path);
    if (!real) throw new Conflict('it is gone from the real folder');
    if (!(await this.#matches(real, { step, side: 'old' })))
      throw new Conflict(`it was changed in the real folder since the ${this.undo ? 'commit' : 'import'}`);
  }

  /**
   * Chromium writes beside a file under this name (content/browser/file_system_access, "swap file") and leaves it there
   * when the writer is killed. It is removed where a commit wrote, if it is not older than that.
   * @param {string} path
   * @param {number} since
   */
  async #removeSwap(path, since) {
    const swap = `${path}.crswap`;
    const left = await this.#real(swap).catch(() => null);
    if (left && left.lastModified >= since) await this.#remove(swap).catch(() => undefined);
  }

  /** @param {Step} step */
  async #apply({ step, path, kind, from: before, unknown }) {
    /** @type {Version} */
    const version = { step, side: 'new' };
    if (kind === 'deleted') {
      const real = await this.#real(path);
      if (real && !(unknown && real.size === 0)) await this.#checkOld(path, step);
      await (real ? this.#remove(path) : this.#removeEmptyFolders(path));
      return;
    }
    const from = kind === 'renamed' && before ? before : null;
    const old = from ? await this.#real(from) : null;
    // A folder gives way to a file of its own, or the reverse; the workspace has the bytes meanwhile.
    const first = from !== null && (from.startsWith(`${path}/`) || path.startsWith(`${from}/`));
    if (from && old && !(unknown && old.size === 0)) await this.#checkOld(from, step);
    if (from && first) await (old ? this.#remove(from) : this.#removeEmptyFolders(from));
    if (kind !== 'modified') await this.#removeEmptyFolder(path);
    const real = await this.#real(path);
    // What was written by a run that was cut off is as it should be.
    const done = real !== null && (await this.#matches(real, version));
    if (!done && kind === 'modified') await this.#checkOld(path, step);
    // A new file is empty until it is written; one that stayed so is what a killed worker had begun.
    if (!done && kind !== 'modified' && real && real.size > 0)
      throw new Conflict('a file with this name has appeared in the real folder');
    if (!done) await this.#write(path, version);
    if (from && !first) await (old ? this.#remove(from) : this.#removeEmptyFolders(from));
  }

  /**
   * Runs what `begin` begins in the core.
   * @param {{ op: string, [key: string]: unknown }} begin
   * @returns {Promise<{ commit: number, done: string[], conflicts: Left[], failed: Left[] }>}
   *
   * @typedef {{ path: string, reason: string }} Left
   */
  async run(begin) {
    const { result } = await this.core.request(begin);
    /** @type {{ commit: number, time: number, steps: Step[], refused?: { path: string, code: string, reason: string }[] }} */
    const { commit, time, steps, refused = [] } = result;
    const outcome = {
      commit,
      done: /** @type {string[]} */ ([]),
      conflicts: /** @type {Left[]} */ ([]),
      failed: /** @type {Left[]} */ ([]),
    };
    for (const { path, code, reason } of refused)
      (code === 'ECONFLICT' ? outcome.conflicts : outcome.failed).push({ path, reason });
    /** @type {number[]} */
    const left = [];
    try {
      for (const step of steps) {
        if (this.undo)
          for (const path of [step.path, step.from]) if (path) await this.#removeSwap(path, time);
        await this.#take(step, outcome, left);
      }
    } finally {
      if (commit) await this.core.request({ op: 'commit_end', left });
    }
    return outcome;
  }

  /**
   * @param {Step} step
   * @param {{ done: string[], conflicts: Left[], failed: Left[] }} outcome
   * @param {number[]} left gets the step when nothing was touched for it
   */
  async #take(step, { done, conflicts, failed }, left) {
    const { path } = step;
    const reason = unwritable(step);
    if (reason) {
      left.push(step.step);
      failed.push({ path, reason });
      return;
    }
    try {
      await this.#apply(step);
      await this.core.request({ op: 'commit_step', step: step.step });
      done.push(path);
    } catch (error) {
      if (error instanceof Conflict) left.push(step.step);
      (error instanceof Conflict ? conflicts : failed).push({ path, reason: messageOf(error) });
    }
  }
}

/** What is gone already need not be removed. @param {unknown} error */
function unlessGone(error) {
  if (!(error instanceof DOMException) || error.name !== 'NotFoundError') throw error;
}

/** What the browser cannot write. @param {Step} step */
function unwritable({ kind, type, oldType }) {
  if (type !== 'file' || oldType) return 'the browser cannot write symbolic links';
  return kind === 'mode' ? 'the browser cannot set the permissions of files' : '';
}
