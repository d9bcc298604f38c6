/** Runs the benchmarks, prints their figures against the goals and writes them to build/bench.json. */
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { build } from './build.mjs';
import { root, script } from './lib/run.mjs';
import { setup } from './setup.mjs';

/**
 * @typedef {object} Row
 * @property {string} what
 * @property {number} value
 * @property {string} unit
 * @property {string} goal
 * @property {boolean} reached
 */

/** @param {Awaited<ReturnType<typeof import('../tests/bench/workspace.mjs').bench>>} figures @returns {Row[]} */
function workspaceRows(figures) {
  return [
    {
      what: 'import of 10,000 × 2 KB, times file-per-file OPFS',
      value: figures.importTimesPeer,
      unit: '×',
      goal: '≥ 50',
      reached: figures.importTimesPeer >= 50,
    },
    { what: 'import of 10,000 × 2 KB', value: figures.importMs, unit: 'ms', goal: '', reached: true },
    {
      what: 'file-per-file OPFS, each file',
      value: figures.peerMsPerFile,
      unit: 'ms',
      goal: '',
      reached: true,
    },
    {
      what: 'reopening that workspace',
      value: figures.reopenMs,
      unit: 'ms',
      goal: '< 150',
      reached: figures.reopenMs < 150,
    },
    {
      what: 'new Worker to ready, empty workspace',
      value: figures.readyMs,
      unit: 'ms',
      goal: '< 60',
      reached: figures.readyMs < 60,
    },
    {
      what: 'WebAssembly, gzip',
      value: figures.wasmGzipBytes / 1000,
      unit: 'KB',
      goal: '< 250',
      reached: figures.wasmGzipBytes < 250_000,
    },
  ];
}

await script(async () => {
  await setup({ tests: true });
  await build();
  const { bench } = await import('../tests/bench/workspace.mjs');
  const figures = await bench();
  const machine = `${os.cpus()[0]?.model ?? 'unknown'}, ${os.cpus().length} cores, ${os.type()} ${os.release()}`;
  console.log(`\n${figures.browser} on ${machine}`);
  for (const { what, value, unit, goal, reached } of workspaceRows(figures)) {
    console.log(
      `${reached ? ' ' : '!'} ${what.padEnd(52)} ${value.toFixed(1).padStart(9)} ${unit.padEnd(3)} ${goal}`,
    );
  }
  await writeFile(
    path.join(root, 'build/bench.json'),
    `${JSON.stringify({ machine, workspace: figures }, null, 2)}\n`,
  );
});
