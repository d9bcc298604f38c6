/**
 * Runs shell cases (the format is in the README beside them: one JSON object a line with suite, name, code, expect)
 * and prints each failure's name and, last, "N passed, M failed".
 *
 *     node tests/conformance/run.mjs --host native|wasm [--json FILE] [--jobs N] CASES.jsonl...
 *
 * native: build/native/umbra (or UMBRA_BIN); wasm: the client module of dist/ in Node.js. Each case has an empty
 * workspace and this folder's bin/ in its PATH, and is the standard input of the shell.
 */
import { spawn } from 'node:child_process';
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
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

const env = {
  TMP: WORKSPACE,
  TMPDIR: WORKSPACE,
  HOME: WORKSPACE,
  LC_ALL: 'C.UTF-8',
  PATH: `/usr/bin:/bin:${BIN}`,
  SH: 'bash',
};

/** The helpers that a runner provides: their real places and those in the shell. */
async function helpers() {
  const folder = path.join(here, 'bin');
  return (await readdir(folder)).map((name) => ({ from: path.join(folder, name), to: `${BIN}/${name}` }));
}

/** @returns {Promise<(code: string) => Promise<Outcome>>} */
async function nativeHost() {
  const binary = process.env.UMBRA_BIN ?? path.join(root, 'build/native/umbra');
  const words = [
    'sh',
    ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...(await helpers()).flatMap(({ from, to }) => ['--put', `${from}:${to}`]),
  ];
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

/** @returns {Promise<(code: string) => Promise<Outcome>>} */
async function wasmHost() {
  // Seen by the type checker in its source; a caller has built it.
  const built = pathToFileURL(path.join(root, 'dist/umbra/umbra.js')).href;
  /** @type {typeof import('../../browser/client/umbra.js')} */
  const { Umbra } = await import(built);
  const files = Object.fromEntries(
    await Promise.all(
      (await helpers()).map(async ({ from, to }) => [
        to,
        { text: await readFile(from, 'utf8'), mode: (await stat(from)).mode & 0o777 },
      ]),
    ),
  );
  return async (code) => {
    const umbra = await Umbra.open({ storage: 'memory' });
    const shell = await umbra.openShell({ env, files });
    const timer = setTimeout(() => void shell.kill('KILL'), TIME_LIMIT);
    const writer = shell.stdin.getWriter();
    const written = writer.write(code).then(() => writer.close());
    const [stdout, stderr, status] = await Promise.all([
      text(shell.stdout),
      text(/** @type {ReadableStream<Uint8Array>} */ (shell.stderr)),
      shell.exited,
      written.catch(() => undefined), // a shell that ends early does not read all of it
    ]);
    clearTimeout(timer);
    await umbra.close();
    return { status, stdout, stderr };
  };
}

/** @param {ReadableStream<Uint8Array>} stream */
async function text(stream) {
  /** @type {Uint8Array[]} */
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** @type {Record<string, () => Promise<(code: string) => Promise<Outcome>>>} */
const HOSTS = { native: nativeHost, wasm: wasmHost };

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
if (!(values.host in HOSTS)) {
  console.error(`there is no host ${values.host}; there are: ${Object.keys(HOSTS).join(', ')}`);
  process.exit(2);
}
if (positionals.length === 0) {
  console.error('usage: node tests/conformance/run.mjs --host native|wasm [--json FILE] CASES.jsonl...');
  process.exit(2);
}
const results = await runAll(await readCases(positionals), await HOSTS[values.host](), Number(values.jobs));
const failed = results.filter(({ passed }) => !passed);
for (const { suite, name } of failed) console.log(`failed: ${suite}: ${name}`);
if (values.json) await writeFile(values.json, JSON.stringify(results, null, 2));
console.log(`${results.length - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length ? 1 : 0;
