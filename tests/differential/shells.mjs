/** A script in this machine's bash and in umbra sh, in the same environment and an empty folder each. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

const TIME_LIMIT = 10_000;
const OUTPUT_MAX = 1 << 20;
const binary = process.env.UMBRA_BIN ?? path.join(import.meta.dirname, '../../build/native/umbra');
const ENVIRONMENT = { PATH: '/usr/bin:/bin', HOME: '/home/user', LC_ALL: 'C.UTF-8' };

/** @typedef {{ status: string, stdout: string, stderr: string }} Outcome */

/**
 * @param {string} program
 * @param {string[]} words
 * @param {string | undefined} cwd
 * @returns {Promise<Outcome>}
 */
function run(program, words, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      cwd,
      env: ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIME_LIMIT,
      killSignal: 'SIGKILL',
    });
    const texts = { stdout: '', stderr: '' };
    for (const name of /** @type {const} */ (['stdout', 'stderr']))
      child[name].setEncoding('latin1').on('data', (piece) => {
        texts[name] += piece;
        if (texts[name].length > OUTPUT_MAX) child.kill('SIGKILL');
      });
    child.on('error', reject);
    child.on('close', (status, signal) =>
      resolve({
        status: String(
          signal && signal !== 'SIGKILL' ? 128 + os.constants.signals[signal] : (signal ?? status),
        ),
        ...texts,
      }),
    );
  });
}

/** @param {string} text */
export async function runBash(text) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'umbra-differential-'));
  const outcome = await run('/bin/bash', ['--norc', '--noprofile', '-c', text, 'script'], folder);
  await rm(folder, { recursive: true, force: true });
  for (const name of /** @type {const} */ (['stdout', 'stderr']))
    outcome[name] = outcome[name].replaceAll(folder, '/workspace').replaceAll('/bin/bash: ', 'bash: ');
  return outcome;
}

const variables = Object.entries(ENVIRONMENT).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
/** @param {string} text */
export const runOurs = (text) => run(binary, ['sh', ...variables, '-c', text, 'script'], undefined);
