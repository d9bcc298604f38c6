/** What the browser downloads, as real files. */
import { watch } from 'node:fs';
import { readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';

/**
 * Waits until a file is there whole, and takes it away.
 * @param {string} folder
 * @param {string} name
 */
export async function takeDownload(folder, name) {
  const watcher = watch(folder);
  try {
    for (;;) {
      const names = await readdir(folder);
      const unfinished = names.some((one) => /\.(part|crdownload|tmp)$/.test(one) || one.startsWith('.'));
      const bytes = names.includes(name) && !unfinished ? await readFile(path.join(folder, name)) : null;
      if (bytes?.length) {
        await rm(path.join(folder, name));
        return new Uint8Array(bytes);
      }
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, 250); // an event may have come before we listened
        watcher.once('change', () => resolve(clearTimeout(timer)));
      });
    }
  } finally {
    watcher.close();
  }
}
