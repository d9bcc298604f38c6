/**
 * Runs shell cases (the format is in the README beside them: one JSON object a line with suite, name, code, expect)
 * and prints each failure's name and, last, "N passed, M failed".
 *
 *     node tests/conformance/run.mjs --host native [--json FILE] [--jobs N] CASES.jsonl...
 *
 * native: build/native/umbra (or UMBRA_BIN). Each case has an empty workspace and this folder's bin/ in its PATH.
 */
import { spawn } from 'node:child_process';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

const here = import.meta.dirname;
const root = path.join(here, '../..');
/** Milliseconds that a case may take. */
const TIME_LIMIT = 30_000;
const WORKSPACE = '/workspace';
const BIN = '/tmp/bin';

/**
 * @typedef {{ status?: number, stdout?: string, stderr?: string }} Expected
 * @typedef {{ suite: string, name: string, code: string, expect: Expected[] }} Case
 * @typedef {{ status: number | null, stdout: Buffer, stderr: Buffer }} Outcome
 */

/** @param {Outcome} outcome @param {Expected} expected */
const matches = (outcome, { status = 0, stdout, stderr }) =>
  outcome.status === status &&
  (stdout === undefined || outcome.stdout.equals(Buffer.from(stdout))) &&
  (stderr === undefined || outcome.stderr.equals(Buffer.from(stderr)));

const environment = [
  `TMP=${WORKSPACE}`,
  `TMPDIR=${WORKSPACE}`,
  `HOME=${WORKSPACE}`,
  'LC_ALL=C.UTF-8',
  `PATH=/usr/bin:/bin:${BIN}`,
  'SH=bash',
];

/** The helpers that a runner provides, as arguments of umbra sh. */
async function helpers() {
  const folder = path.join(here, 'bin');
  return (await readdir(folder)).flatMap((name) => ['--put', `${path.join(folder, name)}:${BIN}/${name}`]);
}

/** @returns {Promise<(code: string) => Promise<Outcome>>} */
async function nativeHost() {
  const binary = process.env.UMBRA_BIN ?? path.join(root, 'build/native/umbra');
  const words = ['sh', ...environment.flatMap((word) => ['--env', word]), ...(await helpers())];
  return (code) =>
    new Promise((resolve, reject) => {
      const child = spawn(binary, words, { stdio: 'pipe', timeout: TIME_LIMIT, killSignal: 'SIGKILL' });
      /** @type {Buffer[]} */
      const stdout = [];
      /** @type {Buffer[]} */
      const stderr = [];
      child.stdout.on('data', (piece) => stdout.push(piece));
      child.stderr.on('data', (piece) => stderr.push(piece));
      child.stdin.on('error', () => undefined); // a shell that ends early does not read all of it
      child.on('error', reject);
      child.on('close', (status) =>
        resolve({ status, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) }),
      );
      child.stdin.end(code);
    });
}

/** @param {string[]} files @returns {Promise<Case[]>} */
async function readCases(files) {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return texts.flatMap((text) =>
    text
      .split('\n')
      .filter((line) => line.trim())
      .map((line) => /** @type {Case} */ (JSON.parse(line))),
  );
}

/** @param {Case[]} cases @param {(code: string) => Promise<Outcome>} run @param {number} jobs */
async function runAll(cases, run, jobs) {
  /** @type {{ suite: string, name: string, passed: boolean, status: number | null, stdout: string, stderr: string }[]} */
  const results = new Array(cases.length);
  let next = 0;
  const worker = async () => {
    while (next < cases.length) {
      const index = next++;
      const { suite, name, code, expect } = cases[index];
      const outcome = await run(code);
      results[index] = {
        suite,
        name,
        passed: expect.some((expected) => matches(outcome, expected)),
        status: outcome.status,
        stdout: outcome.stdout.toString(),
        stderr: outcome.stderr.toString(),
      };
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return results;
}

const { values, positionals } = parseArgs({
  options: {
    host: { type: 'string', default: 'native' },
    json: { type: 'string' },
    jobs: { type: 'string', default: String(os.availableParallelism()) },
  },
  allowPositionals: true,
});
if (values.host !== 'native') {
  console.error(`there is no host ${values.host}; there is: native`);
  process.exit(2);
}
if (positionals.length === 0) {
  console.error('usage: node tests/conformance/run.mjs --host native [--json FILE] CASES.jsonl...');
  process.exit(2);
}
const results = await runAll(await readCases(positionals), await nativeHost(), Number(values.jobs));
const failed = results.filter(({ passed }) => !passed);
for (const { suite, name } of failed) console.log(`failed: ${suite}: ${name}`);
if (values.json) await writeFile(values.json, JSON.stringify(results, null, 2));
console.log(`${results.length - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length ? 1 : 0;
