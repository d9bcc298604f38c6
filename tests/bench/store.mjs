/** The store on OPFS in real Chromium, beside bare reads and writes through one handle. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startBrowser } from '../e2e/support/browsers.mjs';
import { root, startFiles } from '../e2e/support/servers.mjs';
import { bundleWorker } from './bundle.mjs';

const JOBS = [
  { files: 10_000, size: 5120, rounds: 5, overwrite: 10 },
  { files: 100_000, size: 256, rounds: 3, overwrite: 0 },
];

/** Runs in the page. */
function measure(/** @type {object} */ job) {
  const worker = new Worker('/store.js', { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(job);
  });
}

/** @param {'chromium' | 'firefox'} [name] */
export async function benchStore(name = 'chromium') {
  const site = await mkdtemp(path.join(os.tmpdir(), 'umbra-bench-'));
  await cp(path.join(root, 'tests/bench/pages'), site, { recursive: true });
  await bundleWorker(path.join(root, 'tests/bench/workers/store.js'), site);
  for (const file of ['store_bench.js', 'store_bench.wasm']) {
    await cp(path.join(root, 'build/wasm', file), path.join(site, file));
  }
  const files = await startFiles(site);
  const { browser, close } = await startBrowser(name);
  try {
    const page = await browser.newPage();
    await page.goto(`${files.origin}/bench.html`);
    const results = [];
    for (const job of JOBS) results.push(/** @type {any} */ (await page.evaluate(measure, job)));
    return results;
  } finally {
    await close();
    await files.stop();
    await rm(site, { recursive: true, force: true });
  }
}
