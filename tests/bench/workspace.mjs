/**
 * The workspace in real Chromium: importing, reopening and starting, with the same files written by others in the
 * same run; and the size of the WebAssembly.
 */
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { startBrowser } from '../e2e/support/browsers.mjs';
import { root, startFiles } from '../e2e/support/servers.mjs';
import { bundleWorker } from './bundle.mjs';

const FILES = 10_000;
const SIZE = 5120;
const ROUNDS = 5;
/** Whose time goes by the file write a part of them, and rates are compared; the one that comes near takes turns. */
const SLOW_PEERS = [
  { peer: 'filePerFile', files: 2_000 },
  { peer: 'zenfsOpfs', files: 500 },
  { peer: 'zenfsIndexedDb', files: 500 },
];
const WARM_UPS = 2;
/** Milliseconds. */
const PAUSE = 1500;

/** @param {number[]} values */
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Runs in the page: one import into a fresh workspace, a reopening of it, and the start of an empty one. */
async function measureRound(
  /** @type {{ round: number, files: number, size: number }} */ { round, files, size },
) {
  const { Umbra } = await import(/** @type {any} */ ('/umbra/umbra.js'));
  const options = { workspace: `bench-${round}`, proxy: location.origin };
  const pool = new Uint8Array(size + files * 4);
  for (let at = 0; at < pool.length; at += 65536) crypto.getRandomValues(pool.subarray(at, at + 65536));
  const source = Array.from({ length: files }, (_, i) => ({
    path: `d${Math.floor(i / 100)}/file${i}.txt`,
    data: pool.subarray(i * 4, i * 4 + size),
  }));

  let started = performance.now();
  const empty = await Umbra.open({ ...options, workspace: `empty-${round}` });
  const ready = performance.now() - started;
  await empty.close();

  const umbra = await Umbra.open(options);
  started = performance.now();
  const { files: imported } = await umbra.importFolder(source);
  const importing = performance.now() - started;
  await umbra.close();
  if (imported !== files) throw new Error(`${imported} files were imported`);

  started = performance.now();
  const again = await Umbra.open(options);
  const reopening = performance.now() - started;
  if (again.info.files !== files) throw new Error(`${again.info.files} files are there after reopening`);
  await again.close();
  return { ready, importing, reopening, inWorker: again.info.openMs };
}

/** Runs in the page: one peer writes its files in a worker. */
function measurePeer(/** @type {{ peer: string, files: number, size: number }} */ job) {
  const worker = new Worker('/peers.js', { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => {
      worker.terminate();
      resolve(data);
    };
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(job);
  });
}

export async function bench() {
  const wasm = await readFile(path.join(root, 'dist/umbra/umbra_core.wasm'));
  const site = await mkdtemp(path.join(os.tmpdir(), 'umbra-bench-'));
  await cp(path.join(root, 'dist/umbra'), path.join(site, 'umbra'), { recursive: true });
  await cp(path.join(root, 'tests/bench/pages'), site, { recursive: true });
  await bundleWorker(path.join(root, 'tests/bench/peers/peers.js'), site);
  const files = await startFiles(site);
  const { browser, close } = await startBrowser('chromium');
  try {
    const page = await browser.newPage();
    await page.goto(`${files.origin}/bench.html`);
    const rounds = [];
    const measure = async (/** @type {string} */ peer, /** @type {number} */ count) =>
      /** @type {number} */ (await page.evaluate(measurePeer, { peer, files: count, size: SIZE })) / count;
    for (let round = 0; round < WARM_UPS + ROUNDS; round++) {
      const figures = await page.evaluate(measureRound, { round, files: FILES, size: SIZE });
      const indexedDb = await measure('indexedDb', FILES);
      await setTimeout(PAUSE); // the browser goes on writing what the peer left
      if (round >= WARM_UPS) rounds.push({ ...figures, indexedDb });
    }
    /** @type {Record<string, number>} milliseconds a file */
    const peers = { indexedDb: median(rounds.map((figures) => figures.indexedDb)) };
    for (const { peer, files: count } of SLOW_PEERS) peers[peer] = await measure(peer, count);
    return {
      browser: await browser.version(),
      files: FILES,
      fileBytes: SIZE,
      importMs: median(rounds.map((figures) => figures.importing)),
      peerMsPerFile: peers,
      reopenMs: median(rounds.map((figures) => figures.reopening)),
      reopenInWorkerMs: median(rounds.map((figures) => figures.inWorker)),
      readyMs: median(rounds.map((figures) => figures.ready)),
      wasmBytes: wasm.length,
      wasmGzipBytes: gzipSync(wasm, { level: 9 }).length,
    };
  } finally {
    await close();
    await files.stop();
    await rm(site, { recursive: true, force: true });
  }
}
