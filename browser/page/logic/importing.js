/** Bringing a folder in: from a picker, a file input, a drop, or a caller of `umbraPage.importFolder`. */
import { ARCHIVE_NAME, readDrop } from './dropping.js';
import { codeOf, plural, sentence } from './format.js';
import { forgetReview, refreshChanges } from './review.js';
import { refreshStorage } from './storage.js';

/** @typedef {import('./session.js').Session} Session */
/** @typedef {import('../../client/umbra.js').ImportSource} ImportSource */
/** @typedef {import('../../client/umbra.js').ImportResult} ImportResult */
/** @typedef {import('../../client/umbra.js').ImportProgress} ImportProgress */

/**
 * @typedef {object} Importing
 * @property {string} folder
 * @property {boolean} refresh it brings the workspace up to date
 * @property {number} files
 * @property {number} bytes
 * @property {number} totalFiles that are read; 0 while the folder is being listed
 * @property {number} scanned
 * @property {string} path
 * @property {number} read bytes of the archive, if it is one, of …
 * @property {number} size
 * @property {AbortController} abort
 */

const NOTHING_YET = { files: 0, bytes: 0, totalFiles: 0, scanned: 0, path: '', read: 0, size: 0 };

/** @typedef {{ folder: string, result: ImportResult | null, problem: string }} Imported */

/** @typedef {{ exclude: string[] | null, gitignore: boolean }} Filter what imports leave out; null: the default names */

/** The filter as it was kept; whatever cannot be read is the default. @param {string} text @returns {Filter} */
export function parseFilter(text) {
  try {
    const { exclude, gitignore } = JSON.parse(text);
    const names = Array.isArray(exclude) && exclude.every((name) => typeof name === 'string');
    return { exclude: names ? exclude : null, gitignore: gitignore !== false };
  } catch (_error) {
    return { exclude: null, gitignore: true };
  }
}

/** The names that are left out. @param {import('./session.js').State} state @returns {string[]} */
export const excludedNames = ({ filter, info }) => filter.exclude ?? info?.exclude ?? [];

export const hasPicker = () => typeof window.showDirectoryPicker === 'function';

/**
 * Asks the browser for a folder.
 * @param {Session} session
 */
export async function pickFolder(session) {
  let handle;
  try {
    handle = await window.showDirectoryPicker({ mode: 'read', id: 'umbra' });
  } catch (error) {
    if (codeOf(error) === 'AbortError') return; // the user closed the picker
    session.set({ imported: refused(error) });
    return;
  }
  await importAsked(session, handle, handle.name);
}

/**
 * Brings the workspace up to date with the folder at hand.
 * @param {Session} session
 */
export async function updateFromFolder(session) {
  const { folder } = session.ready;
  if (folder) await runImport(session, folder, folder.name, { refresh: true });
}

/**
 * The files of an `<input webkitdirectory>`.
 * @param {Session} session
 * @param {File[]} files
 */
export async function importFiles(session, files) {
  if (files.length) await importAsked(session, files, nameOf(files));
}

/**
 * @param {Session} session
 * @param {DataTransfer} transfer
 */
export async function importDrop(session, transfer) {
  const reading = readDrop(transfer, excludedNames(session.state)); // must begin before the first await
  if (session.state.importing || session.state.talk.running) {
    await reading;
    session.notify('Not now: wait until the running work is over, then drop the folder again.', 'warning');
    return;
  }
  let dropped;
  try {
    dropped = await reading;
  } catch (error) {
    session.set({ imported: refused(error) });
    return;
  }
  if (!dropped) return session.notify('That drop holds no folder or file.', 'warning');
  if (dropped.archive) {
    await importArchive(session, dropped.archive, { dropped: true });
    return;
  }
  await importAsked(session, dropped.source, dropped.name, { skipped: dropped.skipped });
}

/**
 * A tar or ZIP becomes the workspace, after a question when that loses something or when it was only dropped.
 * @param {Session} session
 * @param {File} file
 * @param {{ dropped?: boolean }} [options]
 */
export async function importArchive(session, file, { dropped = false } = {}) {
  await refreshChanges(session);
  const { length } = session.state.review.changes;
  const loss = length ? ` ${plural(length, 'change is', 'changes are')} not committed and will be lost.` : '';
  const question = {
    title: `Import the archive ${file.name}?`,
    text: `What is in it becomes the workspace, in place of what is there now.${loss}`,
    action: length ? 'Discard and import' : 'Import',
    danger: length > 0,
  };
  if ((dropped || length) && !(await session.ask(question))) return;
  await runImport(session, file, file.name.replace(ARCHIVE_NAME, ''), { refresh: false, archive: true });
}

/**
 * The way in for tests and embedders; the same questions, progress and result as for a user.
 * @param {Session} session
 * @param {ImportSource} source
 * @returns {Promise<ImportResult | null>} null when it was cancelled or the user kept the changes
 */
export async function importSource(session, source) {
  const list = Symbol.iterator in source ? [...source] : null;
  const folder = list ? nameOf(list) : /** @type {FileSystemDirectoryHandle} */ (source).name;
  return importAsked(session, /** @type {ImportSource} */ (list ?? source), folder, { rethrow: true });
}

/** @param {unknown[]} entries */
function nameOf(entries) {
  const [first] = entries;
  return first instanceof File ? (first.webkitRelativePath.split('/')[0] ?? '') : '';
}

/**
 * Imports once it is clear what with the uncommitted changes, if any: the folder of the workspace updates it and keeps
 * them, another one replaces all, and the user is asked first.
 * @param {Session} session
 * @param {ImportSource} source
 * @param {string} folder
 * @param {{ skipped?: ImportResult['skipped'], rethrow?: boolean }} [options]
 */
async function importAsked(session, source, folder, options = {}) {
  await refreshChanges(session);
  const same = await isSameFolder(session, source, folder);
  const { changes } = session.state.review;
  const certain = changes.length === 0 || same === 'surely';
  if (!certain && !(await session.ask(question(changes.length, same, folder)))) return null;
  return runImport(session, source, folder, { ...options, refresh: same !== 'no' });
}

/**
 * A list of files comes without a handle; all that tells where it is from is the name of its folder.
 * @param {Session} session
 * @param {ImportSource} source
 * @param {string} folder
 * @returns {Promise<'surely' | 'by name' | 'no'>}
 */
async function isSameFolder(session, source, folder) {
  if ('kind' in source) return (await session.ready.folder?.isSameEntry(source)) ? 'surely' : 'no';
  return folder && folder === session.state.folder ? 'by name' : 'no';
}

/** @param {number} count @param {'surely' | 'by name' | 'no'} same @param {string} folder */
function question(count, same, folder) {
  const changes = plural(count, 'change is', 'changes are');
  if (same === 'no') {
    return {
      title: 'Replace the workspace?',
      text: `${changes} not committed. Importing a folder discards them.`,
      action: 'Discard and import',
      danger: true,
    };
  }
  return {
    title: `Update ${folder}?`,
    text: `${changes} not committed and will be kept. All else becomes what the chosen ${folder} has.`,
    action: 'Update',
  };
}

/** @param {unknown} error @returns {Imported} */
function refused(error) {
  const denied = /NotAllowed|Security|EACCES/.test(codeOf(error));
  const problem = denied
    ? 'The browser was not allowed to read that folder. Nothing was changed; choose it again and allow viewing it.'
    : `The folder could not be opened: ${sentence(error)} Nothing was changed.`;
  return { folder: '', result: null, problem };
}

/**
 * @typedef {object} RunOptions
 * @property {boolean} refresh
 * @property {boolean} [archive] the source is an archive
 * @property {ImportResult['skipped']} [skipped] what was already left out on the way
 * @property {boolean} [rethrow] the caller wants the failure, too
 */

/**
 * @param {Session} session
 * @param {ImportSource | File} source
 * @param {string} folder
 * @param {RunOptions} options
 * @returns {Promise<ImportResult | null>} null when it was cancelled or failed
 */
async function runImport(session, source, folder, { refresh, archive, skipped = [], rethrow = false }) {
  if (session.state.importing) throw new Error('An import is already running.');
  const abort = new AbortController();
  /** @type {Importing} */
  const importing = { folder, refresh, ...NOTHING_YET, abort };
  session.set({ importing, imported: null });
  try {
    const options = {
      signal: abort.signal,
      discardChanges: !refresh,
      onProgress: (/** @type {ImportProgress} */ progress) =>
        showProgress(session, { ...importing, ...progress }),
    };
    const found = archive
      ? await session.ready.importArchive(/** @type {File} */ (source), options)
      : await session.ready.importFolder(/** @type {ImportSource} */ (source), {
          ...options,
          refresh,
          exclude: excludedNames(session.state),
          gitignore: session.state.filter.gitignore,
        });
    const result = { ...found, skipped: [...skipped, ...found.skipped] };
    showImported(session, folder, result);
    return result;
  } catch (error) {
    const stopped = abort.signal.aborted;
    session.set({ imported: problemOf(error, stopped, folder) });
    if (rethrow && !stopped) throw error;
    return null;
  } finally {
    session.set({ importing: null });
    await refreshChanges(session);
    void session.run(() => refreshStorage(session));
  }
}

/**
 * @param {Session} session
 * @param {string} folder
 * @param {ImportResult} result
 */
function showImported(session, folder, result) {
  const { info } = session.ready;
  session.setFolder(folder);
  session.set({
    imported: { folder, result, problem: '' },
    files: info.files,
    bytes: info.bytes,
    started: true,
    updatable: session.ready.folder !== null,
  });
  if (!result.refreshed) forgetReview(session);
}

/** @param {unknown} error @param {boolean} stopped @param {string} folder @returns {Imported} */
function problemOf(error, stopped, folder) {
  const cancelled = 'The import was cancelled. The workspace is as it was before.';
  if (stopped) return { folder, result: null, problem: cancelled };
  if (/NotAllowed|Security|EACCES/.test(codeOf(error))) return refused(error);
  return { folder, result: null, problem: `The import failed: ${sentence(error)}` };
}

/**
 * @param {Session} session
 * @param {Importing} importing
 */
function showProgress(session, importing) {
  if (session.state.importing) session.set({ importing });
}
