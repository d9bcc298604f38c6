/** Bringing a folder in: from a picker, a file input, a drop, or a caller of `umbraPage.importFolder`. */
import { readDrop } from './dropping.js';
import { codeOf, plural, sentence } from './format.js';
import { forgetReview, refreshChanges } from './review.js';
import { refreshStorage } from './storage.js';

/** @typedef {import('./session.js').Session} Session */
/** @typedef {import('../../client/umbra.js').ImportSource} ImportSource */
/** @typedef {import('../../client/umbra.js').ImportResult} ImportResult */

/**
 * @typedef {object} Importing
 * @property {string} folder
 * @property {number} files
 * @property {number} bytes
 * @property {number} totalFiles 0 while the folder is being listed
 * @property {string} path
 * @property {AbortController} abort
 */

/** @typedef {{ folder: string, result: ImportResult | null, problem: string }} Imported */

export const hasPicker = () => typeof window.showDirectoryPicker === 'function';

/**
 * Asks the browser for a folder. The user's click is still fresh enough for the picker after the question.
 * @param {Session} session
 */
export async function pickFolder(session) {
  if (!(await mayReplace(session))) return;
  let handle;
  try {
    handle = await window.showDirectoryPicker({ mode: 'read', id: 'umbra' });
  } catch (error) {
    if (codeOf(error) === 'AbortError') return; // the user closed the picker
    session.set({ imported: refused(error) });
    return;
  }
  await runImport(session, handle, handle.name);
}

/**
 * The files of an `<input webkitdirectory>`.
 * @param {Session} session
 * @param {File[]} files
 */
export async function importFiles(session, files) {
  if (files.length === 0 || !(await mayReplace(session))) return;
  await runImport(session, files, nameOf(files));
}

/**
 * @param {Session} session
 * @param {DataTransfer} transfer
 */
export async function importDrop(session, transfer) {
  const reading = readDrop(transfer); // must begin before the first await
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
  if (await mayReplace(session)) await runImport(session, dropped.source, dropped.name, dropped.skipped);
}

/**
 * The way in for tests and embedders; the same questions, progress and result as for a user.
 * @param {Session} session
 * @param {ImportSource} source
 * @returns {Promise<ImportResult | null>} null when it was cancelled or the user kept the changes
 */
export async function importSource(session, source) {
  if (!(await mayReplace(session))) return null;
  const list = Symbol.iterator in source ? [...source] : null;
  const folder = list ? nameOf(list) : /** @type {FileSystemDirectoryHandle} */ (source).name;
  return runImport(session, /** @type {ImportSource} */ (list ?? source), folder, [], true);
}

/** @param {unknown[]} entries */
function nameOf(entries) {
  const [first] = entries;
  return first instanceof File ? (first.webkitRelativePath.split('/')[0] ?? '') : '';
}

/**
 * Importing replaces the workspace; with uncommitted changes the user is asked first.
 * @param {Session} session
 */
async function mayReplace(session) {
  await refreshChanges(session);
  const { changes } = session.state.review;
  if (changes.length === 0) return true;
  return session.ask({
    title: 'Replace the workspace?',
    text: `${plural(changes.length, 'change is', 'changes are')} not committed. Importing a folder discards them.`,
    action: 'Discard and import',
    danger: true,
  });
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
 * @param {Session} session
 * @param {ImportSource} source
 * @param {string} folder
 * @param {ImportResult['skipped']} [skipped] what was already left out on the way
 * @param {boolean} [rethrow] the caller wants the failure, too
 * @returns {Promise<ImportResult | null>}
 */
async function runImport(session, source, folder, skipped = [], rethrow = false) {
  if (session.state.importing) throw new Error('An import is already running.');
  const abort = new AbortController();
  /** @type {Importing} */
  const importing = { folder, files: 0, bytes: 0, totalFiles: 0, path: '', abort };
  session.set({ importing, imported: null });
  try {
    const found = await session.ready.importFolder(source, {
      signal: abort.signal,
      discardChanges: true,
      onProgress: (progress) => showProgress(session, { ...importing, ...progress }),
    });
    const result = { ...found, skipped: [...skipped, ...found.skipped] };
    session.setFolder(folder);
    const { files, bytes } = result;
    session.set({ imported: { folder, result, problem: '' }, files, bytes, started: true });
    forgetReview(session);
    return result;
  } catch (error) {
    const stopped = abort.signal.aborted;
    if (stopped)
      session.set({
        imported: {
          folder,
          result: null,
          problem: 'The import was cancelled. The workspace is as it was before.',
        },
      });
    else if (/NotAllowed|Security|EACCES/.test(codeOf(error))) session.set({ imported: refused(error) });
    else
      session.set({ imported: { folder, result: null, problem: `The import failed: ${sentence(error)}` } });
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
 * @param {Importing} importing
 */
function showProgress(session, importing) {
  if (session.state.importing) session.set({ importing });
}
