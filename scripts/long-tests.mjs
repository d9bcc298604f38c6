/**
 * Long runs of what `npm test` runs shortly: long-tests.mjs [--minutes N] [--target PART] [model] [crash] [fuzz] [scripts].
 * model: 1,000,000 random operations on the store and its model; crash: 100,000 more states that a crash could
 * leave; fuzz: each target (those with PART in their names) for N minutes (5); scripts: 20,000 random ones in bash and in
 * umbra sh. UMBRA_SEED repeats a run of model, crash and scripts.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildPreset } from './build.mjs';
import { compareWithBash } from './lib/bash.mjs';
import { runFuzzTargets } from './lib/fuzz.mjs';
import { Failure, root, run, script } from './lib/run.mjs';

const MODEL_STEPS = 1_000_000;
/** Of each of the two sizes of segments that the test has. */
const CRASH_STATES = 50_000;
const MINUTES = 5;
const SCRIPTS = 20_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: String(MINUTES) },
    target: { type: 'string', default: '' },
  },
});
const seed = process.env.UMBRA_SEED ?? String(Date.now());

/**
 * @param {string} program
 * @param {Record<string, string>} settings
 */
async function unit(program, settings) {
  await buildPreset('asan');
  console.log(`umbra: ${program} with UMBRA_SEED=${seed}`);
  await run(path.join(root, 'build/asan', program), [], { env: { ...settings, UMBRA_SEED: seed } });
}

const steps = /** @type {Record<string, () => Promise<void>>} */ ({
  model: () => unit('store_model_test', { UMBRA_MODEL_STEPS: String(MODEL_STEPS) }),
  crash: () => unit('store_reorder_crash_test', { UMBRA_CRASH_STATES: String(CRASH_STATES) }),
  fuzz: async () => {
    await buildPreset('fuzz');
    await runFuzzTargets(() => ({ seconds: Math.round(Number(values.minutes) * 60) }), {
      part: values.target,
    });
  },
  scripts: async () => {
    await buildPreset('native');
    await compareWithBash(SCRIPTS, seed);
  },
});

await script(async () => {
  if (!(Number(values.minutes) > 0)) throw new Failure('--minutes takes a number greater than 0');
  for (const name of positionals.length ? positionals : Object.keys(steps)) {
    if (!(name in steps)) throw new Failure(`${name}: choose from ${Object.keys(steps).join(', ')}`);
    const started = Date.now();
    await steps[name]();
    console.log(`umbra: ${name} passed in ${Math.round((Date.now() - started) / 1000)} s`);
  }
});
