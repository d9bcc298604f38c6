/** Builds the native programs, the WebAssembly core and the page. Further presets by name: build.mjs asan fuzz. */
import { fileURLToPath } from 'node:url';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { cjsonSource } from './lib/cjson.mjs';
import { root, run, script } from './lib/run.mjs';
import { setup } from './setup.mjs';

/**
 * Configures (once, or with settings) and builds one preset.
 * @param {string} preset
 * @param {string[]} [settings] for CMake, as -DUMBRA_TESTS=ON
 */
export async function buildPreset(preset, settings = []) {
  const folder = path.join(root, 'build', preset);
  if (settings.length || !existsSync(path.join(folder, 'build.ninja'))) {
    const source = preset === 'wasm' ? [`-DUMBRA_CJSON_SOURCE=${await cjsonSource()}`] : [];
    await run('cmake', ['--preset', preset, ...source, ...settings], { quiet: true });
  }
  await run('cmake', ['--build', '--preset', preset], { quiet: true });
}

/** One target of a preset that is not built otherwise. @param {string} preset @param {string} target */
export async function buildTarget(preset, target) {
  await buildPreset(preset);
  await run('cmake', ['--build', '--preset', preset, '--target', target], { quiet: true });
}

/** The page, the client module and the worker: dist/. */
export async function buildPage() {
  await run(process.execPath, [
    path.join(root, 'node_modules/vite/bin/vite.js'),
    'build',
    '--logLevel',
    'warn',
  ]);
}

/** @param {string[]} [presets] */
export async function build(presets = ['native', 'wasm']) {
  for (const preset of presets) {
    console.log(`umbra: building ${preset}`);
    await buildPreset(preset);
  }
  if (presets.includes('wasm')) {
    console.log('umbra: building the page');
    await buildPage();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await script(async () => {
    const presets = process.argv.slice(2);
    await setup({ tests: presets.length > 0 });
    await build(presets.length ? presets : undefined);
  });
}
