/** Every check that needs no running program: formats, linters, types, layers. lint.mjs --fix formats. */
import { readdir, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPreset } from './build.mjs';
import { checkLayers } from './check-layers.mjs';
import { capture, root, run, script } from './lib/run.mjs';
import { setup } from './setup.mjs';

/** The LLVM of Debian 12. */
const LLVM_VERSION = '14';

/** All files of these endings that git knows or would know. @param {string[]} endings */
function sources(endings) {
  const listed = capture('git', ['ls-files', '--cached', '--others', '--exclude-standard']) ?? '';
  return listed.split('\n').filter((file) => endings.includes(path.extname(file)));
}

/** Lines: what is longer is two files. */
const LONGEST_FILE = 700;

async function checkLengths() {
  const long = [];
  for (const file of sources(['.c', '.h', '.mjs', '.js', '.jsx', '.css'])) {
    const lines = (await readFile(path.join(root, file), 'utf8')).split('\n').length - 1;
    if (lines > LONGEST_FILE) long.push(`${file} has ${lines} lines`);
  }
  if (long.length) throw new Error(`${long.join('; ')}: at most ${LONGEST_FILE}, so make it two files`);
}

/** @param {string} name @param {string[]} parameters */
async function tool(name, parameters) {
  const packages = path.join(root, 'node_modules');
  const places = /** @type {Record<string, string>} */ ({
    eslint: 'eslint/bin/eslint.js',
    prettier: 'prettier/bin/prettier.cjs',
    tsc: 'typescript/bin/tsc',
  });
  await run(process.execPath, [path.join(packages, places[name]), ...parameters], { quiet: true });
}

/** Our C files that the native build compiles. */
async function tidyFiles() {
  const rooms = await readdir(path.join(root, 'core'));
  return sources(['.c']).filter(
    (file) => rooms.some((room) => file.startsWith(`core/${room}/`)) || file.startsWith('demo-proxy/'),
  );
}

/** A core for each lane, as clang-tidy uses one; a few files at a time, so that none is left alone at the end. */
async function tidy() {
  const files = await tidyFiles();
  const lane = async () => {
    for (let some = files.splice(0, 8); some.length; some = files.splice(0, 8))
      await run('clang-tidy', ['-p', 'build/native', '--quiet', ...some], { quiet: true });
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, lane));
}

/**
 * Whether this LLVM tool is of the version that the C sources are kept for: others format differently and have other
 * checks, so their complaints would say nothing about a change.
 * @param {string} name
 */
function isOurs(name) {
  const version = /version (\d+)/.exec(capture(name, ['--version']) ?? '')?.[1];
  if (version === LLVM_VERSION) return true;
  console.log(`umbra: ${name} is of version ${version}, the sources are kept for ${LLVM_VERSION}: not run`);
  return false;
}

/** @param {{ fix?: boolean }} [options] */
export async function lint(options = {}) {
  const c = sources(['.c', '.h']);
  if (isOurs('clang-format'))
    await run('clang-format', options.fix ? ['-i', ...c] : ['--dry-run', '--Werror', ...c], { quiet: true });
  await tool('prettier', [options.fix ? '--write' : '--check', '--log-level', 'warn', '.']);
  await checkLayers();
  await checkLengths();
  await tool('eslint', ['--max-warnings', '0', '.']);
  await buildPreset('wasm'); // the worker's types need its loader
  await tool('tsc', ['-p', '.']);
  await buildPreset('native'); // clang-tidy needs its compile commands
  if (isOurs('clang-tidy')) await tidy();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await script(async () => {
    await setup({ tests: true });
    await lint({ fix: process.argv.includes('--fix') });
    console.log('umbra: no complaints');
  });
}
