/**
 * The whole test: set-up, builds, linters, C unit tests under sanitizers, a short run of each fuzz target, the
 * proxy's tests and the browsers'. test.mjs NAME… runs only the named steps (lint, unit, scripts, fuzz, node).
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { build, buildPreset } from './build.mjs';
import { compareWithBash, compareWritten } from './lib/bash.mjs';
import { runFuzzTargets } from './lib/fuzz.mjs';
import { lint } from './lint.mjs';
import { root, run, script } from './lib/run.mjs';
import { setup } from './setup.mjs';

/**
 * What each fuzz target runs here: the same inputs each time, so that what fails comes of a change, and not of a faster
 * machine. long-tests.mjs tries others. `UMBRA_FUZZ_SECONDS`: for so long, whatever the number.
 */
const FUZZ = { seconds: 4, runs: 50_000 };
const FUZZ_SEED = 1;
/** Those that have the most to find: a minute or so on two slow cores. @type {Record<string, import('./lib/fuzz.mjs').Bounds>} */
const LONG_FUZZ = {
  fuzz_shell_parser: { seconds: 75, runs: 150_000 },
  fuzz_shell_script: { seconds: 75, runs: 10_000 },
};
const fuzzSeconds = Number(process.env.UMBRA_FUZZ_SECONDS ?? 0);
/** How many random scripts are run beside bash, the same ones each time; long-tests.mjs runs others: bash has faults that no grammar can leave out. */
const SCRIPTS = 300;
const SCRIPTS_SEED = '10000';

/** Under sanitizers, and as it is shipped. */
async function unit() {
  await buildPreset('asan');
  await run('ctest', ['--preset', 'asan', '-j2']);
  await compareWritten('asan');
  await buildPreset('native', ['-DUMBRA_TESTS=ON']);
  await run('ctest', ['--preset', 'native', '-j2']);
}

/** Scripts beside bash. */
async function scripts() {
  await compareWritten('native');
  await compareWithBash(SCRIPTS, SCRIPTS_SEED);
}

async function fuzz() {
  await buildPreset('fuzz');
  await runFuzzTargets((target) => (fuzzSeconds ? { seconds: fuzzSeconds } : (LONG_FUZZ[target] ?? FUZZ)), {
    seed: FUZZ_SEED,
  });
}

async function node() {
  /** @param {string} folder */
  const testsOf = async (folder) =>
    (await readdir(path.join(root, 'tests', folder)))
      .filter((name) => name.endsWith('.test.mjs'))
      .map((name) => path.join('tests', folder, name));
  const files = (await Promise.all(['page', 'proxy', 'cli', 'library', 'e2e'].map(testsOf))).flat();
  await run(process.execPath, ['--test', '--test-concurrency=2', '--test-reporter=spec', ...files]);
}

const steps = /** @type {Record<string, () => Promise<void>>} */ ({ lint, unit, scripts, fuzz, node });

await script(async () => {
  const chosen = process.argv.slice(2);
  await setup({ tests: true });
  await build();
  for (const name of chosen.length ? chosen : Object.keys(steps)) {
    const started = Date.now();
    console.log(`umbra: ${name}`);
    await steps[name]();
    console.log(`umbra: ${name} passed in ${Math.round((Date.now() - started) / 1000)} s`);
  }
});
