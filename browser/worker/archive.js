/** Importing an archive: what it is its first bytes say; a tar goes to the core as it is, a ZIP unpacked in batches. */
import { UmbraError, messageOf } from './errors.js';
import { Batch } from './import.js';
import { unzip } from './unzip.js';

const PIECE_SIZE = 4 << 20;

/** Of files that begin so, nothing is a tar (PKWARE, "APPNOTE.TXT" 6.3.10, 4.3.7 and 4.3.16; RFC 1952, 2.3.1). */
const BEGINNINGS = /** @type {const} */ ([
  ['zip', [0x50, 0x4b, 3, 4]],
  ['zip', [0x50, 0x4b, 5, 6]],
  ['gzip', [0x1f, 0x8b]],
]);

/** @param {Blob} blob @returns {Promise<'zip' | 'gzip' | 'tar'>} */
async function formatOf(blob) {
  const bytes = new Uint8Array(await blob.slice(0, 4).arrayBuffer());
  const found = BEGINNINGS.find(([, beginning]) => beginning.every((byte, at) => bytes[at] === byte));
  return found?.[0] ?? 'tar';
}

/**
 * @param {import('./import.js').Import} running
 * @param {Blob} blob
 */
export async function takeArchive(running, blob) {
  running.note({ size: blob.size });
  const format = await formatOf(blob);
  if (format === 'zip') await takeZip(running, blob);
  else if (format === 'gzip') await takeGzip(running, blob);
  else await takeTar(running, blob);
}

/** @param {import('./import.js').Import} running @param {Blob} blob */
async function takeTar(running, blob) {
  let at = 0;
  do {
    const piece = blob.slice(at, at + PIECE_SIZE);
    await running.takeTar(new Uint8Array(await piece.arrayBuffer()));
    at += PIECE_SIZE;
    running.note({ read: Math.min(at, blob.size) });
  } while (at < blob.size);
}

/** @param {import('./import.js').Import} running @param {Blob} blob */
async function takeGzip(running, blob) {
  if (typeof DecompressionStream === 'undefined') {
    throw new UmbraError('EINVAL', 'this browser cannot unpack gzip; unpack the .gz and import the .tar');
  }
  let read = 0;
  const counting = new TransformStream({
    transform(/** @type {Uint8Array} */ chunk, controller) {
      running.note({ read: (read += chunk.length) });
      controller.enqueue(chunk);
    },
  });
  const unpacked = blob
    .stream()
    .pipeThrough(counting)
    .pipeThrough(new DecompressionStream('gzip'))
    .getReader();
  try {
    await running.takeTar(new Uint8Array()); // so that nothing is no archive
    for (;;) {
      const { value, done } = await unpacked.read().catch((error) => {
        throw new UmbraError('EPARSE', `the gzip file is damaged or cut off: ${messageOf(error)}`);
      });
      if (done) return;
      await running.takeTar(value);
    }
  } finally {
    void unpacked.cancel().catch(() => undefined);
  }
}

/** @param {import('./import.js').Import} running @param {Blob} blob */
async function takeZip(running, blob) {
  const batch = new Batch();
  await unzip(blob, {
    add: async (name, data, about) => {
      batch.add(name, data, about);
      if (batch.full) await running.takeBatch(batch.take());
    },
    skip: (path, reason) => running.skip(path, reason),
  });
  if (batch.size) await running.takeBatch(batch.take());
  running.note({ read: blob.size });
}
