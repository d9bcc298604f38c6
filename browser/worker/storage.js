/**
 * Block files for the core: OPFS sync access handles, or memory. All handles are opened before the core starts, so
 * that its calls stay synchronous. Methods answer with numbers of core/include/umbra.h, never with exceptions.
 */
import { UmbraError } from './errors.js';
import { LOCK_WAIT, takeHold } from './hold.js';
import { finishDeletions, isHeld, openFolder, whenFree } from './workspaces.js';

/**
 * @typedef {object} Storage
 * @property {'opfs' | 'memory'} kind
 * @property {(name: string) => number} open
 * @property {(handle: number) => void} close
 * @property {(handle: number) => number} size
 * @property {(handle: number, data: Uint8Array, offset: number) => number} read
 * @property {(handle: number, data: Uint8Array, offset: number) => number} write
 * @property {(handle: number, size: number) => number} truncate
 * @property {(handle: number) => number} flush
 * @property {() => void} dispose closes what is open and lets the workspace go
 * @property {Promise<import('./hold.js').Reason>} lost settles when another wants the workspace or has taken it
 */

/**
 * What of the core's constants is needed here.
 * @typedef {{ errors: Record<string, number>, blockFiles: string[] }} Constants
 */

/** @param {Record<string, number>} errors numbers by name @param {unknown} error */
function codeOf(errors, error) {
  return error instanceof DOMException && error.name === 'QuotaExceededError' ? errors.ENOSPC : errors.EIO;
}

/**
 * Open sync access handles as the core wants them. Reading is what a workspace does most: it makes no closures and
 * keeps one object for all places.
 * @param {FileSystemSyncAccessHandle[]} handles
 * @param {Constants} constants
 */
function filesOf(handles, { errors, blockFiles }) {
  const place = { at: 0 };
  /** @param {() => number} action */
  const guarded = (action) => {
    try {
      return action();
    } catch (error) {
      return codeOf(errors, error);
    }
  };
  return {
    open: (/** @type {string} */ name) =>
      blockFiles.includes(name) ? blockFiles.indexOf(name) : errors.ENOENT,
    close: (/** @type {number} */ handle) => handles[handle].close(),
    size: (/** @type {number} */ handle) => guarded(() => handles[handle].getSize()),
    read(/** @type {number} */ handle, /** @type {Uint8Array} */ data, /** @type {number} */ at) {
      place.at = at;
      try {
        return handles[handle].read(data, place);
      } catch (error) {
        return codeOf(errors, error);
      }
    },
    write(/** @type {number} */ handle, /** @type {Uint8Array} */ data, /** @type {number} */ at) {
      place.at = at;
      try {
        return handles[handle].write(data, place);
      } catch (error) {
        return codeOf(errors, error);
      }
    },
    truncate: (/** @type {number} */ handle, /** @type {number} */ size) =>
      guarded(() => (handles[handle].truncate(size), 0)),
    flush: (/** @type {number} */ handle) => guarded(() => (handles[handle].flush(), 0)),
  };
}

/**
 * @typedef {object} HoldOptions
 * @property {boolean} [takeOver] from another holder
 * @property {number} [lockWaitMs]
 */

/**
 * @param {string} workspace
 * @param {Constants} constants
 * @param {HoldOptions} options
 * @param {string[]} notices
 * @returns {Promise<Storage>}
 */
async function openOpfs(workspace, constants, { takeOver, lockWaitMs: wait = LOCK_WAIT }, notices) {
  await navigator.storage.getDirectory(); // where this fails, memory serves
  const hold = await takeHold(workspace, { reason: takeOver ? 'taken_over' : undefined, wait });
  /** @type {FileSystemSyncAccessHandle[]} */
  const handles = [];
  const dispose = () => {
    for (const handle of handles) handle.close();
    hold.release();
  };
  try {
    const folder = await openFolder(workspace, wait);
    for (const name of constants.blockFiles) {
      const file = await folder.getFileHandle(name, { create: true });
      handles.push(await whenFree(() => file.createSyncAccessHandle(), wait));
    }
  } catch (error) {
    dispose();
    throw error;
  }
  if (hold.overrode) {
    notices.push(
      'The tab that had this workspace did not answer and was overridden: all that it had completed is here, and ' +
        'what it was in the middle of is not.',
    );
  }
  finishDeletions().catch(() => undefined); // tried again at the next start
  return {
    kind: 'opfs',
    ...filesOf(handles, constants),
    dispose,
    lost: hold.lost,
  };
}

/** One growing file in memory. */
class MemoryFile {
  bytes = new Uint8Array(1 << 16);
  size = 0;

  /** @param {number} size */
  reserve(size) {
    if (size <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(size, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.size));
    this.bytes = grown;
  }

  /** @param {number} size */
  truncate(size) {
    this.reserve(size);
    if (size > this.size) this.bytes.fill(0, this.size, size);
    this.size = size;
    return 0;
  }

  /** @param {Uint8Array} data @param {number} at */
  read(data, at) {
    const part = this.bytes.subarray(Math.min(at, this.size), Math.min(at + data.length, this.size));
    data.set(part);
    return part.length;
  }

  /** @param {Uint8Array} data @param {number} at */
  write(data, at) {
    if (at > this.size) this.truncate(at);
    this.reserve(at + data.length);
    this.bytes.set(data, at);
    this.size = Math.max(this.size, at + data.length);
    return data.length;
  }
}

/**
 * @param {Constants} constants
 * @returns {Storage}
 */
function openMemory({ errors, blockFiles }) {
  const files = blockFiles.map(() => new MemoryFile());
  /** @param {() => number} action */
  const checked = (action) => {
    try {
      return action();
    } catch {
      return errors.ENOSPC; // an allocation of the browser failed
    }
  };
  return {
    kind: 'memory',
    open: (name) => (blockFiles.includes(name) ? blockFiles.indexOf(name) : errors.ENOENT),
    close: () => {},
    size: (handle) => files[handle].size,
    read: (handle, data, at) => files[handle].read(data, at),
    write: (handle, data, at) => checked(() => files[handle].write(data, at)),
    truncate: (handle, size) => checked(() => files[handle].truncate(size)),
    flush: () => 0,
    dispose: () => {},
    lost: new Promise(() => {}),
  };
}

/**
 * OPFS where it is there, else memory with a notice for the user.
 * @param {{ workspace: string, storage: 'opfs' | 'memory' } & HoldOptions} options
 * @param {Constants} constants
 * @param {string[]} notices receives a sentence when memory serves instead
 */
export async function openStorage({ workspace, storage, ...options }, constants, notices) {
  if (storage === 'memory') return openMemory(constants);
  try {
    return await openOpfs(workspace, constants, options, notices);
  } catch (error) {
    if (error instanceof UmbraError) throw error;
    if (isHeld(error)) {
      throw new UmbraError(
        'EBUSY',
        `the files of the workspace "${workspace}" are still open in a tab that does not answer (it is frozen or ` +
          'hangs), and a browser takes them from nobody; close that tab and try again',
      );
    }
    notices.push(
      'This browser window offers no private file storage (OPFS), as in some private windows: the workspace is kept in ' +
        'memory and is lost when the page is closed or reloaded. Commit or download your changes before that.',
    );
    return openMemory(constants);
  }
}
