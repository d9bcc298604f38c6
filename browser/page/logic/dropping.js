/** A folder or archive that is dropped on the page, as a source for `importFolder()` or `importArchive()`. */

/** Names of what `importArchive()` takes. */
export const ARCHIVE_NAME = /\.(tar|tar\.gz|tgz|zip)$/i;

/**
 * @typedef {object} Dropped
 * @property {string} name
 * @property {import('../../client/umbra.js').ImportSource} source
 * @property {File} [archive] it is this and nothing else
 * @property {import('../../client/umbra.js').ImportResult['skipped']} skipped what was left out while the folder was walked
 */

/** A handle is worth having when the browser can later ask to write through it. */
function handlesAreWritable() {
  return (
    typeof FileSystemFileHandle === 'function' &&
    'createWritable' in FileSystemFileHandle.prototype &&
    'requestPermission' in FileSystemHandle.prototype &&
    typeof DataTransferItem.prototype.getAsFileSystemHandle === 'function'
  );
}

/**
 * Reads a drop. The items are asked for synchronously: after the event's turn the browser empties them.
 * @param {DataTransfer} transfer
 * @param {string[]} exclude names that are not gone into
 * @returns {Promise<Dropped | null>} null when nothing usable was dropped
 */
export async function readDrop(transfer, exclude) {
  const items = [...transfer.items].filter((item) => item.kind === 'file');
  const entries = items.map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const file = items.length === 1 && !entries[0]?.isDirectory ? items[0].getAsFile() : null;
  if (file && ARCHIVE_NAME.test(file.name))
    return { name: file.name, source: [], archive: file, skipped: [] };
  if (items.length === 1 && handlesAreWritable()) {
    const handle = await items[0].getAsFileSystemHandle();
    if (handle?.kind === 'directory') {
      const source = /** @type {FileSystemDirectoryHandle} */ (handle);
      return { name: source.name, source, skipped: [] };
    }
  }
  if (entries.length === 0) return null;
  return walkEntries(entries, new Set(exclude));
}

/**
 * One dropped folder gives the paths inside it; several items keep their own names at the top.
 * @param {FileSystemEntry[]} entries
 * @param {Set<string>} exclude
 * @returns {Promise<Dropped>}
 */
async function walkEntries(entries, exclude) {
  /** @type {{ path: string, file: File }[]} */
  const source = [];
  /** @type {Dropped['skipped']} */
  const skipped = [];
  const single = entries.length === 1 && entries[0].isDirectory;
  /** @type {{ entry: FileSystemEntry, path: string }[]} */
  const open = single
    ? await children(/** @type {FileSystemDirectoryEntry} */ (entries[0]), '')
    : entries.map((entry) => ({ entry, path: entry.name }));
  for (let next = open.pop(); next; next = open.pop()) {
    const { entry, path } = next;
    if (exclude.has(entry.name)) {
      skipped.push({ path, reason: 'left out by name', by: 'name' });
      continue;
    }
    try {
      if (entry.isDirectory) {
        open.push(...(await children(/** @type {FileSystemDirectoryEntry} */ (entry), `${path}/`)));
      } else {
        source.push({ path, file: await fileOf(/** @type {FileSystemFileEntry} */ (entry)) });
      }
    } catch (error) {
      skipped.push({ path, reason: error instanceof Error ? error.message : 'could not be read' });
    }
  }
  source.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { name: single ? entries[0].name : '', source, skipped };
}

/**
 * @param {FileSystemDirectoryEntry} folder
 * @param {string} prefix
 */
async function children(folder, prefix) {
  const reader = folder.createReader();
  /** @type {{ entry: FileSystemEntry, path: string }[]} */
  const all = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    for (const entry of some) all.push({ entry, path: prefix + entry.name });
  }
}

/**
 * @param {FileSystemFileEntry} entry
 * @returns {Promise<File>}
 */
function fileOf(entry) {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}
