/** Runs the benchmarks, prints their figures against the goals and writes them to build/bench.json. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { build, buildTarget } from './build.mjs';
import { print } from './lib/figures.mjs';
import { root, run, script } from './lib/run.mjs';
import { setup } from './setup.mjs';

/**
 * @typedef {import('./lib/figures.mjs').Row} Row
 *
 * @typedef {Awaited<ReturnType<typeof import('../tests/bench/workspace.mjs').bench>>} Workspace
 * @typedef {Awaited<ReturnType<typeof import('../tests/bench/store.mjs').benchStore>>} Store
 * @typedef {Awaited<ReturnType<typeof import('../tests/bench/shell.mjs').benchShell>>} Shell
 */

/** @param {Workspace} figures @returns {Row[]} */
function workspaceRows({ importMs, files, peerMsPerFile, reopenMs, readyMs, wasmGzipBytes }) {
  const times = (/** @type {string} */ peer) => peerMsPerFile[peer] / (importMs / files);
  return [
    { what: 'import of 10,000 × 5 KB', value: importMs, unit: 'ms', goal: '< 400' },
    { what: '… times file-per-file OPFS', value: times('filePerFile'), unit: '×', goal: '≥ 50' },
    { what: '… times ZenFS on OPFS', value: times('zenfsOpfs'), unit: '×', goal: '≥ 5' },
    { what: '… times ZenFS on IndexedDB', value: times('zenfsIndexedDb'), unit: '×', goal: '≥ 5' },
    { what: '… times IndexedDB, one transaction', value: times('indexedDb'), unit: '×', goal: '≥ 5' },
    { what: 'new Worker to ready, those 10,000 files', value: reopenMs, unit: 'ms', goal: '< 150' },
    { what: 'new Worker to ready, empty workspace', value: readyMs, unit: 'ms', goal: '< 60' },
    { what: 'WebAssembly, gzip', value: wasmGzipBytes / 1000, unit: 'KB', goal: '< 250' },
  ];
}

/** @param {Store} results @returns {Row[]} */
function storeRows([ten, hundred]) {
  return [
    { what: 'one durable 2 KB write', value: ten.durableUs, unit: 'µs' },
    { what: '… times bare write + flush', value: ten.durableRatio, unit: '×', goal: '< 1.5' },
    { what: 'reading 10,000 × 5 KB at random, each', value: ten.readUs, unit: 'µs' },
    { what: '… times bare reads of one handle', value: ten.readRatio, unit: '×', goal: '< 2' },
    { what: 'reopening 10,000 files', value: ten.reopenMs, unit: 'ms', goal: '< 50' },
    { what: 'reopening 100,000 files', value: hundred.reopenMs, unit: 'ms', goal: '< 400' },
    { what: 'wasm memory with 100,000 files', value: hundred.heapMiB, unit: 'MiB', goal: '< 64' },
    { what: 'a checkpoint of 10,000 files', value: ten.checkpointUs, unit: 'µs', goal: '< 20' },
    { what: 'a checkpoint of 100,000 files', value: hundred.checkpointUs, unit: 'µs', goal: '< 20' },
    { what: '10 changed files of 100,000', value: hundred.changesMs, unit: 'ms', goal: '< 5' },
    { what: 'bytes written, of 10 × random overwrites', value: ten.amplification, unit: '×', goal: '< 3' },
    { what: 'image after compaction, of live content', value: ten.spaceRatio, unit: '×', goal: '< 1.5' },
  ];
}

/** @param {Shell} shell @returns {Row[]} */
function shellRows(shell) {
  const cancels = Object.entries(shell.cancels).map(([what, value]) => ({
    what: `a cancel of ${what}, the slowest of 5`,
    value,
    unit: 'ms',
    goal: '< 20',
  }));
  return [
    { what: 'loop of 1,000,000 turns', value: shell.loopMs, unit: 'ms' },
    { what: '… times dash, natively', value: shell.loopOfDash, unit: '×', goal: '< 1.5' },
    { what: '… just-bash takes as long, times', value: shell.timesJustBash, unit: '×', goal: '≥ 30' },
    { what: '… natively, times dash', value: shell.nativeOfDash, unit: '×', goal: '< 1' },
    { what: 'x=$(basename …), each', value: shell.basenameUs, unit: 'µs', goal: '< 5' },
    {
      what: '… bash, natively, takes as long, times',
      value: shell.basenameTimesBash,
      unit: '×',
      goal: '≥ 100',
    },
    {
      what: '100 MB through cat | cat | cat | cat | wc -c',
      value: shell.pipeMBs,
      unit: 'MB/s',
      goal: '≥ 200',
    },
    {
      what: 'start of a shell process, to its first output',
      value: shell.startUs,
      unit: 'µs',
      goal: '< 100',
    },
    { what: 'a shell opened by the page, to its first output', value: shell.firstOutputUs, unit: 'µs' },
    { what: 'WebAssembly memory when idle', value: shell.wasmBytes / 1e6, unit: 'MB', goal: '< 16' },
    {
      what: '… what the browser says of page and worker',
      value: shell.idleBytes / 1e6,
      unit: 'MB',
      goal: '< 16',
    },
    ...cancels,
  ];
}

/** On a file of this machine: without a goal, to see what the browser adds. @param {any[]} results @returns {Row[]} */
function nativeRows([ten, hundred]) {
  return [
    { what: 'natively: one durable 2 KB write', value: ten.durableUs, unit: 'µs' },
    { what: 'natively: reading 5 KB at random', value: ten.readUs, unit: 'µs' },
    { what: 'natively: reopening 100,000 files', value: hundred.reopenMs, unit: 'ms' },
  ];
}

/** @returns {Promise<any[]>} */
async function benchNative() {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'umbra-bench-'));
  try {
    const { stdout } = await promisify(execFile)(path.join(root, 'build/native/store_bench'), [folder]);
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await script(async () => {
  await setup({ tests: true });
  await build();
  await buildTarget('wasm', 'store_bench_wasm');
  await buildTarget('native', 'store_bench');
  await run('npm', ['ci', '--prefix', path.join(root, 'tests/bench/peers'), '--no-audit', '--no-fund'], {
    quiet: true,
  });
  const { bench } = await import('../tests/bench/workspace.mjs');
  const { benchStore } = await import('../tests/bench/store.mjs');
  const { benchShell } = await import('../tests/bench/shell.mjs');
  const workspace = await bench();
  const store = await benchStore();
  const native = await benchNative();
  const shell = await benchShell();
  const machine = `${os.cpus()[0]?.model ?? 'unknown'}, ${os.cpus().length} cores, ${os.type()} ${os.release()}`;
  console.log(`\n${workspace.browser} on ${machine}`);
  print([...workspaceRows(workspace), ...storeRows(store), ...nativeRows(native), ...shellRows(shell)]);
  await writeFile(
    path.join(root, 'build/bench.json'),
    `${JSON.stringify({ machine, workspace, store, native, shell }, null, 2)}\n`,
  );
});
