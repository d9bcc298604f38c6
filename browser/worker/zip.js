/** Changed files as a ZIP, made while they are read from the core. */
import { Zip, ZipDeflate } from 'fflate';

const PIECE_SIZE = 4 << 20;

/** Where the deleted paths are listed: DELETED.txt, or the next name that no changed file has. @param {Set<string>} taken */
function listName(taken) {
  for (let number = 1; ; number++) {
    const name = number === 1 ? 'DELETED.txt' : `DELETED-${number}.txt`;
    if (!taken.has(name)) return name;
  }
}

/**
 * @param {import('./core.js').Core} core
 * @param {{ change: import('../client/umbra.js').Change, part: { hunks?: number[], id?: string } }[]} choices
 * @returns {Promise<Blob>}
 */
export async function zipChanges(core, choices) {
  const changes = choices.map(({ change }) => change);
  /** @type {BlobPart[]} */
  const parts = [];
  /** @type {Error | null} */
  let failure = null;
  const zip = new Zip((error, chunk) => {
    if (error) failure = error;
    else parts.push(/** @type {Uint8Array<ArrayBuffer>} */ (chunk));
  });
  for (const { change, part } of choices) {
    const { path } = change;
    if (change.kind === 'deleted') continue;
    const entry = new ZipDeflate(path, { level: 6 });
    zip.add(entry);
    for (let at = 0; ; at += PIECE_SIZE) {
      const { result, blob } = await core.request({
        op: 'read',
        path,
        ...part,
        offset: at,
        length: PIECE_SIZE,
      });
      const last = at + PIECE_SIZE >= result.size;
      entry.push(blob ?? new Uint8Array(), last);
      if (last) break;
    }
  }
  const deleted = changes.flatMap(({ path, kind, from }) =>
    kind === 'deleted' ? [path] : from ? [from] : [],
  );
  if (deleted.length) {
    const entry = new ZipDeflate(listName(new Set(changes.map(({ path }) => path))));
    zip.add(entry);
    entry.push(new TextEncoder().encode(deleted.map((path) => `${path}\n`).join('')), true);
  }
  zip.end();
  if (failure) throw failure;
  return new Blob(parts, { type: 'application/zip' });
}
