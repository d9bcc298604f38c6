/**
 * Runs the scripts of this folder's scripts/ in this machine's bash and in umbra sh: output, messages and their order,
 * and the status are the same.
 *
 *     node tests/differential/written.mjs [NAME…]
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { runBash, runOurs } from './shells.mjs';

const folder = path.join(import.meta.dirname, 'scripts');
const chosen = process.argv.slice(2);

/** @param {import('./shells.mjs').Outcome} outcome */
const textOf = ({ status, stdout, stderr }) => `${stdout}${stderr}status ${status}\n`;

/** What diff says of two outcomes. @param {string} bash @param {string} ours */
async function difference(bash, ours) {
  const place = await mkdtemp(path.join(os.tmpdir(), 'umbra-written-'));
  await writeFile(path.join(place, 'bash'), bash, 'latin1');
  await writeFile(path.join(place, 'umbra'), ours, 'latin1');
  const { stdout } = spawnSync('diff', ['-U3', 'bash', 'umbra'], { cwd: place, encoding: 'latin1' });
  await rm(place, { recursive: true });
  return stdout;
}

let unlike = 0;
let count = 0;
for (const file of (await readdir(folder)).sort()) {
  if (chosen.length && !chosen.includes(path.basename(file, '.sh'))) continue;
  // In one line with the script's first, so that the numbers of its lines are the script's.
  const text = `exec 2>&1; ${await readFile(path.join(folder, file), 'utf8')}`;
  const [bash, ours] = (await Promise.all([runBash(text), runOurs(text)])).map(textOf);
  count++;
  if (bash === ours) continue;
  unlike++;
  console.log(`=== ${file}\n${await difference(bash, ours)}`);
}
console.log(`umbra: ${count} written scripts in bash and umbra sh, ${unlike} unlike`);
process.exitCode = unlike ? 1 : 0;
