/**
 * Makes seeds of fuzz_shell_parser and fuzz_shell_script: the scripts of shell cases (as tests/conformance/run.mjs
 * reads them) as files of a folder, which `TARGET -merge=1 tests/fuzz/corpus/WHAT FOLDER` then picks from.
 *
 *     node tests/fuzz/shell_seeds.mjs FOLDER CASES.jsonl...
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Longer scripts are slow to mutate. */
const BYTES_MAX = 1500;
/** What the first byte of an input says: extended patterns for the parser; a script of its own for the shell. */
const CHOICES = 'A';

const [folder, ...files] = process.argv.slice(2);
if (!folder || files.length === 0) {
  console.error('usage: node tests/fuzz/shell_seeds.mjs FOLDER CASES.jsonl...');
  process.exit(2);
}
await mkdir(folder, { recursive: true });
for (const file of files) {
  for (const line of (await readFile(file, 'utf8')).split('\n').filter((text) => text.trim())) {
    const { code } = /** @type {{ code: string }} */ (JSON.parse(line));
    if (code.length > BYTES_MAX) continue;
    const name = createHash('sha1').update(code).digest('hex').slice(0, 16);
    await writeFile(path.join(folder, name), CHOICES + code);
  }
}
