/** What listing 10 changed files of 100,000 costs, natively. Needs the native preset with -DUMBRA_TESTS=ON. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from '../e2e/support/servers.mjs';

/** @returns {Promise<{ files: number, changed: number, medianMs: number, worstMs: number }>} */
export async function bench() {
  const { stdout } = await promisify(execFile)(path.join(root, 'build/native/bench_changes'));
  return JSON.parse(stdout);
}
