/** Import sources brought into one of the three forms that the worker takes. */
import { Batch } from '../worker/import.js';

/** @typedef {import('./umbra.js').ImportSource} ImportSource */

/** The path of a file from a folder input or a drop, without the folder's own name. @param {File} file */
function pathOf(file) {
  const relative = file.webkitRelativePath;
  return relative ? relative.slice(relative.indexOf('/') + 1) : file.name;
}

/**
 * @param {ImportSource} source
 * @returns {source is FileSystemDirectoryHandle}
 */
export function isFolder(source) {
  return 'kind' in source && source.kind === 'directory';
}

/**
 * Plain data as batches of the core (their buffers may be transferred), files as they are.
 * @param {Iterable<any>} items
 * @returns {Generator<{ batch: Uint8Array } | { files: { path: string, file: File }[] }>}
 */
export function* parts(items) {
  const encoder = new TextEncoder();
  const batch = new Batch();
  /** @type {{ path: string, file: File }[]} */
  const files = [];
  for (const item of items) {
    if (item instanceof File) {
      files.push({ path: pathOf(item), file: item });
    } else if (item.file) {
      files.push({ path: item.path, file: item.file });
    } else {
      batch.add(encoder.encode(item.path), item.data, item);
      if (batch.full) yield { batch: batch.take().slice() };
    }
  }
  if (batch.size) yield { batch: batch.take().slice() };
  if (files.length) yield { files };
}
