/** The shell cases beside the repository, where they are: nearly all pass, and with the same result on both hosts. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';

const root = path.join(import.meta.dirname, '../..');
const cases = path.join(root, '../shared/conformance/shell');
/** Share of the cases that is to pass. */
const GOAL = 0.98;

/** Runs them. @param {string} host @param {string[]} files @param {string} folder */
async function results(host, files, folder) {
  const json = path.join(folder, `${host}.json`);
  const args = ['tests/conformance/run.mjs', '--host', host, '--json', json, ...files];
  // It fails as long as one case does.
  await new Promise((resolve) => execFile(process.execPath, args, { cwd: root }, resolve));
  /** @type {{ suite: string, name: string, passed: boolean }[]} */
  const all = JSON.parse(await readFile(json, 'utf8'));
  return all.map(({ suite, name, passed }) => `${passed ? 'passed' : 'failed'}: ${suite}: ${name}`);
}

describe('the conformance cases', { skip: existsSync(cases) ? false : `${cases} is not there` }, () => {
  it('pass, on both hosts alike', async (context) => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'umbra-cases-'));
    context.after(() => rm(folder, { recursive: true }));
    const files = (await readdir(cases))
      .filter((name) => name.endsWith('.jsonl'))
      .map((name) => path.join(cases, name));
    const native = await results('native', files, folder);
    assert.deepEqual(await results('wasm', files, folder), native);
    const passed = native.filter((line) => line.startsWith('passed')).length;
    context.diagnostic(`${passed} of ${native.length}`);
    assert.ok(passed >= native.length * GOAL, native.filter((line) => line.startsWith('failed')).join('\n'));
  });
});
