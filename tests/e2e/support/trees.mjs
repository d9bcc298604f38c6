/** Folders to import: this repository's own tree, names and contents that break careless programs, a small one. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from './servers.mjs';

/** @typedef {import('./folder.mjs').Tree} Tree */

/** @param {string} content */
export const text = (content) => new TextEncoder().encode(content);

/** @param {Record<string, string>} files @returns {Tree} */
export const treeOf = (files) =>
  new Map(Object.entries(files).map(([name, content]) => [name, text(content)]));

/** What git keeps of this repository. @returns {Promise<Tree>} */
export async function ownTree() {
  const { stdout } = await promisify(execFile)('git', ['ls-files', '-z'], { cwd: root });
  const names = stdout.split('\0').filter(Boolean);
  /** @type {Tree} */
  const tree = new Map();
  for (const name of names) {
    const bytes = await readFile(path.join(root, name)).catch(() => null); // removed, and not yet committed
    if (bytes) tree.set(name, new Uint8Array(bytes));
  }
  return tree;
}

export const LONG_NAME = `${'n'.repeat(251)}.txt`;
/** 85 characters, 255 bytes. */
export const LONG_WIDE_NAME = '\u65e5'.repeat(85);
export const ODD_NAME = 'odd/na\u00efve \u65e5\u672c\u8a9e \u{1f30d}.md';
export const CRLF_NAME = 'odd/crlf.txt';
export const BARE_NAME = 'odd/no newline';

/** @returns {Tree} */
export function hostileTree() {
  const every = Uint8Array.from({ length: 1024 }, (_, index) => index & 255);
  return new Map([
    ['odd/with  spaces .txt', text('spaces\n')],
    [`odd/quote ' and ".txt`, text('quotes\n')],
    ['odd/<img src=x onerror=alert(1)>.txt', text('<script>alert(1)</script>\n')],
    ['odd/#fragment?query=1&%2e%2e.txt', text('address\n')],
    ['odd/-rf', text('option\n')],
    [ODD_NAME, text('# Na\u00efve\n\nGr\u00fc\u00dfe aus \u65e5\u672c \u{1f30d}\n')],
    [`odd/${LONG_NAME}`, text('long\n')],
    [`odd/${LONG_WIDE_NAME}`, text('long and wide\n')],
    ['odd/empty.txt', new Uint8Array()],
    ['odd/all bytes.bin', every],
    [BARE_NAME, text('first\nlast without a newline')],
    [CRLF_NAME, text('one\r\ntwo\r\nthree\r\n')],
  ]);
}
