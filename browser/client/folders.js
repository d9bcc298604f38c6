/** The handles of imported folders, kept in IndexedDB, so that a commit works after a reload too. */

const DATABASE = 'umbra-folders';

/** @param {IDBRequest} request @returns {Promise<any>} */
const answer = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** @param {IDBTransactionMode} mode @param {(folders: IDBObjectStore) => IDBRequest} action */
async function withFolders(mode, action) {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore('folders');
  const database = await answer(request);
  try {
    return await answer(action(database.transaction('folders', mode).objectStore('folders')));
  } finally {
    database.close();
  }
}

/**
 * Keeps (or, with null, forgets) the folder of a workspace. Where the browser cannot keep it, it is for this page only.
 * @param {string} workspace
 * @param {FileSystemDirectoryHandle | null} folder
 */
export async function keepFolder(workspace, folder) {
  try {
    await withFolders('readwrite', (folders) =>
      folder ? folders.put(folder, workspace) : folders.delete(workspace),
    );
  } catch {
    // No IndexedDB, or handles cannot be stored: the caller still has it.
  }
}

/**
 * @param {string} workspace
 * @returns {Promise<FileSystemDirectoryHandle | null>}
 */
export async function keptFolder(workspace) {
  try {
    return (await withFolders('readonly', (folders) => folders.get(workspace))) ?? null;
  } catch {
    return null;
  }
}
