/**
 * The user's real folder: a directory of OPFS stands for it, since no browser lets a test drive its folder picker.
 * Trees are maps of path → bytes.
 */
import { createHash } from 'node:crypto';

/** @typedef {Map<string, Uint8Array>} Tree */
/** @typedef {import('puppeteer-core').Page} Page */

/** Bytes that go into one call to the page. */
const BATCH = 1 << 20;

/** SHA-256 of each file. @param {Tree} tree */
export function hashes(tree) {
  const hash = (/** @type {Uint8Array} */ bytes) => createHash('sha256').update(bytes).digest('hex');
  return new Map([...tree].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, bytes]) => [path, hash(bytes)]));
}

/** @param {Page} page @param {string} folder @param {Tree} tree */
export async function writeFolder(page, folder, tree) {
  /** @type {[string, string][]} */
  let batch = [];
  let size = 0;
  const send = async () => {
    await page.evaluate(writeFiles, folder, batch);
    batch = [];
    size = 0;
  };
  for (const [path, bytes] of tree) {
    batch.push([path, Buffer.from(bytes).toString('base64')]);
    size += bytes.length;
    if (size > BATCH) await send();
  }
  await send();
}

/** Runs in the page. @param {string} folder @param {[string, string][]} files */
async function writeFiles(folder, files) {
  const top = await (await navigator.storage.getDirectory()).getDirectoryHandle(folder, { create: true });
  for (const [path, text] of files) {
    const parts = path.split('/');
    let directory = top;
    for (const name of parts.slice(0, -1)) {
      directory = await directory.getDirectoryHandle(name, { create: true });
    }
    const file = await directory.getFileHandle(/** @type {string} */ (parts.at(-1)), { create: true });
    const stream = await file.createWritable();
    await stream.write(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
    await stream.close();
  }
}

/** Every file of the real folder: path → bytes. @param {Page} page @param {string} [folder] @returns {Promise<Tree>} */
export async function readFolder(page, folder = 'real') {
  const files = await page.evaluate(async (name) => {
    /** @type {[string, string][]} */
    const found = [];
    /** @param {FileSystemDirectoryHandle} directory @param {string} prefix */
    const walk = async (directory, prefix) => {
      for await (const [entry, handle] of directory.entries()) {
        if (handle.kind === 'directory') {
          await walk(handle, `${prefix}${entry}/`);
          continue;
        }
        const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
        let text = '';
        for (let at = 0; at < bytes.length; at += 8192) {
          text += String.fromCharCode(...bytes.subarray(at, at + 8192));
        }
        found.push([prefix + entry, btoa(text)]);
      }
    };
    await walk(await (await navigator.storage.getDirectory()).getDirectoryHandle(name), '');
    return found;
  }, folder);
  return new Map(files.map(([path, text]) => [path, new Uint8Array(Buffer.from(text, 'base64'))]));
}

/** Removes a file of the real folder. @param {Page} page @param {string} path @param {string} [folder] */
export async function removeFile(page, path, folder = 'real') {
  await page.evaluate(
    async (name, parts) => {
      let directory = await (await navigator.storage.getDirectory()).getDirectoryHandle(name);
      for (const part of parts.slice(0, -1)) directory = await directory.getDirectoryHandle(part);
      await directory.removeEntry(/** @type {string} */ (parts.at(-1)));
    },
    folder,
    path.split('/'),
  );
}
