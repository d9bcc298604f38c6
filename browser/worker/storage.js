/**
 * Block files for the core: OPFS sync access handles, or memory. All handles are opened before the core starts, so
 * that its calls stay synchronous. Methods answer with numbers of core/include/umbra.h, never with exceptions.
 */
import { UmbraError } from './errors.js';

/** The files that a workspace consists of. */
const FILE_NAMES = ['image'];
/** How long another holder (a tab that is just closing) is waited for, in milliseconds. */
const LOCK_WAIT = 3000;
/** Milliseconds between two tries at a file that is held. */
const TRY_EVERY = 50;

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
 * @property {() => void} dispose
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
 * Holds the workspace's Web Lock until release() is called.
 * @param {string} workspace
 * @returns {Promise<() => void>}
 */
function lock(workspace) {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(`umbra:${workspace}`, { signal: AbortSignal.timeout(LOCK_WAIT) }, () => {
        return new Promise((release) => resolve(() => release(undefined)));
      })
      .catch(() =>
        reject(
          new UmbraError(
            'EBUSY',
            `the workspace "${workspace}" is open in another tab; close it there and try again`,
          ),
        ),
      );
  });
}

/**
 * A tab or a worker that has just ended loses its lock at once and its handles a little later: they are waited for.
 * @param {FileSystemFileHandle} file
 */
async function openHandle(file) {
  const deadline = performance.now() + LOCK_WAIT;
  for (;;) {
    try {
      return await file.createSyncAccessHandle();
    } catch (error) {
      const held = error instanceof DOMException && error.name === 'NoModificationAllowedError';
      if (!held || performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, TRY_EVERY));
    }
  }
}

/**
 * @param {string} workspace
 * @param {Record<string, number>} errors
 * @returns {Promise<Storage>}
 */
async function openOpfs(workspace, errors) {
  const top = await navigator.storage.getDirectory();
  const all = await top.getDirectoryHandle('umbra', { create: true });
  const folder = await all.getDirectoryHandle(workspace, { create: true });
  const release = await lock(workspace);
  /** @type {FileSystemSyncAccessHandle[]} */
  const handles = [];
  try {
    for (const name of FILE_NAMES) {
      const file = await folder.getFileHandle(name, { create: true });
      handles.push(await openHandle(file));
    }
  } catch (error) {
    for (const handle of handles) handle.close();
    release();
    throw error;
  }
  return {
    kind: 'opfs',
    open: (name) => (FILE_NAMES.includes(name) ? FILE_NAMES.indexOf(name) : errors.ENOENT),
    close: (handle) => handles[handle].close(),
    size: (handle) => guarded(errors, () => handles[handle].getSize()),
    read: (handle, data, at) => guarded(errors, () => handles[handle].read(data, { at })),
    write: (handle, data, at) => guarded(errors, () => handles[handle].write(data, { at })),
    truncate: (handle, size) => guarded(errors, () => (handles[handle].truncate(size), 0)),
    flush: (handle) => guarded(errors, () => (handles[handle].flush(), 0)),
    dispose: release,
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
  };
}

/**
 * OPFS where it is there, else memory with a notice for the user.
 * @param {string} workspace
 * @param {'opfs' | 'memory'} wanted
 * @param {Record<string, number>} errors
 * @param {string[]} notices receives a sentence when memory serves instead
 */
export async function openStorage(workspace, wanted, errors, notices) {
  if (wanted === 'memory') return openMemory(errors);
  try {
    return await openOpfs(workspace, errors);
  } catch (error) {
    if (error instanceof UmbraError) throw error;
    if (error instanceof DOMException && error.name === 'NoModificationAllowedError') {
      throw new UmbraError(
        'EBUSY',
        `the workspace "${workspace}" is held by another tab; close it there and try again`,
      );
    }
    notices.push(
      'This browser window offers no private file storage (OPFS), as in some private windows: the workspace is kept in ' +
        'memory and is lost when the page is closed or reloaded. Commit or download your changes before that.',
    );
    return openMemory(errors);
  }
}
