/** The differential tests: written and random scripts in this machine's bash and in umbra sh. */
import path from 'node:path';
import { root, run } from './run.mjs';

/** Fails at a difference, which is printed. @param {string} preset whose build of umbra runs them */
export async function compareWritten(preset) {
  await run(process.execPath, [path.join(root, 'tests/differential/written.mjs')], {
    env: { UMBRA_BIN: path.join(root, 'build', preset, 'umbra') },
  });
}

/**
 * Fails at a difference, which is printed made smaller.
 * @param {number} count of scripts
 * @param {string} [seed] of the first one; else a random one, which is printed
 */
export async function compareWithBash(count, seed) {
  const program = path.join(root, 'tests/differential/run.mjs');
  await run(process.execPath, [program, '--count', String(count), ...(seed ? ['--seed', seed] : [])]);
}
