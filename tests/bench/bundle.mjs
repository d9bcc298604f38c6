/** A worker of the benchmarks with all that it imports, as one file of the served site. */
import path from 'node:path';
import { build } from 'vite';

/**
 * @param {string} entry path of the worker's module
 * @param {string} site folder; the bundle has the entry's name
 */
export async function bundleWorker(entry, site) {
  await build({
    configFile: false,
    root: path.dirname(entry),
    logLevel: 'error',
    build: {
      lib: { entry: path.basename(entry), formats: ['es'], fileName: path.basename(entry, '.js') },
      outDir: site,
      emptyOutDir: false,
    },
  });
}
