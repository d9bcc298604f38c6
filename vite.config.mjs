/**
 * The page and the library: `dist/` is what the proxy serves.
 *
 *   dist/index.html, dist/assets/   the page
 *   dist/umbra/                     client, worker and wasm under fixed names, for any site to import
 *   dist/examples/                  pages that embed it
 *
 * Client and worker are built each by itself, to one file: a browser loads the worker on its own, perhaps from another
 * origin, and the client finds its neighbours by its own address. The page imports the built client, as a site would.
 */
import { existsSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, defineConfig } from 'vite';

const ROOT = dirname(fileURLToPath(import.meta.url));
const OUT = join(ROOT, 'dist');
const CLIENT = join(ROOT, 'browser/client/umbra.js');
const WORKER = join(ROOT, 'browser/worker/worker.js');

/** What is copied as it is; the wasm comes from the C build. */
const COPIES = [
  ['build/wasm/umbra_core.wasm', 'umbra/umbra_core.wasm'],
  ['browser/client/umbra.d.ts', 'umbra/umbra.d.ts'],
  ['browser/examples/embed.html', 'examples/embed.html'],
];

/** @type {import('vite').BuildEnvironmentOptions} */
const COMMON = {
  outDir: OUT,
  target: 'es2022',
  modulePreload: { polyfill: false },
  assetsInlineLimit: 0,
  reportCompressedSize: false,
};

/**
 * One module of the library, with all that it imports in one file.
 * @param {string} input
 * @returns {import('vite').InlineConfig}
 */
function libraryModule(input) {
  return {
    configFile: false,
    root: dirname(input),
    base: './',
    publicDir: false,
    logLevel: 'warn',
    build: {
      ...COMMON,
      emptyOutDir: false,
      rolldownOptions: {
        input,
        preserveEntrySignatures: 'strict',
        output: {
          entryFileNames: `umbra/${basename(input)}`,
          assetFileNames: 'umbra/[name][extname]',
          codeSplitting: false,
        },
      },
    },
  };
}

/**
 * Leaves the client out of the page's own code, and builds the library beside it.
 * @returns {import('vite').Plugin}
 */
function library() {
  return {
    name: 'umbra-library',
    apply: 'build',
    enforce: 'pre',
    resolveId(source, importer) {
      if (!importer || !source.startsWith('.') || join(dirname(importer), source) !== CLIENT) return null;
      return { id: '../umbra/umbra.js', external: true }; // seen from dist/assets
    },
    async closeBundle(error) {
      if (error) return;
      for (const input of [CLIENT, WORKER]) await build(libraryModule(input));
      for (const [from, to] of COPIES) {
        if (!existsSync(join(ROOT, from))) {
          this.warn(`${from} is not there and was left out`);
          continue;
        }
        await mkdir(dirname(join(OUT, to)), { recursive: true });
        await cp(join(ROOT, from), join(OUT, to));
      }
    },
  };
}

export default defineConfig({
  root: join(ROOT, 'browser/page'),
  base: './',
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [library()],
  build: { ...COMMON, emptyOutDir: true },
});
