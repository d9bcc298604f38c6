/**
 * The store's own measurements on OPFS, and bare reads and writes of one sync access handle beside them in the same
 * run: rounds of ours and of theirs take turns. Messages in: {files, size, rounds}; out: the figures.
 */
import { openStorage } from '../../../browser/worker/storage.js';

/** Numbers of core/include/umbra.h that the glue answers with. */
const CONSTANTS = { errors: { EIO: -5, ENOENT: -2, ENOSPC: -28 }, blockFiles: ['image'] };
const DURABLE_SIZE = 2048;
const DURABLE_COUNT = 500;

/** @param {number[]} values */
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** @param {number} value a time in µs, or a negative error */
function checked(value) {
  if (value < 0) throw new Error(`the benchmark failed with ${value}`);
  return value;
}

/** @param {{ storage?: any }} made */
const hostOf = (made) => ({
  blockOpen: (name) => made.storage.open(name),
  blockClose: () => undefined, // the handle stays for the next opening
  blockSize: (handle) => made.storage.size(handle),
  blockRead: (handle, data, at) => made.storage.read(handle, data, at),
  blockWrite: (handle, data, at) => made.storage.write(handle, data, at),
  blockTruncate: (handle, size) => made.storage.truncate(handle, size),
  blockFlush: (handle) => made.storage.flush(handle),
});

/** A file of its own for the bare reads and writes. @param {number} bytes */
async function openBare(bytes) {
  const top = await navigator.storage.getDirectory();
  const file = await top.getFileHandle('bare', { create: true });
  const handle = await file.createSyncAccessHandle();
  const block = crypto.getRandomValues(new Uint8Array(65536));
  for (let at = 0; at < bytes; at += block.length) handle.write(block, { at });
  handle.flush();
  return handle;
}

/** @param {FileSystemSyncAccessHandle} handle @param {number} count */
function bareDurable(handle, count) {
  const data = new Uint8Array(DURABLE_SIZE);
  const started = performance.now();
  for (let i = 0; i < count; i++) {
    new DataView(data.buffer).setUint32(0, i);
    handle.write(data, { at: i * DURABLE_SIZE });
    handle.flush();
  }
  return (performance.now() - started) * 1000;
}

/** @param {FileSystemSyncAccessHandle} handle @param {number} files @param {number} size */
function bareRead(handle, files, size) {
  const data = new Uint8Array(size);
  const places = Array.from({ length: files }, (_, i) => i * size);
  for (let i = files - 1; i > 0; i--) {
    const other = Math.floor(Math.random() * (i + 1));
    [places[i], places[other]] = [places[other], places[i]];
  }
  const started = performance.now();
  for (const at of places) handle.read(data, { at });
  return (performance.now() - started) * 1000;
}

self.onmessage = async ({ data: { files, size, rounds, overwrite } }) => {
  const made = {
    storage: await openStorage({ workspace: `store-bench-${files}`, storage: 'opfs' }, CONSTANTS, []),
  };
  const address = new URL('store_bench.js', self.location.href);
  const { default: createStoreBench } = await import(/* @vite-ignore */ address.href);
  const module = await createStoreBench({
    umbraHost: hostOf(made),
    instantiateWasm: (imports, done) => {
      WebAssembly.instantiateStreaming(fetch('store_bench.wasm'), imports).then(({ instance }) =>
        done(instance),
      );
      return {};
    },
  });
  const bare = await openBare(files * size);
  const heapBefore = module.HEAPU8.length;
  const figures = { files, size, fillMs: checked(module._web_fill(files, size)) / 1000 };
  figures.heapMiB = module.HEAPU8.length / 2 ** 20;
  figures.heapBeforeMiB = heapBefore / 2 ** 20;
  const reopen = [];
  const read = [];
  const readBare = [];
  const durable = [];
  const durableBare = [];
  for (let round = 0; round < rounds; round++) {
    reopen.push(checked(module._web_reopen()) / 1000);
    read.push(checked(module._web_read()) / files);
    readBare.push(bareRead(bare, files, size) / files);
  }
  figures.heapReadMiB = module.HEAPU8.length / 2 ** 20;
  figures.changesMs = checked(module._web_changes(10, 100)) / 1000;
  for (let round = 0; round < rounds; round++) {
    durable.push(checked(module._web_durable(DURABLE_COUNT, DURABLE_SIZE)) / DURABLE_COUNT);
    durableBare.push(bareDurable(bare, DURABLE_COUNT) / DURABLE_COUNT);
  }
  figures.checkpointUs = checked(module._web_checkpoint(1000)) / 1000;
  Object.assign(figures, {
    reopenMs: median(reopen),
    readUs: median(read),
    bareReadUs: median(readBare),
    readRatio: median(read.map((value, i) => value / readBare[i])),
    durableUs: median(durable),
    bareDurableUs: median(durableBare),
    durableRatio: median(durable.map((value, i) => value / durableBare[i])),
  });
  if (overwrite) {
    figures.amplification = checked(module._web_overwrite(overwrite));
    figures.spaceRatio = checked(module._web_settle());
    figures.reopenAfterMs = checked(module._web_reopen()) / 1000;
  }
  module._web_close();
  bare.close();
  self.postMessage(figures);
};
