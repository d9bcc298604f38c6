/**
 * The same files written by the peers, in a worker, each in its quickest way that we know, durable or not: ZenFS over its two browser backends, plain IndexedDB in one
 * transaction, and OPFS file by file through sync access handles. Messages in: {peer, files, size}; out:
 * milliseconds, for so many files as it wrote.
 */
import { configureSingle, fs } from '@zenfs/core';
import { IndexedDB, WebAccess } from '@zenfs/dom';

const folderOf = (/** @type {number} */ i) => `d${Math.floor(i / 100)}`;

/** Different bytes for each file. @param {number} count @param {number} size */
function contents(count, size) {
  const pool = new Uint8Array(size + count * 4);
  for (let at = 0; at < pool.length; at += 65536) crypto.getRandomValues(pool.subarray(at, at + 65536));
  return (/** @type {number} */ i) => pool.subarray(i * 4, i * 4 + size);
}

/** @param {number} files @param {(i: number) => Uint8Array} content */
async function writeZenfs(files, content) {
  const started = performance.now();
  for (let i = 0; i < files; i++) {
    if (i % 100 === 0) await fs.promises.mkdir(`/${folderOf(i)}`);
    await fs.promises.writeFile(`/${folderOf(i)}/file${i}.txt`, content(i));
  }
  return performance.now() - started;
}

/** @type {Record<string, (files: number, content: (i: number) => Uint8Array) => Promise<number>>} */
const peers = {
  async zenfsIndexedDb(files, content) {
    await configureSingle({ backend: IndexedDB, storeName: 'zenfs' });
    return writeZenfs(files, content);
  },
  async zenfsOpfs(files, content) {
    const top = await navigator.storage.getDirectory();
    const handle = await top.getDirectoryHandle('zenfs', { create: true });
    await configureSingle({ backend: WebAccess, handle });
    return writeZenfs(files, content);
  },
  async indexedDb(files, content) {
    /** @type {IDBDatabase} */
    const database = await new Promise((resolve, reject) => {
      const request = indexedDB.open(`plain-${crypto.randomUUID()}`, 1);
      request.onupgradeneeded = () => request.result.createObjectStore('files');
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const started = performance.now();
    const transaction = database.transaction('files', 'readwrite');
    const store = transaction.objectStore('files');
    for (let i = 0; i < files; i++) store.put(content(i).slice(), `${folderOf(i)}/file${i}.txt`);
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onerror = () => reject(transaction.error);
    });
    return performance.now() - started;
  },
  async filePerFile(files, content) {
    const top = await navigator.storage.getDirectory();
    const root = await top.getDirectoryHandle('file-per-file', { create: true });
    const started = performance.now();
    /** @type {FileSystemDirectoryHandle} */
    let folder = root;
    for (let i = 0; i < files; i++) {
      if (i % 100 === 0) folder = await root.getDirectoryHandle(folderOf(i), { create: true });
      const file = await folder.getFileHandle(`file${i}.txt`, { create: true });
      const handle = await file.createSyncAccessHandle();
      handle.write(content(i), { at: 0 });
      handle.close();
    }
    return performance.now() - started;
  },
};

self.onmessage = async ({ data: { peer, files, size } }) => {
  const milliseconds = await peers[peer](files, contents(files, size));
  self.postMessage(milliseconds);
};
