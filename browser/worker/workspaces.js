/**
 * The workspaces of this browser: folders `umbra/NAME` of OPFS. Listing and deleting need no core; page and worker
 * both call this. A deletion first leaves a mark in the folder: from then on the workspace is gone, and whoever comes
 * next finishes what was interrupted.
 */
import { keepFolder } from '../client/folders.js';
import { UmbraError } from './errors.js';
import { LOCK_WAIT, lockIfFree, lockName, takeHold } from './hold.js';

const TOP_FOLDER = 'umbra';
/** The mark of a deleted workspace; no block file has this name. */
const MARK = 'deleted';
/** Milliseconds between two tries at a file that is held. */
const TRY_EVERY = 50;

/** @param {unknown} error @param {string} name of a DOMException */
const isNamed = (error, name) => error instanceof DOMException && error.name === name;

/** Whether a file is open elsewhere. @param {unknown} error */
export const isHeld = (error) => isNamed(error, 'NoModificationAllowedError');

/** @param {string} name */
export function checkWorkspace(name) {
  if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/.test(name)) {
    throw new UmbraError(
      'EINVAL',
      `"${name}" cannot name a workspace: up to 64 letters, digits, '.', '_', '-' are allowed`,
    );
  }
}

/**
 * Something with a file that another holder may still have open: a tab or a worker that has just ended loses its lock
 * at once and its files a little later.
 * @template Result
 * @param {() => Promise<Result>} action
 * @param {number} wait milliseconds
 */
export async function whenFree(action, wait) {
  const deadline = performance.now() + wait;
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!isHeld(error) || performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, TRY_EVERY));
    }
  }
}

/** The folder of all workspaces, null when there is none. @param {boolean} create */
async function topFolder(create) {
  const storage = await navigator.storage.getDirectory();
  try {
    return await storage.getDirectoryHandle(TOP_FOLDER, { create });
  } catch (error) {
    if (!create && isNamed(error, 'NotFoundError')) return null;
    throw error;
  }
}

/** @param {FileSystemDirectoryHandle} top @param {string} name */
async function folderIn(top, name) {
  try {
    return await top.getDirectoryHandle(name);
  } catch (error) {
    if (isNamed(error, 'NotFoundError') || isNamed(error, 'TypeMismatchError')) return null;
    throw error;
  }
}

/**
 * What is in a workspace's folder; null when it counts as none: marked as deleted, or without a file (its making or
 * the last step of its deletion was interrupted).
 * @param {FileSystemDirectoryHandle} folder
 */
async function contentOf(folder) {
  /** @type {FileSystemFileHandle[]} */
  const files = [];
  for await (const handle of folder.values()) {
    if (handle.name === MARK) return null;
    if (handle.kind === 'file') files.push(handle);
  }
  return files.length ? files : null;
}

/**
 * Removes a workspace and what is kept beside it. Its hold is needed. Can be cut off anywhere and begun again.
 * @param {FileSystemDirectoryHandle} top
 * @param {FileSystemDirectoryHandle} folder
 * @param {number} wait milliseconds, for files that another has still open
 */
async function erase(top, folder, wait) {
  await folder.getFileHandle(MARK, { create: true });
  await keepFolder(folder.name, null);
  /** @type {string[]} */
  const names = [];
  for await (const name of folder.keys()) names.push(name);
  // The mark goes last: a folder without it must hold nothing any more.
  for (const name of names.filter((each) => each !== MARK)) {
    await whenFree(() => folder.removeEntry(name, { recursive: true }), wait);
  }
  await top.removeEntry(folder.name, { recursive: true });
}

/**
 * The folder of a workspace, made when there is none. Its hold is needed.
 * @param {string} workspace
 * @param {number} wait milliseconds, for files that another has still open
 */
export async function openFolder(workspace, wait) {
  const top = /** @type {FileSystemDirectoryHandle} */ (await topFolder(true));
  const folder = await folderIn(top, workspace);
  if (folder && !(await contentOf(folder))) await erase(top, folder, wait);
  return top.getDirectoryHandle(workspace, { create: true });
}

/** @param {FileSystemDirectoryHandle} top */
async function foldersIn(top) {
  /** @type {FileSystemDirectoryHandle[]} */
  const folders = [];
  for await (const handle of top.values()) if (handle.kind === 'directory') folders.push(handle);
  return folders;
}

/** Removes a folder that counts as no workspace, unless somebody holds it. @param {FileSystemDirectoryHandle} top @param {string} name */
async function sweep(top, name) {
  const grant = await lockIfFree(name);
  if (!grant) return;
  try {
    const folder = await folderIn(top, name);
    if (folder && !(await contentOf(folder))) await erase(top, folder, 0);
  } finally {
    grant.release();
  }
}

/** Finishes deletions that were interrupted, of workspaces that nobody holds. What fails is tried again next time. */
export async function finishDeletions() {
  const top = await topFolder(false);
  if (!top) return;
  for (const folder of await foldersIn(top)) {
    try {
      if (!(await contentOf(folder))) await sweep(top, folder.name);
    } catch {
      continue; // it is open still, or another was faster
    }
  }
}

/** @param {FileSystemFileHandle[]} files */
async function sizeOf(files) {
  const all = await Promise.all(files.map((file) => file.getFile()));
  return {
    bytes: all.reduce((sum, file) => sum + file.size, 0),
    lastUsed: Math.max(...all.map((file) => file.lastModified)),
  };
}

/** @returns {Promise<import('../client/umbra.js').Workspace[]>} by name; none where there is no OPFS */
export async function listWorkspaces() {
  const top = await topFolder(false).catch(() => null);
  if (!top) return [];
  await finishDeletions().catch(() => undefined);
  const { held = [] } = await navigator.locks.query();
  const open = new Set(held.map((lock) => lock.name));
  /** @type {import('../client/umbra.js').Workspace[]} */
  const found = [];
  for (const folder of await foldersIn(top)) {
    try {
      const files = await contentOf(folder);
      if (!files) continue;
      found.push({ name: folder.name, ...(await sizeOf(files)), open: open.has(lockName(folder.name)) });
    } catch {
      continue; // deleted while it was looked at
    }
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * @param {string} workspace
 * @param {{ force?: boolean, lockWaitMs?: number }} options
 */
export async function deleteWorkspace(workspace, { force = false, lockWaitMs: wait = LOCK_WAIT }) {
  checkWorkspace(workspace);
  const top = await topFolder(false).catch(() => null);
  const unknown = new UmbraError('ENOENT', `there is no workspace "${workspace}"`);
  if (!top || !(await folderIn(top, workspace))) throw unknown;
  const hold = await takeHold(workspace, { reason: force ? 'deleted' : undefined, wait });
  try {
    const folder = await folderIn(top, workspace);
    if (folder) await erase(top, folder, wait);
  } catch (error) {
    // Marked, so gone for everybody: a hung tab still has its files open, and the next start removes them.
    if (!isHeld(error)) throw error;
  } finally {
    hold.release();
  }
}
