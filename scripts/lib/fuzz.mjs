/** Running the fuzz targets. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
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
 * Runs each target that was built and fails at the first finding, which is kept.
 * @param {(target: string) => number} secondsOf each
 * @param {{ part?: string, seed?: number }} [options] part: of the names of those to be run; seed: of what is tried,
 *   else another one each time
 */
export async function runFuzzTargets(secondsOf, { part = '', seed = 0 } = {}) {
  const folder = path.join(root, 'build/fuzz');
  const targets = (await readdir(folder)).filter(
    (name) => /^fuzz_[a-z0-9_]+$/.test(name) && name.includes(part),
  );
  const work = await mkdtemp(path.join(os.tmpdir(), 'umbra-fuzz-'));
  // The longest first, so that no lane is left with one at the end.
  const queue = targets.sort((a, b) => secondsOf(b) - secondsOf(a));
  const lane = async () => {
    for (let target = queue.shift(); target; target = queue.shift()) {
      const seconds = secondsOf(target);
      const seeds = path.join(root, 'tests/fuzz/corpus', target.replace('fuzz_', ''));
      const found = path.join(work, target);
      await mkdir(found);
      // What a target finds goes to the first folder; the seeds stay as they are.
      const parameters = [
        `-max_total_time=${seconds}`,
        `-seed=${seed}`,
        '-timeout=10',
        '-rss_limit_mb=2048',
        `-artifact_prefix=${work}/`,
        ...dictionaryOf(target),
      ];
      await run(path.join(folder, target), [...parameters, found, seeds], { quiet: true });
      console.log(`umbra: ${target}: ${seconds} s, nothing found`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  await rm(work, { recursive: true, force: true });
}
