/** Running the fuzz targets. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { root, run } from './run.mjs';

/** At once: each uses one core. */
const LANES = 2;

/**
 * The dictionary of a target: tests/fuzz/WORD.dict for those that are named fuzz_WORD…
 * @param {string} target
 */
function dictionaryOf(target) {
  const file = path.join(root, 'tests/fuzz', `${target.split('_')[1]}.dict`);
  return existsSync(file) ? [`-dict=${file}`] : [];
}

/**
 * What makes libFuzzer try the same inputs in the same order each time, as far as it comes: the seed, the seeds by name
 * instead of in the order of the file system, and nothing that depends on the time (what it finds is read again each
 * second; inputs that ran long are chosen less often).
 * @param {string} target
 * @param {number} seed
 * @param {string} list the file for the names of the seeds
 */
async function inTheSameWay(target, seed, list) {
  const folder = path.join(root, 'tests/fuzz/corpus', target.replace('fuzz_', ''));
  const names = (await readdir(folder)).sort();
  await writeFile(list, names.map((name) => path.join(folder, name)).join(','));
  return [`-seed=${seed}`, '-reload=0', '-entropic=0', `-seed_inputs=@${list}`];
}

/**
 * How long a target is run: until it has run `runs` inputs (without it: any number) or for `seconds`.
 * @typedef {{ seconds: number, runs?: number }} Bounds
 */

/**
 * Runs each target that was built and fails at the first finding, which is kept.
 * @param {(target: string) => Bounds} boundsOf
 * @param {{ part?: string, seed?: number }} [options] part: of the names of those to be run; seed: of what is tried,
 *   in the same order each time; without it, another one each time
 */
export async function runFuzzTargets(boundsOf, { part = '', seed } = {}) {
  const folder = path.join(root, 'build/fuzz');
  const targets = (await readdir(folder)).filter(
    (name) => /^fuzz_[a-z0-9_]+$/.test(name) && name.includes(part),
  );
  const work = await mkdtemp(path.join(os.tmpdir(), 'umbra-fuzz-'));
  // The longest first, so that no lane is left with one at the end.
  const queue = targets.sort((a, b) => boundsOf(b).seconds - boundsOf(a).seconds);
  const lane = async () => {
    for (let target = queue.shift(); target; target = queue.shift()) {
      const { seconds, runs } = boundsOf(target);
      const seeds = path.join(root, 'tests/fuzz/corpus', target.replace('fuzz_', ''));
      const found = path.join(work, target);
      const started = Date.now();
      await mkdir(found);
      // What a target finds goes to the first folder; the seeds stay as they are.
      const parameters = [
        `-max_total_time=${seconds}`,
        ...(runs ? [`-runs=${runs}`] : []),
        ...(seed === undefined ? [] : await inTheSameWay(target, seed, path.join(work, `${target}.seeds`))),
        '-timeout=10',
        '-rss_limit_mb=2048',
        `-artifact_prefix=${work}/`,
        ...dictionaryOf(target),
        found,
        ...(seed === undefined ? [seeds] : []),
      ];
      await run(path.join(folder, target), parameters, { quiet: true });
      console.log(`umbra: ${target}: ${Math.round((Date.now() - started) / 1000)} s, nothing found`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  await rm(work, { recursive: true, force: true });
}
