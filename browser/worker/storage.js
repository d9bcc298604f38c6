/**
 * Block files for the core: OPFS sync access handles, or memory. All handles are opened before the core starts, so
 * that its calls stay synchronous. Methods answer with numbers of core/include/umbra.h, never with exceptions.
 */
import { UmbraError } from './errors.js';
import { LOCK_WAIT, takeHold } from './hold.js';
import { finishDeletions, isHeld, openFolder, whenFree } from './workspaces.js';

/** The files that a workspace consists of. */
const FILE_NAMES = ['log'];

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
 * @param {Record<string, number>} errors numbers by name
 * @param {(() => number)} action
 */
function guarded(errors, action) {
  try {
    return action();
  } catch (error) {
    if (error instanceof DOMException && error.name === 'QuotaExceededError') return errors.ENOSPC;
    return errors.EIO;
  }
}

/**
 * @typedef {object} HoldOptions
 * @property {boolean} [takeOver] from another holder
 * @property {number} [lockWaitMs]
 */

/**
 * @param {string} workspace
 * @param {Record<string, number>} errors
 * @param {HoldOptions} options
 * @param {string[]} notices
 * @returns {Promise<Storage>}
 */
async function openOpfs(workspace, errors, { takeOver, lockWaitMs: wait = LOCK_WAIT }, notices) {
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
    for (const name of FILE_NAMES) {
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
    open: (name) => (FILE_NAMES.includes(name) ? FILE_NAMES.indexOf(name) : errors.ENOENT),
    close: (handle) => handles[handle].close(),
    size: (handle) => guarded(errors, () => handles[handle].getSize()),
    read: (handle, data, at) => guarded(errors, () => handles[handle].read(data, { at })),
    write: (handle, data, at) => guarded(errors, () => handles[handle].write(data, { at })),
    truncate: (handle, size) => guarded(errors, () => (handles[handle].truncate(size), 0)),
    flush: (handle) => guarded(errors, () => (handles[handle].flush(), 0)),
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
 * @param {Record<string, number>} errors
 * @returns {Storage}
 */
export function openMemory(errors) {
  const files = FILE_NAMES.map(() => new MemoryFile());
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
    open: (name) => (FILE_NAMES.includes(name) ? FILE_NAMES.indexOf(name) : errors.ENOENT),
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
 * @param {Record<string, number>} errors
 * @param {string[]} notices receives a sentence when memory serves instead
 */
export async function openStorage({ workspace, storage, ...options }, errors, notices) {
  if (storage === 'memory') return openMemory(errors);
  try {
    return await openOpfs(workspace, errors, options, notices);
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
    return openMemory(errors);
  }
}
