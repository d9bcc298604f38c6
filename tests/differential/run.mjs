/**
 * Runs random scripts in this machine's bash and in umbra sh and compares output and status; what differs is made
 * smaller and printed.
 *
 *     node tests/differential/run.mjs [--seed N] [--count N] [--jobs N] [--all] [--errors] [--show]
 *
 * --all: goes on after the first difference; --errors: compares the messages too; --show: prints the scripts only.
 * A script has the number seed + index, so --seed N --count 1 makes it again.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { PREAMBLE, script } from './commands.mjs';
import { randomOf } from './random.mjs';
import { shrink, textOf } from './tree.mjs';

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
async function runBash(text) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'umbra-differential-'));
  const outcome = await run('/bin/bash', ['--norc', '--noprofile', '-c', text, 'script'], folder);
  await rm(folder, { recursive: true, force: true });
  for (const name of /** @type {const} */ (['stdout', 'stderr']))
    outcome[name] = outcome[name].replaceAll(folder, '/workspace').replaceAll('/bin/bash: ', 'bash: ');
  return outcome;
}

const variables = Object.entries(ENVIRONMENT).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
/** @param {string} text */
const runOurs = (text) => run(binary, ['sh', ...variables, '-c', text, 'script'], undefined);

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    count: { type: 'string', default: '300' },
    jobs: { type: 'string', default: '2' },
    all: { type: 'boolean', default: false },
    errors: { type: 'boolean', default: false },
    show: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const count = Number(values.count);

/** @param {string} text */
async function both(text) {
  const [bash, ours] = await Promise.all([runBash(text), runOurs(text)]);
  return { bash, ours };
}

/** @param {{ bash: Outcome, ours: Outcome }} outcomes */
const isUnlike = ({ bash, ours }) =>
  bash.status !== ours.status ||
  bash.stdout !== ours.stdout ||
  (values.errors && bash.stderr !== ours.stderr);

/** @param {string} text */
const differs = async (text) => {
  const outcomes = await both(text);
  return outcomes.bash.status !== 'SIGKILL' && isUnlike(outcomes);
};

/** @param {number} number @param {import('./tree.mjs').Node} tree */
async function report(number, tree) {
  const text = textOf(await shrink(tree, differs));
  const { bash, ours } = await both(text);
  console.log(
    `=== --seed ${number} --count 1, made smaller (behind the same first lines):\n${text.replace(PREAMBLE, '')}`,
  );
  for (const [name, outcome] of Object.entries({ bash, ours }))
    console.log(
      `--- ${name}, status ${outcome.status}\n${outcome.stdout}--- ${name}'s messages\n${outcome.stderr}`,
    );
}

let next = 0;
let unlike = 0;
async function worker() {
  while (next < count && (unlike === 0 || values.all)) {
    const number = seed + next++;
    const tree = script(randomOf(number));
    if (values.show) {
      console.log(`=== ${number}\n${textOf(tree)}`);
    } else if (await differs(textOf(tree))) {
      unlike++;
      await report(number, tree);
    }
  }
}
console.log(`umbra: random scripts in bash and umbra sh, --seed ${seed} --count ${count}`);
await Promise.all(Array.from({ length: Number(values.jobs) }, worker));
console.log(`umbra: ${next} compared, ${unlike} unlike`);
process.exitCode = unlike ? 1 : 0;
